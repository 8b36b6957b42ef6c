"""The losses that compare a prediction with a column: one table entry each.

`torch.nn.functional.mse_loss` and its like spend more time in Python (warnings,
broadcasting) than in the kernel. Prediction and target have the same shape here
(`explorer.engine.model` sees to it), so the kernels are called directly where
this PyTorch offers them; the bits are the same, which a test holds.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own abbreviation)

from explorer.engine.compiler import Loss

_MEAN = 1  # the kernels' code for reduction="mean"


def make_loss(name: str, options: Mapping[str, float]) -> Loss:
    """The function `loss(prediction, target) -> scalar`, both of shape (…), mean over all.

    `name` is a key of LOSSES; `options` are huber's `delta` and smooth_l1's `beta`.
    """
    return LOSSES[name](options)


def _kernel(name: str) -> Callable[..., torch.Tensor] | None:
    return getattr(getattr(torch._C, "_nn", None), name, None)


def _plain(name: str) -> Callable[[Mapping[str, float]], Loss]:
    def make(_options: Mapping[str, float]) -> Loss:
        kernel = _kernel(name)
        if kernel is None:
            public: Loss = getattr(F, name)
            return public
        return lambda prediction, target: kernel(prediction, target, _MEAN)

    return make


def _with_option(name: str, option: str) -> Callable[[Mapping[str, float]], Loss]:
    def make(options: Mapping[str, float]) -> Loss:
        value = options.get(option, 1.0)
        kernel = _kernel(name)
        if kernel is None:
            public: Callable[..., Any] = getattr(F, name)
            return lambda prediction, target: public(prediction, target, **{option: value})
        return lambda prediction, target: kernel(prediction, target, _MEAN, value)

    return make


def _smooth_l1(options: Mapping[str, float]) -> Loss:
    # As torch.nn.functional does: the kernel itself has a slope at 0 then, and one for NaN.
    if options.get("beta") == 0:
        return _plain("l1_loss")({})
    return _with_option("smooth_l1_loss", "beta")(options)


LOSSES: Mapping[str, Callable[[Mapping[str, float]], Loss]] = {
    "mse": _plain("mse_loss"),
    "l1": _plain("l1_loss"),
    "huber": _with_option("huber_loss", "delta"),
    "smooth_l1": _smooth_l1,
}
