"""Python's expression nodes -> our own records: the allowed kinds, and no others.

Called by `syntax` for every expression of a formula.
"""

import ast
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from explorer.experiment.constructs import refused
from explorer.experiment.names import shortened
from explorer.experiment.operation import DTYPES
from explorer.experiment.operations import ENTRIES, OPERATIONS
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import (
    Definition,
    Literal,
    Raw,
    RawCall,
    RawChoice,
    RawLogic,
    RawParameter,
    RawReturn,
    RawSlice,
    RawSubscript,
    RawTuple,
    Spelling,
    at,
    position_of,
)
from explorer.experiment.tree import Name, Number, Position

MAX_DEPTH = 100
# In one chain of operators; Python itself gives up somewhat later.
MAX_TERMS = 2_000
# What may stand before a function, and what that adds to the function's name in the table.
PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("torch", "F", "nn.functional", "torch.nn.functional"), ""),
        **dict.fromkeys(("torch.special", "special"), ""),
        **dict.fromkeys(("torch.linalg", "linalg"), "linalg_"),
        "math": "math.",
    }
)
# What torch.special calls otherwise than torch does.
_SPECIAL = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma"}
_OTHER_CONSTANTS: Mapping[type, str] = {bytes: "string", complex: "complex"}
_NUMBERS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
_CONSTANTS = {
    f"{home}.{name}": each for home in ("torch", "math") for name, each in _NUMBERS.items()
}
_DTYPES = {f"torch.{name}": dtype for name, dtype in DTYPES.items()}
# Larger whole numbers are no longer told apart as floats.
_LARGEST_WHOLE = 2**53


def expression(node: ast.expr, depth: int = 1) -> Raw:
    """One expression; `depth` counts how far inside others it stands."""
    if depth > MAX_DEPTH:
        raise BadInput("formula-too-deep", at(position_of(node)), limit=MAX_DEPTH)
    reader = _READERS.get(type(node))
    if reader is None:
        raise refused(node)
    return reader(node, depth)


def _constant(node: ast.expr, _depth: int) -> Raw:
    assert isinstance(node, ast.Constant)
    value, position = node.value, position_of(node)
    if value is None or isinstance(value, bool | str):
        return Literal(value, position)
    if isinstance(value, int | float):
        number = _finite(value, position)
        whole = isinstance(value, int) and abs(value) <= _LARGEST_WHOLE
        return Number(number, position, whole)
    raise refused(node, _OTHER_CONSTANTS.get(type(value), "other"))


def _finite(value: float, position: Position) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise BadInput("number-too-large", at(position))
    return number


def _name(node: ast.expr, _depth: int) -> Raw:
    assert isinstance(node, ast.Name)
    return Name(node.id, position_of(node))


def _node(infix: str) -> type[ast.AST]:
    """What the operator is in Python's syntax tree: `ast.Add` of `+`."""
    written = ast.parse(f"a {infix} b", mode="eval").body
    assert isinstance(written, ast.BinOp | ast.Compare)
    return type(written.op if isinstance(written, ast.BinOp) else written.ops[0])


# What a tensor's form and the parts of several results are called.
_KNOWN = frozenset(
    {"shape", "ndim", *(name for each in OPERATIONS.values() for name in each.parts or ())}
)
_SIGNS: Mapping[type[ast.AST], str] = {ast.USub: "neg", ast.Invert: "bitwise_not"}
OPERATORS: Mapping[type[ast.AST], str] = MappingProxyType(
    {_node(each.infix): each.name for each in OPERATIONS.values() if each.infix}
)


def _operator(name: str, node: ast.expr, operands: list[ast.expr], depth: int) -> RawCall:
    arguments = tuple(expression(each, depth + 1) for each in operands)
    return RawCall(name, arguments, (), position_of(node), Spelling.OPERATOR)


def _binary(node: ast.expr, depth: int) -> Raw:
    """A chain of operators. Its beginning is no deeper than its end: `a + b + … + z`."""
    links: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp):
        links.append(node)
        node = node.left
    if len(links) >= MAX_TERMS:
        raise BadInput("expression-too-long", at(position_of(node)), limit=MAX_TERMS)
    left = expression(node, depth + 1)
    for link in reversed(links):
        name = OPERATORS.get(type(link.op))
        if name is None:
            raise refused(link, "operator")
        operands = (left, expression(link.right, depth + 1))
        left = RawCall(name, operands, (), position_of(link), Spelling.OPERATOR)
    return left


def _unary(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.UnaryOp)
    if type(node.op) in _SIGNS:
        return _operator(_SIGNS[type(node.op)], node, [node.operand], depth)
    if isinstance(node.op, ast.UAdd):
        return expression(node.operand, depth + 1)
    return RawLogic("not", (expression(node.operand, depth + 1),), position_of(node))


def _compare(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Compare)
    if len(node.ops) > 1:
        raise refused(node, "chained-comparison")
    name = OPERATORS.get(type(node.ops[0]))
    if isinstance(node.ops[0], ast.Is | ast.IsNot):
        sides = tuple(expression(each, depth + 1) for each in (node.left, *node.comparators))
        same = RawLogic("is", sides, position_of(node))
        isnt = isinstance(node.ops[0], ast.IsNot)
        return RawLogic("not", (same,), same.position) if isnt else same
    if name is None:
        raise refused(node, "operator")
    return _operator(name, node, [node.left, *node.comparators], depth)


