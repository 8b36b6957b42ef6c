"""The optimizers: names, options, PyTorch's defaults and rules.

One entry has everything about its subject but the arithmetic, which stands under the same
name in `explorer.engine.updates`. Defaults and bounds are those of the torch.optim classes
(torch 2.13). `tests/experiment/test_optimizers.py` holds every entry to its class and says
what one lacks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from explorer.experiment.checking import (
    at_key,
    at_least_zero,
    named,
    number,
    refuse,
    truth,
    wrong_type,
)

OptimizerValue = bool | float | tuple[float, ...]


def _betas(value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong_type("pair", value)
    checked = tuple(number(each) for each in value)
    if not all(0 <= each < 1 for each in checked):
        raise refuse("betas-out-of-range")
    return checked


class Changing(Enum):
    """When a run may change an option.

    WHILE_ON: from one value that is not 0 to another, since PyTorch makes the state that goes
    with it at a parameter's first step, or not at all.
    """

    ANY_TIME = "any time"
    WHILE_ON = "while on"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class OptimizerOption:
    """One option: PyTorch's default, its check, and when a run may change it.

    `grouped`: a group may have another value than the others.
    """

    default: OptimizerValue
    check: Callable[[object], OptimizerValue] = at_least_zero
    change: Changing = Changing.ANY_TIME
    grouped: bool = True


@dataclass(frozen=True, slots=True)
class OptimizerEntry:
    """An optimizer: the name of its class in torch.optim, its options, the rule between them."""

    torch: str
    options: Mapping[str, OptimizerOption]
    rule: Callable[[Mapping[str, Any]], None] = lambda _options: None

    @property
    def defaults(self) -> dict[str, OptimizerValue]:
        """PyTorch's defaults."""
        return {key: each.default for key, each in self.options.items()}


def _flag(change: Changing = Changing.ANY_TIME) -> OptimizerOption:
    return OptimizerOption(False, truth, change)


def _nesterov_rule(options: Mapping[str, Any]) -> None:
    if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
        raise refuse("nesterov-needs-momentum", "nesterov")


_ADAM: Mapping[str, OptimizerOption] = {
    "lr": OptimizerOption(1e-3),
    "betas": OptimizerOption((0.9, 0.999), _betas),
    "eps": OptimizerOption(1e-8),
    "weight_decay": OptimizerOption(0.0),
    "amsgrad": _flag(Changing.NEVER),
    "maximize": _flag(),
}

OPTIMIZERS: Mapping[str, OptimizerEntry] = MappingProxyType(
    {
        "sgd": OptimizerEntry(
            "SGD",
            {
                "lr": OptimizerOption(1e-3),
                "momentum": OptimizerOption(0.0),
                "dampening": OptimizerOption(0.0, number),
                "weight_decay": OptimizerOption(0.0),
                "nesterov": _flag(),
                "maximize": _flag(),
            },
            _nesterov_rule,
        ),
        "adam": OptimizerEntry("Adam", _ADAM),
        "adamw": OptimizerEntry("AdamW", {**_ADAM, "weight_decay": OptimizerOption(1e-2)}),
        "rmsprop": OptimizerEntry(
            "RMSprop",
            {
                "lr": OptimizerOption(1e-2),
                "alpha": OptimizerOption(0.99),
                "eps": OptimizerOption(1e-8),
                "momentum": OptimizerOption(0.0, change=Changing.WHILE_ON),
                "centered": _flag(Changing.NEVER),
                "weight_decay": OptimizerOption(0.0),
                "maximize": _flag(),
            },
        ),
        "adagrad": OptimizerEntry(
            "Adagrad",
            {
                "lr": OptimizerOption(1e-2),
                "lr_decay": OptimizerOption(0.0),
                "weight_decay": OptimizerOption(0.0),
                # The class reads it once, and not from its groups.
                "initial_accumulator_value": OptimizerOption(
                    0.0, change=Changing.NEVER, grouped=False
                ),
                "eps": OptimizerOption(1e-10),
                "maximize": _flag(),
            },
        ),
    }
)

OPTION_NAMES: tuple[str, ...] = tuple(
    dict.fromkeys(name for entry in OPTIMIZERS.values() for name in entry.options)
)


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimizer with all its options, PyTorch's defaults filled in."""

    name: str = "sgd"
    options: Mapping[str, OptimizerValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Of a name that there is not, the refusal comes when it is read.
        defaults = OPTIMIZERS[self.name].defaults if self.name in OPTIMIZERS else {}
        object.__setattr__(self, "options", MappingProxyType({**defaults, **self.options}))

    def with_options(self, options: Mapping[str, OptimizerValue]) -> "Optimizer":
        """The same optimizer with these options changed (not checked here)."""
        return Optimizer(self.name, {**self.options, **options})


def read_optimizer(value: object) -> Optimizer:
    """An optimizer from its short form `"adam"` or a table with `name` and options."""
    if isinstance(value, Optimizer):
        # Options may have come from Python code: they are checked all the same.
        value = {"name": value.name, **value.options}
    optimizer = Optimizer(*named(value, OPTIMIZERS))
    check_together(optimizer)
    return optimizer


def check_together(optimizer: Optimizer) -> None:
    """The rule between options that the torch.optim constructors have."""
    OPTIMIZERS[optimizer.name].rule(optimizer.options)


def check_option(optimizer: Optimizer, option: str, value: object) -> OptimizerValue:
    """The value of an option that is about to change in a run.

    Refused are options that PyTorch cannot change under way, and those that the
    optimizer does not have.
    """
    known = OPTIMIZERS[optimizer.name].options
    if option not in known:
        raise refuse(
            "option-of-other-optimizer",
            option,
            option=option,
            optimizer=optimizer.name,
            choices=", ".join(known),
        )
    checked = at_key(option, known[option].check, value)
    change = known[option].change
    if change is Changing.WHILE_ON and not (checked and optimizer.options[option]):
        raise refuse("momentum-from-zero", option, optimizer=optimizer.name)
    if change is Changing.NEVER:
        raise refuse("option-not-changeable", option, option=option, optimizer=optimizer.name)
    return checked
