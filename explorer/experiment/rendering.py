"""Expressions back to Python text.

Used by the engine's compiler (with its own variable names), by error messages
and by whatever shows a formula; they differ only in the `Spelling`.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import TypeGuard

from explorer.experiment.operations import ENTRIES, Operation, OptionValue
from explorer.experiment.subscript import Subscript
from explorer.experiment.tree import Call, Expression, Name, Number, arguments_first, folded

# Expressions that are nested deeper are written operation by operation.
DEEPEST = 60


@dataclass(frozen=True)
class Spelling:
    """How names, functions and constants are written.

    `constant` writes a number in a place where torch wants a tensor, `number` one that is not
    finite. `flat`: a sum at the beginning of a sum has no parentheses of its own. `methods`: what
    is a method alone is written as one, and what has options alone with these by place.
    """

    name: Callable[[str], str]
    function: Callable[[Operation], str]
    constant: Callable[[float], str]
    flat: bool = False
    number: Callable[[float], str] = repr
    methods: bool = False


def _is_negative_zero(value: float) -> bool:
    return value == 0 and math.copysign(1, value) < 0


def plain_number(value: float) -> str:
    """The shortest text that reads back as the same float; whole numbers without `.0`."""
    if not math.isfinite(value):
        return torch_number(value)
    whole = value == int(value) and abs(value) < 1e15 and not _is_negative_zero(value)
    return str(int(value)) if whole else repr(value)


def torch_number(value: float) -> str:
    """`torch.inf`, of a number that is not finite."""
    return f"{'-' if value < 0 else ''}torch.{str(value).strip('-')}"


FORMULA = Spelling(
    name=lambda name: name,
    function=lambda operation: operation.written,
    constant=plain_number,
    flat=True,
    number=torch_number,
    methods=True,
)


def render(expression: Expression, spelling: Spelling) -> str:
    """Python text for the expression, with all parentheses written out below the top."""
    return "".join(_pieces(expression, spelling))


def written(
    expression: Expression, spelling: Spelling, lines: list[str], part: str = "part"
) -> str:
    """The text that computes the expression; of a deep one line by line, in the same order.

    Such lines assign to `part0`, `part1`, …, and are added to `lines`. Python's own compiler
    reads nothing that is nested very deeply.
    """
    if folded(expression, lambda _, below: 1 + max(below, default=0)) <= DEEPEST:
        return render(expression, spelling)
    parts: list[str] = []
    for node in arguments_first(expression):
        if not isinstance(node, Call):
            parts.append(render(node, spelling))
            continue
        start = len(parts) - len(node.arguments)
        lines.append(f"{part}{start} = {applied(node, parts[start:], spelling)}")
        parts[start:] = [f"{part}{start}"]
    return parts.pop()


def display(expression: Expression, longest: int | None = None) -> str:
    """As a reader would write it, without the outermost parentheses.

    Beyond `longest` characters it is cut short, with a sign for that at its end.
    """
    text = ""
    seen = expression if longest is None else _beginning(expression, longest)
    for piece in _pieces(_Bare(seen), FORMULA):
        text += piece
        if longest is not None and len(text) > longest:
            return text[: longest - 1] + "…"
    return text


def _beginning(expression: Expression, links: int) -> Expression:
    """The part of a sum with which its text begins: no more of it will be seen."""
    met: list[Expression] = [expression]
    while _is_sum(part := met[-1]):
        met.append(part.arguments[0])
    return met[max(0, len(met) - 1 - links)]


def applied(call: Call, arguments: Sequence[str], spelling: Spelling) -> str:
    """The call with these texts in the place of its arguments."""
    parts = _parts(call, spelling, dict(enumerate(arguments)))
    return "".join(part for part in parts if isinstance(part, str))


@dataclass(frozen=True)
class _Bare:
    """An expression to be written without parentheses around it."""

    expression: Expression


_Part = str | Expression | _Bare


def _pieces(expression: _Part, spelling: Spelling) -> Iterator[str]:
    """The text bit by bit; a long sum is too deep for a function that calls itself."""
    pending = [expression]
    while pending:
        part = pending.pop()
        bare = isinstance(part, _Bare)
        if isinstance(part, _Bare):
            part = part.expression
        if isinstance(part, Name) and part.stands_for is not None and spelling.flat:
            pending.append(_Bare(part.stands_for) if bare else part.stands_for)
        elif isinstance(part, str):
            yield part
        elif isinstance(part, Call):
            parts = _parts(part, spelling)
            operator = not (part.as_function or part.in_place)
            whole = bare and operator and ENTRIES[part.operation].infix
            pending.extend(reversed(parts[1:-1] if whole else parts))
        else:
            yield _atom(part, spelling)


def _atom(expression: Name | Number, spelling: Spelling) -> str:
    """A name or a number; in parentheses if negative, since `-0.0 ** x` is `-(0.0 ** x)`."""
    if isinstance(expression, Name):
        return spelling.name(expression.name)
    value = expression.value if spelling.flat else expression.plain_value
    text = repr(value) if math.isfinite(value) else spelling.number(value)
    return f"({text})" if math.copysign(1, value) < 0 else text


def _parts(
    call: Call, spelling: Spelling, written: Mapping[int, str] = MappingProxyType({})
) -> list[_Part]:
    """The call's text, and between it the arguments; those that are `written` are text too."""
    operation = ENTRIES[call.operation]
    arguments: list[_Part] = [
        spelling.constant(argument.value)
        if isinstance(argument, Number) and place not in operation.scalar_ok
        else written.get(place, argument)
        for place, argument in enumerate(call.arguments)
    ]
    if call.operation in _SUBSCRIPTS:
        return _subscripted(call, arguments)
    if operation.attribute or (call.operation == "detach" and not call.in_place):
        return [*arguments, f".{operation.name}{'' if operation.attribute else '()'}"]
    if operation.name == "item":
        return ["float(", *arguments, ")"] if call.as_function else [*arguments, ".item()"]
    if operation.infix and not call.as_function and not call.in_place:
        left, right = arguments
        if spelling.flat and _is_sum(call) and _is_sum(left):
            left = _Bare(left)
        return ["(", left, f" {operation.infix} ", right, ")"]
    if operation.prefix and not call.in_place:
        return [f"({operation.prefix}", *arguments, ")"]
    options = _options(call, operation, spelling)
    if call.in_place:
        between = [each for part in (*arguments[1:], *options) for each in (", ", part)][1:]
        return [arguments[0], f".{operation.name.strip('_')}_(", *between, ")"]
    if operation.method and not operation.function_form and spelling.methods:
        given = _joined(*([part] for part in (*arguments[1:], *options)))
        return [arguments[0], f".{operation.name}(", *given, ")"]
    return [spelling.function(operation), "(", *_between(call, arguments, options), ")"]


