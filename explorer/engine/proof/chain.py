"""The chain rule with the numbers in it: `2z·1 + 3y² = 10 + 27 = 37`.

A gradient is the sum over the uses of its tensor; each share is what came back to the
operation times the operation's own derivative. The numbers are autograd's, from the trace; the
texts are sympy's, written only where everything on the way is a single number, and dropped
where they do not give autograd's number. Called by `explorer.engine.proof.proving`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from explorer.engine.compiler import computed
from explorer.engine.proof.algebra import Array, Expr, Measure, array, sympy, value
from explorer.engine.proof.derivative import derivative
from explorer.engine.proof.evaluation import Evaluation, Fold, Node
from explorer.engine.proof.notation import times
from explorer.engine.proof.numbers import summed_texts
from explorer.engine.proof.question import OmissionError, Question
from explorer.experiment.tree import Call, Name, Program, arguments_first
from explorer.explain.proof_records import Chain, Term
from explorer.explain.trace_records import Trace

# Beyond this the terms are numbers only.
LONGEST_CHAIN = 100
# An expression of more parts has a text of more characters.
MOST_PARTS = 2 * LONGEST_CHAIN
# Uses times operations: each use has the formula walked once more.
MOST_WORK = 500
_TOLERANCE = 1e-3


def chain(question: Question, trace: Trace, number: int) -> Chain | None:
    """How the gradient of the tensor `number` is put together; None if it is no single number."""
    total = trace.tensors[number].grad
    if not isinstance(total, float):
        return None
    shares = _shares(trace, number)
    if not shares:
        return None
    texts = None
    if math.isfinite(total):
        texts = _texts(question, trace, number, shares) or summed_texts(trace, number, shares)
    written: Iterable[str | None] = texts or [None] * len(shares)
    terms = (Term(*each) for each in zip(written, shares.values(), strict=True))
    return Chain(tuple(terms), total)


def _shares(trace: Trace, number: int) -> dict[int, float]:
    """For every operation that uses the tensor what flowed back there."""
    shares: dict[int, float] = {}
    for use in trace.uses[number]:
        edge = trace.edges[use]
        if isinstance(edge.contribution, float):
            shares[edge.operation] = shares.get(edge.operation, 0.0) + edge.contribution
    return shares


@dataclass(frozen=True)
class _Factors:
    """The derivative of the objective by a use's result, that of the result, their product."""

    upstream: Expr
    local: Expr
    product: float


def _texts(
    question: Question, trace: Trace, number: int, shares: dict[int, float]
) -> list[str] | None:
    """A text for each share; None if they cannot all be written, or not briefly."""
    if not _is_small(question, len(shares)):
        return None
    try:
        calls = _calls(question.whole, trace)
        names = frozenset(trace.tensors[number].names)
        factors = [_factors(question, calls[each], names) for each in shares]
    except (OmissionError, RecursionError, _UnwrittenError):
        return None
    texts = [times(_gathered(each.upstream), each.local) for each in factors]
    agree = map(_agrees, factors, shares.values())
    return texts if all(agree) and sum(map(len, texts)) <= LONGEST_CHAIN else None


def _gathered(expression: Expr) -> Expr:
    """`2(x + y)` for `2x + 2y`, as which sympy writes it at once."""
    return sympy().factor_terms(expression) if expression.is_Add else expression


def _is_small(question: Question, shares: int) -> bool:
    named = isinstance(question.objective, str)
    return named and shares * len(question.calls) <= MOST_WORK


def _agrees(factors: _Factors, share: float) -> bool:
    return math.isclose(factors.product, share, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE**2)


class _UnwrittenError(Exception):
    """A tensor on the way has more numbers than one, or the formula cannot be followed."""


def _calls(whole: Program, trace: Trace) -> dict[int, Call]:
    """The formula's call behind each operation of the trace, which made them in the same order."""
    written = {None, *whole.written}
    operations = [each for each in trace.operations if each.switch in written]
    calls = [
        node
        for assignment in whole.assignments
        for node in arguments_first(assignment.expression)
        if isinstance(node, Call)
    ]
    if [each.position for each in operations] != [each.position for each in calls]:
        # One that only hands its input back is not in the trace.
        raise _UnwrittenError
    return {each.number: call for each, call in zip(operations, calls, strict=True)}


def _factors(question: Question, call: Call, names: frozenset[str]) -> _Factors:
    """Of the use by this call of the tensor that goes by these names."""
    inside = Evaluation(question, None, Fold.ALL)
    inside.objective()
    around = Evaluation(question, call, Fold.INDEPENDENT)
    upstream = _slope(around.objective(), _only(around.symbols))
    if not around.scalar:
        raise _UnwrittenError
    upstream = upstream.xreplace({_only(around.symbols): _result(question, call, inside)})
    local = _local(call, names - question.cuts, inside)
    point = {**around.point, **inside.point}
    return _Factors(upstream, local, value(upstream * local, point))


def _result(question: Question, call: Call, inside: Evaluation) -> Expr:
    """The call's result by its name, or as it is computed from names."""
    named = (each for each in question.program.assignments if each.expression is call)
    assignment = next(named, None)
    node = inside.visit(call) if assignment is None else inside.made[assignment.name]
    return _only(node.form)


def _local(call: Call, names: frozenset[str], inside: Evaluation) -> Expr:
    """The derivative of the call by its direct arguments of these names."""
    free: dict[Expr, Expr] = {}
    arguments = []
    for argument in call.arguments:
        node = inside.visit(argument)
        if isinstance(argument, Name) and argument.name in names:
            symbol = sympy().Dummy(real=True)
            free[symbol] = _only(node.form)
            node = Node(node.value, array(symbol), depends=True)
        arguments.append(node)
    value = computed(call, [each.value for each in arguments])
    result = inside.applied(call, arguments, value)
    slopes = [_slope(result, symbol) for symbol in free]
    return sympy().Add(*slopes).xreplace(free)


def _slope(node: Node, symbol: Expr) -> Expr:
    slope = derivative(_only(node.form), symbol)
    if Measure().parts(slope) > MOST_PARTS:
        raise _UnwrittenError
    return slope


def _only(form: Array | None) -> Expr:
    if form is None or form.ndim:
        raise _UnwrittenError
    return form.item()
