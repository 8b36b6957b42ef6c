"""The derivative as an expression, and its value at the point, both by sympy.

Called by `explorer.engine.proof.proving`. Bounded everywhere, so that no formula can hang it:
what is too large is left out with a reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from explorer.engine.proof.algebra import CUT, Expr, filled, shortest, sympy, text, value
from explorer.engine.proof.branches import Condition
from explorer.engine.proof.derivative import derivative
from explorer.engine.proof.evaluation import Evaluation
from explorer.engine.proof.question import OmissionError, Question, too_large
from explorer.explain.figures import Nested
from explorer.explain.proof_records import Texts
from explorer.explain.reason import Reason

# Elements times the parts of the objective: what differentiating costs.
MOST_COST = 20_000
MOST_CONDITIONS = 4
LONGEST_CONDITION = 40
LONGEST_TEXT = 400

_ONE: tuple[Texts, Nested] = ("1", 1.0)


@dataclass(frozen=True)
class Symbolic:
    """Texts and values nested as the tensor; `conditions` as in `Proof`."""

    texts: Texts | None
    values: Nested | None
    conditions: tuple[str, ...] | None = ()


def symbolic_derivative(question: Question) -> Symbolic:
    """The derivative; raises OmissionError with the reason why there is none to show."""
    question.check_size()
    if question.about_loss:
        return Symbolic(*_ONE)
    try:
        return _derivative(question)
    except RecursionError:
        # Called from deep inside another program: bounded depth may still be too much.
        raise too_large("expression", MOST_COST) from None


def _derivative(question: Question) -> Symbolic:
    evaluation = Evaluation(question, question.name)
    objective = evaluation.objective()
    if not objective.value.isfinite().all():
        raise OmissionError(Reason("not-finite"))
    assert evaluation.symbols is not None
    unknowns = evaluation.symbols.reshape(-1).tolist()
    if objective.form is None or not objective.depends:
        slopes = [sympy().S.Zero] * len(unknowns)
    else:
        slopes = _slopes(evaluation, objective.form.item(), unknowns)
    shape = question.shape
    return Symbolic(
        texts=filled(shape, (text(shortest(each), LONGEST_TEXT) for each in slopes)).tolist(),
        values=filled(shape, (value(each, evaluation.point) for each in slopes)).tolist(),
        conditions=_conditions(evaluation.conditions),
    )


def _slopes(evaluation: Evaluation, objective: Expr, unknowns: list[Expr]) -> list[Expr]:
    sp = sympy()
    if evaluation.measure.parts(objective) * len(unknowns) > MOST_COST:
        raise too_large("expression", MOST_COST)
    if objective.has(sp.nan):
        raise OmissionError(Reason("not-finite"))
    slopes = [derivative(objective, each) for each in unknowns]
    evaluation.measure.check(filled((len(slopes),), slopes))
    return slopes


def _conditions(found: Iterable[Condition]) -> tuple[str, ...] | None:
    """All of them as texts; None if they are too many or too long."""
    conditions = list(found)
    if len(conditions) > MOST_CONDITIONS:
        return None
    texts = tuple(map(_condition, conditions))
    return None if any(CUT in each for each in texts) else texts


def _condition(condition: Condition) -> str:
    left, right = (text(each, LONGEST_CONDITION) for each in (condition.left, condition.right))
    return f"{left} {condition.sign} {right}"
