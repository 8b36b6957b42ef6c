"""Models that were compiled: run as written, which is what is traced and explained.

A compiled graph may have been made for other flags than the parameters have now. Nothing here
imports PyTorch's compiler: where it was never imported there is nothing compiled.
"""

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

_COMPILER = "torch._dynamo"


def is_compiled() -> bool:
    """Whether anything may have been compiled in this process."""
    return _COMPILER in sys.modules


@contextlib.contextmanager
def as_written() -> Iterator[None]:
    """Within it compiled functions are run as the Python that they are made of."""
    if not is_compiled():
        yield
        return
    with warnings.catch_warnings(), _eager():
        # That hooks for all modules are called once more: the trace counts on it.
        warnings.filterwarnings("ignore", message="Using `torch.compile")
        yield


def _eager() -> contextlib.AbstractContextManager[Any]:
    stance: Any = torch.compiler.set_stance
    found: contextlib.AbstractContextManager[Any] = stance("force_eager")
    return found


def reached_as_written(
    objective: Callable[[], torch.Tensor], tensors: Sequence[torch.Tensor]
) -> list[bool]:
    """To which of the tensors a gradient comes if nothing compiled is used."""
    with as_written():
        loss = objective()
        if not (loss.requires_grad and tensors):
            return [False] * len(tensors)
        grads = torch.autograd.grad(loss, list(tensors), allow_unused=True)
    return [each is not None for each in grads]
