"""What is to be run of somebody's own model, and what it is made of, as plain data.

No torch: the window shows a plan before the model is loaded, and its `anatomy` afterwards. A
`ModelPlan` is a plan as `explorer.experiment.plan` has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from explorer.experiment.changes import Change
from explorer.experiment.names import nearest, shortened
from explorer.experiment.problem import BadInput

DEFAULT_STEPS = 1000
# Of the plots: of more curves nobody follows a single one.
MOST_CURVES = 16
# The name of the whole model, where an empty one would not be seen.
WHOLE = "model"


@dataclass(frozen=True, slots=True)
class ParameterPart:
    """A parameter by its full name; `optimized`: an optimizer holds it.

    `same_as` is the name under which the same tensor came before, if it did.
    """

    name: str
    shape: tuple[int, ...]
    optimized: bool = True
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class ModulePart:
    """A module by its full name, empty for the whole; `kind` is its class."""

    name: str
    kind: str


@dataclass(frozen=True)
class Anatomy:
    """The modules in the model's order, each before those in it; parameters; learning rates."""

    modules: tuple[ModulePart, ...]
    parameters: tuple[ParameterPart, ...]
    rates: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def distinct(self) -> tuple[ParameterPart, ...]:
        """The parameters, each tensor once."""
        return tuple(each for each in self.parameters if each.same_as is None)

    @property
    def whole(self) -> str:
        """What the whole is called in a change: nothing, where a part of it is called `model`."""
        is_taken = any(each.name == WHOLE for each in self.modules)
        return "" if is_taken or any(each.name == WHOLE for each in self.parameters) else WHOLE

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The modules of which norms are drawn: as deep as there are few enough of them."""
        return tuple(dict.fromkeys(self._part_names))

    @cached_property
    def part_places(self) -> tuple[int, ...]:
        """In which of the `parts` each of the distinct parameters is."""
        places = {name: place for place, name in enumerate(self.parts)}
        return tuple(places[name] for name in self._part_names)

    @cached_property
    def _part_names(self) -> tuple[str, ...]:
        paths = [each.name.split(".")[:-1] for each in self.distinct]
        found = tuple(WHOLE for _ in paths)
        for depth in range(1, max(map(len, paths), default=0) + 1):
            deeper = tuple(".".join(each[:depth]) or WHOLE for each in paths)
            if depth > 1 and len(set(deeper)) > MOST_CURVES:
                break
            found = deeper
        return found


NOTHING_KNOWN = Anatomy((), ())


@dataclass(frozen=True)
class Length:
    """How long the run is."""

    steps: int = DEFAULT_STEPS


@dataclass(frozen=True)
class ModelPlan:
    """`subject` is the name of the factory, `shape` and `batch` as on the command line."""

    subject: str
    training: Length = Length()
    changes: tuple[Change, ...] = ()
    shape: str | None = None
    batch: str | None = None
    anatomy: Anatomy = field(default=NOTHING_KNOWN, compare=False)

    has_epochs = False
    has_training = True
    # As of a prediction that is compared with something: what training descends is a loss.
    prediction = "loss"
    scalar_name = "loss"

    @property
    def tensors(self) -> frozenset[str]:
        """What has a switch in the graph: the parameters."""
        return frozenset(each.name for each in self.anatomy.parameters)

    @property
    def coloured(self) -> tuple[str, ...]:
        """The modules whose norms are drawn."""
        return self.anatomy.parts if self.anatomy.modules else ()

    @property
    def rates(self) -> Mapping[str, float]:
        """The learning rate of each of the optimizers' groups."""
        return self.anatomy.rates

    def check_change(self, change: Change) -> None:
        """Refuse what no model has; the rest is seen when it is made. Raises BadInput."""
        if change.value is not None:
            raise BadInput("value-of-model", name=shortened(change.tensor or ""))
        if change.clipping:
            raise BadInput("clipping-of-model")
        groups = self.anatomy.rates
        if change.group is not None and groups and change.group not in groups:
            known = ", ".join(groups)
            raise BadInput("no-such-group", name=shortened(change.group), known=known)
        if change.tensor is not None and self.anatomy.modules:
            known_parts = [each.name for each in self.anatomy.parameters]
            known_parts += [each.name for each in self.anatomy.modules]
            if plain_name(change.tensor) not in known_parts:
                close = nearest(change.tensor, known_parts)
                raise BadInput("no-such-part", name=shortened(change.tensor), nearest=close)


def plain_name(name: str) -> str:
    """The name as the model has it: an empty one where the whole model is meant."""
    return name if name != WHOLE else ""
