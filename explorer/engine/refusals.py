"""What PyTorch refuses while it computes: which exceptions, and what they are for a run.

A sound experiment may still come to numbers that an operation does not take (a probability
above 1, a learning rate beyond float32): that is a failure of the run, told in PyTorch's own
words, and no defect of the program. Used wherever the engine runs a formula.
"""

import re

import torch

from explorer.experiment.problem import Failure

# All that PyTorch raises for arguments, shapes, types, values and memory.
REFUSALS: tuple[type[Exception], ...] = (
    RuntimeError,
    IndexError,
    TypeError,
    ValueError,
    ArithmeticError,
    MemoryError,
)

_MEMORY = re.compile(r"alloc|out of memory", re.IGNORECASE)
_TYPE = re.compile(r"dtype|scalar type|data type|\bBool\b|\bbool tensor|\bLong\b")


def first_line(error: Exception) -> str:
    """PyTorch's own words; what follows the first line is for its developers."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def kind_of(error: Exception) -> str:
    """`out-of-memory`, `wrong-dtype`, or `torch-error` for anything else."""
    message = str(error)
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or _MEMORY.search(message):
        return "out-of-memory"
    return "wrong-dtype" if _TYPE.search(message) else "torch-error"


def failure(error: Exception, step: int, objective: torch.Tensor | None = None) -> Failure:
    """The failure of step `step`, which had come to its objective or (None) had not.

    An objective that requires no gradient depends on nothing that trains: then that is why.
    """
    cut_off = objective is not None and not objective.requires_grad
    code = "nothing-requires-grad" if cut_off else kind_of(error)
    return Failure(code, step, {"message": first_line(error)})
