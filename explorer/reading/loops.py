"""The loop that trains: which it is, what happens in it once, sometimes, and in every step."""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from explorer.reading import carried
from explorer.reading.reader import Reader
from explorer.reading.tensors import tensors_in
from explorer.reading.training import Finished, Loop
from explorer.reading.values import Frame, Function, Opaque, PerStep, Tensor

Run = Callable[[Reader, Sequence[ast.stmt]], None]
MAX_STEPS = 1_000_000
_SHOWS = frozenset({"print", "display", "append", "plot", "scatter", "show", "set_description"})


def trains(reader: Reader, node: ast.AST, depth: int = 0) -> bool:
    """Whether something in it goes backward, also in the functions that it calls."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and each.attr == "backward":
            return True
        if isinstance(each, ast.Call) and ast.unparse(each.func).endswith("autograd.grad"):
            return True
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and depth < 5:
            function = _function(reader, each.func.id)
            if function is not None and any(
                trains(reader, statement, depth + 1) for statement in function.body
            ):
                return True
    return False


def _function(reader: Reader, name: str) -> Function | None:
    try:
        found = reader.frame.lookup(name)
    except KeyError:
        return None
    return found if isinstance(found, Function) else None


def only_shows(node: ast.stmt) -> bool:
    """Whether there is nothing in it but prints, plots and lists of what was seen."""
    parts = [*getattr(node, "body", []), *getattr(node, "orelse", [])]
    return all(_shows(each) for each in parts)


def _shows(node: ast.stmt) -> bool:
    if isinstance(node, ast.If | ast.For):
        return only_shows(node)
    if isinstance(node, ast.Pass):
        return True
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    called = node.value.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _SHOWS


def train(reader: Reader, node: ast.For, run: Run) -> None:
    """Read the body of the loop once; raises Finished at its end."""
    repeated = reader.needed(node.iter)
    if reader.in_step:
        raise reader.refuse(node, "program-loop-in-step")
    if not isinstance(repeated, range | list):
        raise reader.refuse(node.iter, "program-loop-over", what=reader.shown(node.iter))
    count = len(repeated)
    if any(isinstance(each, Tensor) for each in tensors_in(list(repeated)[:10])):
        raise reader.refuse(node.iter, "program-loop-over", what=reader.shown(node.iter))
    if not 0 < count <= MAX_STEPS:
        raise reader.refuse(node.iter, "program-steps", limit=MAX_STEPS)
    loop = reader.training = Loop(node, count, len(reader.lines.found), reader.frame)
    _bind_step(reader, node.target, repeated)
    carried.begin(reader, loop, node.body)
    run(reader, node.body)
    carried.end(loop)
    raise Finished


def _bind_step(reader: Reader, target: ast.expr, values: Any) -> None:
    if isinstance(target, ast.Tuple):
        for position, each in enumerate(target.elts):
            _bind_step(reader, each, _Column(values, position))
        return
    if not isinstance(target, ast.Name):
        raise reader.refuse(target, "program-not-understood", what=reader.shown(target))
    reader.frame.names[target.id] = PerStep(values.__getitem__)


class _Column:
    """One of the parts of each entry, as `enumerate` gives them."""

    def __init__(self, values: Any, position: int) -> None:
        self._values = values
        self._position = position

    def __getitem__(self, count: int) -> Any:
        return self._values[count][self._position]


def sometimes(reader: Reader, node: ast.If, holds: PerStep, run: Run) -> None:
    """What happens at some steps only."""
    loop: Loop = reader.training
    among = range(loop.count) if loop.when is None else loop.when
    chosen = [each for each in among if holds.at(each)]
    picked = set(chosen)
    rest = [each for each in among if each not in picked]
    for steps, body in ((chosen, node.body), (rest, node.orelse)):
        before, loop.when = loop.when, steps
        lines = len(reader.lines.found)
        try:
            if steps:
                run(reader, body)
            elif reader.optimizers and _updates(body):
                # So few steps that none of them comes to an update.
                loop.stepped.append((reader.optimizers[0], steps))
        finally:
            loop.when = before
            _forget(reader, node, lines)


def _updates(body: Sequence[ast.stmt]) -> bool:
    found = (each for node in body for each in ast.walk(node))
    called = (each.func for each in found if isinstance(each, ast.Call))
    return any(
        isinstance(each, ast.Attribute)
        and each.attr == "step"
        and not isinstance(each.value, ast.Call)
        for each in called
    )


def _forget(reader: Reader, node: ast.If, before: int) -> None:
    """What is computed at some steps only is no part of the formula, and refused if needed."""
    gone = {line.name for line in reader.lines.found[before:]}
    del reader.lines.found[before:]
    frame: Frame | None = reader.frame
    while frame is not None and gone:
        for name, value in frame.names.items():
            if isinstance(value, Tensor) and value.text in gone:
                frame.names[name] = Opaque(reader.refuse(node, "program-formula-sometimes"))
        frame = frame.outer


def stop(reader: Reader, node: ast.stmt, breaks: bool) -> None:
    """`break` at a step: the run ends there."""
    loop: Loop = reader.training
    if not breaks or not loop.when or (loop.backward is not None and not loop.updated):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    end = loop.when[0] + (1 if loop.updated else 0)
    loop.end = end if loop.end is None else min(loop.end, end)


def check_rest(reader: Reader, rest: Sequence[ast.stmt]) -> None:
    """Refuse a program that trains, or goes backward, once more."""
    first = reader.training.backward if reader.training else reader.backward
    for node in rest:
        reader.report.left_out_all(node, "after")
        if isinstance(node, ast.FunctionDef | ast.ClassDef) or not trains(reader, node):
            continue
        found = next(
            (
                each
                for each in ast.walk(node)
                if isinstance(each, ast.Attribute) and each.attr == "backward"
            ),
            node,
        )
        line = first.node.lineno if first is not None else 0
        raise reader.refuse(found, "program-second-backward", first=line)
