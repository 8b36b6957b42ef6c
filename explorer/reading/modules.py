"""Classes built on nn.Module, torch.nn's layers, and losses: made, called, gone through.

A parameter `self.a` is called `a` in the experiment, that of a layer `self.fc1` `fc1_weight`,
that of a Sequential `net` `net_0_weight`.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from explorer.reading import functions, layers, tensors, training
from explorer.reading.known import MOST_NUMBERS, words
from explorer.reading.reader import Reader
from explorer.reading.values import (
    Class,
    Criterion,
    Function,
    Leaf,
    Method,
    Module,
    Opaque,
    Path,
    Super,
    Tensor,
)

_LISTS = frozenset({"Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"})
_SAME = frozenset({"to", "cuda", "cpu", "float", "share_memory"})
_INITS = words(
    "uniform_ normal_ constant_ ones_ zeros_ eye_ xavier_uniform_ xavier_normal_ kaiming_uniform_"
    " kaiming_normal_ trunc_normal_ orthogonal_ sparse_ dirac_"
)


# -- making ------------------------------------------------------------------------------------


def create(
    reader: Reader, kind: Class, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Module:
    """A module of a class of the program: its `__init__` is gone through."""
    module = Module(kind, node=node)
    reader.modules.append(module)
    reader.report.used(kind.node)
    start = lookup(kind, "__init__")
    if isinstance(start, Function):
        method = bound_to(start, module)
        functions.go_through(
            reader, method, node, functions.bind(reader, method, node, args, kwargs)
        )
    return module


def lookup(kind: Class, name: str) -> Any:
    """A member of the class or of those it is built on; None if there is none."""
    if name in kind.members:
        return kind.members[name]
    found = (lookup(each, name) for each in kind.bases)
    return next((each for each in found if each is not None), None)


def bound_to(function: Function, module: Module) -> Function:
    """A method of the module."""
    return Function(
        function.name,
        function.arguments,
        function.body,
        function.frame,
        function.node,
        module,
        function.home,
    )


def layer(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """One of torch.nn's own."""
    name = dotted.rpartition(".")[2]
    if name in _LISTS:
        return _listed(reader, name, node, args)
    if name in layers.LOSSES:
        return _criterion(reader, name, node, args, kwargs)
    if name not in layers.LAYERS:
        raise reader.refuse(node, "program-unknown-layer", name=dotted)
    if name in layers.RANDOM:
        training.randomly(reader, node)
    kwargs.pop("device", None)
    values = [tensors.plain(each) for each in (*args, *kwargs.values())]
    _check_size(reader, name, node, values)
    given = {key: tensors.plain(each) for key, each in kwargs.items()}
    if reader.dtype != torch.float32 and name in layers.WITH_NUMBERS:
        given.setdefault("dtype", reader.dtype)
    made = reader.attempt(node, "", getattr(nn, name), list(map(tensors.plain, args)), given)
    module = Module(name, layer=made, node=node)
    for own, parameter in made.named_parameters(recurse=False):
        module.members[own] = reader.new_leaf(parameter.detach().clone(), registered=True)
    if name in layers.BATCH_NORMS:
        _keep_statistics(reader, module, made, node)
    return module


def _keep_statistics(reader: Reader, module: Module, made: torch.nn.Module, node: ast.Call) -> None:
    """The running statistics are buffers of the experiment."""
    for own in ("running_mean", "running_var"):
        value = getattr(made, own)
        if value is None or made.momentum is None:
            option = "momentum" if value is not None else "track_running_stats"
            raise reader.refuse(node, "program-unknown-option", name=module.kind, option=option)
        module.members[own] = Tensor(value.clone(), buffer=True)


def _check_size(reader: Reader, name: str, node: ast.Call, values: list[Any]) -> None:
    count = 1
    for each in values:
        for size in each if isinstance(each, tuple | list) else [each]:
            if not isinstance(size, int | float | str | bool | torch.dtype | None):
                raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
            count *= max(abs(size), 1) if isinstance(size, int) else 1
    if name in layers.WITH_NUMBERS and count > MOST_NUMBERS:
        raise reader.refuse(node, "program-too-large", limit=MOST_NUMBERS)


def _listed(reader: Reader, name: str, node: ast.Call, args: list[Any]) -> Module:
    if len(args) == 1 and isinstance(args[0], list | tuple | dict):
        (args,) = args
    members = args if isinstance(args, dict) else {str(at): each for at, each in enumerate(args)}
    if not all(isinstance(each, Module | Tensor) for each in members.values()):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return Module(name, dict(members), node=node)


