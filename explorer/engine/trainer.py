"""One step of the loop: zero_grad, forward, backward, update.

The hot path of the whole program: on a small model a step takes some 60
microseconds, most of it inside PyTorch, so every needless Python call shows.
Owned by `explorer.engine.session`.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch.autograd import Variable

from explorer.engine.optimizers import Optimizer
from explorer.engine.refusals import REFUSALS
from explorer.engine.subject import Subject
from explorer.experiment.spec import Training, UpdateOptions


class StepError(Exception):
    """PyTorch refused in the midst of a step; `refusal` is what it raised.

    `objective` is None where the forward pass did not come to its end.
    """

    def __init__(self, refusal: Exception, objective: torch.Tensor | None) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.objective = objective


class Trainer:
    """Steps a subject with an optimizer, which holds the parameters `held`.

    `norm` is what the gradients' norm was found to be when they were last clipped by it.

    Nothing is cleaned up behind the user's back: what a stale `.grad` or an old
    velocity does under `zero_grad = "never"` is what the program is there to show.
    """

    def __init__(
        self, subject: Subject, training: Training, held: Mapping[str, torch.Tensor]
    ) -> None:
        self._subject = subject
        # Of batches they are others at every step.
        self._arguments = subject.arguments if subject.batches is None else ()
        self.optimizer = _optimizer(training, held)
        self._zero_grad = ZERO_GRADS[training.zero_grad]
        self._accumulate = training.accumulate
        self._clip: Callable[[], torch.Tensor | None] | None = None
        self.norm: torch.Tensor | None = None
        self._one = torch.ones((), dtype=subject.dtype)

    def set_clipping(self, options: UpdateOptions, norm: torch.Tensor | None = None) -> None:
        """How gradients are clipped from the next update on: those of all parameters."""
        parameters = list(self._subject.parameters.values())
        self._clip, self.norm = _clipping(options, parameters), norm

    def step(self, number: int) -> float:
        """The step of this number; returns the objective as it was before the update.

        Raises StepError where PyTorch refuses: in the forward pass with everything as it was,
        in the backward pass with gradients cleared but no parameter moved.
        """
        subject, objective = self._subject, None
        try:
            objective = subject.forward(*(self._arguments or subject.arguments))
            if (number - 1) % self._accumulate == 0:
                self._zero_grad(self.optimizer)
            self._backward(objective)
            # Before the update: the objective may be a view of a parameter.
            value: float = objective.item()
            if number % self._accumulate:
                self.optimizer.gather()
            else:
                if self._clip is not None:
                    self.optimizer.take_back()
                    self.norm = self._clip()
                self.optimizer.update()
        except REFUSALS as error:
            self.optimizer.take_back()
            raise StepError(error, objective) from error
        return value

    def _backward(self, objective: torch.Tensor) -> None:
        if objective.dim():  # one element, but not a scalar: PyTorch makes the seed
            objective.backward()  # type: ignore[no-untyped-call]
        else:
            run_backward(objective, self._one)


def _clipping(
    options: UpdateOptions, parameters: list[torch.Tensor]
) -> Callable[[], torch.Tensor | None] | None:
    """PyTorch's own functions; what the first gives is the norm before."""
    if options.clip_grad_norm is not None:
        return partial(torch.nn.utils.clip_grad_norm_, parameters, options.clip_grad_norm)
    if options.clip_grad_value is not None:
        return partial(torch.nn.utils.clip_grad_value_, parameters, options.clip_grad_value)
    return None


def _optimizer(training: Training, held: Mapping[str, torch.Tensor]) -> Optimizer:
    base, places = training.optimizer, {name: place for place, name in enumerate(held)}
    groups = {
        name: ([places[each] for each in group.tensors], base.with_options(group.options).options)
        for name, group in training.groups.items()
    }
    return Optimizer(base.name, tuple(held.values()), base.options, groups)


def _engine_backward() -> Callable[[torch.Tensor, torch.Tensor], None]:
    """`objective.backward()` without its Python wrappers, a quarter of a small step.

    The engine object is what `torch.autograd.backward` itself ends in. Should a
    later PyTorch move it, the public way is taken.
    """
    engine = getattr(Variable, "_execution_engine", None)
    if engine is None:
        return lambda objective, seed: objective.backward(seed)  # type: ignore[no-untyped-call]
    run = engine.run_backward

    def backward(objective: torch.Tensor, seed: torch.Tensor) -> None:
        run((objective,), (seed,), False, False, (), allow_unreachable=True, accumulate_grad=True)

    return backward


run_backward = _engine_backward()


def _keep(_optimizer: Optimizer) -> None:
    pass


# The keys of training.zero_grad: what `optimizer.zero_grad()` does with each setting.
ZERO_GRADS: Mapping[str, Callable[[Optimizer], None]] = {
    "none": Optimizer.clear,
    "zero": Optimizer.zero,
    "never": _keep,
}
