"""Functions of the program: they stay functions in the formula.

What a function computes from numbers alone is computed. One that only returns an expression of
a module is written where it is called; a method that prints, trains or reads a step is gone
through like the rest of the program.
"""

import ast
from collections.abc import Callable
from typing import Any

from explorer.reading import tensors
from explorer.reading.known import words
from explorer.reading.reader import ClashError, Reader
from explorer.reading.values import (
    Definition,
    Frame,
    Function,
    Lines,
    Module,
    Scalar,
    Several,
    Super,
    Tensor,
)

_ACTS = words(
    "backward step zero_grad train eval append add_scalar requires_grad_ zero_ manual_seed"
)
_CALLS = frozenset({"print", "manual_seed"})


class Returned(Exception):  # noqa: N818 (control flow, as Python's StopIteration)
    """A function came to its `return`."""

    def __init__(self, value: Any, node: ast.stmt) -> None:
        super().__init__()
        self.value = value
        self.node = node


def call(
    reader: Reader, function: Function, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """What a call of the function gives."""
    bound = bind(reader, function, node, args, kwargs)
    if acts(function) or not _has_text(reader, function, bound):
        return go_through(reader, function, node, bound)
    return define(reader, function, node, bound, function.name)


def _has_text(reader: Reader, function: Function, bound: dict[str, Any]) -> bool:
    """Whether it may be a function of the formula: no closure, and tensors among its arguments."""
    if not function.name.isidentifier() or not _is_closed(reader, function):
        return False
    return any(isinstance(each, Tensor) for each in bound.values())


def _is_closed(reader: Reader, function: Function) -> bool:
    """Whether it reads nothing of the functions around it, but modules, leaves and functions."""
    names = {
        each.id
        for statement in function.body
        for each in ast.walk(statement)
        if isinstance(each, ast.Name)
    }
    names -= {each.arg for each in ast.walk(function.arguments) if isinstance(each, ast.arg)}
    frame: Frame | None = function.frame
    while frame is not None and frame is not reader.top:
        if not all(_is_fixed(frame.names[name]) for name in names & frame.names.keys()):
            return False
        frame = frame.outer
    return True


def _is_fixed(value: Any) -> bool:
    leaf = isinstance(value, Tensor) and value.is_leaf
    return leaf or isinstance(value, Module | Function)


def acts(function: Function) -> bool:
    """Whether the function does something beside computing its value."""
    for statement in function.body:
        for each in ast.walk(statement):
            if isinstance(each, ast.Call):
                called = each.func
                if isinstance(called, ast.Attribute) and called.attr in _ACTS:
                    return True
                if isinstance(called, ast.Name) and called.id in _CALLS:
                    return True
            if isinstance(each, ast.Global | ast.Nonlocal | ast.FunctionDef):
                return True
    return False


def bind(
    reader: Reader, function: Function, node: ast.AST, args: list[Any], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The values of the function's parameters."""
    wanted = function.arguments
    names = [each.arg for each in (*wanted.posonlyargs, *wanted.args)]
    if function.own is not None:
        args = [function.own, *args]
    bound = dict(zip(names, args, strict=False))
    rest = args[len(names) :]
    known = {*names, *(each.arg for each in wanted.kwonlyargs)}
    extra = {key: value for key, value in kwargs.items() if key not in known}
    bound.update({key: value for key, value in kwargs.items() if key in known})
    if (rest and wanted.vararg is None) or (extra and wanted.kwarg is None):
        raise reader.refuse(node, "program-wrong-arguments", name=function.name)
    if wanted.vararg is not None:
        bound[wanted.vararg.arg] = tuple(rest)
    if wanted.kwarg is not None:
        bound[wanted.kwarg.arg] = extra
    _fill_defaults(reader, function, bound)
    missing = [each for each in known if each not in bound]
    if missing:
        raise reader.refuse(node, "program-wrong-arguments", name=function.name)
    return bound


def _fill_defaults(reader: Reader, function: Function, bound: dict[str, Any]) -> None:
    wanted = function.arguments
    by_place = [each.arg for each in (*wanted.posonlyargs, *wanted.args)]
    pairs = list(zip(by_place[::-1], wanted.defaults[::-1], strict=False))
    named = zip((each.arg for each in wanted.kwonlyargs), wanted.kw_defaults, strict=True)
    pairs += [(name, default) for name, default in named if default is not None]
    for name, default in pairs:
        if name not in bound:
            bound[name] = reader.needed(default)


def go_through(reader: Reader, function: Function, node: ast.AST, bound: dict[str, Any]) -> Any:
    """Read its statements as if they stood where it is called."""
    bound = {name: _once(reader, name, each, node) for name, each in bound.items()}
    frame = Frame(dict(bound), function.frame)
    frame.lines = reader.scope
    if not isinstance(function.node, ast.Lambda):
        reader.report.used(function.node)  # type: ignore[arg-type]
    with reader.inside(frame, node, function):
        try:
            reader.run(function.body)
        except Returned as returned:
            return returned.value
    return None


def _once(reader: Reader, name: str, value: Any, node: ast.AST) -> Any:
    """An argument that is an expression is computed once, whatever the function does with it."""
    if not isinstance(value, Tensor) or value.is_leaf or not (value.text or not value.known):
        return value
    return reader.settled(value, name, node)


def define(
    reader: Reader, function: Function, node: ast.Call, bound: dict[str, Any], name: str
) -> Any:
    """Make it a function of the formula, and write its call; compute it if numbers decide it."""

    def body(frame: Frame) -> tuple[Any, ast.AST]:
        frame.outer = function.frame
        return _value(reader, function)

    found = written(reader, node, bound, (name, function, body, function.node))
    return go_through(reader, function, node, bound) if found is None else found


Body = tuple[str, Any, Callable[[Frame], tuple[Any, ast.AST]], ast.AST]


def written(reader: Reader, node: ast.Call, bound: dict[str, Any], body: Body) -> Any:
    """A function of the formula with these arguments; None if numbers alone decide its value."""
    avoid: set[str] = set()
    while True:
        try:
            return _written(reader, node, bound, body, avoid)
        except ClashError as clash:
            if clash.name in avoid:
                raise reader.refuse(node, "program-not-understood", what=body[0]) from None
            avoid.add(clash.name)


def _written(
    reader: Reader, node: ast.Call, bound: dict[str, Any], body: Body, avoid: set[str]
) -> Any:
    wanted, what, value_of, home = body
    lines = Lines(outside=set(avoid), is_function=True)
    frame = Frame({}, None, lines)
    before = len(reader.definitions)
    with reader.inside(frame, node, what):
        parameters = _parameters(reader, bound, frame, lines)
        value, last = value_of(frame)
        if not tensors.trains([value]) and not _is_formula(reader, value):
            del reader.definitions[before:]
            return None
        result = _result_text(reader, value, last)
    if isinstance(home, ast.stmt):
        reader.report.used(home)
    passed = [reader.text(bound[each], node) for each, _ in parameters]
    names = tuple(own for _, own in parameters)
    definition = Definition(wanted, names, tuple(lines.found), result, home, lines)
    text = f"{_placed(reader, definition)}({', '.join(passed)})"
    return _outside(reader, value, text, node)


def _is_formula(reader: Reader, value: Any) -> bool:
    """Whether it is computed of data in every step, in lines that the formula has."""
    return reader.in_step and isinstance(value, Tensor) and bool(value.text or value.write)


def _parameters(
    reader: Reader, bound: dict[str, Any], frame: Frame, lines: Lines
) -> list[tuple[str, str]]:
    """Tensors are parameters of the formula's function; everything else is known inside."""
    found: list[tuple[str, str]] = []
    for name, value in bound.items():
        if isinstance(value, Tensor):
            own = reader.local(name)
            frame.names[name] = Tensor(value.now, value.known, own, name, home=lines)
            found.append((name, own))
        else:
            frame.names[name] = value
    return found


def _value(reader: Reader, function: Function) -> tuple[Any, ast.AST]:
    try:
        reader.run(function.body)
    except Returned as returned:
        return returned.value, returned.node
    return None, function.node


def _result_text(reader: Reader, value: Any, node: ast.AST) -> str:
    if isinstance(value, tuple | list):
        texts = [_result_text(reader, each, node) for each in value]
        return ", ".join(texts)
    if isinstance(value, Scalar):
        value = value.tensor
    if not isinstance(value, Tensor):
        raise reader.refuse(node, "program-not-understood", what="return")
    return reader.text(value, node)


def _placed(reader: Reader, found: Definition) -> str:
    """The name of the definition: another with the same lines is the same function."""
    for each in reader.definitions:
        same = (each.parameters, each.result) == (found.parameters, found.result)
        if same and _texts(each) == _texts(found) and each.node is found.node:
            return each.name
    name = reader.names.take(found.name)
    reader.definitions.append(
        Definition(name, found.parameters, found.lines, found.result, found.node, found.home)
    )
    return name


def _texts(definition: Definition) -> list[tuple[str, str, bool]]:
    return [(each.name, each.text, each.no_grad) for each in definition.lines]


def _outside(reader: Reader, value: Any, text: str, node: ast.AST) -> Any:
    """The value as its caller sees it."""
    if isinstance(value, tuple | list):
        nows = tuple(each.now for each in value)
        return Several(nows, text, node)  # type: ignore[arg-type]
    if isinstance(value, Scalar):
        return Scalar(Tensor(value.tensor.now, False, text, home=reader.scope))
    return Tensor(value.now, value.known, text, home=reader.scope)


def parent(reader: Reader, node: ast.Call) -> Any:
    """`super()`, in both forms: its methods are those of the class before."""
    for each in reversed(reader.open):
        if isinstance(each, Function) and isinstance(each.own, Module) and each.home is not None:
            return Super(each.own, each.home)
    raise reader.refuse(node, "program-not-understood", what="super()")
