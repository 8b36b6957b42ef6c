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


@dataclass(frozen=True, slots=True)
class Rule:
    """An optimizer.

    `update(values, gradient, state, count, options)` changes values and state in place;
    `count` is the number of the update, from 1. `kinds` are the tensors it keeps, with what
    they start from, and `counts` is whether an update counts. Only parameters with the same
    `together(count, options)` can be updated in one: what it returns is what the update reads
    of the count. `step` is whether the count is part of the state, and `from_start` whether
    the state is there before the first gradient. `pushes` says which tensors of the state move
    a value by themselves, and as what; the others (running squares) only scale a move.
    """

    update: Callable[[torch.Tensor, torch.Tensor, State, int, Options], None]
    kinds: Callable[[Options], Mapping[str, float]]
    together: Callable[[int, Options], int]
    counts: Callable[[Options], bool] = lambda _options: True
    step: bool = True
    from_start: bool = False
    pushes: Mapping[str, str] = field(default_factory=dict)


def _ascended(gradient: torch.Tensor, options: Options) -> torch.Tensor:
    return -gradient if options["maximize"] else gradient


def _decayed(gradient: torch.Tensor, values: torch.Tensor, options: Options) -> torch.Tensor:
    decay = options["weight_decay"]
    return gradient.add(values, alpha=decay) if decay else gradient


def _sgd(
    values: torch.Tensor, gradient: torch.Tensor, state: State, count: int, options: Options
) -> None:
    direction = _decayed(_ascended(gradient, options), values, options)
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
    gradient = _decayed(_ascended(gradient, options), values, options)
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
    values.addcdiv_(first, (second.sqrt() / root).add_(options["eps"]), value=-step_size)


def _rmsprop(
    values: torch.Tensor, gradient: torch.Tensor, state: State, _count: int, options: Options
) -> None:
    gradient = _decayed(_ascended(gradient, options), values, options)
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
    gradient = _decayed(_ascended(gradient, options), values, options)
    rate = options["lr"] / (1 + (count - 1) * options["lr_decay"])
    root = state["sum"].addcmul_(gradient, gradient, value=1).sqrt().add_(options["eps"])
    values.addcdiv_(gradient, root, value=-rate)


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
    ),
    # Their corrections for the start from zero depend on the count.
    "adam": Rule(_adam, _adam_kinds, together=lambda count, _options: count, pushes=MOMENTS),
    "adamw": Rule(_adamw, _adam_kinds, together=lambda count, _options: count, pushes=MOMENTS),
    "rmsprop": Rule(_rmsprop, _rmsprop_kinds, together=lambda _count, _options: 0, pushes=VELOCITY),
    "adagrad": Rule(
        _adagrad,
        kinds=lambda options: {"sum": options["initial_accumulator_value"]},
        together=lambda count, options: count if options["lr_decay"] else 0,
        from_start=True,
    ),
}
