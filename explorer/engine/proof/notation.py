"""Expressions as mathematicians write them: `2z`, `3y²`, `b·x`, `√z`, `−1`.

For the chain rule, whose terms are to be short; the symbolic derivative itself is shown in
Python's notation. Called by `explorer.engine.proof.chain`.
"""

from collections.abc import Sequence

from explorer.engine.proof.algebra import Expr, sympy, text

MINUS = "−"
TIMES = "·"
_CONSTANTS = {"pi": "π", "E": "e"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def notation(expression: Expr) -> str:
    """The expression as text."""
    if expression.is_Number:
        return text(expression).replace("-", MINUS)
    if expression.is_NumberSymbol:
        return _CONSTANTS.get(text(expression), text(expression))
    if expression.is_Add:
        return added([notation(each) for each in expression.as_ordered_terms()])
    if expression.is_Mul or (expression.is_Pow and expression.exp.could_extract_minus_sign()):
        return _product(expression)
    if expression.is_Pow:
        return _power(expression)
    if expression.is_Function and expression.func.__name__ != "polygamma":
        return f"{expression.func.__name__}({', '.join(map(notation, expression.args))})"
    return text(expression)


def added(terms: Sequence[str]) -> str:
    """Terms with plus and minus between them."""
    first, *rest = terms
    signed = (f" {MINUS} {each[1:]}" if each.startswith(MINUS) else f" + {each}" for each in rest)
    return "".join([first, *signed])


def times(left: Expr, right: Expr) -> str:
    """Two factors, each still to be seen; a left one of 1 is left out."""
    if left == 1:
        return notation(right)
    return f"{_grouped_factor(left)}{TIMES}{_grouped(right)}"


def _grouped(expression: Expr) -> str:
    """In parentheses where it could be misread behind a dot."""
    written = notation(expression)
    return f"({written})" if expression.is_Add or written.startswith(MINUS) else written


def _product(expression: Expr) -> str:
    coefficient, rest = expression.as_coeff_Mul()
    over = [each for each in rest.as_ordered_factors() if not _is_under(each)]
    under = [1 / each for each in rest.as_ordered_factors() if _is_under(each)]
    sign = MINUS if coefficient < 0 else ""
    number, divisor = abs(coefficient), sympy().S.One
    if number.is_Rational:
        number, divisor = sympy().Integer(number.p), sympy().Integer(number.q)
    top = _factors(number, over)
    bottom = [each for each in (divisor, *under) if each != 1]
    if not bottom:
        return sign + top
    below = _grouped_factor(bottom[0]) if len(bottom) == 1 else f"({_factors(divisor, under)})"
    return f"{sign}{top}/{below}"


def _is_under(factor: Expr) -> bool:
    return bool(factor.is_Pow and factor.exp.could_extract_minus_sign())


def _factors(number: Expr, factors: Sequence[Expr]) -> str:
    """A number right before what it multiplies, dots between the others."""
    written = [_grouped_factor(each) for each in factors if each != 1]
    if number == 1 and written:
        return TIMES.join(written)
    if written and written[0][0].isdigit():
        return TIMES.join([notation(number), *written])
    return notation(number) + TIMES.join(written)


def _grouped_factor(expression: Expr) -> str:
    return f"({notation(expression)})" if expression.is_Add else notation(expression)


def _power(expression: Expr) -> str:
    base, exponent = expression.base, expression.exp
    inside = notation(base)
    bare = base.is_Symbol or base.is_NumberSymbol or (base.is_Number and base >= 0)
    if exponent == sympy().Rational(1, 2):
        return f"√{inside}" if bare else f"√({inside})"
    closed = inside if bare or base.is_Function else f"({inside})"
    if exponent.is_Integer:
        return closed + str(exponent).translate(_RAISED)
    raised = notation(exponent)
    return f"{closed}^{raised}" if exponent.is_Symbol else f"{closed}^({raised})"
