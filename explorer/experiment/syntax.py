"""A formula's text -> its statements, with everything outside the language refused.

The first half of `language.parse`. Python's own parser reads the text (it builds a
tree and runs nothing); this module and `expressions` then copy the few allowed kinds
of node into records of our own, so what is not named there cannot get any further.
Names and operations are looked up afterwards, in `language`.
"""

import ast
import re
import warnings

from explorer.experiment.constructs import refused
from explorer.experiment.expressions import (
    MAX_DEPTH,
    MAX_TERMS,
    OPERATORS,
    dotted,
    expression,
    parameters_of,
)
from explorer.experiment.names import shortened
from explorer.experiment.places import crowded, place_at
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.raw import (
    Definition,
    RawAssignment,
    RawAugmented,
    RawBranch,
    RawLine,
    RawLoop,
    RawMode,
    RawReturn,
    RawSubscript,
    Statement,
    Target,
    TargetTuple,
    position_of,
)
from explorer.experiment.tree import Name
from explorer.experiment.visible import visible_line

# Attributes that programs assign, and what is said of each.
_TARGETS = {"data": "target-data", "grad": "target-grad", "requires_grad": "target-requires-grad"}
MAX_LENGTH = 256 * 1024
# Python refuses to read longer integers, with a message about its settings.
_LONGEST_NUMBER = re.compile(r"[0-9_]{1000,}")
_LINE_END = re.compile(r"\r\n|\r|\n")
# One that is not closed goes on to the end, so that no text is gone through twice.
_TEXT_OR_COMMENT = re.compile(
    r"""(?P<comment>\#[^\r\n]*)
    | \"{3} (?: [^\\] | \\. )*? (?: \"{3} | \Z )
    | '{3} (?: [^\\] | \\. )*? (?: '{3} | \Z )
    | \" (?: [^\\"\r\n] | \\. )* \"?
    | ' (?: [^\\'\r\n] | \\. )* '?""",
    re.DOTALL | re.VERBOSE,
)
_FOREIGN = re.compile(r"[^\t\f\x20-\x7e]")
_UNPLAIN = re.compile(r"[^\t\r\n\x20-\x7e]")


