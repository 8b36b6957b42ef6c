"""The losses that compare a prediction with a column: which there are, and their options.

One entry has everything about a loss: the operation it is (`explorer.experiment.operations`
names torch's function and holds the options to it, `explorer.engine.proof.forms` has its
derivative) and PyTorch's defaults. All are averaged over all elements. The engine makes the
function (`explorer.engine.compiler`). What an entry lacks says
`tests/experiment/test_loss_entries.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from explorer.experiment.checking import at_least_zero, named, number, refuse


def _above_zero(value: object) -> float:
    checked = number(value)
    if checked <= 0:
        raise refuse("not-positive", got=checked)
    return checked


@dataclass(frozen=True, slots=True)
class LossOption:
    """An option: PyTorch's default, and its check."""

    default: float
    check: Callable[[object], float]


@dataclass(frozen=True, slots=True)
class LossEntry:
    """A loss of the file: the name of its operation, and its options.

    `limits` are options at whose value torch's function computes another loss of the table,
    without options, since its own kernel has another slope at 0 then: `{"beta": (0.0, "l1")}`.
    `module` is the class in torch.nn that a program would take, if there is one.
    """

    operation: str
    options: Mapping[str, LossOption] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    module: str = ""

    @property
    def defaults(self) -> dict[str, float]:
        """PyTorch's defaults."""
        return {key: each.default for key, each in self.options.items()}


LOSSES: Mapping[str, LossEntry] = MappingProxyType(
    {
        "mse": LossEntry("mse_loss", module="MSELoss"),
        "l1": LossEntry("l1_loss", module="L1Loss"),
        "huber": LossEntry(
            "huber_loss", {"delta": LossOption(1.0, _above_zero)}, module="HuberLoss"
        ),
        "smooth_l1": LossEntry(
            "smooth_l1_loss",
            {"beta": LossOption(1.0, at_least_zero)},
            limits={"beta": (0.0, "l1")},
            module="SmoothL1Loss",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss between prediction and data, averaged over all elements."""

    name: str = "mse"
    options: Mapping[str, float] = field(default_factory=dict)


def read_loss(value: object) -> Loss | None:
    """A loss from its short form `"huber"` or a table with `name` and its option."""
    if value is None:
        return None
    if isinstance(value, Loss):
        value = {"name": value.name, **value.options}
    name, options = named(value, LOSSES)
    return Loss(name, MappingProxyType({**LOSSES[name].defaults, **options}))
