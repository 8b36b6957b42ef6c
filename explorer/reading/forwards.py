"""Modules and losses called: lines and functions of the formula.

Called by `calls` and `modules`.
"""

import ast
from typing import Any

import torch

from explorer.experiment.losses import LOSSES
from explorer.reading import functions, layers, modules, tensors
from explorer.reading.reader import Reader
from explorer.reading.values import Class, Compared, Criterion, Frame, Function, Module, Tensor

# The losses of an experiment that compare a prediction with a column.
FITTING = frozenset(entry.operation for entry in LOSSES.values())


def forward(
    reader: Reader, module: Module, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """What a module gives: lines of the formula."""
    if isinstance(module.kind, Class):
        return _forward(reader, module, node, args, kwargs)
    if module.kind == "Sequential":
        return _chain(reader, module, node, args)
    if module.layer is None:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return _layer_call(reader, module, node, args)


def _forward(
    reader: Reader, module: Module, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    assert isinstance(module.kind, Class)
    found = modules.lookup(module.kind, "forward")
    if not isinstance(found, Function):
        raise reader.refuse(node, "program-no-forward", name=module.kind.name)
    method = modules.bound_to(found, module)
    bound = functions.bind(reader, method, node, args, kwargs)
    alone = _is_short(found.body) or reader.calls_once(module.name)
    alone = alone and all(_has_name(each) for each in bound.values())
    if alone or functions.acts(method):
        return functions.go_through(reader, method, node, bound)
    name = module.name or "forward"
    return functions.define(reader, method, node, bound, name)


def _is_short(body: list[ast.stmt]) -> bool:
    """One expression, with one call at most: it may stand where it is called."""
    body = _without_docstring(body)
    calls = [each for each in ast.walk(body[0]) if isinstance(each, ast.Call)] if body else []
    return len(body) == 1 and len(calls) < 2


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if docstring else body


def _has_name(value: Any) -> bool:
    """Whether it may be read as often as it likes: no tensor, or one under a name."""
    if not isinstance(value, Tensor):
        return True
    return value.is_leaf or value.text.isidentifier() or bool(value.known and value.name)


def _chain(reader: Reader, module: Module, node: ast.Call, args: list[Any]) -> Any:
    """A Sequential: a function of the formula, with a name for what each layer gives."""
    if len(module.members) < 2 or not all(isinstance(each, Tensor) for each in args):
        return _links(reader, module, node, args[0])
    bound = {"x": args[0]}

    def body(frame: Frame) -> tuple[Any, ast.AST]:
        return _links(reader, module, node, frame.names["x"]), node

    found = functions.written(reader, node, bound, (module.name or "net", module, body, node))
    return _links(reader, module, node, args[0]) if found is None else found


def _links(reader: Reader, module: Module, node: ast.Call, value: Any) -> Any:
    last = len(module.members)
    for at, each in enumerate(module.members.values(), start=1):
        value = forward(reader, each, node, [value], {})
        if at < last and isinstance(value, Tensor) and reader.scope.is_function:
            value = reader.assign(f"h{at}", value, node)
    return value


def _layer_call(reader: Reader, module: Module, node: ast.Call, args: list[Any]) -> Any:
    made, kind = module.layer, module.kind
    assert made is not None
    assert isinstance(kind, str)
    if kind == "Dropout" and module.training and made.p:
        raise reader.refuse(module.node or node, "program-random-layer", name=f"nn.{kind}")
    own = {name: value for name, value in module.members.items() if isinstance(value, Tensor)}
    made.train(module.training)
    for name, value in own.items():
        # In training a layer may change its buffers.
        getattr(made, name).data = value.now.clone() if value.buffer else value.now
    own = _that_it_reads(reader, module, own)
    now = reader.attempt(node, "", made, [tensors.plain(each) for each in args], {})
    symbolic = tensors.trains((args, list(own.values())))
    if not symbolic and not reader.scope.is_function:
        return Tensor(now)
    inputs = [reader.text(each, node) for each in args]
    names = {name: reader.text(value, node) for name, value in own.items()}
    return Tensor(now, not symbolic, layers.LAYERS[kind](made, inputs, names), home=reader.scope)


def _that_it_reads(reader: Reader, module: Module, own: dict[str, Tensor]) -> dict[str, Tensor]:
    """Its parameters; its running statistics, with names of their own, outside of training."""
    leaves = {name: each for name, each in own.items() if not each.buffer}
    if module.training or leaves == own:
        return leaves
    first = next((each.leaf for each in leaves.values() if each.leaf is not None), None)
    start = "" if first is None else reader.leaf_name(first).rpartition("_")[0]
    for name, each in own.items():
        each.name = (
            each.name or (f"{start}_{name}" if start else name) if each.buffer else each.name
        )
    return own


def compare(
    reader: Reader, criterion: Criterion, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """What a loss gives."""
    args = [*args, *kwargs.values()]
    function = getattr(torch.nn.functional, criterion.operation)
    given = [tensors.plain(each) for each in args]
    now = reader.attempt(node, "", function, given, criterion.options)
    if not tensors.trains(args):
        return Tensor(now)
    texts = [reader.text(each, node) for each in args if isinstance(each, Tensor)]
    options = [f"{name}={value!r}" for name, value in criterion.options.items()]
    text = f"F.{criterion.operation}({', '.join([*texts, *options])})"
    same = compared(criterion.operation, args, criterion.options)
    return Tensor(now, False, text, home=reader.scope, compared=same)


def is_loss(name: str) -> bool:
    """Whether the experiment's own losses may be this function."""
    return name in FITTING


def compared(name: str, args: list[Any], options: dict[str, Any]) -> Compared | None:
    """A loss that the experiment may have as its own: averaged, of two tensors."""
    tensors_only = len(args) == 2 and all(isinstance(each, Tensor) for each in args)
    if name not in FITTING or not tensors_only or options.get("reduction", "mean") != "mean":
        return None
    return Compared(name, dict(options), args[0], args[1])
