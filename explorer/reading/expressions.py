"""What an expression of a program is: its value, and its text in the formula.

Everything that numbers alone decide is computed here and now, with the functions of `known`.
What depends on a tensor that trains keeps the author's own text, with the formula's names put
into it.
"""

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from explorer.reading import calls, methods, operators, tensors, training
from explorer.reading.reader import Reader
from explorer.reading.values import Function, Opaque, Path, PerStep, Scalar, Tensor


def evaluate(reader: Reader, node: ast.expr) -> Any:
    """The value of an expression. Raises BadInput at what is not understood."""
    reader.burn(node)
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return handler(reader, node)


def _constant(_reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Constant)
    return node.value


def _name(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Name)
    try:
        return reader.frame.lookup(node.id)
    except KeyError:
        pass
    if calls.is_builtin(node.id):
        return Path(f"builtins.{node.id}")
    raise reader.refuse(node, "program-unknown-name", name=reader.shown(node))


def _sequence(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.List | ast.Tuple | ast.Set)
    values: list[Any] = []
    for each in node.elts:
        if isinstance(each, ast.Starred):
            values += tensors.items(reader, reader.needed(each.value), each.value)
        else:
            values.append(operators.kept(reader, reader.needed(each), each))
    kinds: Mapping[type, Callable[[list[Any]], Any]] = {ast.Tuple: tuple, ast.Set: set}
    return reader.bounded(kinds.get(type(node), list)(values), node)


def _dictionary(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Dict)
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            found.update(reader.needed(value))
        else:
            found[reader.needed(key)] = operators.kept(reader, evaluate(reader, value), value)
    return found


def _binary(reader: Reader, node: ast.expr) -> Any:
    """A chain of operators, from its beginning: it may be a thousand long."""
    links: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp):
        links.append(node)
        node = node.left
    left = reader.needed(node)
    for link in reversed(links):
        reader.burn(link)
        right = reader.needed(link.right)
        left = operators.operate(
            reader, link, type(link.op).__name__, (left, link.left), (right, link.right)
        )
    return left


def _unary(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.UnaryOp)
    value = reader.needed(node.operand)
    if isinstance(node.op, ast.Not):
        value = operators.truth(reader, value, node.operand)
        if isinstance(value, PerStep):
            return operators.per_step(reader, node, "not", lambda each: not each, [value])
        return not value
    function = _UNARY[type(node.op).__name__]
    return operators.combined(
        reader, node, type(node.op).__name__, function, [(value, node.operand)]
    )


_UNARY: Mapping[str, Callable[[Any], Any]] = {
    "USub": lambda value: -value,
    "UAdd": lambda value: +value,
    "Invert": lambda value: ~value,
}


def _logic(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.BoolOp)
    both = isinstance(node.op, ast.And)
    found: list[Any] = []
    for each in node.values:
        value = operators.truth(reader, reader.needed(each), each)
        if not isinstance(value, PerStep) and value is not both:
            return _joined(found, value, both) if found else value
        if isinstance(value, PerStep):
            found.append(value)
    return _joined(found, both, both) if found else both


def _joined(found: list[PerStep], last: bool, both: bool) -> PerStep:
    decide = all if both else any
    return PerStep(lambda count: decide([*(each.at(count) for each in found), last]))


def _compare(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Compare)
    left, before = reader.needed(node.left), node.left
    found: list[Any] = []
    for operator, right in zip(node.ops, node.comparators, strict=True):
        value = reader.needed(right)
        name = type(operator).__name__
        found.append(operators.operate(reader, node, name, (left, before), (value, right)))
        left, before = value, right
    if len(found) == 1:
        return found[0]
    if any(isinstance(each, Tensor | Scalar) for each in found):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    steps = [each for each in found if isinstance(each, PerStep)]
    rest = all(each for each in found if not isinstance(each, PerStep))
    return _joined(steps, rest, True) if steps else rest


def _choice(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.IfExp)
    switch = training.switch(reader, node)
    if switch is not None:
        return switch
    chosen = operators.truth(reader, reader.needed(node.test), node.test)
    if isinstance(chosen, PerStep):
        both = [reader.needed(node.body), reader.needed(node.orelse)]
        pick = lambda which, yes, no: yes if which else no  # noqa: E731 (one of three)
        return operators.per_step(reader, node, "if", pick, [chosen, *both])
    return evaluate(reader, node.body if chosen else node.orelse)


def _attribute(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Attribute)
    value = evaluate(reader, node.value)
    if isinstance(value, Opaque):
        return value
    return calls.attribute(reader, value, node)


def _subscript(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Subscript)
    value = evaluate(reader, node.value)
    if isinstance(value, Opaque):
        return value
    return methods.subscript(reader, value, node)


def _slice(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Slice)
    parts = (node.lower, node.upper, node.step)
    return slice(*(None if each is None else reader.needed(each) for each in parts))


def _text(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.JoinedStr)
    pieces: list[str] = []
    for each in node.values:
        if isinstance(each, ast.Constant):
            pieces.append(str(each.value))
            continue
        assert isinstance(each, ast.FormattedValue)
        value = reader.needed(each.value)
        if each.format_spec is not None or not isinstance(value, str | int | float):
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        pieces.append(str(value))
    return "".join(pieces)


def _lambda(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Lambda)
    body: list[ast.stmt] = [ast.Return(node.body)]
    ast.copy_location(body[0], node.body)
    now = reader.now
    alone = isinstance(now, ast.Assign) and now.value is node
    return Function(reader.assigned if alone else "", node.args, body, reader.frame, node)


def _comprehension(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp)
    found: list[Any] = []
    calls.comprehend(
        reader,
        node.generators,
        lambda: found.append(operators.kept(reader, reader.needed(node.elt), node.elt)),
    )
    return reader.bounded(set(found) if isinstance(node, ast.SetComp) else found, node)


def _mapping(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.DictComp)
    found: dict[Any, Any] = {}

    def add() -> None:
        found[reader.needed(node.key)] = operators.kept(
            reader, reader.needed(node.value), node.value
        )

    calls.comprehend(reader, node.generators, add)
    return found


def _call(reader: Reader, node: ast.expr) -> Any:
    assert isinstance(node, ast.Call)
    return calls.call(reader, node)


_HANDLERS: Mapping[type, Callable[[Reader, ast.expr], Any]] = MappingProxyType(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.List: _sequence,
        ast.Tuple: _sequence,
        ast.Set: _sequence,
        ast.Dict: _dictionary,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: _logic,
        ast.Compare: _compare,
        ast.IfExp: _choice,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Slice: _slice,
        ast.JoinedStr: _text,
        ast.Lambda: _lambda,
        ast.ListComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.SetComp: _comprehension,
        ast.DictComp: _mapping,
        ast.Call: _call,
    }
)
