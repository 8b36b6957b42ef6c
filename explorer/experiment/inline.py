"""Statements -> `Program`: names looked up, functions inlined, numbers folded.

The second half of `formula.parse`. A call of a function of the formula is
replaced by its body. Its tensors are called `function.name`, from the second
call on `function.name#2`: calls are counted for each function over the whole formula,
whoever calls. An argument that is a name or a number stands for itself inside;
any other argument becomes a tensor of its own, `function.parameter`.

The order of the program is the one in which Python computes: gradients are added up in an
order that follows it. What stands to the left of a call in an expression is therefore
computed before the lines of the function, under a name that nobody sees.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from explorer.experiment.expressions import MAX_DEPTH
from explorer.experiment.names import check_name, nearest, shortened
from explorer.experiment.operations import (
    ALIASES,
    OPERATIONS,
    Operation,
    find,
)
from explorer.experiment.options import read_options, wrong_count
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import (
    Definition,
    Literal,
    Raw,
    RawAssignment,
    RawCall,
    Spelling,
    Statement,
    at,
)
from explorer.experiment.tree import Assignment, Call, Expression, Name, Number, Position, Program

MAX_NODES = 50_000
_Operands = tuple[Expression, ...]


@dataclass(slots=True)
class _Scope:
    """Names as one function (or the top level) sees them.

    `names` maps to the tensor's full name or to a number. `pending` are names that
    the scope assigns somewhere: until then they may not be read.
    """

    names: dict[str, str | float]
    pending: frozenset[str]
    form: str = "{}"
    outer: "_Scope | None" = None
    taken: set[str] = field(default_factory=set)

    def lookup(self, name: str) -> str | float | None:
        """The tensor or number of that name; None if there is none (yet)."""
        if name in self.names:
            return self.names[name]
        if name in self.pending or self.outer is None:
            return None
        return self.outer.lookup(name)

    def awaits(self, name: str) -> bool:
        """Whether the name is assigned, but later."""
        return name in self.pending or (self.outer is not None and self.outer.awaits(name))


def inline(
    statements: tuple[Statement, ...], parameters: Collection[str], columns: Collection[str]
) -> Program:
    """The program of these statements; raises BadInput with line and column."""
    return _Inliner(statements, parameters, columns).run()


class _Inliner:
    """The state of one pass over the statements."""

    def __init__(
        self,
        statements: tuple[Statement, ...],
        parameters: Collection[str],
        columns: Collection[str],
    ) -> None:
        self._statements = statements
        self._assignments: list[Assignment] = []
        # The operands at hand while expressions around them are read, in Python's order.
        self._held: list[Expression] = []
        self._hidden = 0
        self._numbers: dict[str, float] = {}
        self._functions: dict[str, Definition] = {}
        self._open: list[str] = []
        self._within: tuple[str, ...] = ()
        self._calls: Counter[str] = Counter()
        self._nodes = 0
        self._depth = 0
        assigned = frozenset(each.name for each in statements if isinstance(each, RawAssignment))
        known = {name: name for name in (*parameters, *columns) if name not in assigned}
        self._top = _Scope(dict(known), assigned, taken=set(parameters))

    def run(self) -> Program:
        """Every statement in order."""
        for statement in self._statements:
            if isinstance(statement, Definition):
                self._define(statement)
            else:
                self._assign(statement, self._top)
        return Program(tuple(self._assignments), MappingProxyType(self._numbers))

    def _define(self, definition: Definition) -> None:
        place = at(definition.position)
        check_name(definition.name, place)
        self._top_name(definition.name, definition.position)
        seen: set[str] = set()
        for name in definition.parameters:
            check_name(name, place)
            _claim(name, seen, definition.position)
        for statement in definition.body:
            check_name(statement.name, at(statement.position))
            _claim(statement.name, seen, statement.position)
        self._functions[definition.name] = definition

    def _top_name(self, name: str, position: Position) -> None:
        _claim(name, self._top.taken, position)

    def _assign(self, statement: RawAssignment, scope: _Scope) -> None:
        if scope is self._top:
            check_name(statement.name, at(statement.position))
            self._top_name(statement.name, statement.position)
        value = self._expression(statement.expression, scope)
        full = scope.form.format(statement.name)
        if isinstance(value, Number):
            scope.names[statement.name] = value.value
            self._numbers[full] = value.value
        else:
            self._emit(Assignment(full, value, statement.position, self._within))
            scope.names[statement.name] = full

    def _emit(self, assignment: Assignment) -> None:
        """Add a line; whatever was computed on the way to it comes before."""
        for place, held in enumerate(self._held):
            if isinstance(held, Call):
                self._hidden += 1
                name = f"~{self._hidden}"
                line = Assignment(name, held, held.position, held.within, hidden=True)
                self._assignments.append(line)
                self._held[place] = Name(name, held.position, held)
        self._assignments.append(assignment)

    def _operands(self, parts: Iterable[Raw], scope: _Scope, *first: Expression) -> _Operands:
        """The values of the parts, one after the other; `first` was computed before them."""
        start = len(self._held)
        self._held.extend(first)
        for part in parts:
            self._held.append(self._expression(part, scope))
        values = tuple(self._held[start:])
        del self._held[start:]
        return values

    def _count(self, position: Position) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise BadInput("formula-too-many-parts", at(position), limit=MAX_NODES)

    def _expression(self, raw: Raw, scope: _Scope) -> Expression:
        """Of a chain of operators first the beginning: it may be a thousand long."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadInput("formula-too-deep", at(raw.position), limit=MAX_DEPTH)
        links: list[RawCall] = []
        while isinstance(raw, RawCall) and raw.spelling is Spelling.OPERATOR:
            self._count(raw.position)
            links.append(raw)
            raw = raw.arguments[0]
        self._count(raw.position)
        value = self._value(raw, scope)
        for link in reversed(links):
            value = self._link(link, value, scope)
        self._depth -= 1
        return value

    def _link(self, raw: RawCall, first: Expression, scope: _Scope) -> Expression:
        """An operator whose first operand is known."""
        operation = OPERATIONS[raw.function]
        return self._applied(operation, raw, self._operands(raw.arguments[1:], scope, first), scope)

    def _value(self, raw: Raw, scope: _Scope) -> Expression:
        match raw:
            case Number():
                return raw
            case Name():
                return self._name(raw, scope)
            case Literal():
                kind = "list" if isinstance(raw.value, tuple) else "truth"
                raise BadInput("not-in-language", at(raw.position), construct=kind)
            case RawCall():
                return self._call(raw, scope)

    def _name(self, raw: Name, scope: _Scope) -> Expression:
        found = scope.lookup(raw.name)
        if isinstance(found, str):
            return Name(found, raw.position)
        if found is not None:
            return Number(found, raw.position)
        name = shortened(raw.name)
        if scope.awaits(raw.name):
            raise BadInput("name-before-assignment", at(raw.position), name=name)
        if raw.name in self._functions or find(raw.name):
            raise BadInput("function-not-called", at(raw.position), name=name)
        close = nearest(raw.name, (*scope.names, *self._top.names))
        raise BadInput("unknown-name", at(raw.position), name=name, nearest=close)

    def _call(self, raw: RawCall, scope: _Scope) -> Expression:
        own = raw.spelling is Spelling.FUNCTION and not raw.prefixed
        if own and raw.function in self._functions:
            return self._invoke(self._functions[raw.function], raw, scope)
        found = find(raw.function)
        if found is None or not _may_be_written(found, raw):
            raise self._unknown_function(raw, found)
        return self._operate(found, raw, scope)

    def _unknown_function(self, raw: RawCall, found: Operation | None) -> BadInput:
        place, name = at(raw.position), shortened(raw.function)
        if found is not None:
            method = raw.spelling is Spelling.METHOD
            return BadInput("not-a-method" if method else "not-a-function", place, name=name)
        if raw.spelling is Spelling.METHOD:
            known = [each.name for each in OPERATIONS.values() if each.method]
            return BadInput(
                "unknown-method", place, name=name, nearest=nearest(raw.function, known)
            )
        later = any(
            isinstance(each, Definition) and each.name == raw.function for each in self._statements
        )
        if later:
            return BadInput("name-before-assignment", place, name=name)
        close = nearest(raw.function, (*self._functions, *OPERATIONS, *ALIASES))
        return BadInput("unknown-function", place, name=name, nearest=close)

    # Functions of the formula

    def _invoke(self, definition: Definition, raw: RawCall, caller: _Scope) -> Expression:
        if definition.name in self._open:
            raise BadInput("function-recursive", at(raw.position), name=definition.name)
        self._calls[definition.name] += 1
        count = self._calls[definition.name]
        mark = f"#{count}" if count > 1 else ""
        form = f"{definition.name}.{{}}{mark}"
        pending = frozenset(each.name for each in definition.body)
        scope = _Scope({}, pending, form, self._top)
        bound = _bound(definition, raw)
        for name, value in zip(bound, self._operands(bound.values(), caller), strict=True):
            self._bind(name, value, scope)
        self._open.append(definition.name)
        caller_within, self._within = self._within, (*self._within, f"{definition.name}{mark}")
        for statement in definition.body:
            self._assign(statement, scope)
        result = self._expression(definition.result, scope)
        self._open.pop()
        self._within = caller_within
        return result

    def _bind(self, name: str, value: Expression, scope: _Scope) -> None:
        match value:
            case Number():
                scope.names[name] = value.value
            case Name(stands_for=None):
                scope.names[name] = value.name
            case Name() | Call():
                full = scope.form.format(name)
                # Computed before the function begins, by whoever calls it.
                self._emit(Assignment(full, value, value.position, self._within))
                scope.names[name] = full

    # Operations of the table

    def _operate(self, operation: Operation, raw: RawCall, scope: _Scope) -> Expression:
        least, most = operation.tensors
        if len(raw.arguments) < least:
            raise wrong_count(operation.name, raw, least)
        arguments = self._operands(raw.arguments[:most], scope)
        return self._applied(operation, raw, arguments, scope)

    def _applied(
        self,
        operation: Operation,
        raw: RawCall,
        arguments: tuple[Expression, ...],
        scope: _Scope,
    ) -> Expression:
        if operation.name == "where" and isinstance(arguments[0], Number):
            raise BadInput("where-needs-comparison", at(raw.position))
        numbers = [each.value for each in arguments if isinstance(each, Number)]
        if operation.fold and len(numbers) == len(arguments) == len(raw.arguments):
            return Number(_folded(operation.fold, numbers, raw.position), raw.position)
        start = len(self._held)
        self._held.extend(arguments)
        options = read_options(operation, raw, lambda each: self._expression(each, scope))
        arguments = tuple(self._held[start:])
        del self._held[start:]
        if operation.comparison and len(numbers) == len(arguments):
            raise BadInput("comparison-of-numbers", at(raw.position))
        call = Call(operation.name, arguments, options, raw.position, self._within)
        function = raw.spelling is not Spelling.OPERATOR and isinstance(arguments[0], Number)
        return replace(call, as_function=True) if function and operation.both_ways else call


