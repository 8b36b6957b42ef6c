"""What a program asks of a tensor: attributes, subscripts, methods, its numbers and its gradient.

Called by `calls` and `expressions`.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from explorer.reading import batches, clipping, tensors, training
from explorer.reading.known import IN_PLACE, NUMPY_METHODS, PURE, RANDOM
from explorer.reading.reader import Reader
from explorer.reading.source import grouped
from explorer.reading.values import Data, GradOf, Method, Path, PerStep, Several, Tensor

# What changes neither numbers nor gradient.
_SAME = frozenset({"cpu", "cuda", "contiguous", "retain_grad", "requires_grad_", "pin_memory"})
_INTEGERS = frozenset({"dim", "ndimension", "numel", "nelement"})
_AXES = frozenset({"T", "mT"})


def attribute(reader: Reader, tensor: Tensor, node: ast.Attribute) -> Any:
    """`x.shape`, `x.grad`, `x.T`; a method, which is called later."""
    name, now = node.attr, tensor.now
    if name in _PLAIN:
        return _PLAIN[name](tensor)
    if name == "grad" and tensor.leaf is None:
        raise reader.refuse(node, "program-grad-of-computed", what=reader.shown(node))
    if name in _AXES:
        value = reader.attempt(node, name, lambda: getattr(now, name), (), {})
        written = tensors.Writer(reader, node, [(tensor, node.value)], not tensor.known)
        return tensors.result(reader, value, written, not tensor.known)
    return Method(tensor, name, node)


def _requires(tensor: Tensor) -> bool:
    return tensor.leaf.requires_grad if tensor.leaf else not tensor.known


_PLAIN: Mapping[str, Callable[[Tensor], Any]] = {
    "shape": lambda tensor: tuple(tensor.now.shape),
    "ndim": lambda tensor: tensor.now.dim(),
    "dtype": lambda tensor: Path(str(tensor.now.dtype)),
    "device": lambda _tensor: Path("torch.device"),
    "is_cuda": lambda _tensor: False,
    "data": Data,
    "requires_grad": _requires,
    "is_leaf": lambda tensor: tensor.is_leaf or tensor.known,
    "grad": lambda tensor: GradOf(tensor.leaf) if tensor.leaf else None,
}


def subscript(reader: Reader, value: Any, node: ast.Subscript) -> Any:
    """`x[0]`, of tensors, lists and dictionaries."""
    index = reader.needed(node.slice)
    if batches.picks(value, index):
        return batches.subscript(reader, value, index, node)
    if isinstance(value, PerStep) or isinstance(index, PerStep):
        raise reader.refuse(node, "program-step-in-formula", what=reader.shown(node))
    if isinstance(value, Several):
        return tensors.several_part(reader, value, index, node)
    if not isinstance(value, Tensor):
        if not isinstance(value, list | tuple | dict | str | np.ndarray | range):
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        return reader.attempt(node, "[]", lambda: value[tensors.plain(index)], (), {})
    now = reader.attempt(node, "[]", lambda each: value.now[each], (tensors.plain(index),), {})
    symbolic = tensors.trains((value, index))
    if not symbolic and not tensors.has_subscripts():
        return Tensor(now)
    parts = [(value, node.value), *tensors.index_parts(reader, node.slice)]
    return tensors.result(reader, now, tensors.Writer(reader, node, parts, symbolic), symbolic)


def method(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`x.sum()`, of a tensor."""
    tensor, name = callee.subject, callee.name
    special = _METHODS.get(name)
    if special is not None:
        return special(reader, tensor, node, args, kwargs)
    if name in _SAME and not (name == "contiguous" and tensor.text and not tensor.is_leaf):
        return tensor
    if name in _INTEGERS:
        return int(getattr(tensor.now, name)())
    if name in IN_PLACE:
        return training.in_place(reader, callee, node, args, kwargs)
    if name not in PURE or not hasattr(torch.Tensor, name):
        raise reader.refuse(node, "program-unknown-function", name=f".{name}()")
    if name in RANDOM:
        training.randomly(reader, node)
    return _computed(reader, tensor, node, args, kwargs)


