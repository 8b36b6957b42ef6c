"""Puts a proof together: `prove`, the way in for the command line and the window's worker."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch.overrides import TorchFunctionMode

from explorer.engine.model import Model
from explorer.engine.proof.algebra import sympy
from explorer.engine.proof.chain import chain
from explorer.engine.proof.difference import central_difference, gradient_in_double
from explorer.engine.proof.patience import (
    LONGEST_IN_ALL_S,
    LONGEST_S,
    MOMENT_S,
    TooLongError,
    patience,
)
from explorer.engine.proof.question import OmissionError, Question, ask
from explorer.engine.proof.symbolic import Symbolic, symbolic_derivative
from explorer.engine.refusals import REFUSALS, first_line
from explorer.explain.proof_records import Proof
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.trace_records import Trace

T = TypeVar("T")
_NOTHING = Symbolic(None, None)
# Of a larger graph nobody reads every proof.
MOST_PROVED = 16
MOST_OPERATIONS = 60


def prove(model: Model, trace: Trace, name: str, *, seconds: float = LONGEST_S) -> Proof:
    """The gradient of one named tensor, leaf or intermediate, come by in three ways.

    `trace` is the model's present one, of these very values, switches and cuts. For a graph that
    is too large, or that take longer than `seconds`, the parts are None and `omitted` says so.
    Raises KeyError for an unknown name.
    """
    with _double_by_default():
        return _proved(model, trace, name, seconds)


@contextmanager
def _double_by_default() -> Iterator[None]:
    """What PyTorch makes of plain numbers alone is float64 too: `where(x > 0, 1.0, 0.3)`."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with _FloatIsDouble():
            yield
    finally:
        torch.set_default_dtype(before)


class _FloatIsDouble(TorchFunctionMode):
    """Takes `mask.float()` and `dtype=torch.float32` for numbers, and not for a type to be in."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the function, but `double` for `float`."""
        options = dict(kwargs or {})
        if options.get("dtype") is torch.float32:
            options["dtype"] = torch.float64
        wanted = torch.Tensor.double if func is torch.Tensor.float else func
        return wanted(*args, **options)


def _proved(model: Model, trace: Trace, name: str, seconds: float) -> Proof:
    number = trace.named[name]
    tensor = trace.tensors[number]
    blank = Proof(
        name=name,
        objective=model.experiment.scalar_name,
        autograd=tensor.grad,
        reason=reasons(trace)[name],
        difference=None,
        symbolic=None,
        symbolic_value=None,
        conditions=(),
        omitted=Reason("in-place"),
        chain=None,
    )
    if model.experiment.program.changes_in_place:
        # A name has several values then, and moving one of them moves what shares its memory.
        return blank
    # Several names for one tensor: the formula makes it under the first.
    question = ask(model, tensor.names[0], tensor.shape)
    difference, no_difference = _tried(central_difference, question, seconds)
    symbolic, no_expression = _tried(symbolic_derivative, question, seconds)
    shown = symbolic or _NOTHING
    return replace(
        blank,
        difference=difference,
        in_double=_tried(gradient_in_double, question, seconds)[0],
        symbolic=shown.texts,
        symbolic_value=shown.values,
        conditions=shown.conditions,
        omitted=no_expression or no_difference,
        chain=_tried(lambda asked: chain(asked, trace, number), question, seconds)[0],
    )


def prove_all(model: Model, trace: Trace) -> dict[str, Proof]:
    """The proofs of all parameters and intermediates of a small graph; empty for a larger one."""
    if len(trace.operations) > MOST_OPERATIONS or trace.objective is None:
        return {}
    known = frozenset(model.experiment.tensors)
    firsts = (each.names[0] for each in trace.tensors if each.names and each.kind != "input")
    names = [name for name in firsts if name in known]
    if len(names) > MOST_PROVED:
        return {}
    end = time.monotonic() + LONGEST_IN_ALL_S
    proofs = {}
    for name in names:
        left = min(LONGEST_S, max(MOMENT_S, end - time.monotonic()))
        proofs[name] = prove(model, trace, name, seconds=left)
    return proofs


def _tried(
    make: Callable[[Question], T], question: Question, seconds: float
) -> tuple[T | None, Reason | None]:
    """What `make` gives, or the reason why it gives nothing."""
    # Whole, before anything may break off: half imported it would be of no use to anybody, to
    # PyTorch neither.
    sympy()
    try:
        with patience(seconds):
            return make(question), None
    except TooLongError:
        return None, Reason("too-large", {"what": "expression", "limit": MOST_OPERATIONS})
    except OmissionError as omission:
        return None, omission.reason
    except RecursionError:
        return None, Reason("too-large", {"what": "operations", "limit": MOST_OPERATIONS})
    except REFUSALS as error:
        if isinstance(error, ArithmeticError | ValueError):
            # Algebra met a number that is none (0/0 in the midst of an expression).
            return None, Reason("not-finite")
        # In float64 and a little to the side PyTorch may refuse what it took at the point.
        return None, Reason("refused", {"message": first_line(error)})
