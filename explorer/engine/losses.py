"""The losses that compare a prediction with a column, as functions of two tensors.

Which there are says `explorer.experiment.losses`. `torch.nn.functional.mse_loss` and its like
spend more time in Python (warnings, broadcasting) than in the kernel. Prediction and target
have the same shape here (`explorer.engine.model` sees to it), so the kernels are called
directly where this PyTorch offers them; the bits are the same, which a test holds.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch

from explorer.engine.compiler import Loss, torch_function
from explorer.experiment.losses import LOSSES
from explorer.experiment.operations import OPERATIONS

_MEAN = 1  # the kernels' code for reduction="mean"


def make_loss(name: str, options: Mapping[str, float]) -> Loss:
    """The function `loss(prediction, target) -> scalar`, both of shape (…), mean over all.

    `name` is a key of LOSSES, `options` those of its entry; what is not given is PyTorch's
    default.
    """
    entry = LOSSES[name]
    options = {**entry.defaults, **options}
    for option, (value, other) in entry.limits.items():
        if options[option] == value:
            return make_loss(other, {})
    kernel = _kernel(entry.operation)
    if kernel is None:
        return partial(torch_function(OPERATIONS[entry.operation]), **options)
    # The step's hottest call: a star or a keyword would take longer than the argument itself.
    if not options:
        return lambda prediction, target: kernel(prediction, target, _MEAN)
    [given] = options.values()
    return lambda prediction, target: kernel(prediction, target, _MEAN, given)


def _kernel(name: str) -> Callable[..., torch.Tensor] | None:
    return getattr(getattr(torch._C, "_nn", None), name, None)
