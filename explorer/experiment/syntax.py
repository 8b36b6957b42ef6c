"""A formula's text -> its statements, with everything outside the language refused.

The first half of `formula.parse`. Python's own parser reads the text (it builds a
tree and runs nothing); this module then copies the few allowed kinds of node
into its own records, so what is not named here cannot get any further. Names
and operations are looked up afterwards, in `inline`.
"""

import ast
import math
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import NoReturn

from explorer.experiment.names import shortened
from explorer.experiment.operations import OptionValue
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.tree import Name, Number, Position

MAX_LENGTH = 256 * 1024
MAX_DEPTH = 100
# Python refuses to read longer integers, with a message about its settings.
_LONGEST_NUMBER = re.compile(r"[0-9_]{1000,}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_FOREIGN = re.compile(r"[^\t\f\x20-\x7e]")
_PREFIXES = frozenset({"torch", "F", "nn.functional", "torch.nn.functional"})
_CONSTANTS = {"torch.pi": math.pi, "math.pi": math.pi, "torch.e": math.e, "math.e": math.e}


class Spelling(Enum):
    """How a call was written; decides what may be called that way."""

    OPERATOR = "operator"
    FUNCTION = "function"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class Literal:
    """What only an option can be: a truth value, None or dimensions."""

    value: OptionValue
    position: Position


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call before its name is looked up; `prefixed` if written `torch.name`."""

    function: str
    arguments: tuple["Raw", ...]
    keywords: tuple[tuple[str, "Raw"], ...]
    position: Position
    spelling: Spelling
    prefixed: bool = False


Raw = Number | Name | Literal | RawCall


@dataclass(frozen=True, slots=True)
class RawAssignment:
    """`name = expression`."""

    name: str
    expression: Raw
    position: Position


@dataclass(frozen=True, slots=True)
class Definition:
    """`def name(parameters): body; return result`."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[RawAssignment, ...]
    result: Raw
    position: Position


Statement = RawAssignment | Definition


def at(position: Position) -> Place:
    """The place of a position in the formula."""
    return Place(key="formula", line=position.line, column=position.column)


def read(text: str) -> tuple[Statement, ...]:
    """The statements of a formula.

    Raises:
        BadInput: with the line and column of what the language does not have.
    """
    if len(text) > MAX_LENGTH:
        raise BadInput("formula-too-long", Place(key="formula"), limit_kib=MAX_LENGTH // 1024)
    module = _parsed(_without_comments(text))
    if not module.body:
        raise BadInput("formula-empty", Place(key="formula"))
    return tuple(_statement(node) for node in module.body)


def _without_comments(text: str) -> str:
    """Comments may hold any character, everything else only plain ASCII.

    Python would take a look-alike such as the full-width `ａ` for `a`. Strings are no
    part of the language, so every `#` starts a comment. Columns stay as they are.
    """
    lines = [line.partition("#")[0] for line in _LINE_END.split(text)]
    for number, line in enumerate(lines, start=1):
        _check_characters(line, number)
    return "\n".join(lines)


def _check_characters(line: str, number: int) -> None:
    foreign = _FOREIGN.search(line)
    if foreign:
        column = foreign.start() + 1
        place = Place(key="formula", line=number, column=column)
        shown = foreign[0] if foreign[0].isprintable() else "?"
        raise BadInput(
            "character-not-allowed", place, character=shown, code_point=f"U+{ord(foreign[0]):04X}"
        )
    long = _LONGEST_NUMBER.search(line)
    if long:
        place = Place(key="formula", line=number, column=long.start() + 1)
        raise BadInput("number-too-large", place)


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="exec")
    except SyntaxError as error:
        raise _syntax_problem(error) from None
    except (RecursionError, MemoryError):
        raise BadInput("formula-too-deep", Place(key="formula"), limit=MAX_DEPTH) from None
    except ValueError as error:
        message = shortened(str(error))
        raise BadInput("formula-not-python", Place(key="formula"), message=message) from None


def _syntax_problem(error: SyntaxError) -> BadInput:
    place = Place(key="formula", line=error.lineno or 1, column=max(error.offset or 1, 1))
    if "too many nested" in error.msg or "too many levels" in error.msg:
        return BadInput("formula-too-deep", place, limit=MAX_DEPTH)
    return BadInput("formula-not-python", place, message=shortened(error.msg))


def _position(node: ast.stmt | ast.expr | ast.arg | ast.keyword) -> Position:
    return Position(node.lineno, node.col_offset + 1)


# Kinds of node that have a sentence of their own; the rest are "other".
_CONSTRUCTS: Mapping[str, str] = MappingProxyType(
    {
        "Import": "import",
        "ImportFrom": "import",
        "Lambda": "lambda",
        "NamedExpr": "walrus",
        "JoinedStr": "string",
        "TemplateStr": "string",
        "ListComp": "comprehension",
        "SetComp": "comprehension",
        "DictComp": "comprehension",
        "GeneratorExp": "comprehension",
        "Subscript": "subscript",
        "Slice": "subscript",
        "List": "list",
        "Tuple": "list",
        "Set": "list",
        "Dict": "list",
        "Starred": "unpacking",
        "IfExp": "condition",
        "If": "condition",
        "Match": "condition",
        "For": "loop",
        "While": "loop",
        "AsyncFor": "loop",
        "With": "with",
        "AsyncWith": "with",
        "BoolOp": "boolean",
        "AugAssign": "augmented",
        "AnnAssign": "annotation",
        "ClassDef": "class",
        "AsyncFunctionDef": "async",
        "Await": "async",
        "Yield": "async",
        "YieldFrom": "async",
        "Delete": "statement",
        "Assert": "statement",
        "Raise": "statement",
        "Try": "statement",
        "TryStar": "statement",
        "Global": "statement",
        "Nonlocal": "statement",
        "Pass": "statement",
        "Break": "statement",
        "Continue": "statement",
        "Return": "return-outside",
        "Expr": "lone-expression",
    }
)


def _refuse(node: ast.stmt | ast.expr | ast.arg | ast.keyword, construct: str = "") -> NoReturn:
    found = construct or _CONSTRUCTS.get(type(node).__name__, "other")
    raise BadInput("not-in-language", at(_position(node)), construct=found)


def _statement(node: ast.stmt) -> Statement:
    if isinstance(node, ast.FunctionDef):
        return _definition(node)
    return _assignment(node)


def _assignment(node: ast.stmt) -> RawAssignment:
    if isinstance(node, ast.Expr):
        # The reason lies in the expression where it is itself refused (a string, a walrus).
        expression(node.value)
    if not isinstance(node, ast.Assign):
        _refuse(node)
    if len(node.targets) > 1:
        _refuse(node, "several-targets")
    target = node.targets[0]
    if not isinstance(target, ast.Name):
        _refuse(target, "target")
    return RawAssignment(target.id, expression(node.value), _position(target))


def _definition(node: ast.FunctionDef) -> Definition:
    if node.decorator_list:
        _refuse(node.decorator_list[0], "decorator")
    if node.returns is not None:
        _refuse(node.returns, "annotation")
    if getattr(node, "type_params", None):
        _refuse(node, "annotation")
    last = node.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        _refuse(last, "no-return")
    return Definition(
        name=node.name,
        parameters=_parameters(node.args),
        body=tuple(_inner(each) for each in node.body[:-1]),
        result=expression(last.value),
        position=_position(node),
    )


def _inner(node: ast.stmt) -> RawAssignment:
    if isinstance(node, ast.FunctionDef):
        _refuse(node, "nested-function")
    if isinstance(node, ast.Return):
        _refuse(node, "early-return")
    return _assignment(node)


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    defaults = [each for each in (*arguments.defaults, *arguments.kw_defaults) if each]
    if defaults:
        _refuse(defaults[0], "default")
    special = (*arguments.posonlyargs, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    for each in special:
        if each is not None:
            _refuse(each, "parameter-kind")
    for each in arguments.args:
        if each.annotation is not None:
            _refuse(each, "annotation")
    return tuple(each.arg for each in arguments.args)


def expression(node: ast.expr, depth: int = 1) -> Raw:
    """One expression; `depth` counts how far inside others it stands."""
    if depth > MAX_DEPTH:
        raise BadInput("formula-too-deep", at(_position(node)), limit=MAX_DEPTH)
    reader = _READERS.get(type(node))
    if reader is None:
        _refuse(node)
    return reader(node, depth)


def _constant(node: ast.expr, _depth: int) -> Raw:
    assert isinstance(node, ast.Constant)
    value, position = node.value, _position(node)
    if value is None or isinstance(value, bool):
        return Literal(value, position)
    if isinstance(value, int | float):
        return Number(_finite(value, position), position)
    _refuse(node, {str: "string", bytes: "string", complex: "complex"}.get(type(value), "other"))


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
    return Name(node.id, _position(node))


_BINARY: Mapping[type[ast.operator], str] = MappingProxyType(
    {
        ast.Add: "add",
        ast.Sub: "sub",
        ast.Mult: "mul",
        ast.Div: "div",
        ast.Pow: "pow",
        ast.MatMult: "matmul",
    }
)
_COMPARISONS: Mapping[type[ast.cmpop], str] = MappingProxyType(
    {
        ast.Gt: "gt",
        ast.GtE: "ge",
        ast.Lt: "lt",
        ast.LtE: "le",
        ast.Eq: "eq",
        ast.NotEq: "ne",
    }
)


def _operator(name: str, node: ast.expr, operands: list[ast.expr], depth: int) -> RawCall:
    arguments = tuple(expression(each, depth + 1) for each in operands)
    return RawCall(name, arguments, (), _position(node), Spelling.OPERATOR)


def _binary(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.BinOp)
    name = _BINARY.get(type(node.op))
    if name is None:
        _refuse(node, "operator")
    return _operator(name, node, [node.left, node.right], depth)


def _unary(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.UnaryOp)
    if isinstance(node.op, ast.USub):
        return _operator("neg", node, [node.operand], depth)
    if isinstance(node.op, ast.UAdd):
        return expression(node.operand, depth + 1)
    _refuse(node, "boolean")


def _compare(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Compare)
    if len(node.ops) > 1:
        _refuse(node, "chained-comparison")
    name = _COMPARISONS.get(type(node.ops[0]))
    if name is None:
        _refuse(node, "operator")
    return _operator(name, node, [node.left, *node.comparators], depth)


def _dimensions(node: ast.expr, _depth: int) -> Raw:
    assert isinstance(node, ast.Tuple | ast.List)
    numbers = [_whole(each) for each in node.elts]
    return Literal(tuple(numbers), _position(node))


def _whole(node: ast.expr) -> int:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if not isinstance(node, ast.Constant) or type(node.value) is not int:
        _refuse(node, "list")
    return sign * int(_finite(node.value, _position(node)))


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
    return Number(constant, _position(node))


def _call(node: ast.expr, depth: int) -> Raw:
    assert isinstance(node, ast.Call)
    arguments = tuple(expression(each, depth + 1) for each in node.args)
    keywords = tuple(_keyword(each, depth) for each in node.keywords)
    function = node.func
    if isinstance(function, ast.Name):
        return RawCall(function.id, arguments, keywords, _position(node), Spelling.FUNCTION)
    if not isinstance(function, ast.Attribute):
        _refuse(node, "call")
    position = _attribute_position(function)
    if _dotted(function.value) in _PREFIXES:
        return RawCall(function.attr, arguments, keywords, position, Spelling.FUNCTION, True)
    subject = expression(function.value, depth + 1)
    return RawCall(function.attr, (subject, *arguments), keywords, position, Spelling.METHOD)


def _keyword(node: ast.keyword, depth: int) -> tuple[str, Raw]:
    if node.arg is None:
        _refuse(node, "unpacking")
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
