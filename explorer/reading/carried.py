"""Numbers that a program hands on from one step to the next: `step += 1`, `lr *= 0.9`.

The body of the training loop is read once. So a name that was a number before the loop and is
assigned in it stands for what it holds in each step, computed once that is asked for.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from explorer.experiment.problem import BadInput
from explorer.reading import operators
from explorer.reading.known import OPERATORS
from explorer.reading.reader import Reader
from explorer.reading.training import Loop, per_step
from explorer.reading.values import Opaque, PerStep

_PLAIN = (int, float, str, PerStep, type(None))


class Carried:
    """What a name holds at the beginning of each step: at first, then what the step before left.

    `pending` are the places that assign it and have not been read yet: while there are any,
    nobody knows what a step leaves, unless `preset` says it. With a `period` it begins anew
    every so many steps.
    """

    def __init__(self, first: Any, unknown: BadInput, pending: set[int]) -> None:
        self._first = first
        self._unknown = unknown
        self._found: list[Any] = []
        self.pending = pending
        self.preset: Any = None
        self.period = 0
        self.left: Any = first
        # The numbers that it is given at single steps; None if anything else happens to it.
        self.settings: list[tuple[Sequence[int], Any, ast.AST]] | None = []

    @property
    def first(self) -> Any:
        """What it held before the loop."""
        return self._first

    def at(self, count: int) -> Any:
        """The value at the beginning of a step."""
        while len(self._found) <= count:
            self._found.append(self._next(len(self._found)))
        return self._found[count]

    def _next(self, count: int) -> Any:
        if count == 0 or (self.period and count % self.period == 0):
            return per_step(self._first, count)
        if self.pending and self.preset is None:
            raise self._unknown
        left = self.left if self.preset is None else self.preset
        if isinstance(left, Opaque):
            raise left.problem
        if not isinstance(left, _PLAIN):
            raise self._unknown
        return per_step(left, count - 1)


def begin(reader: Reader, loop: Loop, body: Sequence[ast.stmt], steps: Sequence[ast.stmt]) -> None:
    """Before the body is read: let the names that it assigns stand for what they hold.

    `steps` are those of its statements that every step goes through. With batches the names of
    an epoch are begun with the epoch, after those of the whole program.
    """
    again = {each.id for each in _stores(_loops(body if loop.phase == "batch" else []))}
    for name, places in _assigned(body).items():
        key, count = (id(reader.frame), name), len(places)
        if key in loop.carried:
            # Of the whole program: only now is it known what every step does to it.
            found: Carried = loop.carried[key]
            found.pending |= {0} if name in again else set()
            count = len(found.pending)
        elif isinstance(reader.frame.names.get(name, ...), _PLAIN):
            unknown = reader.refuse(places[0], "program-read-before-set", name=name)
            pending = set(map(id, places)) | ({0} if name in again else set())
            found = Carried(reader.frame.names[name], unknown, pending)
            found.period = loop.per if loop.nested and loop.phase == "batch" else 0
            loop.carried[key] = found
            reader.frame.names[name] = PerStep(found.at)
        else:
            continue
        found.preset = _counted(reader, name, PerStep(found.at), steps, count)


def _counted(
    reader: Reader, name: str, start: PerStep, body: Sequence[ast.stmt], count: int
) -> Any:
    """What each step leaves of a name that is only counted up, `step += 1`."""
    for node in body:
        if count != 1 or not isinstance(node, ast.AugAssign) or not _is(node.target, name):
            continue
        change = reader.evaluate(node.value) if isinstance(node.value, ast.Constant) else None
        name = type(node.op).__name__
        if name in OPERATORS and isinstance(change, int | float):
            return operators.per_step(reader, node, name, OPERATORS[name], [start, change])
    return None


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _assigned(body: Sequence[ast.stmt]) -> dict[str, list[ast.Name]]:
    """The names that the statements assign, with every place."""
    found: dict[str, list[ast.Name]] = {}
    for each in _stores(body):
        found.setdefault(each.id, []).append(each)
    return found


def _stores(nodes: Iterable[ast.AST]) -> Iterator[ast.Name]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node
        yield from _stores(ast.iter_child_nodes(node))


def _loops(body: Sequence[ast.stmt]) -> list[ast.AST]:
    """The loops inside, whose statements are read more often than once."""
    found = (each for node in body for each in ast.walk(node))
    return [each for each in found if isinstance(each, ast.For | ast.comprehension)]


def stored(reader: Reader, target: ast.Name, value: Any) -> Any:
    """What a name stands for once it is assigned: at the other steps, what it held before."""
    loop: Loop | None = reader.training
    key = (id(reader.frame), target.id)
    if loop is None or key not in loop.carried:
        return value
    carried: Carried = loop.carried[key]
    before, active = reader.frame.names[target.id], loop.active()
    if carried.settings is not None:
        alone = loop.when is not None and loop.phase == "batch" and not loop.updated
        setting = (loop.when or (), value, target)
        plain = alone and isinstance(value, int | float)
        carried.settings = [*carried.settings, setting] if plain else None
    if active is not None and isinstance(value, (*_PLAIN, Opaque)):
        value = _merged(value, before, active)
    carried.left = value
    carried.pending.discard(id(target))
    return value


def _merged(value: Any, before: Any, active: Any) -> PerStep:
    def at(count: int) -> Any:
        now = value if active(count) else before
        if isinstance(now, Opaque):
            raise now.problem
        return per_step(now, count)

    return PerStep(at)


def settings(reader: Reader, node: ast.AST) -> Carried | None:
    """What is known of a name that only holds a number, and others from certain steps on."""
    loop: Loop | None = reader.training
    if loop is None or not isinstance(node, ast.Name):
        return None
    found: Carried | None = loop.carried.get((id(reader.frame), node.id))
    return found if found is not None and found.settings else None


def end(loop: Loop) -> None:
    """The whole body was read."""
    for each in loop.carried.values():
        each.pending.clear()
