"""Plain records that leave the engine: what is printed, shown, and sent between threads.

No torch here, so that the window can show a table before torch is imported. No
tensor ever leaves the engine.
"""

from dataclasses import dataclass
from typing import NamedTuple

from explorer.explain.figures import Nested, Summary


class StepRecord(NamedTuple):
    """What one step did. A named tuple, since a step creates one every 60 microseconds.

    `loss` is the objective before the step's update. `values` are the parameters
    after it, `grads` their `.grad` when it was made (None where that was None),
    both in the order of `Session.columns`. `epoch_loss` is the mean loss of the last complete
    epoch, if there are batches.
    """

    step: int
    loss: float
    values: tuple[float, ...]
    grads: tuple[float | None, ...]
    epoch_loss: float | None = None


@dataclass(frozen=True)
class TensorState:
    """One named tensor. `value` and `grad` are numbers or nested lists of `shape`.

    `grad` is None where PyTorch's is. With a limit, larger tensors come as a
    Summary. `leaf`: a parameter or an input rather than the formula's own result.
    `value` is None before the tensor was ever computed. `reached`: the next backward pass
    comes to it, as far as known. `moves_on`: what the next update moves it by all the same;
    `waits`: once, by a gradient that is kept for it.
    """

    name: str
    shape: tuple[int, ...]
    value: Nested | Summary | None
    grad: Nested | Summary | None
    requires_grad: bool
    detached: bool
    leaf: bool
    reached: bool = True
    moves_on: tuple[str, ...] = ()
    waits: bool = False


@dataclass(frozen=True)
class Trained:
    """How a parameter of somebody's model ended: norms of it, of its way and of its gradient.

    `grad_norm` is None where the gradient is.
    """

    name: str
    shape: tuple[int, ...]
    requires_grad: bool
    norm: float
    moved: float
    grad_norm: float | None
