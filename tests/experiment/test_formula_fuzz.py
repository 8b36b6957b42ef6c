"""Random text never gets past the parser, and random valid formulas mean what Python means."""

import math
import time
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.experiment.language import parse
from explorer.experiment.problem import BadInput
from explorer.experiment.tree import Call, Expression, Name, Number, Program
from explorer.i18n import load
from explorer.words.errors import sentence

ENGLISH = load("en")
# Seconds, for what must not hang; a loaded machine needs some for what takes a tenth.
LONGEST_S = 30
PARAMETERS = {"a": 0.75, "b": -1.5, "c": 2.25}
# Pieces that get further into the parser than random characters.
_WORDS = """
    a b z = + - * ** / @ ( ) [ ] { } , : ; . # \\ def return lambda where exp sum > < ==
    torch. F. .detach() 1 2.5 1e308 0x 'a' f' " import __class__ := if else for in not True é
    dim= keepdim=True f(x): None async await @exp *args **k ... 10**10
"""
PIECES = st.sampled_from(_WORDS.split()) | st.sampled_from(["\n", "\n    ", "\t", "\0", " "])


def parsed(text: str) -> Program | None:
    started = time.perf_counter()
    try:
        return parse(text, ["a", "b"], ["x", "y"])
    except BadInput as problem:
        _explained(problem)
        return None
    finally:
        assert time.perf_counter() - started < LONGEST_S


def _explained(problem: BadInput) -> None:
    assert sentence(problem, ENGLISH)
    assert problem.place.key == "formula"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("z = a\r\nw = b\rv = z")
@example("\x0c z = a")
@example("z = a #\x1c\x1d\x85\u2029\n w")
def test_any_text_parses_or_is_refused(text: str) -> None:
    parsed(text)


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_any_pieces_parse_or_are_refused(pieces: list[str]) -> None:
    parsed(" ".join(pieces))
    parsed("".join(pieces))


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_any_right_hand_side_parses_or_is_refused(pieces: list[str]) -> None:
    text = "z = a " + " ".join(pieces)
    if parsed(text) is not None:
        parse(f"{text}\nw = z", ["a", "b"], ["x", "y"])


# Valid formulas, as Python text in which every number is a float

_NUMBERS = st.sampled_from(["0.5", "1.0", "2.0", "3.5", "1.5e1", "10.0"])


def expressions(names: list[str]) -> st.SearchStrategy[str]:
    leaves = _NUMBERS | st.sampled_from(names)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map(
                lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
            ),
            inner.map(lambda each: f"-{each}"),
            inner.map(lambda each: f"+{each}"),
            st.tuples(inner, st.sampled_from(["-", "*", "+"]), inner).map(" ".join),
        ),
        max_leaves=8,
    )


@st.composite
def formulas(draw: st.DrawFn) -> str:
    first = draw(expressions(["u", "v", "a"]))
    second = draw(expressions(["u", "w", "b"]))
    argument, other = draw(expressions(["a", "c"])), draw(expressions(["b", "c"]))
    last = draw(expressions(["p", "q", "a"]))
    return (
        f"def f(u, v):\n    w = {first}\n    return {second}\n"
        f"p = f({argument}, {other})\nq = f(p, v=a)\nz = {last} + f(q, p)\n"
    )


_APPLY: dict[str, Callable[..., float | complex]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "neg": lambda x: -x,
}


def evaluate(expression: Expression, values: dict[str, float | complex]) -> float | complex:
    match expression:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Call(operation, arguments):
            return _APPLY[operation](*(evaluate(each, values) for each in arguments))


def by_program(text: str) -> float | complex | None:
    try:
        program = parse(text, list(PARAMETERS), [])
        values: dict[str, float | complex] = {**PARAMETERS, **program.numbers}
        for assignment in program.assignments:
            values[assignment.name] = evaluate(assignment.expression, values)
    except (BadInput, ZeroDivisionError, OverflowError):
        return None
    return values["z"]


@settings(max_examples=100, deadline=None)
@given(formulas())
def test_valid_formula_means_what_python_means(text: str) -> None:
    names: dict[str, float | complex] = dict(PARAMETERS)
    try:
        exec(text, names)
        expected: float | complex | None = names["z"]
    except (ZeroDivisionError, OverflowError):
        expected = None
    found = by_program(text)
    if found is None or expected is None:
        # Folding may refuse a number too large that Python would take as inf.
        return
    # As text, so that NaN is like NaN.
    assert str(found) == str(expected)


def test_folding_refuses_only_what_is_not_a_number() -> None:
    assert by_program("z = 2.0 ** 10.0 / 4.0 - -1.0") == 257.0
    assert by_program("z = 1e300 * 1e300") is None
    assert math.isclose(float(abs(by_program("z = (a + 1) ** 2") or 0)), 3.0625)
