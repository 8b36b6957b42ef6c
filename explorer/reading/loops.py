"""The loop that trains: which it is, what happens in it once, sometimes, and in every step."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from explorer.reading import batches, carried
from explorer.reading.reader import Reader
from explorer.reading.tensors import tensors_in
from explorer.reading.training import Finished, Loop
from explorer.reading.values import Frame, Function, Opaque, PerStep, Picked, Tensor

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


def train(reader: Reader, node: ast.For) -> None:
    """Read the body of the loop once; raises Finished at its end."""
    loop: Loop | None = reader.training
    if loop is not None:
        _batches(reader, loop, node)
        return
    repeated = _repeated(reader, node)
    nested = _has_inner(reader, node.body)
    loop = Loop(node, len(repeated), len(reader.lines.found), reader.frame, nested=nested)
    reader.training = loop
    loop.phase = "before" if nested else "batch"
    loop.per = 1 if nested else len(repeated)
    _bind_step(reader, node, repeated, lambda at: at // loop.per if nested else at)
    _carry(reader, loop, node, [] if nested else node.body)
    reader.run(node.body)
    carried.end(loop)
    if loop.lines_after is not None:
        del reader.lines.found[loop.lines_after :]
    if loop.backward is not None:
        batches.check(reader, loop)
    raise Finished


def _repeated(reader: Reader, node: ast.For) -> Sequence[Any]:
    """What the loop goes over."""
    repeated = reader.needed(node.iter)
    if isinstance(repeated, tuple):
        repeated = list(repeated)
    if not isinstance(repeated, range | list):
        raise reader.refuse(node.iter, "program-loop-over", what=reader.shown(node.iter))
    if not 0 < len(repeated) <= MAX_STEPS:
        raise reader.refuse(node.iter, "program-steps", limit=MAX_STEPS)
    return repeated


def _has_inner(reader: Reader, body: Sequence[ast.stmt], depth: int = 0) -> bool:
    """Whether a loop in it trains, also in the functions that it calls."""
    for each in (part for node in body for part in ast.walk(node)):
        if isinstance(each, ast.For) and trains(reader, each):
            return True
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and depth < 5:
            function = _function(reader, each.func.id)
            if function is not None and _has_inner(reader, function.body, depth + 1):
                return True
    return False


def _batches(reader: Reader, loop: Loop, node: ast.For) -> None:
    """The loop over the batches of an epoch, inside of that over the epochs."""
    if loop.phase != "before" or loop.when is not None:
        raise reader.refuse(node, "program-loop-in-step")
    repeated = _repeated(reader, node)
    per = len(repeated)
    if loop.count * per > MAX_STEPS:
        raise reader.refuse(node, "program-steps", limit=MAX_STEPS)
    _forget(reader, node, loop.lines_before)
    _spread(loop, per)
    loop.phase, loop.per, loop.count = "batch", per, loop.count * per
    _bind_step(reader, node, repeated, lambda at: at % per)
    _carry(reader, loop, node, node.body)
    reader.run(node.body)
    # What comes after it happens at the end of an epoch, and is no part of the formula.
    loop.phase, loop.when = "after", range(per - 1, loop.count, per)
    loop.lines_after = len(reader.lines.found)


def _carry(reader: Reader, loop: Loop, node: ast.For, steps: Sequence[ast.stmt]) -> None:
    """Let names stand for what they hold; `steps` are the statements of every step."""
    body = list(node.body)
    if node is not loop.node and reader.frame is loop.frame:
        outer: ast.For = loop.node  # type: ignore[assignment]
        body += [each for each in outer.body if each.lineno > node.lineno]
    carried.begin(reader, loop, body, steps)


def _spread(loop: Loop, per: int) -> None:
    """What was read so far happens at the first step of an epoch."""
    every = range(0, loop.count * per, per)

    def spread(steps: Sequence[int] | None) -> Sequence[int]:
        return every if steps is None else [at * per for at in steps]

    loop.events = [
        # In every epoch the same: it happens once.
        each
        if each.steps is None and each.kind not in {"option", "schedule"}
        else replace(each, steps=spread(each.steps))
        for each in loop.events
    ]
    loop.clears = [replace(each, steps=spread(each.steps)) for each in loop.clears]
    loop.end = None if loop.end is None else loop.end * per


def _bind_step(
    reader: Reader, node: ast.For, values: Any, place: Callable[[int], int], target: Any = None
) -> None:
    target = target or node.target
    if isinstance(target, ast.Tuple | ast.List):
        for position, each in enumerate(target.elts):
            _bind_step(reader, node, _Column(values, position), place, each)
        return
    if not isinstance(target, ast.Name):
        raise reader.refuse(target, "program-not-understood", what=reader.shown(target))
    value: Any = PerStep(lambda at: values[place(at)])
    if isinstance(values[0], Tensor | Picked):
        value = batches.of_list(reader, target.id, list(values), node.iter)
    elif tensors_in([values[0]]):
        raise reader.refuse(node.iter, "program-loop-over", what=reader.shown(node.iter))
    reader.frame.names[target.id] = value


class _Column:
    """One of the parts of each entry, as `enumerate` gives them."""

    def __init__(self, values: Any, position: int) -> None:
        self._values = values
        self._position = position

    def __getitem__(self, count: int) -> Any:
        return self._values[count][self._position]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return (self[count] for count in range(len(self)))


def sometimes(reader: Reader, node: ast.If, holds: PerStep) -> None:
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
                reader.run(body)
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


def _forget(reader: Reader, node: ast.stmt, before: int) -> None:
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
    first = loop.when[0]
    if loop.phase == "batch" and loop.nested and first < loop.count - loop.per:
        # The epochs after this one begin all the same; each has to end at once.
        stays = list(loop.when) == list(range(first, loop.count))
        if loop.updated or not stays:
            raise reader.refuse(node, "program-break-in-epoch")
    end = first + (1 if loop.updated else 0)
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