# What is written with square brackets; `part` is one of several results.
_SUBSCRIPTS = frozenset({"index", "setitem_", "part"})


def _subscripted(call: Call, arguments: list[_Part]) -> list[_Part]:
    """`x[1:, mask]`, and `x[1:, mask] = value`."""
    options = dict(call.options)
    subject, *inside = arguments
    if call.operation == "part":
        return [subject, f"[{options['index']}]"]
    end: list[_Part] = [] if call.operation == "index" else [" = ", inside.pop()]
    subscript = options["at"]
    assert isinstance(subscript, Subscript)
    texts = _joined(*([part] for part in subscript.texts(inside)))
    return [subject, "[", *(texts or ["()"]), "]", *end]


def _options(call: Call, operation: Operation, spelling: Spelling) -> list[_Part]:
    """The options by their names, but for one that comes before everything."""
    by_place = _by_place(call, operation) if spelling.methods else (operation.first,)
    texts = ((name, _option(value, spelling)) for name, value in call.options)
    return [text if name in by_place else f"{name}={text}" for name, text in texts]


def _by_place(call: Call, operation: Operation) -> Collection[str]:
    """The options that are written without their names: those of what has no tensors."""
    given = [name for name, _ in call.options]
    if operation.tensors[1] or [operation.alone] == given:
        return (operation.first, operation.alone)
    ordered = [name for name, option in operation.options.items() if not option.keyword]
    pairs = zip(given, ordered, strict=False)
    return [name for name, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]


def _option(value: OptionValue, spelling: Spelling) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return spelling.number(value)
    if isinstance(value, tuple) and not all(type(each) is int for each in value):
        return f"[{', '.join(_option(each, spelling) for each in value)}]"
    return repr(value)


def _between(call: Call, arguments: list[_Part], options: list[_Part]) -> list[_Part]:
    """What stands in the parentheses of a call."""
    operation = ENTRIES[call.operation]
    count = len(arguments) - len(call.named)
    given = _joined(*([part] for part in arguments[:count]))
    if operation.listed:
        given = ["[", *given, "]"]
    named = ([f"{name}=", part] for name, part in zip(call.named, arguments[count:], strict=True))
    first = [[options.pop(0)]] if operation.first else []
    rest = ([each] for each in options)
    return _joined(*first, *([given] if given else []), *named, *rest)


def _joined(*groups: list[_Part]) -> list[_Part]:
    """The parts with a comma between the groups."""
    return [part for group in groups for part in (", ", *group)][1:]


def _is_sum(part: _Part) -> TypeGuard[Call]:
    if not isinstance(part, Call) or part.as_function or part.in_place:
        return False
    return part.operation in ("add", "sub")
