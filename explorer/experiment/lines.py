"""The lines of a program while it is written, and the operands that wait for their operation.

`language` goes through a formula and adds a line for every tensor with a name. What stands to the
left of it in an expression Python computes before: so whatever waits is put down first.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from explorer.experiment.operations import ENTRIES
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import at
from explorer.experiment.shaping import MOST_PARTS, UNFIT, Shape, TooManyPartsError
from explorer.experiment.tree import (
    Assignment,
    Call,
    Expression,
    Name,
    Number,
    Position,
    Program,
    folded,
)
from explorer.experiment.values import Scope, Tuple, Value, several

# A problem is that of the operation, for whoever asks for what it would give.
Known = Shape | list[Shape] | BadInput | None
# In place these give their tensor another shape.
_RESHAPING = frozenset({"t", "squeeze", "unsqueeze", "transpose"})


class Lines:
    """`held` are the operands at hand, in Python's order; `records`: autograd looks on.

    `within` are the calls of the formula's functions that are under way, `leaves` names that
    are taken, `shapes` those of them whose shape is known.
    """

    def __init__(self, leaves: Collection[str], shapes: Mapping[str, Shape]) -> None:
        self.held: list[Value] = []
        self.records = True
        self.within: tuple[str, ...] = ()
        self.numbers: dict[str, float] = {}
        self._assignments: list[Assignment] = []
        self._hidden = 0
        self._plain: set[str] = set()
        self._given = dict.fromkeys(leaves, 1)
        self._latest: dict[str, str] = {}
        self._shapes: dict[str, Known] = dict(shapes)
        self._shaped = 0

    def program(self) -> Program:
        """All lines so far."""
        return Program(
            tuple(self._assignments),
            MappingProxyType(self.numbers),
            MappingProxyType(self._latest),
            frozenset(self._plain),
        )

    def full(self, name: str, scope: Scope) -> str:
        """A full name that no tensor or number has yet: of the call, of the assignment."""
        base = scope.form.format(name)
        number = max(scope.mark, self._given.get(base, 0) + 1)
        self._given[base] = number
        full = f"{base}#{number}" if number > 1 else base
        if scope.outer is None:
            self._latest[name] = full
        return full

    def emit(self, name: str, value: Expression, position: Position) -> None:
        """Add a line that gives the value a name."""
        self.settle()
        hidden = isinstance(value, Name | Call) and value.plain
        if hidden:
            self._plain.add(name)
        line = Assignment(name, value, position, self.within, hidden, self.records)
        self._assignments.append(line)

    def settle(self) -> None:
        """Compute what was met on the way to here."""
        for place, held in enumerate(self.held):
            self.held[place] = self.kept(held)

    def kept(self, value: Value) -> Value:
        """The value computed by now, under a name that nobody sees."""
        if isinstance(value, Tuple):
            if value.is_ready:
                return value
            kept = tuple(map(self.kept, value.items))
            return several(kept, value.position, value.names, value.in_brackets)
        if not isinstance(value, Call):
            return value
        self._hidden += 1
        name = f"~{self._hidden}"
        line = Assignment(name, value, value.position, value.within, True, self.records)
        self._assignments.append(line)
        return Name(name, value.position, value, value.plain)

    # -- shapes that are known before anything is computed ------------------------------

    def shape(self, expression: Expression) -> Shape | list[Shape] | None:
        """The expression's shape, several of what has several results; None if it is not known.

        It follows from those of the leaves, by the rules of the operations table. Looked at only
        where a formula asks: `x.shape`, `len(x)`, `x.size(0)`.

        Raises BadInput if there is none.
        """
        while self._shaped < len(self._assignments):
            line = self._assignments[self._shaped]
            self._shaped += 1
            self._shapes[line.name] = folded(line.expression, self._shape_of)
        found = folded(expression, self._shape_of)
        if isinstance(found, BadInput):
            raise found
        return found

    def _shape_of(self, node: Expression, shapes: list[Known]) -> Known:
        if isinstance(node, Number):
            return ()
        if isinstance(node, Name):
            return () if node.plain else self._shapes.get(node.name)
        if node.operation == "part":
            return _part(node, shapes[0])
        if node.plain:
            return ()
        if node.in_place:
            return self._reshaped(node, shapes[0])
        return _result(node, shapes)

    def _reshaped(self, node: Call, before: Known) -> Known:
        changed = node.arguments[0]
        if node.operation in _RESHAPING and isinstance(changed, Name):
            # Views and other names of it have shapes that nobody follows.
            self._shapes[changed.name] = None
            return None
        return before


def _part(node: Call, shapes: Known) -> Known:
    index = dict(node.options)["index"]
    if isinstance(shapes, list) and isinstance(index, int) and index < len(shapes):
        return shapes[index]
    return shapes if isinstance(shapes, BadInput) else None


def _result(node: Call, shapes: list[Known]) -> Known:
    for shape in shapes:
        if isinstance(shape, BadInput):
            return shape
    known = [shape for shape in shapes if isinstance(shape, tuple)]
    operation = ENTRIES[node.operation]
    if len(known) < len(shapes) or (operation.is_brackets and len(shapes) > 1):
        # Behind a subscript may be a mask.
        return None
    try:
        return operation.shape(known, dict(node.options))
    except TooManyPartsError as error:
        return BadInput(
            "too-many-results", at(node.position), count=error.args[0], limit=MOST_PARTS
        )
    except UNFIT:
        facts = {"operation": operation.written, "shapes": ", ".join(map(str, known))}
        return BadInput("shapes-not-taken", at(node.position), **facts)
