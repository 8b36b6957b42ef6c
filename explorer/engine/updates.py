"""What each optimizer does to numbers: torch.optim's arithmetic, on one flat tensor.

One entry each: what it keeps, under the names of torch.optim's state, and its update. An
update has the operations of the class's single-tensor form (torch 2.13) in the same order.
Each of them treats every number by itself, so many parameters in a row get the bits that
each would get alone. Used by `explorer.engine.optimizers`; `explorer.engine.movement` asks
the same rules what moved a parameter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

Options = Mapping[str, Any]
# By the names of torch.optim: "exp_avg", "momentum_buffer", ...
State = Mapping[str, torch.Tensor]
# A move by what pushed: "gradient", "momentum", "moments", "weight_decay".
Parts = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """An update that was made: what it found, and the state that it left (`after`)."""

    values: torch.Tensor
    gradient: torch.Tensor
    before: State
    after: State
    count: int
    options: Options


@dataclass(frozen=True, slots=True)
class Rule:
    """An optimizer.

    `update(values, gradient, state, count, options)` changes values and state in place;
    `count` is the number of the update, from 1. `kinds` are the tensors it keeps, with what
    they start from, and `counts` is whether an update counts. Only parameters with the same
    `together(count, options)` can be updated in one: what it returns is what the update reads
    of the count. `step` is whether the count is part of the state, and `from_start` whether
    the state is there before the first gradient. `pushes` says which tensors of the state move
    a value by themselves, and as what; the others (running squares) only scale a move. `parts`
    splits a move by what pushed, the scale being as it came out: their sum is the move (None:
    it is not split).
    """

    update: Callable[[torch.Tensor, torch.Tensor, State, int, Options], None]
    kinds: Callable[[Options], Mapping[str, float]]
    together: Callable[[int, Options], int]
    counts: Callable[[Options], bool] = lambda _options: True
    step: bool = True
    from_start: bool = False
    pushes: Mapping[str, str] = field(default_factory=dict)
    parts: Callable[[Made], Parts] | None = None


def _ascended(gradient: torch.Tensor, options: Options) -> torch.Tensor:
    return -gradient if options["maximize"] else gradient


def _direction(gradient: torch.Tensor, values: torch.Tensor, options: Options) -> torch.Tensor:
    """Up or down, and with the decay that is part of the gradient."""
    if options["maximize"]:
        gradient = -gradient
    decay = options["weight_decay"]
    return gradient.add(values, alpha=decay) if decay else gradient


def _sgd(
    values: torch.Tensor, gradient: torch.Tensor, state: State, count: int, options: Options
) -> None:
    direction = _direction(gradient, values, options)
    momentum = options["momentum"]
    if momentum:
        velocity = state["momentum_buffer"]
        if count == 1:
            velocity.copy_(direction)
        else:
            velocity.mul_(momentum).add_(direction, alpha=1 - options["dampening"])
        nesterov = options["nesterov"]
        direction = direction.add(velocity, alpha=momentum) if nesterov else velocity
    values.add_(direction, alpha=-options["lr"])


def _adamw(
    values: torch.Tensor, gradient: torch.Tensor, state: State, count: int, options: Options
) -> None:
    decay = options["weight_decay"]
    if decay:
        values.mul_(1 - options["lr"] * decay)
    _moments(values, _ascended(gradient, options), state, count, options)


def _adam(
    values: torch.Tensor, gradient: torch.Tensor, state: State, count: int, options: Options
) -> None:
    gradient = _direction(gradient, values, options)
    _moments(values, gradient, state, count, options)


def _moments(
    values: torch.Tensor, gradient: torch.Tensor, state: State, count: int, options: Options
) -> None:
    beta1, beta2 = options["betas"]
    first, second = state["exp_avg"], state["exp_avg_sq"]
    first.lerp_(gradient, 1 - beta1)
    second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    if options["amsgrad"]:
        largest = state["max_exp_avg_sq"]
        torch.maximum(largest, second, out=largest)
        second = largest
    step_size = options["lr"] / (1 - beta1**count)
    root = (1 - beta2**count) ** 0.5
    values.addcdiv_(first, second.sqrt().div_(root).add_(options["eps"]), value=-step_size)


def _rmsprop(
    values: torch.Tensor, gradient: torch.Tensor, state: State, _count: int, options: Options
) -> None:
    gradient = _direction(gradient, values, options)
    alpha, momentum = options["alpha"], options["momentum"]
    square = state["square_avg"].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
    if options["centered"]:
        mean = state["grad_avg"].lerp_(gradient, 1 - alpha)
        root = square.addcmul(mean, mean, value=-1).sqrt_()
    else:
        root = square.sqrt()
    root.add_(options["eps"])
    if momentum > 0:
        velocity = state["momentum_buffer"].mul_(momentum).addcdiv_(gradient, root)
        values.add_(velocity, alpha=-options["lr"])
    else:
        values.addcdiv_(gradient, root, value=-options["lr"])


def _adagrad(
    values: torch.Tensor, gradient: torch.Tensor, state: State, count: int, options: Options
) -> None:
    gradient = _direction(gradient, values, options)
    rate = options["lr"] / (1 + (count - 1) * options["lr_decay"])
    root = state["sum"].addcmul_(gradient, gradient, value=1).sqrt().add_(options["eps"])
    values.addcdiv_(gradient, root, value=-rate)


def _pushing(made: Made, weight: float = 1.0, decay: bool = True) -> dict[str, torch.Tensor]:
    """What gradient and decay add to the direction, times `weight`."""
    gradient = _ascended(made.gradient, made.options) * weight
    if not decay:
        return {"gradient": gradient}
    decayed = made.values * (made.options["weight_decay"] * weight)
    return {"gradient": gradient, "weight_decay": decayed}


def _times(parts: Parts, scale: torch.Tensor | float) -> dict[str, torch.Tensor]:
    return {cause: part * scale for cause, part in parts.items()}


def _sgd_parts(made: Made) -> Parts:
    options = made.options
    momentum = options["momentum"]
    if not momentum:
        return _times(_pushing(made), -options["lr"])
    is_first = made.count == 1
    new, old = (1.0, 0.0) if is_first else (1 - options["dampening"], momentum)
    if options["nesterov"]:
        new, old = 1 + momentum * new, momentum * old
    velocity = made.before["momentum_buffer"] * old
    return _times({**_pushing(made, new), "momentum": velocity}, -options["lr"])


def _moments_parts(made: Made, decay: bool) -> dict[str, torch.Tensor]:
    options, count = made.options, made.count
    beta1, beta2 = options["betas"]
    second = made.after["max_exp_avg_sq" if options["amsgrad"] else "exp_avg_sq"]
    root = second.sqrt() / (1 - beta2**count) ** 0.5 + options["eps"]
    moments = made.before["exp_avg"] * beta1
    pushing = {**_pushing(made, 1 - beta1, decay), "moments": moments}
    return _times(pushing, -options["lr"] / (1 - beta1**count) / root)


def _adam_parts(made: Made) -> Parts:
    return _moments_parts(made, decay=True)


def _adamw_parts(made: Made) -> Parts:
    decay = made.values * (-made.options["lr"] * made.options["weight_decay"])
    return {**_moments_parts(made, decay=False), "weight_decay": decay}


def _rmsprop_parts(made: Made) -> Parts:
    options, square = made.options, made.after["square_avg"]
    if options["centered"]:
        square = square - made.after["grad_avg"] ** 2
    parts = _times(_pushing(made), 1 / (square.sqrt() + options["eps"]))
    if options["momentum"] > 0:
        parts["momentum"] = made.before["momentum_buffer"] * options["momentum"]
    return _times(parts, -options["lr"])


def _adagrad_parts(made: Made) -> Parts:
    options = made.options
    rate = options["lr"] / (1 + (made.count - 1) * options["lr_decay"])
    return _times(_pushing(made), -rate / (made.after["sum"].sqrt() + options["eps"]))


def _adam_kinds(options: Options) -> Mapping[str, float]:
    kinds = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
    return {**kinds, "max_exp_avg_sq": 0.0} if options["amsgrad"] else kinds


def _rmsprop_kinds(options: Options) -> Mapping[str, float]:
    kinds = {"square_avg": True, "momentum_buffer": options["momentum"] > 0}
    kinds["grad_avg"] = options["centered"]
    return {name: 0.0 for name, kept in kinds.items() if kept}


VELOCITY = {"momentum_buffer": "momentum"}
MOMENTS = {"exp_avg": "moments"}

RULES: Mapping[str, Rule] = {
    # Its first velocity is the gradient itself; without momentum no velocity is made or moved.
    "sgd": Rule(
        _sgd,
        kinds=lambda options: {"momentum_buffer": 0.0} if options["momentum"] else {},
        together=lambda count, options: min(count, 1) if options["momentum"] else 0,
        counts=lambda options: bool(options["momentum"]),
        step=False,
        pushes=VELOCITY,
        parts=_sgd_parts,
    ),
    # Their corrections for the start from zero depend on the count.
    "adam": Rule(
        _adam,
        _adam_kinds,
        together=lambda count, _options: count,
        pushes=MOMENTS,
        parts=_adam_parts,
    ),
    "adamw": Rule(
        _adamw,
        _adam_kinds,
        together=lambda count, _options: count,
        pushes=MOMENTS,
        parts=_adamw_parts,
    ),
    "rmsprop": Rule(
        _rmsprop,
        _rmsprop_kinds,
        together=lambda _count, _options: 0,
        pushes=VELOCITY,
        parts=_rmsprop_parts,
    ),
    "adagrad": Rule(
        _adagrad,
        kinds=lambda options: {"sum": options["initial_accumulator_value"]},
        together=lambda count, options: count if options["lr_decay"] else 0,
        from_start=True,
        parts=_adagrad_parts,
    ),
}
