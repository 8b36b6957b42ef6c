"""Values of the program with tensors in them, and the text of what is computed from them."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from explorer.experiment.language import parse
from explorer.experiment.operations import find
from explorer.experiment.problem import BadInput
from explorer.reading.known import DTYPES
from explorer.reading.reader import Reader
from explorer.reading.source import grouped
from explorer.reading.values import (
    Method,
    Module,
    Path,
    Scalar,
    Several,
    Tensor,
)

Part = tuple[Any, ast.expr]


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


def several_part(reader: Reader, value: Several, index: Any, node: ast.AST) -> Any:
    """One of the tensors that a call gave."""
    if not isinstance(index, int) or not -len(value.now) <= index < len(value.now):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return Tensor(value.now[index], False, f"{value.text}[{index}]", home=reader.scope)


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


def node_name(node: ast.Call) -> str:
    """What is called, without what stands before the dot."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def items(reader: Reader, value: Any, node: ast.AST) -> list[Any]:
    """What a loop over the value gives, one after another."""
    match value:
        case range() | list() | tuple() | str() | set():
            return list(reader.attempt(node, "list", list, [value], {}))
        case dict():
            return list(value)
        case Module():
            return value.children
        case np.ndarray():
            return list(value)
        case Tensor() if value.known and value.now.dim():
            return [Tensor(each) for each in value.now]
        case Several():
            return [several_part(reader, value, index, node) for index in range(len(value.now))]
    raise reader.refuse(node, "program-not-understood", what=reader.shown(node))


def calls_dtype(value: Any) -> Any:
    """numpy's type of that name."""
    if isinstance(value, Path) and value.dotted.removeprefix("numpy.") in DTYPES:
        return np.dtype(value.dotted.removeprefix("numpy."))
    if isinstance(value, Path) and value.dotted in {"builtins.float", "builtins.int"}:
        return np.dtype(value.dotted.removeprefix("builtins."))
    return plain(value)
