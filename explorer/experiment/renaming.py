"""Another name for a tensor of a formula, wherever its text means that tensor.

Python's tree says where: a parameter or a variable of a function that is called the same is
another thing, and so are an option and an attribute. Called by `edits`.
"""

import ast
import re
from collections.abc import Iterator

from explorer.experiment.problem import BadInput, Place
from explorer.experiment.syntax import python_of

_LINE_END = re.compile(r"(\r\n|\r|\n)")


def renamed_text(formula: str, old: str, new: str) -> str:
    """The formula with the name changed, and every other character as it was.

    Raises:
        BadInput: it is no Python, or the new name is in use there (`name-used-twice`).
    """
    tree = python_of(formula)
    if new in set(_used(tree)):
        raise BadInput("name-used-twice", Place(key="formula"), name=new)
    pieces = _LINE_END.split(formula)
    for line, column in sorted(set(_places(tree, old)), reverse=True):
        # Between the lines are their ends.
        text = pieces[2 * line - 2]
        pieces[2 * line - 2] = text[:column] + new + text[column + len(old) :]
    return "".join(pieces)


def _used(tree: ast.AST) -> Iterator[str]:
    """Every name there is, of whatever kind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef):
            yield node.name


def _places(node: ast.AST, name: str) -> Iterator[tuple[int, int]]:
    """Line (from 1) and column (from 0) of every mention outside functions that have it too."""
    if isinstance(node, ast.Name) and node.id == name:
        yield node.lineno, node.col_offset
    for below in _below(node, name):
        yield from _places(below, name)


def _below(node: ast.AST, name: str) -> Iterator[ast.AST]:
    """What is in it; of a function with a name of its own only what is computed outside."""
    if isinstance(node, ast.FunctionDef | ast.Lambda) and name in set(_locals(node)):
        yield from (each for each in node.args.defaults)
        yield from (each for each in node.args.kw_defaults if each is not None)
    else:
        yield from ast.iter_child_nodes(node)


def _locals(function: ast.FunctionDef | ast.Lambda) -> Iterator[str]:
    arguments = function.args
    yield from (each.arg for each in (*arguments.args, *arguments.kwonlyargs))
    body = function.body if isinstance(function.body, list) else [function.body]
    for node in (each for part in body for each in ast.walk(part)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
