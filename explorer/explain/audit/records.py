"""What a few steps of somebody's model showed: the facts that the audit's rules judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from explorer.experiment.problem import Failure
from explorer.explain.callsite import CallSite
from explorer.explain.reason import Reason


class Grad(Enum):
    """What came to a parameter in one step."""

    NONE = "none"
    ZERO = "zero"
    FLOWS = "flows"
    BROKEN = "broken"


class Held(NamedTuple):
    """The place of a tensor in the optimizers, counted from 0."""

    optimizer: int
    group: int


@dataclass(frozen=True)
class SeenParameter:
    """A parameter, one tensor whatever its names.

    `grads` has one entry a step. `moved_by` is what moved it in a step of an optimizer although
    no gradient other than zero came, and `moved_in_forward` whether a forward pass changed it.
    `kept`: after zero_grad() of the optimizers its .grad was something still; `written_before`:
    the loss itself had written one. `reason` is why its gradient is None, zero or not finite,
    with the line of that; `made` is the line that makes it.
    """

    names: tuple[str, ...]
    requires_grad: bool
    shape: tuple[int, ...] = ()
    held: tuple[Held, ...] = ()
    grads: tuple[Grad, ...] = ()
    moved_by: tuple[str, ...] = ()
    moved_in_forward: bool = False
    kept: bool = False
    written_before: bool = False
    reason: Reason | None = None
    site: CallSite | None = None
    made: CallSite | None = None

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.names[0]

    def only(self, *kinds: Grad) -> bool:
        """Whether there were steps, and nothing else came in any of them."""
        return bool(self.grads) and all(grad in kinds for grad in self.grads)


@dataclass(frozen=True)
class SeenBuffer:
    """A buffer that the forward passes changed.

    `module` is whose it is, and `kind` that one's class; `frozen`: the module has parameters,
    or is in one that has, and none requires a gradient; `statistics`: they are running ones.
    """

    name: str
    module: str
    kind: str
    training: bool
    frozen: bool
    statistics: bool
    made: CallSite | None = None


class HiddenPart(NamedTuple):
    """Something with parameters that stands in a plain container: no module knows of it.

    `name` is where it stands (`layers[0]`), `container` the type of that, `parameters` how many
    of its parameters require a gradient.
    """

    name: str
    container: str
    is_module: bool
    parameters: int
    made: CallSite | None = None


class Flip(NamedTuple):
    """A flag that was another one after a pass.

    `flag` is "requires_grad" or "training", `during` "forward" or "step", `now` what it is then.
    """

    name: str
    flag: str
    now: bool
    during: str
    site: CallSite | None = None


class Foreign(NamedTuple):
    """A tensor that an optimizer holds and the model has not; `reached`: a gradient came to it."""

    held: Held
    place: int
    shape: tuple[int, ...]
    reached: bool


class Intent(NamedTuple):
    """What is meant to be so, as patterns of names (`backbone.*`), from the configuration."""

    frozen: tuple[str, ...] = ()
    trainable: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


NOTHING_DECLARED = Intent()


@dataclass(frozen=True)
class Seen:
    """All of it. `steps` is how many were made; of optimizers there may be none.

    `failure` is why a backward pass was refused, with its lines in `failure_sites`.
    `checkpoints` are the lines that checkpoint something re-entrantly to whose inputs no
    gradient can come. `graph_ignores` are parameters to which a gradient comes only if the
    model is run without its compiled graph. `made` is where all of it is, `loss` the function.
    """

    parameters: tuple[SeenParameter, ...]
    buffers: tuple[SeenBuffer, ...] = ()
    hidden: tuple[HiddenPart, ...] = ()
    flips: tuple[Flip, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    steps: int = 0
    optimizers: int = 0
    failure: Failure | None = None
    failure_sites: tuple[CallSite, ...] = ()
    checkpoints: tuple[CallSite, ...] = ()
    graph_ignores: tuple[str, ...] = ()
    made: CallSite | None = None
    loss: CallSite | None = None
    intent: Intent = NOTHING_DECLARED


@dataclass(frozen=True)
class Finding:
    """What a rule found: of what, how grave, the facts of its sentence, and the line."""

    rule: str
    level: str
    subject: str
    facts: Mapping[str, object] = field(default_factory=dict)
    reason: Reason | None = None
    site: CallSite | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What it is known by again, wherever its line has moved to."""
        more = (str(self.facts[name]) for name in _TELL_APART if name in self.facts)
        return (self.rule, self.subject, *more)


# Facts without which two findings of one subject would be the same.
_TELL_APART = ("group", "place", "declared", "flag")