def _several(node: ast.expr, depth: int) -> Raw:
    """A tuple or list: whole numbers, as options take them, or values."""
    assert isinstance(node, ast.Tuple | ast.List)
    position, in_brackets = position_of(node), isinstance(node, ast.List)
    numbers = [_whole(each) for each in node.elts]
    if None not in numbers:
        return Literal(tuple(each for each in numbers if each is not None), position, in_brackets)
    parts = tuple(expression(each, depth + 1) for each in node.elts)
    return RawTuple(parts, position, in_brackets)


def _whole(node: ast.expr) -> int | None:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if not isinstance(node, ast.Constant) or type(node.value) is not int:
        return None
    return sign * int(_finite(node.value, position_of(node)))


def _choice(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.IfExp)
    test, yes, no = (expression(each, depth + 1) for each in (node.test, node.body, node.orelse))
    return RawChoice(test, yes, no, position_of(node))


def _logic(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.BoolOp)
    operator = "and" if isinstance(node.op, ast.And) else "or"
    operands = tuple(expression(each, depth + 1) for each in node.values)
    return RawLogic(operator, operands, position_of(node))


def _lambda(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Lambda)
    position = position_of(node)
    body = RawReturn(expression(node.body, depth + 1), position)
    return Definition("lambda", parameters_of(node.args, depth), (body,), position)


def parameters_of(arguments: ast.arguments, depth: int = 1) -> tuple[RawParameter, ...]:
    """The parameters of a function; annotations mean nothing to Python either."""
    special = (*arguments.posonlyargs, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    for each in special:
        if each is not None:
            raise refused(each, "parameter-kind")
    names = [each.arg for each in arguments.args]
    defaults = [expression(each, depth + 1) for each in arguments.defaults]
    missing = [None] * (len(names) - len(defaults))
    return tuple(map(RawParameter, names, [*missing, *defaults]))


def dotted(node: ast.expr) -> str | None:
    """`torch.nn.functional` written out, if the node is such a chain of names."""
    parts: list[str] = []
    # Nothing allowed is longer, and a chain of 10,000 must not take its time.
    for _ in range(4):
        if isinstance(node, ast.Name):
            return ".".join([node.id, *reversed(parts)])
        if not isinstance(node, ast.Attribute):
            return None
        parts.append(node.attr)
        node = node.value
    return None


def _attribute_position(node: ast.Attribute) -> Position:
    end_line, end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Position(end_line, max(end - len(node.attr), 0) + 1)


def _attribute(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Attribute)
    name = dotted(node) or ""
    if name in _CONSTANTS:
        return Number(_CONSTANTS[name], position_of(node))
    if name in _DTYPES:
        return Literal(_DTYPES[name], position_of(node))
    position = _attribute_position(node)
    operation = ENTRIES.get(node.attr)
    if node.attr not in _KNOWN and (operation is None or not operation.attribute):
        raise BadInput("attribute-not-allowed", at(position), attribute=shortened(node.attr))
    subject = expression(node.value, depth + 1)
    return RawCall(node.attr, (subject,), (), position, Spelling.ATTRIBUTE)


def _call(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Call)
    arguments = tuple(expression(each, depth + 1) for each in node.args)
    keywords = tuple(_keyword(each, depth) for each in node.keywords)
    function = node.func
    if isinstance(function, ast.Name):
        return RawCall(function.id, arguments, keywords, position_of(node), Spelling.FUNCTION)
    if not isinstance(function, ast.Attribute):
        raise refused(node, "call")
    position = _attribute_position(function)
    home = dotted(function.value) or ""
    if home in PREFIXES:
        special = home.endswith("special")
        name = _SPECIAL.get(function.attr, function.attr) if special else function.attr
        name = f"{PREFIXES[home]}{name}"
        return RawCall(name, arguments, keywords, position, Spelling.FUNCTION, True)
    subject = expression(function.value, depth + 1)
    return RawCall(function.attr, (subject, *arguments), keywords, position, Spelling.METHOD)


def _subscript(node: ast.expr, depth: int) -> Raw:
    """A chain of subscripts is as deep as it is long."""
    assert isinstance(node, ast.Subscript)
    subject = expression(node.value, depth + 1)
    inside = node.slice
    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if isinstance(inside, ast.Tuple) and len(parts) == 1:
        # As `x[i, ...]`, and not as `x[i]`, where `i` may be a tuple.
        parts = [*parts, ast.copy_location(ast.Constant(...), inside)]
    read = tuple(_subscript_part(each, depth + 1) for each in parts)
    return RawSubscript(subject, read, position_of(node))


def _subscript_part(node: ast.expr, depth: int) -> Raw | RawSlice:
    if isinstance(node, ast.Constant) and node.value is Ellipsis:
        return Literal(Ellipsis, position_of(node))
    if not isinstance(node, ast.Slice):
        return expression(node, depth)
    start, stop, step = (
        None if each is None else expression(each, depth)
        for each in (node.lower, node.upper, node.step)
    )
    return RawSlice((start, stop, step), position_of(node))


def _keyword(node: ast.keyword, depth: int) -> tuple[str, Raw]:
    if node.arg is None:
        raise refused(node, "unpacking")
    return node.arg, expression(node.value, depth + 1)


_Reader = Callable[[ast.expr, int], Raw]
_READERS: Mapping[type[ast.expr], _Reader] = MappingProxyType(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.Compare: _compare,
        ast.Tuple: _several,
        ast.List: _several,
        ast.IfExp: _choice,
        ast.BoolOp: _logic,
        ast.Lambda: _lambda,
        ast.Attribute: _attribute,
        ast.Call: _call,
        ast.Subscript: _subscript,
    }
)
