"""A tensor's numbers as the file has them. Used by `emit` and `run`."""

from typing import Any

import numpy as np
import torch


def numbers(tensor: torch.Tensor) -> Any:
    """The numbers, each as short as it can be without being another."""
    array = tensor.detach().numpy()
    if array.dtype != np.float32:
        return array.astype(np.float64).tolist()
    return _short(array)


def _short(array: Any) -> Any:
    if array.ndim:
        return [_short(part) for part in array]
    short = float(str(array[()]))
    return short if np.float32(short) == array or np.isnan(array) else float(array)
