"""Tensors of the program: their attributes, their methods, and the text of what is computed."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from explorer.experiment.formula import parse
from explorer.experiment.operations import find
from explorer.experiment.problem import BadInput
from explorer.reading import batches, training
from explorer.reading.known import DTYPES, IN_PLACE, NUMPY_METHODS, PURE, RANDOM
from explorer.reading.reader import Reader
from explorer.reading.source import grouped
from explorer.reading.values import (
    Data,
    GradOf,
    Method,
    Path,
    PerStep,
    Scalar,
    Several,
    Tensor,
)

Part = tuple[Any, ast.expr]
# What changes neither numbers nor gradient.
_SAME = frozenset({"cpu", "cuda", "contiguous", "retain_grad", "requires_grad_", "pin_memory"})
_INTEGERS = frozenset({"dim", "ndimension", "numel", "nelement"})
_AXES = frozenset({"T", "mT"})


def plain(value: Any) -> Any:
    """The value as torch takes it: the tensor itself, also inside lists."""
    match value:
        case Tensor():
            return value.now
        case Scalar():
            return value.tensor.now.item()
        case Path(dotted=dotted) if dotted.startswith("torch.") and dotted[6:] in DTYPES:
            return getattr(torch, dotted[6:])
        case list():
            return [plain(each) for each in value]
        case tuple():
            return tuple(plain(each) for each in value)
        case slice():
            return slice(plain(value.start), plain(value.stop), plain(value.step))
    return value


def tensors_in(values: Any) -> list[Tensor]:
    """All tensors among the values, and in lists among them."""
    found: list[Tensor] = []
    for each in values:
        if isinstance(each, Tensor):
            found.append(each)
        elif isinstance(each, Scalar):
            found.append(each.tensor)
        elif isinstance(each, list | tuple):
            found += tensors_in(each)
    return found


def trains(values: Any) -> bool:
    """Whether a tensor that numbers alone do not decide is among them."""
    return any(not each.known for each in tensors_in(values))


@dataclass(frozen=True)
class Writer:
    """Writes the text of an expression: the author's, with the formula's names in it.

    `callee` takes the place of what is called, where it is another.
    """

    reader: Reader
    node: ast.expr
    parts: Sequence[Part]
    symbolic: bool
    callee: str = ""

    def __call__(self) -> str:
        """The text; empty where numbers alone need none."""
        edits: list[tuple[ast.expr, str]] = []
        for value, node in self.parts:
            text = self._number(value, node) or self._part(value, node)
            if text is None:
                return self._cannot(node)
            edits.append((node, text))
        if self.callee and isinstance(self.node, ast.Call):
            edits.append((self.node.func, self.callee))
        return self.reader.source.spliced(self.node, edits)

    def _cannot(self, node: ast.expr) -> str:
        if self.symbolic:
            reader = self.reader
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        return ""

    def _number(self, value: Any, node: ast.expr) -> str:
        """`torch.tensor(0.5)` as `0.5`, where the formula makes a tensor of it by itself."""
        call = self.node
        alone = isinstance(value, Tensor) and value.literal and not value.name
        if not alone or value.now.dim() or not isinstance(call, ast.Call) or node not in call.args:
            return ""
        operation = find(node_name(call).rpartition(".")[2])
        place = call.args.index(node) + len(self.parts) - len(call.args) - len(call.keywords)
        if operation is None or place in operation.scalar_ok or place >= operation.tensors[1]:
            return ""
        return str(value.literal)

    def _part(self, value: Any, node: ast.expr) -> str | None:
        text = self.reader.part(value, node)
        return text if text is not None else self._other(value, node)

    def _other(self, value: Any, node: ast.expr) -> str | None:
        if isinstance(value, list | tuple) and tensors_in(value):
            return self._several(value, node)
        if _is_written_out(node):
            return self.reader.source.segment(node)
        return literal(value)

    def _several(self, values: Sequence[Any], node: ast.expr) -> str | None:
        nodes = node.elts if isinstance(node, ast.List | ast.Tuple) else [node] * len(values)
        if len(nodes) != len(values):
            nodes = [node] * len(values)
        texts = [
            self.reader.text(each, own) if isinstance(each, Tensor) else literal(each)
            for each, own in zip(values, nodes, strict=True)
        ]
        if None in texts:
            return None
        inside = ", ".join(str(text) for text in texts)
        return f"[{inside}]" if isinstance(values, list) else f"({inside})"


@dataclass(frozen=True)
class PartWriter:
    """Writes one of the parts that a call gives."""

    whole: Writer
    place: int

    def __call__(self) -> str:
        """The text; empty where numbers alone need none."""
        text = self.whole()
        return f"{grouped(text)}[{self.place}]" if text else ""


def literal(value: Any) -> str | None:
    """A number, truth value or tuple of them as the formula has it."""
    if isinstance(value, Path):
        return value.dotted if value.dotted.startswith("torch.") else None
    if isinstance(value, torch.Size):
        value = tuple(value)
    if isinstance(value, bool | str | None):
        return repr(value)
    if isinstance(value, int | float):
        return f"(-{_number(-value)})" if value < 0 else _number(value)
    if isinstance(value, list | tuple):
        texts = [literal(each) for each in value]
        if None in texts:
            return None
        inside = ", ".join(str(each).strip("()") for each in texts)
        return f"({inside},)" if len(texts) == 1 else f"({inside})"
    return None


def _number(value: float) -> str:
    return repr(value) if value - value == 0 else f'float("{value}")'


_WRITTEN = (
    ast.Constant,
    ast.UnaryOp,
    ast.USub,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Pow,
    ast.Tuple,
    ast.List,
    ast.Load,
)


def _is_written_out(node: ast.expr) -> bool:
    """Whether the author's text says it all: numbers, and arithmetic that the formula has."""
    return all(isinstance(each, _WRITTEN) for each in ast.walk(node))