def _computed(reader: Reader, tensor: Tensor, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    assert isinstance(node.func, ast.Attribute)
    name = node.func.attr
    given = {key: tensors.plain(each) for key, each in kwargs.items() if key != "device"}
    symbolic = tensors.trains((tensor, args, list(kwargs.values())))
    function = getattr(torch.Tensor, name)
    now = reader.attempt(node, name, function, [tensor.now, *map(tensors.plain, args)], given)
    if isinstance(now, torch.Size):
        return tuple(now)
    parts = [(tensor, node.func.value), *tensors.call_parts(node, args, kwargs)]
    return tensors.result(reader, now, tensors.Writer(reader, node, parts, symbolic), symbolic)


# -- methods that mean more than what they compute -------------------------------------------


def _detach(reader: Reader, tensor: Tensor, node: ast.Call, _args: Any, _kwargs: Any) -> Any:
    if tensor.known and not (reader.in_step and (tensor.text or tensor.write)):
        return tensor
    return _computed(reader, tensor, node, [], {})


def _item(reader: Reader, tensor: Tensor, node: ast.Call, _args: Any, _kwargs: Any) -> Any:
    return _computed(reader, tensor, node, [], {})


def _new_tensor(
    reader: Reader, tensor: Tensor, node: ast.Call, args: list[Any], _kwargs: Any
) -> Any:
    """`w.new_tensor([1.0, 2.0])`: numbers of the type that `w` has."""
    numbers = [tensors.plain(each) for each in args]
    if tensors.trains(args):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    kind = {"dtype": tensor.now.dtype}
    return Tensor(reader.attempt(node, "tensor", torch.tensor, numbers, kind))


def _size(_reader: Reader, tensor: Tensor, _node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    return tensor.now.size(*args) if args else tuple(tensor.now.size())


def _to(reader: Reader, tensor: Tensor, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """To another type; where it would compute is not ours to say."""
    wanted = [tensors.plain(each) for each in (*args, *kwargs.values())]
    dtypes = [each for each in wanted if isinstance(each, torch.dtype)]
    made = tensor.text and not tensor.is_leaf
    if dtypes and made and len(wanted) == 1:
        return _computed(reader, tensor, node, args, kwargs)
    if not dtypes or tensor.now.dtype == dtypes[0]:
        return tensor
    return _converted(reader, tensor, dtypes[0], node)


def _converted(reader: Reader, tensor: Tensor, dtype: torch.dtype, node: ast.Call) -> Any:
    if not tensor.known:
        assert isinstance(node.func, ast.Attribute)
        name = _DTYPE_METHODS.get(dtype, "")
        if not name:
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        text = f"{grouped(reader.text(tensor, node))}.{name}()"
        return Tensor(tensor.now.to(dtype), False, text, home=reader.scope)
    return Tensor(tensor.now.to(dtype), name=tensor.name)


_DTYPE_METHODS = {
    torch.float32: "float",
    torch.float64: "double",
    torch.int64: "long",
    torch.int32: "int",
    torch.bool: "bool",
}


def _as_dtype(dtype: torch.dtype) -> Any:
    def converted(
        reader: Reader, tensor: Tensor, node: ast.Call, _args: list[Any], _kwargs: Any
    ) -> Any:
        same = tensor.now.dtype == dtype
        if same and not (tensor.known or tensor.is_leaf):
            return _computed(reader, tensor, node, [], {})
        return tensor if same else _converted(reader, tensor, dtype, node)

    return converted


def _numpy(reader: Reader, tensor: Tensor, node: ast.Call, _args: Any, _kwargs: Any) -> Any:
    if not tensor.known:
        raise reader.refuse(node, "program-leaves-torch", what=reader.shown(node))
    return tensor.now.numpy() if tensors.node_name(node) == "numpy" else tensor.now.tolist()


def _backward(reader: Reader, tensor: Tensor, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    training.backward(reader, tensor, node, args, kwargs)


def _requires_grad(
    reader: Reader, tensor: Tensor, node: ast.Call, args: list[Any], kwargs: Any
) -> Any:
    wanted = kwargs.get("requires_grad", args[0] if args else True)
    training.set_requires_grad(reader, tensor, bool(wanted), node)
    return tensor


_METHODS = {
    "backward": _backward,
    "requires_grad_": _requires_grad,
    "detach": _detach,
    "item": _item,
    "new_tensor": _new_tensor,
    "size": _size,
    "to": _to,
    "type": _to,
    "float": _as_dtype(torch.float32),
    "double": _as_dtype(torch.float64),
    "long": _as_dtype(torch.int64),
    "numpy": _numpy,
    "tolist": _numpy,
}


def array_method(reader: Reader, callee: Method, node: ast.Call, args: Any, kw: Any) -> Any:
    """`a.reshape(…)`, of a numpy array."""
    value, name = callee.subject, callee.name
    if name not in NUMPY_METHODS:
        raise reader.refuse(node, "program-unknown-function", name=f".{name}()")
    args = [tensors.calls_dtype(each) for each in args]
    kw = {key: tensors.calls_dtype(each) for key, each in kw.items()}
    return reader.attempt(node, name, getattr(np.ndarray, name), [value, *args], kw)


# -- parts of a leaf: its numbers and its gradient ---------------------------------------------


def on_part(reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """`w.data.normal_()`, `w.grad.zero_()`."""
    subject, name = callee.subject, callee.name
    if isinstance(subject, GradOf):
        if name == "zero_" or (name == "fill_" and args == [0]):
            training.cleared(reader, [subject.leaf], "zero")
            return subject
        if name == "clamp_":
            return _clamped(reader, subject, node, args, kwargs)
        if name in {"detach_", "detach", "clone", "item", "norm", "data"}:
            return subject
        raise reader.refuse(node, "program-gradient-used", what=reader.shown(node))
    if name in {"uniform_", "normal_", "random_", "bernoulli_", "exponential_"}:
        training.randomly(reader, node)
    function = getattr(torch.Tensor, name, None)
    if function is None or not name.endswith("_"):
        raise reader.refuse(node, "program-unknown-function", name=f".{name}()")
    given = [tensors.plain(each) for each in args]
    return training.on_numbers(reader, subject, (function, node), given, kwargs)


def _clamped(
    reader: Reader, subject: GradOf, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> GradOf:
    """`p.grad.clamp_(-1, 1)`: each number of a gradient clipped by itself."""
    given = {**dict(zip(("min", "max"), args, strict=False)), **kwargs}
    low, high = given["min"], given["max"]
    if not isinstance(low, int | float) or low != -high:
        raise reader.refuse(node, "program-gradient-used", what=reader.shown(node))
    tensor = Tensor(subject.leaf.start, False, leaf=subject.leaf)
    clipping.clip(reader, clipping.VALUE, [tensor], high, node)
    return subject
