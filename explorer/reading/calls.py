"""Calls: what is called, with which arguments, and what it means.

Functions of libraries by their full names, functions of the program (`functions`), modules,
methods of tensors and of Python's own values.
"""

import ast
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from explorer.reading import (
    assignments,
    batches,
    by_hand,
    forwards,
    functions,
    libraries,
    methods,
    modules,
    operators,
    optimizers,
    tensors,
    training,
)
from explorer.reading.known import (
    BUILTINS,
    MATH,
    NUMPY_CONSTANTS,
    words,
)
from explorer.reading.reader import Reader
from explorer.reading.values import (
    Class,
    Criterion,
    Data,
    Function,
    GradOf,
    Method,
    Module,
    Opaque,
    Optimizer,
    Path,
    PerStep,
    Picked,
    Rows,
    Scheduler,
    Several,
    Super,
    Tensor,
)

_FUNCTIONAL = "torch.nn.functional."
# Their value is not looked at.
_WITHOUT_EFFECT = (
    *("torch.set_printoptions", "torch.set_num_threads", "torch.backends.", "torch.cuda."),
    *("torch.use_deterministic_algorithms", "torch.autograd.set_detect_anomaly", "matplotlib."),
    *(
        "torch.save",
        "time.",
        "warnings.",
        "torch.set_default_device",
        "os.environ",
        "numpy.set_printoptions",
    ),
)
_LIST_METHODS = words(
    "append extend insert pop copy index count reverse keys values items get update add discard"
    " remove join upper lower format strip split startswith endswith"
)
_READ = frozenset({"torch", "builtins", "math", "numpy", "random", "tqdm"})
# Of what was not understood, these make a difference to the run.
TRAINS = frozenset({"backward", "step", "zero_grad", "load_state_dict"})
_CUDA = MappingProxyType({"torch.cuda.is_available": False, "torch.cuda.device_count": 0})


def is_builtin(name: str) -> bool:
    """Whether Python has it, and it may be called or is left out."""
    return name in BUILTINS or name in libraries.NAMELESS or name in {"super", "isinstance", "type"}


def call(reader: Reader, node: ast.Call) -> Any:
    """The value of a call."""
    callee = reader.evaluate(node.func)
    if isinstance(callee, Opaque):
        if tensors.node_name(node) in TRAINS:
            raise callee.problem
        return callee
    if isinstance(callee, Path) and callee.dotted in _CUDA:
        return _CUDA[callee.dotted]
    if isinstance(callee, Path) and _is_foreign(callee.dotted):
        return Opaque(reader.refuse(node, "program-other-library", name=callee.dotted))
    if isinstance(callee, Path) and callee.dotted == "builtins.super":
        return functions.parent(reader, node)
    if isinstance(callee, Method) and by_hand.is_update(callee):
        return by_hand.update_by_method(reader, callee, node)
    args, kwargs = arguments(reader, node)
    return invoke(reader, callee, node, args, kwargs)


def _is_foreign(dotted: str) -> bool:
    """Whether it is of a library that is not read, or shows or times something."""
    return dotted.partition(".")[0] not in _READ or dotted.startswith(_WITHOUT_EFFECT)


