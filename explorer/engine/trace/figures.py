"""Tensors to plain numbers for the trace: small ones whole, large ones summarised."""

import torch

from explorer.explain.figures import Figure, Nested, Summary

# Nobody reads more numbers than this in one box of a graph.
MOST_NUMBERS = 16


def figure(tensor: torch.Tensor) -> Figure:
    """The tensor's numbers (nested as its shape), or a Summary beyond MOST_NUMBERS.

    Complex numbers are pairs of real ones.
    """
    tensor = _plain(tensor)
    if tensor.numel() <= MOST_NUMBERS:
        found: Figure = tensor.tolist()
        return found
    return summary(tensor)


def numbers(tensor: torch.Tensor) -> Nested:
    """All of the tensor's numbers, as `figure` gives those of a small one."""
    found: Nested = _plain(tensor).tolist()
    return found


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """Dense and real; what is on the meta device has no numbers."""
    if tensor.is_meta:
        tensor = torch.full(tensor.shape, torch.nan)
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.detach().resolve_conj())
    return tensor


def summary(tensor: torch.Tensor) -> Summary:
    """Mean, norm, least and greatest of a real tensor of any shape and type, not empty.

    NaN anywhere shows in `low` and `high`.
    """
    real = tensor.detach()
    if not real.is_floating_point():
        real = real.double()
    low, high = torch.aminmax(real)
    return Summary(
        # mean() takes twice as long as the sum that it divides.
        mean=real.sum().item() / real.numel(),
        norm=torch.linalg.vector_norm(real).item(),
        low=low.item(),
        high=high.item(),
    )