def _criterion(
    reader: Reader, name: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Criterion:
    operation, options = layers.LOSSES[name]
    if args and options:
        kwargs = {options[0]: args[0], **kwargs}
    known = {*options, "reduction"}
    unknown = next((key for key in kwargs if key not in known), "" if not args or options else "?")
    if unknown:
        raise reader.refuse(node, "program-unknown-option", name=name, option=unknown)
    defaults = {**layers.LOSS_DEFAULTS, "reduction": "mean"}
    return Criterion(operation, {k: v for k, v in kwargs.items() if v != defaults.get(k)})


def name_parameters(reader: Reader, module: Module, name: str) -> None:
    """Name the parameters of a module that was given a name."""
    if not module.name:
        module.name = name
    own = name if isinstance(module.kind, str) else ""
    for path, leaf in _paths(module, own, set()):
        taken = reader.names.taken(path)
        reader.name_leaf(leaf, f"{name}_{path}" if taken and not own else path)


def _paths(value: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Leaf]]:
    if id(value) in seen:
        return
    seen.add(id(value))
    members: dict[str, Any] = {}
    match value:
        case Tensor(leaf=Leaf() as leaf):
            yield path, leaf
        case Module():
            members = value.members
        case list() | tuple():
            members = {str(at): each for at, each in enumerate(value)}
        case dict():
            members = {str(key): each for key, each in value.items()}
    # A module's own parameters come first, as torch lists them.
    for name, each in sorted(members.items(), key=lambda pair: not isinstance(pair[1], Tensor)):
        if isinstance(each, Module) and not each.name:
            each.name = f"{path}_{name}" if path else name
        yield from _paths(each, f"{path}_{name}" if path else name, seen)


def parameters(module: Module) -> dict[str, Tensor]:
    """The parameters by their names, as `named_parameters()` has them."""
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for prefix, each in _modules(module, ""):
        for name, value in each.members.items():
            own = isinstance(value, Tensor) and value.leaf is not None and value.leaf.registered
            if own and id(value.leaf) not in seen:
                seen.add(id(value.leaf))
                found[f"{prefix}{name}"] = value
    return found


def _modules(module: Module, prefix: str) -> Iterator[tuple[str, Module]]:
    yield prefix, module
    for name, each in module.members.items():
        if isinstance(each, Module):
            yield from _modules(each, f"{prefix}{name}.")


# -- attributes and methods --------------------------------------------------------------------


def attribute(_reader: Reader, module: Module, node: ast.Attribute) -> Any:
    """`self.a`, `model.fc1`; a method, which is called later."""
    name = node.attr
    if name in module.members:
        return module.members[name]
    if name == "training":
        return module.training
    if isinstance(module.kind, Class):
        found = lookup(module.kind, name)
        if isinstance(found, Function):
            return bound_to(found, module) if name != "forward" else Method(module, name, node)
        if found is not None:
            return found
    if module.layer is not None and isinstance(getattr(module.layer, name, None), int | float):
        return getattr(module.layer, name)
    if module.layer is not None and name == "bias":
        return None
    return Method(module, name, node)


def class_attribute(reader: Reader, kind: Class, node: ast.Attribute) -> Any:
    """`Net.size`."""
    found = lookup(kind, node.attr)
    if found is None:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return found


def inherited(_reader: Reader, value: Super, node: ast.Attribute) -> Any:
    """A method of the class before; nn.Module's own `__init__` does nothing to be seen."""
    for each in value.home.bases:
        found = lookup(each, node.attr)
        if isinstance(found, Function):
            return bound_to(found, value.module)
    return Method(value.module, node.attr, node)


