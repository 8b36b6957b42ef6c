"""What was made of each line of a program: used, left out and why, or not understood."""

import ast
from dataclasses import dataclass
from typing import Any

from explorer.experiment.problem import BadInput
from explorer.reading.source import Source

USED, LEFT_OUT, NOT_UNDERSTOOD = "used", "left out", "not understood"


@dataclass(frozen=True, slots=True)
class LineReport:
    """One statement: its lines, what became of it, and the code of why it was left out."""

    line: int
    last: int
    text: str
    outcome: str
    why: str = ""


class Report:
    """Collects what became of the statements, in any order, each once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: dict[int, tuple[ast.stmt, str, str]] = {}

    def used(self, node: ast.stmt) -> None:
        """The statement is in the experiment: it wins over everything else."""
        self._found[id(node)] = (node, USED, "")

    def left_out(self, node: ast.stmt, why: str) -> None:
        """The statement is not, unless it is somewhere else."""
        self._found.setdefault(id(node), (node, LEFT_OUT, why))

    def left_out_all(self, node: ast.stmt, why: str) -> None:
        """The statement and all in it are not."""
        for each in [node, *_statements(node)]:
            if self._found.get(id(each), (each, "", ""))[1] != USED:
                self._found[id(each)] = (each, LEFT_OUT, why)

    def lines(self, problem: BadInput | None = None) -> tuple[LineReport, ...]:
        """All statements in the program's order; those never reached were not needed."""
        found = [self._one(node, problem) for node in _statements(self._source.tree)]
        return tuple(sorted(found, key=lambda each: each.line))

    def _one(self, node: ast.stmt, problem: BadInput | None) -> LineReport:
        outcome, why = self._outcome(node, problem)
        last = node.end_lineno or node.lineno
        if isinstance(node, _BLOCKS):
            last = max(node.lineno, node.body[0].lineno - 1)
        text = self._source.line(node.lineno).strip()
        return LineReport(node.lineno, last, text, outcome, why)

    def _outcome(self, node: ast.stmt, problem: BadInput | None) -> tuple[str, str]:
        line = problem.place.line if problem is not None else None
        last = node.end_lineno or node.lineno
        if isinstance(node, _BLOCKS):
            last = node.body[0].lineno - 1
        if line is not None and node.lineno <= line <= max(last, node.lineno):
            return NOT_UNDERSTOOD, ""
        _, outcome, why = self._found.get(id(node), (node, LEFT_OUT, "not-reached"))
        return outcome, why


_BLOCKS = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.If,
    ast.With,
    ast.Try,
    ast.AsyncFunctionDef,
)


def _statements(tree: Any) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    pending = [*tree.body, *getattr(tree, "orelse", [])] if hasattr(tree, "body") else []
    while pending:
        node = pending.pop()
        found.append(node)
        for part in ("body", "orelse", "finalbody"):
            pending += getattr(node, part, [])
    return found
