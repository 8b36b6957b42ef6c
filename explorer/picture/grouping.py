"""Which operations belong together: functions of a formula, modules, stretches of a long one.

An operation of a formula tells in which calls of functions it stands: `g`, `g#2` in the second
call. One of a model tells which module ran; where that was not seen, a module is known by its
parameters, `layers.0.weight` belongs to `layers.0`, and an operation
that reads none belongs to the module around its neighbours. Whatever still has too
many members side by side is cut into stretches of consecutive operations, so that any graph
can be shown small. Called by `explorer.picture.scene`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from explorer.picture.texts import shortened

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedTensor

# More nodes than this beside each other are not looked at one by one.
MOST_MEMBERS = 60
FEWEST_IN_STRETCH = 25
MOST_STRETCHES = 12

Path = tuple[str, ...]


@dataclass(frozen=True)
class Grouping:
    """For every operation and tensor the keys of the groups it is in, outermost first.

    `names` are the groups' names as shown, `sections` those that are only stretches.
    """

    operations: tuple[Path, ...]
    tensors: tuple[Path, ...]
    names: dict[str, str] = field(default_factory=dict)
    sections: frozenset[str] = frozenset()


def group(trace: "Trace") -> Grouping:
    """The groups of a trace. Takes time in proportion to its size."""
    paths = _paths(trace)
    names = {key: key for path in paths for key in path}
    sections = _Sections(trace, paths, names)
    paths = sections.divided()
    return Grouping(tuple(paths), tuple(_tensor_paths(trace, paths)), names, sections.keys)


def _paths(trace: "Trace") -> list[Path]:
    if any(each.module for each in trace.operations):
        return list(_calls([_inward(each.module) for each in trace.operations]))
    modules = any(tensor.leaf and "." in name for tensor in trace.tensors for name in tensor.names)
    return _module_paths(trace) if modules else [each.within for each in trace.operations]


# -- modules ---------------------------------------------------------------------


def _module_paths(trace: "Trace") -> list[Path]:
    """By the parameters read; what reads none lies in the module around its neighbours."""
    known = [_module_of_inputs(trace, place) for place in range(len(trace.operations))]
    after: list[Path | None] = []
    following: Path | None = None
    for path in reversed(known):
        following = path if path is not None else following
        after.append(following)
    paths: list[Path] = []
    before: Path = ()
    for path, later in zip(known, reversed(after), strict=True):
        before = path if path is not None else before
        paths.append(path if path is not None else _common(before, later or ()))
    return list(_calls(paths))


def _module_of_inputs(trace: "Trace", operation: int) -> Path | None:
    for edge in trace.operations[operation].inputs:
        tensor = trace.tensors[trace.edges[edge].tensor]
        if tensor.leaf and tensor.names and "." in tensor.names[0]:
            return _inward(tensor.names[0].rpartition(".")[0])
    return None


def _inward(module: str) -> Path:
    """`layers.0` -> `layers`, `layers.0`; nothing for the whole, whose name is empty."""
    parts = module.split(".") if module else []
    return tuple(".".join(parts[: depth + 1]) for depth in range(len(parts)))


def _calls(paths: Sequence[Path]) -> Iterator[Path]:
    """A module gone into a second time is another group, `encoder#2`."""
    counts: Counter[str] = Counter()
    opened: list[tuple[str, str]] = []
    for path in paths:
        shared = len(_common(tuple(name for name, _ in opened), path))
        del opened[shared:]
        for name in path[shared:]:
            counts[name] += 1
            opened.append((name, name if counts[name] == 1 else f"{name}#{counts[name]}"))
        yield tuple(key for _, key in opened)


def _common(one: Path, other: Path) -> Path:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return one[:length]


# -- stretches -------------------------------------------------------------------


class _Sections:
    """Cuts groups with too many members into stretches of consecutive operations."""

    def __init__(self, trace: "Trace", paths: list[Path], names: dict[str, str]) -> None:
        self._trace = trace
        self._paths = paths
        self._names = names
        self._keys: list[str] = []

    @property
    def keys(self) -> frozenset[str]:
        """The groups that are stretches."""
        return frozenset(self._keys)

    def divided(self) -> list[Path]:
        """The paths with the stretches in them."""
        result: list[Path] = [()] * len(self._paths)
        everything = list(range(len(self._paths)))
        pending: list[tuple[Path, list[int], int]] = [((), everything, 0)]
        while pending:
            prefix, members, depth = pending.pop()
            for key, run in self._units(prefix, members, depth):
                if isinstance(key, str):
                    inside = 0 if key in self._keys else 1
                    pending.append(((*prefix, key), run, depth + inside))
                else:
                    result[run[0]] = prefix
        return result

    def _units(
        self, prefix: Path, members: list[int], depth: int
    ) -> Iterator[tuple[str | int, list[int]]]:
        """What stands side by side in a group: single operations, groups, or stretches."""
        units = [
            (key, list(run)) for key, run in groupby(members, lambda each: self._unit(each, depth))
        ]
        if len(units) <= MOST_MEMBERS:
            yield from units
            return
        size = max(FEWEST_IN_STRETCH, -(-len(units) // MOST_STRETCHES))
        for start in range(0, len(units), size):
            run = [member for _, part in units[start : start + size] for member in part]
            yield self._stretch(prefix, run), run

    def _unit(self, member: int, depth: int) -> str | int:
        path = self._paths[member]
        return path[depth] if len(path) > depth else member

    def _stretch(self, prefix: Path, run: list[int]) -> str:
        inside = prefix[-1] if prefix else ""
        key = f"{inside}[{run[0]}:{run[-1] + 1}]"
        self._keys.append(key)
        called = self._called(run)
        ends = dict.fromkeys((called[0], called[-1]))
        self._names[key] = " … ".join(map(shortened, ends))
        return key

    def _called(self, run: list[int]) -> list[str]:
        """The names of what a stretch computes, or else of its operations."""
        operations = [self._trace.operations[place] for place in run]
        outputs = (self._trace.tensors[output] for each in operations for output in each.outputs)
        names = [tensor.names[0] for tensor in outputs if tensor.names]
        return names or [operation.name for operation in operations]


# -- tensors ---------------------------------------------------------------------


def _tensor_paths(trace: "Trace", paths: Sequence[Path]) -> Iterator[Path]:
    """A result is where its name is, else where it was made. A leaf is where all its uses are."""
    named = sum(tensor.leaf and _plainly_named(tensor) for tensor in trace.tensors)
    for place, tensor in enumerate(trace.tensors):
        if tensor.producer is not None:
            yield _named_in(trace, tensor, paths[tensor.producer])
        elif _plainly_named(tensor) and named <= MOST_MEMBERS:
            yield ()
        else:
            yield _shared([paths[trace.edges[edge].operation] for edge in trace.uses[place]])


def _named_in(trace: "Trace", tensor: "TracedTensor", made_in: Path) -> Path:
    """What function `g` gives back as `out` is named outside of it, though `g` made it."""
    assert tensor.producer is not None
    within = trace.operations[tensor.producer].within
    if not (tensor.names and within):
        return made_in
    home = _home(tensor.names[0])
    # The argument of a call that is no name is made before the function begins.
    kept = within.index(home) + 1 if home in within else len(within) if home else 0
    inner = set(within[kept:])
    return tuple(takewhile(lambda key: key not in inner, made_in))


def _home(name: str) -> str:
    """`g.z#2` -> `g#2`, `z` -> ``."""
    bare, mark, count = name.partition("#")
    return f"{bare.rpartition('.')[0]}{mark}{count}" if "." in bare else ""


def _plainly_named(tensor: "TracedTensor") -> bool:
    """A parameter of a formula: one of the things the picture is about."""
    return bool(tensor.names) and "." not in tensor.names[0]


def _shared(paths: Sequence[Path]) -> Path:
    if not paths:
        return ()
    shared = paths[0]
    for path in paths[1:]:
        shared = _common(shared, path)
    return shared