def _may_be_written(operation: Operation, raw: RawCall) -> bool:
    method = raw.spelling is Spelling.METHOD
    return operation.method if method else operation.function_form


def _claim(name: str, taken: set[str], position: Position) -> None:
    if name in taken:
        raise BadInput("name-used-twice", at(position), name=name)
    taken.add(name)


def _bound(definition: Definition, raw: RawCall) -> dict[str, Raw]:
    """The arguments of a call by the names of the function's parameters."""
    wanted = len(definition.parameters)
    bound: dict[str, Raw] = dict(zip(definition.parameters, raw.arguments, strict=False))
    bound.update(raw.keywords)
    given = len(raw.arguments) + len(raw.keywords)
    if given != wanted or set(bound) != set(definition.parameters):
        raise wrong_count(definition.name, raw, wanted)
    return bound


def _folded(fold: Callable[..., float | complex], numbers: list[float], where: Position) -> float:
    try:
        value = fold(*numbers)
    except ZeroDivisionError:
        raise BadInput("division-by-zero", at(where)) from None
    except OverflowError:
        raise BadInput("number-too-large", at(where)) from None
    if isinstance(value, complex):
        raise BadInput("number-complex", at(where))
    if not math.isfinite(value):
        raise BadInput("number-too-large", at(where))
    return value
