"""The lines of a program while it is written, and the operands that wait for their operation.

`inline` goes through a formula and adds a line for every tensor with a name. What stands to the
left of it in an expression Python computes before: so whatever waits is put down first.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from explorer.experiment.tree import Assignment, Call, Expression, Name, Position, Program
from explorer.experiment.values import Scope, Tuple, Value, several


class Lines:
    """`held` are the operands at hand, in Python's order; `records`: autograd looks on.

    `within` are the calls of the formula's functions that are under way, `leaves` names that
    are taken.
    """

    def __init__(self, leaves: Iterable[str]) -> None:
        self.held: list[Value] = []
        self.records = True
        self.within: tuple[str, ...] = ()
        self.numbers: dict[str, float] = {}
        self._assignments: list[Assignment] = []
        self._hidden = 0
        self._plain: set[str] = set()
        self._given = dict.fromkeys(leaves, 1)
        self._latest: dict[str, str] = {}

    def program(self) -> Program:
        """All lines so far."""
        return Program(
            tuple(self._assignments),
            MappingProxyType(self.numbers),
            MappingProxyType(self._latest),
            frozenset(self._plain),
        )

    @property
    def assignments(self) -> Sequence[Assignment]:
        """The lines so far."""
        return self._assignments

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
