"""The optimizers: names, options, PyTorch's defaults and rules.

One entry has everything about its subject. Defaults and bounds are those of the
torch.optim classes (torch 2.13), held to them by
`tests/experiment/test_optimizers.py`. Plain data: the engine makes the classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from explorer.experiment.checking import (
    at_key,
    at_least_zero,
    named,
    number,
    refuse,
    truth,
    unknown_key,
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


@dataclass(frozen=True, slots=True)
class OptimizerOption:
    """One option: PyTorch's default, its check, and whether a run may change it.

    Not changeable are those for which PyTorch makes state (or none) at the
    parameter's first step.
    """

    default: OptimizerValue
    check: Callable[[object], OptimizerValue] = at_least_zero
    changeable: bool = True


def _flag(changeable: bool = True) -> OptimizerOption:
    return OptimizerOption(False, truth, changeable)


_ADAM: Mapping[str, OptimizerOption] = {
    "lr": OptimizerOption(1e-3),
    "betas": OptimizerOption((0.9, 0.999), _betas),
    "eps": OptimizerOption(1e-8),
    "weight_decay": OptimizerOption(0.0),
    "amsgrad": _flag(changeable=False),
    "maximize": _flag(),
}

OPTIMISERS: Mapping[str, Mapping[str, OptimizerOption]] = MappingProxyType(
    {
        "sgd": {
            "lr": OptimizerOption(1e-3),
            "momentum": OptimizerOption(0.0),
            "dampening": OptimizerOption(0.0, number),
            "weight_decay": OptimizerOption(0.0),
            "nesterov": _flag(),
            "maximize": _flag(),
        },
        "adam": _ADAM,
        "adamw": {**_ADAM, "weight_decay": OptimizerOption(1e-2)},
        "rmsprop": {
            "lr": OptimizerOption(1e-2),
            "alpha": OptimizerOption(0.99),
            "eps": OptimizerOption(1e-8),
            "momentum": OptimizerOption(0.0),
            "centered": _flag(changeable=False),
            "weight_decay": OptimizerOption(0.0),
            "maximize": _flag(),
        },
        "adagrad": {
            "lr": OptimizerOption(1e-2),
            "lr_decay": OptimizerOption(0.0),
            "weight_decay": OptimizerOption(0.0),
            "initial_accumulator_value": OptimizerOption(0.0, changeable=False),
            "eps": OptimizerOption(1e-10),
            "maximize": _flag(),
        },
    }
)

OPTION_NAMES: tuple[str, ...] = tuple(
    dict.fromkeys(name for options in OPTIMISERS.values() for name in options)
)


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimizer with all its options, PyTorch's defaults filled in."""

    name: str = "sgd"
    options: Mapping[str, OptimizerValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        defaults = {key: each.default for key, each in OPTIMISERS.get(self.name, {}).items()}
        object.__setattr__(self, "options", MappingProxyType({**defaults, **self.options}))

    def with_options(self, options: Mapping[str, OptimizerValue]) -> "Optimizer":
        """The same optimizer with these options changed (not checked here)."""
        return Optimizer(self.name, {**self.options, **options})


def defaults_of(name: str) -> Mapping[str, OptimizerValue]:
    """PyTorch's defaults for the optimizer of that name."""
    return MappingProxyType({key: each.default for key, each in OPTIMISERS[name].items()})


def read_optimizer(value: object) -> Optimizer:
    """An optimizer from its short form `"adam"` or a table with `name` and options."""
    if isinstance(value, Optimizer):
        # Options may have come from Python code: they are checked all the same.
        value = {"name": value.name, **value.options}
    name, table = named(value, OPTIMISERS)
    known = OPTIMISERS[name]
    options: dict[str, OptimizerValue] = {}
    for key, given in table.items():
        if key not in known:
            raise unknown_key(key, ("name", *known))
        options[key] = at_key(key, known[key].check, given)
    optimizer = Optimizer(name, options)
    check_together(optimizer)
    return optimizer


def check_together(optimizer: Optimizer) -> None:
    """The rule between options that the torch.optim constructors have."""
    options: Mapping[str, Any] = optimizer.options
    nesterov = optimizer.name == "sgd" and options["nesterov"]
    if nesterov and (options["momentum"] <= 0 or options["dampening"] != 0):
        raise refuse("nesterov-needs-momentum", "nesterov")


def check_option(optimizer: Optimizer, option: str, value: object) -> OptimizerValue:
    """The value of an option that is about to change in a run.

    Refused are options that PyTorch cannot change under way, and those that the
    optimizer does not have.
    """
    known = OPTIMISERS[optimizer.name]
    if option not in known:
        raise refuse(
            "option-of-other-optimizer",
            option,
            option=option,
            optimizer=optimizer.name,
            choices=", ".join(known),
        )
    checked = at_key(option, known[option].check, value)
    # RMSprop makes the velocity at a parameter's first step, if there is momentum then.
    starting = (optimizer.name, option) == ("rmsprop", "momentum")
    if starting and not (checked and optimizer.options["momentum"]):
        raise refuse("momentum-from-zero", option, optimizer=optimizer.name)
    if not known[option].changeable:
        raise refuse("option-not-changeable", option, option=option, optimizer=optimizer.name)
    return checked
