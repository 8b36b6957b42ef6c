"""A program's text and its syntax tree, and every refusal with the place in it.

Python's own parser reads the text; nothing of it is ever executed. Used by all of this room.
"""

import ast
import re
import warnings
from typing import NoReturn

from explorer.experiment.names import shortened
from explorer.experiment.places import crowded, place_at
from explorer.experiment.problem import BadInput, Fact, Place

MAX_LENGTH = 512 * 1024
MAX_DEPTH = 150
_LONGEST_NUMBER = re.compile(r"[0-9_]{1000,}")
_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript)

Node = ast.stmt | ast.expr | ast.keyword | ast.arg | ast.alias


class Source:
    """The text of one program. Raises BadInput where it is not Python, or too much of it."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        if len(self.text) > MAX_LENGTH:
            place = place_at(self.text, MAX_LENGTH)
            raise BadInput("program-too-long", place, limit_kib=MAX_LENGTH // 1024)
        _check_characters(self.text)
        self.tree = _parsed(self.text)
        # Columns of the tree are bytes.
        self._lines = [line.encode() for line in self.text.split("\n")]

    def place(self, node: Node) -> Place:
        """Where the node begins, counted from 1 in characters."""
        line = self._lines[node.lineno - 1]
        before = line[: node.col_offset].decode(errors="replace")
        return Place(line=node.lineno, column=len(before) + 1)

    def segment(self, node: ast.expr) -> str:
        """The node's own text."""
        return self.spliced(node, [])

    def spliced(self, node: ast.expr, edits: list[tuple[ast.expr, str]]) -> str:
        """The node's text with other texts in the places of some of its parts, in one line."""
        here = (node.lineno, node.col_offset)
        pieces: list[str] = []
        for part, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset)):
            pieces += (self._between(here, (part.lineno, part.col_offset)), text)
            here = (part.end_lineno or part.lineno, part.end_col_offset or part.col_offset)
        pieces.append(self._between(here, (node.end_lineno or 0, node.end_col_offset or 0)))
        return in_one_line("".join(pieces))

    def comment(self, node: ast.stmt) -> str:
        """The comment at the end of a statement's last line; empty if there is none."""
        line = self._lines[(node.end_lineno or node.lineno) - 1]
        rest = line[node.end_col_offset or 0 :].decode().strip()
        return rest if rest.startswith("#") else ""

    def line(self, number: int) -> str:
        """A line of the text, from 1 on."""
        return self._lines[number - 1].decode()

    def _between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        (first, begin), (last, stop) = start, end
        if first == last:
            return self._lines[first - 1][begin:stop].decode()
        middle = self._lines[first : last - 1]
        lines = [self._lines[first - 1][begin:], *middle, self._lines[last - 1][:stop]]
        return b"\n".join(lines).decode()

    def refuse(self, node: Node, code: str, **facts: Fact) -> NoReturn:
        """Raise BadInput with the node's place."""
        raise self.problem(node, code, **facts)

    def problem(self, node: Node, code: str, **facts: Fact) -> BadInput:
        """The refusal of a node."""
        return BadInput(code, self.place(node), **facts)

    @property
    def end(self) -> Place:
        """Where the last statement begins: what is missing is missing there."""
        return self.place(self.tree.body[-1]) if self.tree.body else Place(line=1, column=1)

    def of_name(self, name: str) -> Place | None:
        """Where the program first gives something this name."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Name(id=own, ctx=ast.Store()) | ast.Attribute(attr=own, ctx=ast.Store()):
                    if own == name:
                        return self.place(node)
        return None


def in_one_line(text: str) -> str:
    """An expression's text without line breaks: comments inside are lost."""
    if "\n" not in text:
        return text
    return ast.unparse(ast.parse(f"({text}\n)", mode="eval"))


def is_atom(text: str) -> bool:
    """Whether the expression stands by itself beside any operator."""
    if text.isidentifier():
        return True
    return isinstance(ast.parse(text, mode="eval").body, _ATOMS)


def grouped(text: str) -> str:
    """In parentheses where it needs them."""
    return text if is_atom(text) else f"({text})"


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise BadInput("program-not-text", place_at(text, text.index("\0")))
    long = _LONGEST_NUMBER.search(text)
    if long:
        raise BadInput("number-too-large", place_at(text, long.start()))


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        place = Place(line=error.lineno or 1, column=max(error.offset or 1, 1))
        if "too many nested" in error.msg or "too many levels" in error.msg:
            raise BadInput("program-too-deep", place, limit=MAX_DEPTH) from None
        raise BadInput("program-not-python", place, message=shortened(error.msg)) from None
    except (RecursionError, MemoryError):
        raise BadInput("program-too-deep", crowded(text, MAX_DEPTH), limit=MAX_DEPTH) from None
    except ValueError as error:
        place = crowded(text, MAX_DEPTH)
        raise BadInput("program-not-python", place, message=shortened(str(error))) from None
    _check_depth(tree, text)
    return tree


def _check_depth(tree: ast.Module, text: str) -> None:
    """Refuse what is nested too deeply: reading goes down with the tree."""
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    found = next((node for node in level if isinstance(node, ast.expr | ast.stmt)), None)
    place = crowded(text, MAX_DEPTH)
    if found is not None:
        place = Place(line=found.lineno, column=found.col_offset + 1)
    raise BadInput("program-too-deep", place, limit=MAX_DEPTH)