def read(text: str) -> tuple[Statement, ...]:
    """The statements of a formula.

    Raises:
        BadInput: with the line and column of what the language does not have.
    """
    if len(text) > MAX_LENGTH:
        place = place_at(text, MAX_LENGTH, "formula")
        raise BadInput("formula-too-long", place, limit_kib=MAX_LENGTH // 1024)
    statements = _body(python_of(text).body, outer=True)
    if not statements:
        raise BadInput("formula-empty", Place(key="formula"))
    return statements


def python_of(text: str) -> ast.Module:
    """Python's own tree of a formula's text; lines and columns are those of the text."""
    return _parsed(_checked(without_comments(text)))


def without_comments(text: str) -> str:
    """The text as Python reads it: comments and texts may hold any character.

    What stands in quotes is there for people, too (a docstring). Columns stay as they are.
    """
    lines = _LINE_END.split(_TEXT_OR_COMMENT.sub(_blanked, text))
    return "\n".join(lines)


def _blanked(found: re.Match[str]) -> str:
    """A comment is left out; of a text what is no plain ASCII becomes a space."""
    return "" if found["comment"] else _UNPLAIN.sub(" ", found[0])


def _checked(text: str) -> str:
    """Refuse what is no plain ASCII: Python would take a look-alike such as `ａ` for `a`."""
    for number, line in enumerate(text.split("\n"), start=1):
        _check_characters(line, number)
    return text


def _check_characters(line: str, number: int) -> None:
    foreign = _FOREIGN.search(line)
    if foreign:
        column = foreign.start() + 1
        place = Place(key="formula", line=number, column=column)
        shown = visible_line(foreign[0])
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
    except RecursionError:
        place = crowded(text, MAX_DEPTH, "formula")
        raise BadInput("expression-too-long", place, limit=MAX_TERMS) from None
    except MemoryError:
        place = crowded(text, MAX_DEPTH, "formula")
        raise BadInput("formula-too-deep", place, limit=MAX_DEPTH) from None
    except ValueError as error:
        place = crowded(text, MAX_DEPTH, "formula")
        raise BadInput("formula-not-python", place, message=shortened(str(error))) from None


def _syntax_problem(error: SyntaxError) -> BadInput:
    place = Place(key="formula", line=error.lineno or 1, column=max(error.offset or 1, 1))
    if "too many nested" in error.msg or "too many levels" in error.msg:
        return BadInput("formula-too-deep", place, limit=MAX_DEPTH)
    return BadInput("formula-not-python", place, message=shortened(error.msg))


def _body(nodes: list[ast.stmt], outer: bool) -> tuple[Statement, ...]:
    """The statements of a block; `outer`: it is in no function."""
    kept = [node for node in nodes if not isinstance(node, ast.Pass)]
    return tuple(_statement(node, outer) for node in kept if not is_text(node))


def is_text(node: ast.stmt) -> bool:
    """Whether it is a docstring, or a text that stands for a comment."""
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _statement(node: ast.stmt, outer: bool) -> Statement:
    if isinstance(node, ast.FunctionDef):
        return _definition(node)
    found = _line(node) or _block(node, outer)
    if found is None and isinstance(node, ast.Return) and not outer:
        value = node.value
        if value is None:
            raise refused(node, "no-return")
        return RawReturn(expression(value), position_of(node))
    if found is None:
        raise refused(node)
    return found


def _line(node: ast.stmt) -> Statement | None:
    """What an assignment says, or an expression by itself."""
    position = position_of(node)
    match node:
        case ast.Assign(targets=targets, value=value):
            return RawAssignment(tuple(map(_target, targets)), expression(value), position)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return RawAssignment((_target(target),), expression(value), position)
        case ast.AugAssign():
            return _augmented(node)
        case ast.Expr(value=value):
            return RawLine(expression(value), position)
    return None


def _block(node: ast.stmt, outer: bool) -> Statement | None:
    """What has statements inside."""
    match node:
        case ast.For(target=target, iter=items, body=body, orelse=[]):
            inner = _body(body, outer)
            return RawLoop(_target(target), expression(items), inner, position_of(items))
        case ast.If(test=test, body=body, orelse=orelse):
            yes, no = _body(body, outer), _body(orelse, outer)
            return RawBranch(expression(test), yes, no, position_of(test))
        case ast.With(items=[ast.withitem(optional_vars=None, context_expr=mode)], body=body):
            records = _mode(mode)
            if records is not None:
                return RawMode(records, _body(body, outer), position_of(node))
    return None


def _target(node: ast.expr) -> Target:
    if isinstance(node, ast.Tuple | ast.List):
        return TargetTuple(tuple(map(_target, node.elts)), position_of(node))
    if isinstance(node, ast.Attribute) and node.attr in _TARGETS:
        raise refused(node, _TARGETS[node.attr])
    if isinstance(node, ast.Subscript):
        read = expression(node)
        assert isinstance(read, RawSubscript)
        return read
    if not isinstance(node, ast.Name):
        raise refused(node, "target")
    return Name(node.id, position_of(node))


def _augmented(node: ast.AugAssign) -> RawAugmented:
    operator = OPERATORS.get(type(node.op))
    if operator is None:
        raise refused(node, "operator")
    target = _target(node.target)
    assert not isinstance(target, TargetTuple)  # Python has no such thing
    return RawAugmented(target, operator, expression(node.value), position_of(node))


def _mode(node: ast.expr) -> bool | None:
    """Whether autograd records under `with node:`; None if it is about something else."""
    match node:
        case ast.Call(func=function, args=arguments, keywords=[]):
            name = (dotted(function) or "").removeprefix("torch.").removeprefix("autograd.")
            match name, arguments:
                case (("no_grad" | "enable_grad"), []):
                    return name == "enable_grad"
                case "set_grad_enabled", [ast.Constant(value=bool() as records)]:
                    return records
                case "inference_mode", _:
                    raise refused(node, "inference-mode")
    return None


def _returns(node: ast.stmt) -> bool:
    """Whether it is a return of the function in which it stands, or has one."""
    if isinstance(node, ast.For | ast.With | ast.If):
        return any(map(_returns, (*node.body, *getattr(node, "orelse", []))))
    return isinstance(node, ast.Return)


def _definition(node: ast.FunctionDef) -> Definition:
    records: bool | None = None
    for decorator in node.decorator_list:
        called = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
        ast.copy_location(called, decorator)
        records = _mode(called)
        if records is None:
            raise refused(decorator, "decorator")
    if getattr(node, "type_params", None):
        raise refused(node, "annotation")
    if not any(_returns(each) for each in node.body):
        raise refused(node.body[-1], "no-return")
    body = _body(node.body, outer=False)
    return Definition(node.name, parameters_of(node.args), body, position_of(node), records)
