"""A step of the backward pass in words: upstream gradient × local derivative = contribution.

An equation is only written where its numbers, as they are shown, satisfy it; of matrices and
of large tensors it is said what went in and what came out. Called by the graph view for the
steps of `explorer.explain.backward_steps`.
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeGuard

from explorer.explain.queries import norm
from explorer.i18n import N_, Language
from explorer.words.numbers import Form, number_text

if TYPE_CHECKING:
    from explorer.explain.backward_steps import BackwardStep, Part
    from explorer.explain.figures import Figure
    from explorer.explain.trace_records import Trace

# A number, or a row of numbers: what an equation can be written with.
Written = float | Sequence[float]

SHOWN_ELEMENTS = 3
LONGEST_OPERATION = 48

# Products and sums of single precision, worked out in double precision, agree to this.
TOLERANCE = 1e-4

# How a gradient goes back through an operation.
FLOWS: Mapping[str, str] = MappingProxyType(
    {
        "product": N_(
            "{operation}: upstream gradient {upstream} × local derivative {derivative} = "
            "{contribution}."
        ),
        "sum-of-products": N_(
            "{operation}: upstream gradient {upstream} × local derivative {derivative}, "
            "added up = {contribution}."
        ),
        "through": N_(
            "{operation}: the gradient {upstream} goes back through it as {contribution}."
        ),
        "several": N_(
            "{operation}: the gradients of its results go back through it as {contribution}."
        ),
        "nowhere": N_("{operation}: its gradient goes no further."),
    }
)

# Into which tensor, and what the tensor's gradient is by then.
SUMS: Mapping[str, str] = MappingProxyType(
    {
        "whole": N_("This is the whole gradient of {tensor}."),
        "first": N_("This is the first part of the gradient of {tensor}."),
        "more": N_("This is one more part of the gradient of {tensor}."),
        "sum": N_("The gradient of {tensor} so far: {before} + {contribution} = {total}."),
        "whole-sum": N_(
            "The gradient of {tensor} is complete: {before} + {contribution} = {total}."
        ),
        "so-far": N_("The gradient of {tensor} so far: {total}."),
        "complete": N_("The gradient of {tensor} is complete: {total}."),
    }
)


def step_lines(trace: "Trace", step: "BackwardStep", language: Language) -> list[str]:
    """One line for the seed, else one for each tensor that the operation gives a gradient."""
    if step.operation is None:
        start = language.text("Backward starts at {objective}: its gradient by itself is 1.")
        return [start.format(objective=trace.tensors[step.upstream[0][0]].label)]
    called = operation_text(trace, step.operation)
    parts = [part for part in step.parts if part.contribution is not None]
    if not parts:
        return [language.text(FLOWS["nowhere"]).format(operation=called)]
    return [_line(trace, step, part, called, language) for part in parts]


def operation_text(trace: "Trace", number: int) -> str:
    """`z = x + y`, or only the operation where its result has no name."""
    operation = trace.operations[number]
    names = [name for each in operation.outputs for name in trace.tensors[each].names[:1]]
    text = operation.text or operation.name
    text = f"{', '.join(names)} = {text}" if names else text
    return text if len(text) <= LONGEST_OPERATION else f"{text[: LONGEST_OPERATION - 1]}…"


def _line(
    trace: "Trace", step: "BackwardStep", part: "Part", called: str, language: Language
) -> str:
    upstream = step.upstream[0][1] if len(step.upstream) == 1 else None
    flow = language.text(FLOWS[_flow(upstream, part)]).format(
        operation=called,
        upstream=_figure(upstream),
        derivative=_factor(part.derivative),
        contribution=_figure(part.contribution),
    )
    total = language.text(SUMS[_sum(part)]).format(
        tensor=trace.tensors[part.tensor].label,
        before=_figure(part.before),
        contribution=_factor(part.contribution),
        total=_figure(part.total),
    )
    return f"{flow} {total}"


# -- which sentence ----------------------------------------------------------------


def _flow(upstream: "Figure | None", part: "Part") -> str:
    """The key in FLOWS."""
    if upstream is None:
        return "several"
    derivative, contribution = part.derivative, part.contribution
    if not (_is_written(upstream) and _is_written(derivative) and _is_written(contribution)):
        return "through"
    product = _times(upstream, derivative)
    if product is None:
        return "through"
    if _close(product, contribution):
        return "product"
    if isinstance(product, Sequence) and _adds_up(product, contribution):
        return "sum-of-products"
    return "through"


def _sum(part: "Part") -> str:
    """The key in SUMS."""
    if part.total is None:
        return "first" if part.first else "more"
    if part.first and _same(part.contribution, part.total):
        return "whole" if part.complete else "first"
    if not part.first and _is_sum(part.before, part.contribution, part.total):
        return "whole-sum" if part.complete else "sum"
    return "complete" if part.complete else "so-far"


def _is_sum(before: "Figure | None", contribution: "Figure | None", total: "Figure | None") -> bool:
    if not (_is_written(before) and _is_written(contribution) and _is_written(total)):
        return False
    rows = list(map(_row, (before, contribution, total)))
    return len(set(map(len, rows))) == 1 and all(
        _adds_up((one, other), result) for one, other, result in zip(*rows, strict=True)
    )


def _same(left: "Figure | None", right: "Figure | None") -> bool:
    return left == right or (_is_written(left) and _is_written(right) and _close(left, right))


# -- numbers -----------------------------------------------------------------------


def _is_written(figure: "Figure | None") -> TypeGuard[Written]:
    if isinstance(figure, list):
        return not any(isinstance(each, list) for each in figure)
    return isinstance(figure, float | int)


def _row(written: Written) -> Sequence[float]:
    return written if isinstance(written, Sequence) else (written,)


def _times(left: Written, right: Written) -> Written | None:
    """Element by element, or all elements of `right` by one number; None if they do not fit."""
    if not isinstance(left, Sequence):
        return [left * each for each in right] if isinstance(right, Sequence) else left * right
    if not isinstance(right, Sequence) or len(left) != len(right):
        return None
    return [one * other for one, other in zip(left, right, strict=True)]


def _close(left: Written, right: Written) -> bool:
    if isinstance(left, Sequence) != isinstance(right, Sequence):
        return False
    one, other = _row(left), _row(right)
    return len(one) == len(other) and all(map(_near, one, other))


def _near(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=TOLERANCE) or (math.isnan(left) and math.isnan(right))


def _adds_up(parts: Sequence[float], total: Written) -> bool:
    """Whether they do, but for what rounding may have lost of the largest."""
    if isinstance(total, Sequence):
        return False
    added = sum(parts)
    slack = TOLERANCE * max(map(abs, parts), default=0.0)
    return _near(added, total) or abs(added - total) <= slack


def _figure(figure: "Figure | None") -> str:
    """`37`, `[1, -2, 0.5, …]`, or the norm of anything larger: `‖3.2‖`."""
    if figure is None:
        return ""
    if not _is_written(figure):
        return f"‖{number_text(norm(figure), Form.SHORT)}‖"
    if isinstance(figure, float | int):
        return number_text(figure)
    shown = [number_text(each, Form.SHORT) for each in figure[:SHOWN_ELEMENTS]]
    return f"[{', '.join([*shown, '…'] if len(figure) > SHOWN_ELEMENTS else shown)}]"


def _factor(figure: "Figure | None") -> str:
    """As it stands behind a sign."""
    text = _figure(figure)
    return f"({text})" if text.startswith("-") else text
