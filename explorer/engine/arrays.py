"""A tensor's numbers as an array of its own: what leaves the worker when it is inspected."""

import numpy as np
import torch
from numpy.typing import NDArray


def array_of(tensor: torch.Tensor) -> NDArray[np.float64]:
    """A copy of the numbers, in the order of the elements; of a complex one its absolute values."""
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.is_complex():
        plain = plain.abs()
    found: NDArray[np.float64] = plain.to(torch.float64, copy=True).reshape(-1).numpy()
    return found