def method(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`model.parameters()` and its kin."""
    module, name = callee.subject, callee.name
    if name in _LISTING:
        return _LISTING[name](module)
    if name in {"__call__", "forward"}:
        return reader.call(module, node, args, kwargs)
    if name in _ACTING:
        return _ACTING[name](reader, module, node, args, kwargs)
    if name in _SAME:
        return module
    raise reader.refuse(node, "program-unknown-function", name=f".{name}()")


_LISTING: Mapping[str, Callable[[Module], Any]] = {
    "__init__": lambda _module: None,
    "parameters": lambda module: list(parameters(module).values()),
    "named_parameters": lambda module: list(parameters(module).items()),
    "children": lambda module: module.children,
    "modules": lambda module: [each for _, each in _modules(module, "")],
    "named_children": lambda module: [
        (name, each) for name, each in module.members.items() if isinstance(each, Module)
    ],
    "named_modules": lambda module: [
        (prefix.rstrip("."), each) for prefix, each in _modules(module, "")
    ],
}


def _train(_reader: Reader, module: Module, node: ast.Call, args: list[Any], kwargs: Any) -> Module:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else "train"
    wanted = called == "train" and (args[0] if args else kwargs.get("mode", True))
    return _set_training(module, bool(wanted))


def _zero_grad(
    reader: Reader, module: Module, _node: ast.Call, args: list[Any], kwargs: Any
) -> None:
    training.clear(reader, list(parameters(module).values()), args, kwargs)


def _requires_grad(
    reader: Reader, module: Module, node: ast.Call, args: list[Any], kwargs: Any
) -> Module:
    wanted = kwargs.get("requires_grad", args[0] if args else True)
    for each in parameters(module).values():
        training.set_requires_grad(reader, each, bool(wanted), node)
    return module


def _state(reader: Reader, _module: Module, node: ast.Call, _args: Any, _kwargs: Any) -> Opaque:
    problem = reader.refuse(node, "program-not-understood", what=reader.shown(node))
    if tensors.node_name(node) == "load_state_dict":
        raise problem
    return Opaque(problem)


def _set_training(module: Module, wanted: bool) -> Module:
    for _, each in _modules(module, ""):
        each.training = wanted
        if each.layer is not None:
            each.layer.train(wanted)
    return module


def _double(_reader: Reader, module: Module, _node: Any, _args: Any, _kwargs: Any) -> Module:
    for tensor in parameters(module).values():
        assert tensor.leaf is not None
        tensor.leaf.start = tensor.now = tensor.now.double()
    for _, each in _modules(module, ""):
        if each.layer is not None:
            each.layer.double()
    return module


def _apply(reader: Reader, module: Module, node: ast.Call, args: list[Any], kwargs: Any) -> Module:
    for each in module.members.values():
        if isinstance(each, Module):
            _apply(reader, each, node, args, kwargs)
    reader.call(args[0], node, [module], {})
    return module


def _register(
    reader: Reader, module: Module, node: ast.Call, args: list[Any], _kwargs: Any
) -> Module:
    if tensors.node_name(node) == "append":
        args = [str(len(module.members)), *args]
    if len(args) < 2 or not isinstance(args[0], str):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    value = args[1]
    if isinstance(value, Tensor) and value.known and tensors.node_name(node) == "register_buffer":
        value = Tensor(value.now, name=args[0], buffer=True)
        reader.buffers.append(value)
    elif isinstance(value, Tensor) and not value.name:
        value.name = args[0]
    module.members[args[0]] = value
    return module


_ACTING: Mapping[str, Callable[..., Any]] = {
    "train": _train,
    "eval": _train,
    "zero_grad": _zero_grad,
    "requires_grad_": _requires_grad,
    "double": _double,
    "apply": _apply,
    "register_buffer": _register,
    "register_parameter": _register,
    "add_module": _register,
    "append": _register,
    "state_dict": _state,
    "load_state_dict": _state,
}


def is_instance(args: list[Any]) -> bool:
    """`isinstance(m, nn.Linear)`."""
    value, kinds = args
    kinds = kinds if isinstance(kinds, tuple | list) else (kinds,)
    names = [each.dotted.rpartition(".")[2] for each in kinds if isinstance(each, Path)]
    own = [each for each in kinds if isinstance(each, Class)]
    if isinstance(value, Module):
        kind = value.kind
        if isinstance(kind, Class):
            return any(each is kind for each in own) or "Module" in names
        return kind in names or "Module" in names
    if isinstance(value, Tensor):
        return "Tensor" in names or ("Parameter" in names and value.is_leaf)
    return type(value).__name__ in names


def initialise(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """`nn.init.xavier_uniform_(layer.weight)`: other first numbers."""
    name = dotted.rpartition(".")[2]
    if name not in _INITS or not args:
        if name == "calculate_gain" and args and isinstance(args[0], str):
            return reader.attempt(node, "", nn.init.calculate_gain, args, kwargs)
        raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")
    training.randomly(reader, node)
    subject, *rest = args
    called = (getattr(nn.init, name), node)
    given = [tensors.plain(each) for each in rest]
    return training.on_numbers(reader, subject, called, given, kwargs)
