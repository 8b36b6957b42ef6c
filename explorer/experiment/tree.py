"""The checked formula as data: what `language.parse` gives to the engine.

Straight-line single assignments: every name once, in order, functions inlined.
The engine's compiler turns it into a Python function; nothing here computes.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from explorer.experiment.operations import OptionValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the formula's own text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; number-only arithmetic is folded into one of these.

    `whole`: written without a point, which makes a difference to PyTorch where tensors hold
    whole numbers too.
    """

    value: float
    position: Position
    whole: bool = False

    @property
    def plain_value(self) -> int | float:
        """As Python has it."""
        return int(self.value) if self.whole else self.value


@dataclass(frozen=True, slots=True)
class Name:
    """A use of a parameter, a data column or an earlier assignment.

    `stands_for`: what was written in its place, if that was computed before (see `Assignment`).
    `plain`: it is a number of Python's, as `.item()` gives.
    """

    name: str
    position: Position
    stands_for: "Expression | None" = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the table applied to its tensor arguments.

    `within` are the calls of the formula's functions in which it stands, outermost first: `g`,
    or `g#2` in the second call of `g`. `as_function`: called as `div(2.0, x)`, whose bits are
    not those of `2.0 / x`. `named`: the names by which the last of the arguments are given.
    `in_place`: it changes its first argument, and gives that. `plain`: it
    gives a number of Python's.
    """

    operation: str
    arguments: tuple["Expression", ...]
    options: tuple[tuple[str, OptionValue], ...]
    position: Position
    within: tuple[str, ...] = ()
    as_function: bool = False
    in_place: bool = False
    plain: bool = False
    named: tuple[str, ...] = ()

    @property
    def keeps_statistics(self) -> bool:
        """Whether it also updates tensors that it was given, as batch_norm does in training."""
        return ("training", True) in self.options and "running_mean" in self.named


Expression = Number | Name | Call


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name` is a tensor from here on. Inside a function it is `function.name`.

    `within` as of a `Call`: where its expression stands. What is `hidden` has no name for
    people: a part of an expression that Python computes before the lines of a function called
    further on in it, a part of a tuple, a number of Python's, a change in place. `records`:
    autograd looks on.
    """

    name: str
    expression: Expression
    position: Position
    within: tuple[str, ...] = ()
    hidden: bool = False
    records: bool = True

    @property
    def detached(self) -> Expression | None:
        """What a line that is nothing but `name = this.detach()` cuts off; else None.

        A number does not count: there is nothing to cut it off from.
        """
        match self.expression:
            case Call("detach", (Name() | Call() as argument,)) if not self.hidden:
                return argument
        return None

    def under(self, cuts: Collection[str]) -> Expression:
        """The expression with just these names cut: its own detach() is left out if off."""
        detached = self.detached
        return self.expression if detached is None or self.name in cuts else detached


@dataclass(frozen=True, slots=True)
class Program:
    """The whole formula.

    `numbers` are names given to plain numbers (`k = 2`): they are Python floats,
    not tensors, so their uses are replaced and they have no assignment. `plain` are the names
    of numbers that come from tensors, `x.item()`. `latest` has, of every name that is assigned
    outside functions, what it means in the end: `h#2`, if `h` is assigned twice.
    """

    assignments: tuple[Assignment, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)
    latest: Mapping[str, str] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The assigned names, in order; not those that are hidden."""
        return tuple(each.name for each in self.assignments if not each.hidden)

    def last(self, name: str) -> str:
        """What the name means at the end of the formula."""
        return self.latest.get(name, name)

    @property
    def changes_in_place(self) -> bool:
        """Whether some line changes a tensor instead of making one."""
        return any(
            isinstance(part, Call) and (part.in_place or part.keeps_statistics)
            for each in self.assignments
            for part in walk(each.expression)
        )

    @property
    def written(self) -> frozenset[str]:
        """The names that are cut by the formula itself: a detach() is their whole line."""
        return frozenset(each.name for each in self.assignments if each.detached is not None)

    @property
    def reads(self) -> frozenset[str]:
        """Every name that some expression uses."""
        return frozenset(
            node.name
            for assignment in self.assignments
            for node in walk(assignment.expression)
            if isinstance(node, Name)
        )


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all its parts, depth first."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Call):
            pending.extend(reversed(node.arguments))


def arguments_first(expression: Expression) -> Iterator[Expression]:
    """The expression and all its parts in the order in which they are computed.

    A sum of a thousand terms is a thousand deep: here and in `folded` nothing recurs.
    """
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    while pending:
        node, ready = pending.pop()
        if ready or not isinstance(node, Call):
            yield node
        else:
            pending.append((node, True))
            pending.extend((argument, False) for argument in reversed(node.arguments))


def folded(expression: Expression, visit: Callable[[Expression, list[T]], T]) -> T:
    """`visit(part, what its arguments gave)` of every part, arguments first; gives the last."""
    results: list[T] = []
    for node in arguments_first(expression):
        count = len(node.arguments) if isinstance(node, Call) else 0
        given = results[len(results) - count :]
        del results[len(results) - count :]
        results.append(visit(node, given))
    return results.pop()


def with_numbers(expression: Expression, change: Callable[[float], float]) -> Expression:
    """The expression with every number in it changed, those of options too."""

    def visit(node: Expression, arguments: list[Expression]) -> Expression:
        if isinstance(node, Number):
            return replace(node, value=change(node.value))
        if isinstance(node, Name):
            return node
        options = ((name, change(x) if isinstance(x, float) else x) for name, x in node.options)
        return replace(node, arguments=tuple(arguments), options=tuple(options))

    return folded(expression, visit)