def result(reader: Reader, now: Any, written: Writer, symbolic: bool, scalar: bool = False) -> Any:
    """The value of what was computed."""
    if isinstance(now, tuple) and not isinstance(now, torch.Size):
        if not symbolic:
            parts = (PartWriter(written, place) for place in range(len(now)))
            return tuple(Tensor(each, write=part) for each, part in zip(now, parts, strict=True))
        return Several(tuple(now), written(), written.node)
    if not symbolic:
        lazily = None if written.callee == "-" else written
        return Tensor(now, write=lazily) if isinstance(now, torch.Tensor) else now
    text, home = written(), reader.scope
    if isinstance(now, torch.Tensor) and not scalar:
        return Tensor(now, False, text, home=home)
    return Scalar(Tensor(torch.as_tensor(now), False, text, home=home))


def attribute(reader: Reader, tensor: Tensor, node: ast.Attribute) -> Any:
    """`x.shape`, `x.grad`, `x.T`; a method, which is called later."""
    name, now = node.attr, tensor.now
    if name in _PLAIN:
        return _PLAIN[name](tensor)
    if name == "grad" and tensor.leaf is None:
        raise reader.refuse(node, "program-grad-of-computed", what=reader.shown(node))
    if name in _AXES:
        value = reader.attempt(node, name, lambda: getattr(now, name), (), {})
        written = Writer(reader, node, [(tensor, node.value)], not tensor.known)
        return result(reader, value, written, not tensor.known)
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
        return several_part(reader, value, index, node)
    if not isinstance(value, Tensor):
        if not isinstance(value, list | tuple | dict | str | np.ndarray | range):
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        return reader.attempt(node, "[]", lambda: value[plain(index)], (), {})
    now = reader.attempt(node, "[]", lambda each: value.now[each], (plain(index),), {})
    symbolic = trains((value, index))
    if not symbolic and not has_subscripts():
        return Tensor(now)
    parts = [(value, node.value), *index_parts(reader, node.slice)]
    return result(reader, now, Writer(reader, node, parts, symbolic), symbolic)


@cache
def has_subscripts() -> bool:
    """Whether a formula can take a part of a tensor; else the part is a constant of its own."""
    try:
        parse("z = x[0]", ("x",), ())
    except BadInput:
        return False
    return True


