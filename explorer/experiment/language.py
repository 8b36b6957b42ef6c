"""The formula language: text -> checked `Program`.

A strict subset of Python, with the operations of `explorer.experiment.operations`. Reading a
formula runs nothing of it: `syntax` copies allowed nodes, here names are looked up, functions
inlined, loops written out and numbers folded. `spec.Experiment` calls `parse`, and the window's
editor does while somebody types.

The statements are gone through as Python would, with expressions for the tensors that are not
there yet. A call of a function of the formula is replaced by its body. Its tensors are called
`function.name`, from the second call on `function.name#2`: calls are counted for each function
over the whole formula, whoever calls. An argument that is a name or a number stands for itself
inside; any other argument becomes a tensor of its own, `function.parameter`. A name that is
assigned again is `name#2`.

The program's order is Python's, for gradients are added up in one that follows it: what stands
left of a call in an expression is computed before the function's lines, under a hidden name.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from explorer.experiment.applying import Applier, of_math
from explorer.experiment.builtins import BUILTINS
from explorer.experiment.calls import (
    Given,
    augmenting,
    bound_arguments,
    may_be_written,
    wrong_count,
)
from explorer.experiment.expressions import MAX_DEPTH
from explorer.experiment.lines import Lines
from explorer.experiment.names import check_name
from explorer.experiment.operations import ENTRIES, OPERATIONS, Operation, find, find_in_place
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import (
    Definition,
    Literal,
    Raw,
    RawAssignment,
    RawAugmented,
    RawBranch,
    RawCall,
    RawChoice,
    RawLine,
    RawLogic,
    RawLoop,
    RawMode,
    RawReturn,
    RawSlice,
    RawSubscript,
    RawTuple,
    Spelling,
    Statement,
    Target,
    at,
    bound_in,
)
from explorer.experiment.shaping import Shape
from explorer.experiment.syntax import read
from explorer.experiment.tree import Call, Name, Number, Position, Program
from explorer.experiment.unknown import unknown_function, unknown_name
from explorer.experiment.values import (
    Function,
    Scope,
    Value,
    is_plain,
    is_true,
    items,
    placed,
    several,
)

MAX_NODES = 50_000
_SIZES = frozenset({"size", "dim", "ndimension", "numel", "nelement"})


def parse(
    text: str,
    parameters: Collection[str],
    columns: Collection[str],
    shapes: Mapping[str, Shape] = MappingProxyType({}),
) -> Program:
    """The program of a formula, with functions inlined and every name assigned once.

    `parameters` and `columns` are the names it may read, `shapes` those of them whose shape
    is known. A column it assigns is the prediction: before that line its name may not be read,
    after it the prediction is meant.

    Raises:
        BadInput: with key `formula`, and line and column in `text`.
    """
    statements = read(text)
    assigned = frozenset(each.name for each in bound_in(statements))
    # A column that is assigned is the prediction, and takes the column's name.
    known = (*parameters, *(each for each in columns if each not in assigned))
    inliner = _Inliner(known, assigned, shapes)
    try:
        return inliner.program(statements)
    except RecursionError:
        raise BadInput("formula-too-deep", at(inliner.position), limit=MAX_DEPTH) from None


class _Inliner:
    """The state of one pass over the statements."""

    def __init__(
        self, known: Collection[str], assigned: frozenset[str], shapes: Mapping[str, Shape]
    ) -> None:
        self._changed = 0
        self._open: list[Definition] = []
        self._calls: Counter[str] = Counter()
        self._nodes = 0
        self._depth = 0
        self._lines = Lines(known, shapes)
        self._applier = Applier(self._lines)
        self.position = start = Position(1, 1)
        self._top = Scope({name: Name(name, start) for name in known}, ahead=assigned)

    def program(self, statements: Sequence[Statement]) -> Program:
        """Of every statement in order."""
        self._run(statements, self._top)
        return self._lines.program()

    # -- statements ------------------------------------------------------------

    def _run(self, body: Sequence[Statement], scope: Scope) -> Value | None:
        """Go through the statements; what they return, if they do."""
        self._deepen(body[0].position if body else Position(1, 1))
        result: Value | None = None
        for statement in body:
            result = self._statement(statement, scope)
            if result is not None:
                break
        self._depth -= 1
        return result

    def _statement(self, statement: Statement, scope: Scope) -> Value | None:
        match statement:
            case RawAssignment(targets, expression):
                self._assign(targets, expression, scope)
            case RawAugmented():
                self._augment(statement, scope)
            case Definition(name):
                self._store(Name(name, statement.position), self._function(statement, scope), scope)
            case RawLine(expression, position):
                before = self._changed
                self._expression(expression, scope)
                if self._changed == before:
                    raise BadInput("not-in-language", at(position), construct="lone-expression")
            case RawReturn(value):
                return self._expression(value, scope)
            case RawBranch(test, yes, no):
                taken = is_true(self._expression(test, scope), statement.position)
                return self._run(yes if taken else no, scope)
            case RawLoop():
                return self._loop(statement, scope)
            case RawMode(records, body, position):
                self._count(position)
                return self._recording(records, body, scope)
        return None

    def _loop(self, loop: RawLoop, scope: Scope) -> Value | None:
        for item in items(self._lines.kept(self._expression(loop.items, scope)), loop.position):
            self._count(loop.position)
            self._store(loop.target, item, scope)
            result = self._run(loop.body, scope)
            if result is not None:
                return result
        return None

    def _recording(
        self, records: bool | None, body: Sequence[Statement], scope: Scope
    ) -> Value | None:
        """The statements with autograd looking on or not; None leaves that as it is."""
        before = self._lines.records
        if records is not None and records != before:
            self._lines.settle()
            self._lines.records = records
        result = self._run(body, scope)
        if result is not None and self._lines.records != before:
            # Computed in here, not where it is used.
            result = self._lines.kept(result)
        self._lines.records = before
        return result

    def _augment(self, line: RawAugmented, scope: Scope) -> None:
        """A tensor is changed in place; a name for a number means another one from here on."""
        operation, target = OPERATIONS[line.operator], line.target
        if isinstance(target, RawSubscript):
            self._augment_part(line, target, scope)
            return
        raw = RawCall(line.operator, (target, line.value), (), line.position, Spelling.OPERATOR)
        before = self._value(target, scope)
        values = self._operands(raw.arguments[1:], scope, before)
        if isinstance(before, Name) and not before.plain:
            self._change(augmenting(line), raw, Given(values))
        else:
            self._name(target, self._applier.applied(operation, raw, Given(values)), scope)

    def _assign(self, targets: tuple[Target, ...], expression: Raw, scope: Scope) -> None:
        value = self._expression(expression, scope)
        if isinstance(value, Function) and isinstance(expression, Definition):
            first = targets[0]
            name = first.name if isinstance(first, Name) else value.name
            value = replace(value, name=name)
        for place, target in enumerate(targets):
            if place:
                self._count(target.position)
            self._store(target, value, scope)
            if place == 0 and len(targets) > 1:
                # The tensor itself is shared.
                value = self._meant(target, value, scope)

    def _meant(self, target: Target, value: Value, scope: Scope) -> Value:
        if isinstance(target, Name):
            return scope.names[target.name]
        if isinstance(target, RawSubscript):
            return value
        return several(
            tuple(
                self._meant(*pair, scope)
                for pair in zip(target.items, items(value, target.position), strict=True)
            ),
            target.position,
        )

    def _store(self, target: Target, value: Value, scope: Scope) -> None:
        """Let the target mean the value from here on."""
        if isinstance(target, Name):
            self._name(target, value, scope)
            return
        if isinstance(target, RawSubscript):
            self._put(target, value, scope)
            return
        found = items(value, target.position)
        if len(found) != len(target.items):
            wanted, got = len(target.items), len(found)
            raise BadInput("wrong-number-of-values", at(target.position), wanted=wanted, got=got)
        for inner, part in zip(target.items, found, strict=True):
            self._store(inner, part, scope)

    def _name(self, target: Name, value: Value, scope: Scope) -> None:
        check_name(target.name, at(target.position))
        self._let(target.name, value, scope, target.position)

    def _let(self, name: str, value: Value, scope: Scope, where: Position | None = None) -> None:
        """Let the name mean the value, which is computed by now; `where` a tensor gets it."""
        match value:
            case Number(number):
                self._lines.numbers[self._lines.full(name, scope)] = number
                scope.names[name] = value
            case Name() | Call():
                full, place = self._lines.full(name, scope), where or value.position
                self._lines.emit(full, value, place)
                scope.names[name] = Name(full, place, plain=value.plain)
            case _:
                scope.names[name] = self._lines.kept(value)

    # -- expressions -----------------------------------------------------------

    def _operands(self, parts: Iterable[Raw], scope: Scope, *first: Value) -> tuple[Value, ...]:
        """The values of the parts, one after the other; `first` was computed before them."""
        start = len(self._lines.held)
        self._lines.held.extend(first)
        for part in parts:
            self._lines.held.append(self._expression(part, scope))
        values = tuple(self._lines.held[start:])
        del self._lines.held[start:]
        return values

    def _count(self, position: Position) -> None:
        self._nodes += 1
        self.position = position
        if self._nodes > MAX_NODES:
            raise BadInput("formula-too-many-parts", at(position), limit=MAX_NODES)

    def _deepen(self, position: Position) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadInput("formula-too-deep", at(position), limit=MAX_DEPTH)

    def _expression(self, raw: Raw, scope: Scope) -> Value:
        """Of a chain of operators first the beginning: it may be a thousand long."""
        self._deepen(raw.position)
        links: list[RawCall] = []
        while isinstance(raw, RawCall) and raw.spelling is Spelling.OPERATOR:
            self._count(raw.position)
            links.append(raw)
            raw = raw.arguments[0]
        self._count(raw.position)
        value = self._value(raw, scope)
        for link in reversed(links):
            operands = self._operands(link.arguments[1:], scope, value)
            value = self._applier.applied(OPERATIONS[link.function], link, Given(operands))
        self._depth -= 1
        return value

    def _value(self, raw: Raw, scope: Scope) -> Value:
        match raw:
            case Number() | Literal():
                return raw
            case Name(name, position):
                found = scope.lookup(name)
                if found is None:
                    raise unknown_name(raw, scope, self._top)
                return placed(found, position)
            case RawTuple(parts, position, in_brackets):
                values = self._operands(parts, scope)
                return several(values, position, in_brackets=in_brackets)
            case RawChoice(test, yes, no, position):
                taken = is_true(self._expression(test, scope), position)
                return self._expression(yes if taken else no, scope)
            case RawLogic():
                return self._logic(raw, scope)
            case Definition():
                return self._function(raw, scope)
            case RawCall():
                return self._call(raw, scope)
            case RawSubscript():
                subject, *inside = self._inside(raw, scope)
                return self._applier.subscript(raw, subject, inside)

    def _logic(self, raw: RawLogic, scope: Scope) -> Value:
        """What Python makes of truth values that are known; `a or b` is one of the two."""
        if raw.operator == "not":
            return Literal(
                not is_true(self._expression(raw.operands[0], scope), raw.position), raw.position
            )
        if raw.operator == "is":
            left, right = self._operands(raw.operands, scope)
            nothing = [isinstance(each, Literal) and each.value is None for each in (left, right)]
            if not any(nothing):
                raise BadInput("not-in-language", at(raw.position), construct="identity")
            return Literal(all(nothing), raw.position)
        for operand in raw.operands[:-1]:
            value = self._expression(operand, scope)
            if is_true(value, raw.position) == (raw.operator == "or"):
                return value
        return self._expression(raw.operands[-1], scope)

    def _call(self, raw: RawCall, scope: Scope) -> Value:
        if raw.spelling is Spelling.FUNCTION and not raw.prefixed:
            own = scope.lookup(raw.function)
            if isinstance(own, Function):
                return self._invoke(own, raw, scope)
            if own is not None:
                # Python would call the tensor.
                raise BadInput("not-in-language", at(raw.position), construct="call")
            if raw.function in BUILTINS:
                found = BUILTINS[raw.function](raw, self._operands(raw.arguments, scope), MAX_NODES)
                self._nodes += len(found.items)
                return found
            if raw.function in ("float", "int"):
                return self._applier.number(raw, self._operands(raw.arguments, scope))
        if raw.spelling is Spelling.ATTRIBUTE:
            values = self._operands(raw.arguments, scope)
            known = self._applier.attribute(raw, values[0])
            return known or self._applier.applied(ENTRIES[raw.function], raw, Given(values))
        return self._operation(raw, scope)

    def _operation(self, raw: RawCall, scope: Scope) -> Value:
        """A function or method that is none of the formula's own."""
        method = raw.spelling is Spelling.METHOD
        if raw.function in (_SIZES if method else ("len",)):
            return self._applier.size(raw, self._operands(raw.arguments, scope))
        if raw.function.startswith("math."):
            return of_math(raw, self._operands(raw.arguments, scope))
        if in_place := find_in_place(raw.function):
            return self._in_place(in_place, raw, scope)
        found = find("tensor" if raw.function == "as_tensor" else raw.function)
        if found is None or not may_be_written(found, raw):
            raise unknown_function(raw, found, scope, self._top)
        return self._applier.applied(found, raw, self._given(raw, scope))

    # -- functions of the formula ----------------------------------------------

    def _function(self, definition: Definition, scope: Scope) -> Function:
        """The function as a value; what it binds has to be fit for names."""
        place = at(definition.position)
        self._count(definition.position)
        seen: set[str] = set()
        for parameter in definition.parameters:
            check_name(parameter.name, place)
            if parameter.name in seen:
                raise BadInput("name-used-twice", place, name=parameter.name)
            seen.add(parameter.name)
        for bound in bound_in(definition.body):
            self._count(bound.position)
            check_name(bound.name, at(bound.position))
        defaults = tuple(
            None
            if each.default is None
            else self._lines.kept(self._expression(each.default, scope))
            for each in definition.parameters
        )
        return Function(definition, scope, definition.name, defaults)

    def _invoke(self, function: Function, raw: RawCall, caller: Scope) -> Value:
        definition = function.definition
        if any(each is definition for each in self._open):
            raise BadInput("function-recursive", at(raw.position), name=function.name)
        self._calls[function.name] += 1
        count = self._calls[function.name]
        parameters = frozenset(each.name for each in definition.parameters)
        pending = frozenset(each.name for each in bound_in(definition.body)) - parameters
        form = f"{function.name}.{{}}"
        scope = Scope({}, pending, form, count, function.scope)
        given = bound_arguments(function, raw)
        for name, value in zip(given, self._operands(given.values(), caller), strict=True):
            self._bind(name, value, scope)
        for each, default in zip(definition.parameters, function.defaults, strict=True):
            if each.name not in given and default is not None:
                scope.names[each.name] = default
        self._open.append(definition)
        mark = f"#{count}" if count > 1 else ""
        caller_within, self._lines.within = (
            self._lines.within,
            (*self._lines.within, f"{function.name}{mark}"),
        )
        result = self._recording(definition.records, definition.body, scope)
        self._open.pop()
        self._lines.within = caller_within
        if result is None:
            raise BadInput("not-in-language", at(definition.position), construct="no-return")
        return result

    def _bind(self, name: str, value: Value, scope: Scope) -> None:
        """Let a parameter mean an argument, which was computed by whoever calls."""
        if isinstance(value, Name) and value.stands_for is None:
            scope.names[name] = value
        else:
            self._let(name, value, scope)

    # -- operations of the table -----------------------------------------------

    def _given(self, raw: RawCall, scope: Scope) -> Given:
        """The values of a call's arguments, computed in Python's order."""
        values = self._operands((*raw.arguments, *(each for _, each in raw.keywords)), scope)
        by_place, named = values[: len(raw.arguments)], values[len(raw.arguments) :]
        names = (name for name, _ in raw.keywords)
        return Given(by_place, tuple(zip(names, named, strict=True)))

    def _in_place(self, operation: Operation, raw: RawCall, scope: Scope) -> Value:
        if len(raw.arguments) < operation.tensors[0]:
            raise wrong_count(raw.function, raw, operation.tensors[0])
        return self._change(operation, raw, self._given(raw, scope))

    def _change(self, operation: Operation, raw: RawCall, given: Given) -> Value:
        """The operation in place, as a line of its own; the value is the tensor that it changed."""
        if is_plain(given.by_place[0]):
            raise BadInput("number-has-no-method", at(raw.position), method=raw.function)
        call = self._applier.applied(operation, raw, given)
        assert isinstance(call, Call)
        return self._changed_by(replace(call, in_place=True, as_function=False, plain=False))

    def _changed_by(self, call: Call) -> Value:
        self._lines.settle()
        self._changed += 1
        # A name still means the same tensor.
        changed, before = self._lines.kept(call), call.arguments[0]
        return before if isinstance(before, Name) and before.stands_for is None else changed

    # -- subscripts --------------------------------------------------------------

    def _inside(self, raw: RawSubscript, scope: Scope) -> tuple[Value, ...]:
        """The values of the subject and of what stands in the brackets."""
        parts: list[Raw] = [raw.subject]
        for part in raw.parts:
            bounds = part.bounds if isinstance(part, RawSlice) else (part,)
            parts += [each for each in bounds if each is not None]
        return self._operands(parts, scope)

    def _put(self, target: RawSubscript, value: Value, scope: Scope) -> None:
        """`subject[…] = value`: a change in place."""
        self._lines.held.append(value)
        there = self._inside(target, scope)
        self._put_into(target, there, self._lines.held.pop())

    def _put_into(self, target: RawSubscript, there: Sequence[Value], value: Value) -> None:
        subject = self._lines.kept(there[0])
        if not isinstance(subject, Name) or subject.plain:
            raise BadInput("not-in-language", at(target.position), construct="target")
        call = self._applier.put(target, (subject, *there[1:]), value)
        self._changed_by(replace(call, in_place=True))

    def _augment_part(self, line: RawAugmented, target: RawSubscript, scope: Scope) -> None:
        """`x[…] += value` takes the part, changes that in place, and puts it there."""
        held, start = self._lines.held, len(self._lines.held)
        held.extend(map(self._lines.kept, self._inside(target, scope)))
        subject, *inside = held[start:]
        part = self._lines.kept(self._applier.subscript(target, subject, inside))
        raw = RawCall(line.operator, (target, line.value), (), line.position, Spelling.OPERATOR)
        values = self._operands((line.value,), scope, part)
        changed = self._change(augmenting(line), raw, Given(values))
        there = held[start:]
        del held[start:]
        self._put_into(target, there, changed)