def arguments(reader: Reader, node: ast.Call) -> tuple[list[Any], dict[str, Any]]:
    """The values of a call's arguments."""
    args: list[Any] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            args += tensors.items(reader, reader.needed(each.value), each.value)
        else:
            args.append(reader.needed(each))
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        value = reader.needed(keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif isinstance(value, dict):
            kwargs.update({str(key): each for key, each in value.items()})
    return args, kwargs


def invoke(
    reader: Reader, callee: Any, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """The value of a call whose parts are known."""
    try:
        return _invoked(reader, callee, node, args, kwargs)
    except (IndexError, KeyError, TypeError, ValueError):
        # What each function does with its arguments relies on those it wants being there.
        name = reader.shown(node.func)
        raise reader.refuse(node, "program-wrong-arguments", name=name) from None


def _invoked(
    reader: Reader, callee: Any, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    match callee:
        case Path(dotted=dotted):
            return libraries.called(reader, dotted, node, args, kwargs)
        case Method():
            return _method(reader, callee, node, args, kwargs)
        case Function():
            return functions.call(reader, callee, node, args, kwargs)
        case Class():
            return modules.create(reader, callee, node, args, kwargs)
        case Module():
            return forwards.forward(reader, callee, node, args, kwargs)
        case Criterion():
            return forwards.compare(reader, callee, node, args, kwargs)
    raise reader.refuse(node, "program-not-understood", what=reader.shown(node.func))


# -- attributes ------------------------------------------------------------------------------


def attribute(reader: Reader, value: Any, node: ast.Attribute) -> Any:
    """`value.name`."""
    for kind, handler in _ATTRIBUTES:
        if isinstance(value, kind):
            return handler(reader, value, node)
    return Method(value, node.attr, node)


def _of_several(reader: Reader, value: Several, node: ast.Attribute) -> Any:
    index = {"values": 0, "indices": 1}.get(node.attr)
    return tensors.several_part(reader, value, index, node)


def _of_gradient(_reader: Reader, value: GradOf, node: ast.Attribute) -> Any:
    return value if node.attr == "data" else Method(value, node.attr, node)


def _of_optimizer(_reader: Reader, value: Optimizer, node: ast.Attribute) -> Any:
    return value.groups if node.attr == "param_groups" else Method(value, node.attr, node)


def _of_array(_reader: Reader, value: Any, node: ast.Attribute) -> Any:
    plain = node.attr in {"shape", "T", "ndim", "size"}
    return getattr(value, node.attr) if plain else Method(value, node.attr, node)


def _of_data(reader: Reader, value: Data, node: ast.Attribute) -> Any:
    if node.attr == "data":
        return value
    if node.attr.endswith("_") or node.attr == "grad":
        return Method(value, node.attr, node)
    tensor = reader.without_gradient(value.tensor, node.value)
    return methods.attribute(reader, tensor, node)


def path(dotted: str, name: str) -> Any:
    """A name of a library; of a constant its value."""
    home = f"{dotted}.{name}"
    if dotted == "math" and isinstance(MATH.get(name), float):
        return MATH[name]
    if dotted == "numpy" and name in NUMPY_CONSTANTS:
        return getattr(np, name)
    if home in _TORCH_CONSTANTS:
        return _TORCH_CONSTANTS[home]
    return Path(home)


_ATTRIBUTES: Sequence[tuple[type, Callable[..., Any]]] = (
    (Path, lambda _reader, value, node: path(value.dotted, node.attr)),
    (Tensor, methods.attribute),
    (Several, _of_several),
    (Module, modules.attribute),
    (Super, modules.inherited),
    (Class, modules.class_attribute),
    (GradOf, _of_gradient),
    (Data, _of_data),
    (Optimizer, _of_optimizer),
    (np.ndarray, _of_array),
)
_TORCH_CONSTANTS = {f"torch.{name}": MATH[name] for name in ("pi", "e", "inf", "nan")}


# -- methods ---------------------------------------------------------------------------------


def _method(
    reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    for kinds, handler in _METHODS:
        if isinstance(callee.subject, kinds):
            return handler(reader, callee, node, args, kwargs)
    raise reader.refuse(node, "program-not-understood", what=reader.shown(node))


def _scheduler_method(
    reader: Reader, callee: Method, node: ast.Call, _args: list[Any], _kwargs: Any
) -> Any:
    return training.schedule(reader, callee.subject, callee.name, node)


def _generator_method(
    _reader: Reader, callee: Method, _node: ast.Call, args: list[Any], _kwargs: Any
) -> Any:
    generator, name = callee.subject, callee.name
    if name == "manual_seed" and args and isinstance(args[0], int):
        generator.manual_seed(args[0])
    return generator


def _python_method(
    reader: Reader, callee: Method, node: ast.Call, args: list[Any], _kwargs: Any
) -> Any:
    subject, name = callee.subject, callee.name
    if name not in _LIST_METHODS or not hasattr(subject, name):
        raise reader.refuse(node, "program-unknown-function", name=f".{name}()")
    if isinstance(subject, set) and name in {"add", "discard"}:
        return training.flip(reader, subject, name, args, node)
    if reader.in_step and isinstance(subject, list):
        # A list of losses: what stands in it is not looked at again.
        return None
    nodes = [*node.args, *([node] * len(args))]
    args = [operators.kept(reader, each, own) for each, own in zip(args, nodes, strict=False)]
    found = reader.attempt(node, name, getattr(type(subject), name), [subject, *args], {})
    reader.bounded(subject, node)
    return list(found) if name in {"keys", "values", "items"} else found


_METHODS: Sequence[tuple[Any, Callable[..., Any]]] = (
    (Tensor, methods.method),
    ((Data, GradOf), methods.on_part),
    (Module, modules.method),
    ((Rows, Picked), batches.method),
    (Optimizer, optimizers.method),
    (Scheduler, _scheduler_method),
    (torch.Generator, _generator_method),
    ((np.random.Generator, np.random.RandomState), libraries.generator_method),
    (np.ndarray, methods.array_method),
    ((list, dict, set, str, tuple), _python_method),
)


# -- comprehensions -----------------------------------------------------------------------------


def comprehend(
    reader: Reader, generators: Sequence[ast.comprehension], act: Callable[[], object]
) -> None:
    """Go through the loops of a comprehension; `act` for every one that its conditions let by."""
    if not generators:
        act()
        return
    first, *rest = generators
    for each in tensors.items(reader, reader.needed(first.iter), first.iter):
        reader.burn(first.target)
        assignments.bind(reader, first.target, each, None)
        if all(_holds(reader, test) for test in first.ifs):
            comprehend(reader, rest, act)


def _holds(reader: Reader, node: ast.expr) -> bool:
    found = operators.truth(reader, reader.needed(node), node)
    if isinstance(found, PerStep):
        raise reader.refuse(node, "program-step-in-formula", what=reader.shown(node))
    return bool(found)
