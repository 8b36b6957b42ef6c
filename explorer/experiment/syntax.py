"""A formula's text -> its statements, with everything outside the language refused.

The first half of `formula.parse`. Python's own parser reads the text (it builds a
tree and runs nothing); this module and `expressions` then copy the few allowed kinds
of node into records of our own, so what is not named there cannot get any further.
Names and operations are looked up afterwards, in `inline`.
"""

import ast
import re
import warnings

from explorer.experiment.constructs import position_of, refused
from explorer.experiment.expressions import MAX_DEPTH, MAX_TERMS, expression
from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.raw import Definition, RawAssignment, Statement
from explorer.experiment.visible import visible_line

MAX_LENGTH = 256 * 1024
# Python refuses to read longer integers, with a message about its settings.
_LONGEST_NUMBER = re.compile(r"[0-9_]{1000,}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_FOREIGN = re.compile(r"[^\t\f\x20-\x7e]")


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
        raise BadInput("expression-too-long", Place(key="formula"), limit=MAX_TERMS) from None
    except MemoryError:
        raise BadInput("formula-too-deep", Place(key="formula"), limit=MAX_DEPTH) from None
    except ValueError as error:
        message = shortened(str(error))
        raise BadInput("formula-not-python", Place(key="formula"), message=message) from None


def _syntax_problem(error: SyntaxError) -> BadInput:
    place = Place(key="formula", line=error.lineno or 1, column=max(error.offset or 1, 1))
    if "too many nested" in error.msg or "too many levels" in error.msg:
        return BadInput("formula-too-deep", place, limit=MAX_DEPTH)
    return BadInput("formula-not-python", place, message=shortened(error.msg))


def _statement(node: ast.stmt) -> Statement:
    if isinstance(node, ast.FunctionDef):
        return _definition(node)
    return _assignment(node)


def _assignment(node: ast.stmt) -> RawAssignment:
    if isinstance(node, ast.Expr):
        # The reason lies in the expression where it is itself refused (a string, a walrus).
        expression(node.value)
    if not isinstance(node, ast.Assign):
        raise refused(node)
    if len(node.targets) > 1:
        raise refused(node, "several-targets")
    target = node.targets[0]
    if not isinstance(target, ast.Name):
        raise refused(target, "target")
    return RawAssignment(target.id, expression(node.value), position_of(target))


def _definition(node: ast.FunctionDef) -> Definition:
    if node.decorator_list:
        raise refused(node.decorator_list[0], "decorator")
    if node.returns is not None:
        raise refused(node.returns, "annotation")
    if getattr(node, "type_params", None):
        raise refused(node, "annotation")
    last = node.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        raise refused(last, "no-return")
    return Definition(
        name=node.name,
        parameters=_parameters(node.args),
        body=tuple(_inner(each) for each in node.body[:-1]),
        result=expression(last.value),
        position=position_of(node),
    )


def _inner(node: ast.stmt) -> RawAssignment:
    if isinstance(node, ast.FunctionDef):
        raise refused(node, "nested-function")
    if isinstance(node, ast.Return):
        raise refused(node, "early-return")
    return _assignment(node)


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    defaults = [each for each in (*arguments.defaults, *arguments.kw_defaults) if each]
    if defaults:
        raise refused(defaults[0], "default")
    special = (*arguments.posonlyargs, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    for each in special:
        if each is not None:
            raise refused(each, "parameter-kind")
    for each in arguments.args:
        if each.annotation is not None:
            raise refused(each, "annotation")
    return tuple(each.arg for each in arguments.args)