def index_parts(reader: Reader, node: ast.expr) -> list[Part]:
    """The parts of a subscript whose text may differ: names, not the slices around them."""
    if isinstance(node, ast.Tuple):
        return [part for each in node.elts for part in index_parts(reader, each)]
    if isinstance(node, ast.Slice):
        bounds = [each for each in (node.lower, node.upper, node.step) if each is not None]
        return [(reader.needed(each), each) for each in bounds]
    return [(reader.needed(node), node)]


def several_part(reader: Reader, value: Several, index: Any, node: ast.expr) -> Any:
    """One of the tensors that a call gave."""
    if not isinstance(index, int) or not -len(value.now) <= index < len(value.now):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return Tensor(value.now[index], False, f"{value.text}[{index}]", home=reader.scope)


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
    given = {key: plain(each) for key, each in kwargs.items() if key != "device"}
    symbolic = trains((tensor, args, list(kwargs.values())))
    function = getattr(torch.Tensor, name)
    now = reader.attempt(node, name, function, [tensor.now, *map(plain, args)], given)
    if isinstance(now, torch.Size):
        return tuple(now)
    parts = [(tensor, node.func.value), *call_parts(node, args, kwargs)]
    return result(reader, now, Writer(reader, node, parts, symbolic), symbolic)


def call_parts(node: ast.Call, args: list[Any], kwargs: Mapping[str, Any]) -> list[Part]:
    """The arguments of a call with their nodes; none where they were unpacked with a star."""
    nodes = [*node.args, *(each.value for each in node.keywords)]
    values = [*args, *kwargs.values()]
    return list(zip(values, nodes, strict=False)) if len(nodes) == len(values) else []


def changed(
    reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Tensor:
    """`h.relu_()`, of a tensor that is computed: a line of the formula."""
    tensor: Tensor = callee.subject
    assert isinstance(node.func, ast.Attribute)
    tensor = reader.settled(tensor, "part", node)
    given = {key: plain(each) for key, each in kwargs.items()}
    function = getattr(torch.Tensor, callee.name)
    reader.attempt(node, callee.name, function, [tensor.now, *map(plain, args)], given)
    parts = [(tensor, node.func.value), *call_parts(node, args, kwargs)]
    reader.change(tensor, Writer(reader, node, parts, True)(), node)
    return tensor


def new_leaf(reader: Reader, tensor: Tensor, wanted: bool, node: ast.AST) -> None:
    """`z.requires_grad_()`, of a tensor that is computed: of one that is cut off, a new leaf."""
    name = reader.text(tensor, node)
    made = next((line for line in reader.scope.found if line.name == name), None)
    text = made.text if made is not None else name
    cut = (made is not None and made.no_grad) or text.endswith((".detach()", ".data"))
    if not cut:
        if wanted:
            return
        raise reader.refuse(node, "program-new-leaf", what=reader.shown(node))
    if name.isidentifier():
        reader.change(tensor, f"{name}.requires_grad_({'' if wanted else 'False'})", node)
    else:
        tensor.text = f"{name}.requires_grad_({'' if wanted else 'False'})"


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
    numbers = [plain(each) for each in args]
    if trains(args):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    kind = {"dtype": tensor.now.dtype}
    return Tensor(reader.attempt(node, "tensor", torch.tensor, numbers, kind))


def _size(_reader: Reader, tensor: Tensor, _node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    return tensor.now.size(*args) if args else tuple(tensor.now.size())


def _to(reader: Reader, tensor: Tensor, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    """To another type; where it would compute is not ours to say."""
    wanted = [plain(each) for each in (*args, *kwargs.values())]
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
    return tensor.now.numpy() if node_name(node) == "numpy" else tensor.now.tolist()


def node_name(node: ast.Call) -> str:
    """What is called, without what stands before the dot."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


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
    args = [calls_dtype(each) for each in args]
    kw = {key: calls_dtype(each) for key, each in kw.items()}
    return reader.attempt(node, name, getattr(np.ndarray, name), [value, *args], kw)


def calls_dtype(value: Any) -> Any:
    """numpy's type of that name."""
    if isinstance(value, Path) and value.dotted.removeprefix("numpy.") in DTYPES:
        return np.dtype(value.dotted.removeprefix("numpy."))
    if isinstance(value, Path) and value.dotted in {"builtins.float", "builtins.int"}:
        return np.dtype(value.dotted.removeprefix("builtins."))
    return plain(value)
