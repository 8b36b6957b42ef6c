"""What updates the parameters: torch.optim's optimisers, one table entry each.

SGD, the optimiser of the first lessons, goes through torch.optim's documented
functional form, which spares two thirds of a small step's time and the import of
torch._dynamo that constructing any optimiser class causes (more than a second).
It keeps the same state as the class (a velocity for each parameter that ever had
a gradient), and a test holds the two to the same bits. All others are the
classes themselves. Made by `explorer.engine.trainer`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch.optim.sgd import sgd

from explorer.engine.snapshot import OptimizerState, numbers

Options = Mapping[str, Any]


class Optimizer(Protocol):
    """Updates the parameters in place from their `.grad`."""

    def update(self) -> None:
        """One update; parameters whose `.grad` is None are left alone, as torch.optim does."""

    def set_options(self, options: Options) -> None:
        """Change options of the running optimiser, as assigning to `param_groups` does."""

    def state(self) -> OptimizerState:
        """What it keeps from step to step (velocities, moments, step counts), copied."""

    def set_state(self, state: OptimizerState) -> None:
        """Keep what `state()` once gave, and nothing else."""


class FunctionalSGD:
    """`torch.optim.SGD` without the class: same arithmetic, same state, same bits."""

    def __init__(self, parameters: Sequence[torch.Tensor], options: Options) -> None:
        self._parameters = tuple(parameters)
        self._options = dict(options)
        self._velocities: dict[torch.Tensor, torch.Tensor] = {}

    def update(self) -> None:
        """One step of `torch.optim.sgd.sgd` on the parameters that have a gradient."""
        live = [parameter for parameter in self._parameters if parameter.grad is not None]
        velocities: list[torch.Tensor | None] = [None] * len(live)
        keeps_velocity = self._options["momentum"] != 0
        if keeps_velocity:
            velocities = [self._velocities.get(parameter) for parameter in live]
        with torch.no_grad():
            gradients = [parameter.grad for parameter in live]
            sgd(live, gradients, velocities, foreach=False, **self._options)  # type: ignore[arg-type]
        if keeps_velocity:
            made = zip(live, velocities, strict=True)
            self._velocities.update((key, value) for key, value in made if value is not None)

    def set_options(self, options: Options) -> None:
        """Used from the next update on; velocities are kept even while momentum is 0."""
        self._options.update(options)

    def state(self) -> OptimizerState:
        """The velocities, under torch.optim's name for them."""
        velocities = [self._velocities.get(parameter) for parameter in self._parameters]
        return tuple(
            {} if velocity is None else {"momentum_buffer": numbers(velocity)}
            for velocity in velocities
        )

    def set_state(self, state: OptimizerState) -> None:
        """New tensors: the next update writes into them."""
        self._velocities = {
            parameter: torch.tensor(kept["momentum_buffer"])
            for parameter, kept in zip(self._parameters, state, strict=True)
            if kept
        }


class ClassOptimizer:
    """Any class of torch.optim, by its name there."""

    def __init__(self, name: str, parameters: Sequence[torch.Tensor], options: Options) -> None:
        # Frozen parameters are handed over too: the optimiser passes over None gradients,
        # and they must be there when they are unfrozen.
        self._parameters = tuple(parameters)
        self._optimizer = getattr(torch.optim, name)(self._parameters, **options)

    def update(self) -> None:
        """The class's own `step()`."""
        self._optimizer.step()

    def set_options(self, options: Options) -> None:
        """As a user of torch.optim does it: by assigning to the parameter group."""
        self._optimizer.param_groups[0].update(options)

    def state(self) -> OptimizerState:
        """The class's own state; looking must not make an entry of its defaultdict."""
        kept = [self._optimizer.state.get(parameter, {}) for parameter in self._parameters]
        return tuple({name: numbers(value) for name, value in each.items()} for each in kept)

    def set_state(self, state: OptimizerState) -> None:
        """New tensors: the next update writes into them."""
        self._optimizer.state.clear()
        for parameter, kept in zip(self._parameters, state, strict=True):
            if kept:
                made = {name: torch.tensor(value) for name, value in kept.items()}
                self._optimizer.state[parameter] = made


Maker = Callable[[Sequence[torch.Tensor], Options], Optimizer]


def _class(name: str) -> Maker:
    return lambda parameters, options: ClassOptimizer(name, parameters, options)


MAKERS: Mapping[str, Maker] = {
    "sgd": FunctionalSGD,
    "adam": _class("Adam"),
    "adamw": _class("AdamW"),
    "rmsprop": _class("RMSprop"),
    "adagrad": _class("Adagrad"),
}
