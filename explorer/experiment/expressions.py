"""Python's expression nodes -> our own records: the allowed kinds, and no others.

Called by `syntax` for every expression of a formula.
"""

import ast
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from explorer.experiment.constructs import position_of, refused
from explorer.experiment.names import shortened
from explorer.experiment.operations import OPERATIONS
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Literal, Raw, RawCall, Spelling, at
from explorer.experiment.tree import Name, Number, Position

MAX_DEPTH = 100
# In one chain of operators; Python itself gives up somewhat later.
MAX_TERMS = 2_000
_PREFIXES = frozenset({"torch", "F", "nn.functional", "torch.nn.functional"})
_OTHER_CONSTANTS: Mapping[type, str] = {str: "string", bytes: "string", complex: "complex"}
_CONSTANTS = {"torch.pi": math.pi, "math.pi": math.pi, "torch.e": math.e, "math.e": math.e}


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
    if value is None or isinstance(value, bool):
        return Literal(value, position)
    if isinstance(value, int | float):
        return Number(_finite(value, position), position)
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


_OPERATORS: Mapping[type[ast.AST], str] = MappingProxyType(
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
        name = _OPERATORS.get(type(link.op))
        if name is None:
            raise refused(link, "operator")
        operands = (left, expression(link.right, depth + 1))
        left = RawCall(name, operands, (), position_of(link), Spelling.OPERATOR)
    return left


def _unary(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.UnaryOp)
    if isinstance(node.op, ast.USub):
        return _operator("neg", node, [node.operand], depth)
    if isinstance(node.op, ast.UAdd):
        return expression(node.operand, depth + 1)
    raise refused(node, "boolean")


def _compare(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Compare)
    if len(node.ops) > 1:
        raise refused(node, "chained-comparison")
    name = _OPERATORS.get(type(node.ops[0]))
    if name is None:
        raise refused(node, "operator")
    return _operator(name, node, [node.left, *node.comparators], depth)


def _dimensions(node: ast.expr, _depth: int) -> Raw:
    assert isinstance(node, ast.Tuple | ast.List)
    numbers = [_whole(each) for each in node.elts]
    return Literal(tuple(numbers), position_of(node))


def _whole(node: ast.expr) -> int:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if not isinstance(node, ast.Constant) or type(node.value) is not int:
        raise refused(node, "list")
    return sign * int(_finite(node.value, position_of(node)))


def _dotted(node: ast.expr) -> str | None:
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


def _attribute(node: ast.expr, _depth: int) -> Raw:
    assert isinstance(node, ast.Attribute)
    constant = _CONSTANTS.get(_dotted(node) or "")
    if constant is None:
        place = at(_attribute_position(node))
        raise BadInput("attribute-not-allowed", place, attribute=shortened(node.attr))
    return Number(constant, position_of(node))


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
    if _dotted(function.value) in _PREFIXES:
        return RawCall(function.attr, arguments, keywords, position, Spelling.FUNCTION, True)
    subject = expression(function.value, depth + 1)
    return RawCall(function.attr, (subject, *arguments), keywords, position, Spelling.METHOD)


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
        ast.Tuple: _dimensions,
        ast.List: _dimensions,
        ast.Attribute: _attribute,
        ast.Call: _call,
    }
)
