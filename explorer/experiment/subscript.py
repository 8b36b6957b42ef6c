"""What stands in square brackets behind a tensor: `x[1:, None, mask]`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any


@dataclass(frozen=True, slots=True)
class Slice:
    """`start:stop:step`."""

    start: int | None
    stop: int | None
    step: int | None

    def __repr__(self) -> str:
        bounds = ["" if each is None else str(each) for each in (self.start, self.stop)]
        return ":".join([*bounds, *([] if self.step is None else [str(self.step)])])


@dataclass(frozen=True, slots=True)
class Given:
    """The place of the next of the operation's arguments: a tensor, or a number of Python's."""


Index = int | Slice | EllipsisType | tuple[int, ...] | Given | None


@dataclass(frozen=True, slots=True)
class Subscript:
    """The parts of a subscript in order; a tuple is a list of whole numbers."""

    parts: tuple[Index, ...]

    def texts(self, given: Sequence[Any]) -> Iterator[Any]:
        """The text of each part; where the operation's arguments stand, those `given`."""
        arguments = iter(given)
        for part in self.parts:
            match part:
                case Given():
                    yield next(arguments)
                case EllipsisType():
                    yield "..."
                case tuple():
                    yield repr(list(part))
                case _:
                    yield repr(part)

    def index(self, given: Sequence[Any]) -> Any:
        """What Python gives to `__getitem__`."""
        arguments = iter(given)
        made = tuple(_made(part, arguments) for part in self.parts)
        return made[0] if len(made) == 1 else made


def _made(part: Index, arguments: Iterator[Any]) -> Any:
    match part:
        case Given():
            return next(arguments)
        case Slice(start, stop, step):
            return slice(start, stop, step)
        case tuple():
            return list(part)
    return part
