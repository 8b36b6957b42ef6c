"""The state of reading one program, and what all parts of reading need.

`expressions` evaluates, `statements` goes through the program in its order, `calls`, `methods`,
`modules`, `optimizers` and `training` know what things mean; `emit` writes the experiment. What
they need of one another in a circle they ask the reader for: see `Entries`.
"""

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from explorer.experiment.names import shortened
from explorer.experiment.operations import find
from explorer.experiment.problem import BadInput
from explorer.reading.known import MOST_IN_ALL, TooMuchError, check_nested, compute, made
from explorer.reading.naming import Names, usable
from explorer.reading.report import Report
from explorer.reading.source import Source, grouped
from explorer.reading.values import (
    Data,
    Definition,
    Frame,
    GradOf,
    Leaf,
    Line,
    Lines,
    Module,
    Opaque,
    Optimizer,
    Scalar,
    Several,
    Switch,
    Tensor,
)

# So many parts of the program are looked at; one in a loop counts every time.
FUEL = 400_000
MAX_CALLS = 60


# Errors of torch, numpy and Python that are the program's own.
ERRORS = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


_CONVERSIONS = {torch.int64: "long", torch.int32: "int", torch.bool: "bool"}


_DOUBLE = {torch.float64}


class ClashError(Exception):
    """A function of the formula has a name of its own that hides one it reads from outside."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Entries:
    """How expressions, statements and calls of a program are read, whatever they are.

    Each part of the reading may come upon any of them, so the reader hands them on.
    """

    evaluate: Callable[["Reader", ast.expr], Any]
    run: Callable[["Reader", Sequence[ast.stmt]], None]
    call: Callable[["Reader", Any, ast.Call, list[Any], dict[str, Any]], Any]


class Reader:
    """Everything that is known of a program at a moment."""

    def __init__(self, source: Source, entries: Entries, last_batch: bool = False) -> None:
        self.source = source
        self._entries = entries
        # Which of an epoch's batches the loop is read with: the last, which may be smaller.
        self.last_batch = last_batch
        self.report = Report(source)
        self.names = Names()
        self.lines = Lines()
        self.frame = Frame(lines=self.lines)
        self.top = self.frame
        self.definitions: list[Definition] = []
        self.leaves: list[Leaf] = []
        self.constants: dict[str, Tensor] = {}
        self.buffers: list[Tensor] = []
        self.optimizers: list[Optimizer] = []
        self.modules: list[Module] = []
        self.detached: list[tuple[Tensor, Lines]] = []
        self.switches: dict[str, Switch] = {}
        self.training: Any = None
        self.backward: Any = None
        # The name that the statement which is read just now gives.
        self.assigned = ""
        # The statement that is read just now, and the one before.
        self.now: ast.stmt | None = None
        self.before: ast.stmt | None = None
        self.no_grad = 0
        # The loop that is written out just now, and which of its turns.
        self.loop: ast.For | None = None
        self.turn: tuple[int, ...] = ()
        self.seeded = False
        # What torch.set_default_dtype() was given; the process's own is left alone.
        self.dtype = torch.float32
        self.random = False
        self.numpy_random: Any = None
        self.open: list[Any] = []
        self.places = itertools.count()
        self._fuel = FUEL
        self._left = MOST_IN_ALL

    # -- values --------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression; `Opaque` where it was not understood before."""
        return self._entries.evaluate(self, node)

    def needed(self, node: ast.expr) -> Any:
        """The same, of what is needed now: a value that was not understood is refused."""
        value = self.evaluate(node)
        if isinstance(value, Opaque):
            raise value.problem
        if isinstance(value, GradOf):
            raise self.refuse(node, "program-gradient-used", what=self.shown(node))
        if isinstance(value, Data):
            return self.without_gradient(value.tensor, node)
        return value

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Go through statements, one after the other."""
        self._entries.run(self, body)

    def call(self, callee: Any, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The value of a call whose parts are known."""
        return self._entries.call(self, callee, node, args, kwargs)

    def without_gradient(self, tensor: Tensor, node: ast.expr) -> Tensor:
        """What `x.data` is where it is read."""
        named = tensor.text or tensor.name
        if tensor.known and not (self.in_step and named):
            return tensor
        text = f"{grouped(self.text(tensor, node))}.data"
        return Tensor(tensor.now, tensor.known, text, home=self.scope)

    def attempt(
        self,
        node: ast.AST,
        name: str,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        """A function's value; what it refuses is refused with its own message."""
        try:
            value = compute(function, name, args, kwargs)
        except TooMuchError as error:
            raise self.refuse(node, "program-too-large", limit=error.limit) from None
        except ERRORS as error:
            raise self.refused(node, error) from None
        self._left -= made(value)
        if self._left < 0:
            raise self.refuse(node, "program-too-large", limit=MOST_IN_ALL)
        return value

    def bounded(self, value: Any, node: ast.AST) -> Any:
        """The value, unless its lists hold one another so often that nobody comes to their end."""
        try:
            check_nested((value,))
        except TooMuchError as error:
            raise self.refuse(node, "program-too-large", limit=error.limit) from None
        return value

    def refused(self, node: ast.AST, error: Exception) -> BadInput:
        """What PyTorch or Python says against the program."""
        said = shortened(str(error) or type(error).__name__, 160)
        return self.refuse(node, "program-refused", what=self.shown(node), message=said)

    # -- where and how far ---------------------------------------------------------------------

    def burn(self, node: Any) -> None:
        """Count one more part; refuse a program that would never be read to its end."""
        self._fuel -= 1
        if self._fuel < 0:
            self.source.refuse(node, "program-too-much", limit=FUEL)

    @contextmanager
    def inside(self, frame: Frame, node: Any, what: Any) -> Iterator[None]:
        """While a function is read: its names."""
        if len(self.open) >= MAX_CALLS:
            self.source.refuse(node, "program-calls-too-deep", limit=MAX_CALLS)
        before, self.frame = self.frame, frame
        self.open.append(what)
        try:
            yield
        finally:
            self.open.pop()
            self.frame = before

    @property
    def scope(self) -> Lines:
        """The lines of the formula that are being written."""
        frame: Frame | None = self.frame
        while frame is not None and frame.lines is None:
            frame = frame.outer
        assert frame is not None
        assert frame.lines is not None
        return frame.lines

    @property
    def in_step(self) -> bool:
        """Whether what is read now is done again in every step."""
        return self.training is not None

    # -- tensors as the formula has them ---------------------------------------------------------

    def new_leaf(
        self, start: torch.Tensor, requires_grad: bool = True, registered: bool = False
    ) -> Tensor:
        """A leaf, under its own tensor."""
        leaf = Leaf(start, requires_grad, registered=registered, place=next(self.places))
        self.leaves.append(leaf)
        return Tensor(start, known=False, leaf=leaf)

    def text(self, tensor: Tensor, node: ast.AST) -> str:
        """How the formula has it; numbers without a text become a constant of the experiment."""
        text, lines = self._text(tensor, node), self.scope
        if lines.is_function and tensor.home is not lines and text.isidentifier():
            if text in lines.taken:
                raise ClashError(text)
            lines.outside.add(text)
        return text

    def _text(self, tensor: Tensor, node: ast.AST) -> str:
        if tensor.leaf is not None:
            return tensor.alias or self.leaf_name(tensor.leaf)
        if not tensor.text and tensor.write is not None:
            written = tensor.write()
            if written:
                return written
        usual = tensor.now.dtype == torch.float32
        if not tensor.text and tensor.literal and not tensor.name and usual:
            return f"torch.tensor({tensor.literal})"
        if not tensor.text:
            tensor.text = self._constant(tensor, node)
        return tensor.text

    def leaf_name(self, leaf: Leaf) -> str:
        """The name of a leaf; one that was never named gets one now."""
        if not leaf.name:
            leaf.name = self.names.take_leaf("p")
        return leaf.name

    def name_leaf(self, leaf: Leaf, wanted: str) -> None:
        """Name a leaf that has no name yet."""
        if not leaf.name:
            leaf.name = self.names.take_leaf(wanted)

    def _constant(self, tensor: Tensor, node: ast.AST) -> str:
        if not tensor.known:
            raise self.refuse(node, "program-not-understood", what=self.shown(node))
        return self._numbers(tensor, batched=False)

    def column(self, tensor: Tensor) -> str:
        """How the formula has the rows that a step takes of a tensor."""
        whole = self.constants.get(tensor.text)
        if whole is not None and not any(tensor.text in line.text for line in self.lines.found):
            # It was only switched so far.
            whole.batched = True
            return tensor.text
        return self._numbers(tensor, batched=True)

    def _numbers(self, tensor: Tensor, batched: bool) -> str:
        name, now = self.names.take_leaf(tensor.name or "c"), tensor.now.clone()
        # In an experiment all numbers are of one type: others are made of them where they stand.
        kind = _CONVERSIONS.get(now.dtype, "")
        if now.dtype == torch.float32 and {each.start.dtype for each in self.leaves} == _DOUBLE:
            kind, now = "float", now.double()
        made = Tensor(now, name=tensor.name, buffer=tensor.buffer, batched=batched)
        self.constants[name] = replace(made, place=tensor.place)
        return f"{name}.{kind}()" if kind and self.speaks(kind) else name

    # -- lines of the formula --------------------------------------------------------------------

    def assign(self, wanted: str, tensor: Tensor, node: ast.AST, comment: str = "") -> Tensor:
        """A line of the formula that gives the tensor this name; the tensor under it."""
        text = self.text(tensor, node)
        if text.isidentifier() and not self.no_grad:
            return tensor
        name = self.local(wanted)
        self._line(Line(name, text, node, comment, bool(self.no_grad), wanted=(wanted,)))
        return Tensor(
            tensor.now, tensor.known, name, wanted, home=self.scope, compared=tensor.compared
        )

    @property
    def computes(self) -> bool:
        """Whether what is read now is part of the formula, and not what comes before training."""
        return self.in_step or self.scope.is_function or not self._will_train

    @cached_property
    def _will_train(self) -> bool:
        """Whether there is a loop that goes backward."""
        loops = (each for each in ast.walk(self.source.tree) if isinstance(each, ast.For))
        parts = (part for each in loops for part in ast.walk(each))
        return any(isinstance(part, ast.Attribute) and part.attr == "backward" for part in parts)

    def second_name(self, wanted: str, tensor: Tensor, node: ast.stmt) -> Tensor:
        """The tensor under another name than its own; itself if that cannot be told from it."""
        if tensor.known and not (tensor.name and (self.in_step or self.scope.is_function)):
            return tensor
        text = self.text(tensor, node)
        if not text.isidentifier() or wanted in {text, tensor.name}:
            return tensor
        name = self.local(wanted)
        self._line(Line(name, text, node, "", bool(self.no_grad), wanted=(wanted,)))
        if tensor.leaf is not None:
            return replace(tensor, alias=name)
        return replace(tensor, text=name, name=wanted, home=self.scope, write=None)

    def _line(self, line: Line) -> None:
        self.scope.found.append(replace(line, turn=self.turn, loop=self.loop))

    def switched(self, key: str, tensor: Tensor, on: bool, node: ast.IfExp) -> Tensor:
        """A tensor that is detached while `key` is in the program's set of what is."""
        text = self.text(tensor, node)
        own = key.partition("#")[0].rpartition(".")[2]
        if own != text and ast.unparse(node.orelse) != self.assigned:
            # A line of its own, which does nothing but cut.
            cut = Tensor(tensor.now, False, f"{text}.detach()", home=self.scope)
            tensor = self.assign(own, cut, node)
        self.switches[key] = Switch(key, tensor, self.scope, on)
        return tensor

    def unpack(self, wanted: list[str], several: Several, node: ast.expr) -> None:
        """A line of the formula that gives all parts of a call their names."""
        names = [self.local(each) for each in wanted]
        line = Line(", ".join(names), several.text, node, "", bool(self.no_grad))
        self._line(replace(line, wanted=tuple(wanted)))
        for each, name, now in zip(wanted, names, several.now, strict=True):
            self.frame.names[each] = Tensor(now, False, name, each, home=self.scope)

    def change(self, tensor: Tensor, text: str, node: ast.AST) -> None:
        """A line of the formula that changes the tensor in place."""
        name = self.text(tensor, node)
        self._line(Line(name, text, node, "", bool(self.no_grad), in_place=True))
        tensor.compared = None

    def local(self, wanted: str) -> str:
        """A free name in the formula or the function of it that is being written."""
        lines = self.scope
        if not lines.is_function:
            return self.names.take(wanted)
        name, count = usable(wanted), 1
        base = name
        while name in lines.taken or name in lines.outside:
            count += 1
            name = f"{base}_{count}"
        lines.taken.add(name)
        return name

    def settled(self, tensor: Tensor, wanted: str, node: ast.AST) -> Tensor:
        """The tensor under a name, so that its text may stand in several places."""
        if tensor.known and not self.scope.is_function:
            return tensor
        named = self.text(tensor, node).isidentifier()
        return tensor if named else self.assign(wanted, tensor, node)

    def part(self, value: Any, node: ast.expr) -> str | None:
        """The text of a part of an expression; None where the author's own may stand."""
        if isinstance(value, Scalar):
            value = value.tensor
        if not isinstance(value, Tensor):
            return None
        text = self.text(value, node)
        atom = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
        return grouped(text) if atom else text

    def shown(self, node: ast.AST) -> str:
        """A part of the program as a message shows it."""
        return shortened(ast.unparse(node), 40)

    def calls_once(self, name: str) -> bool:
        """Whether the program, or its training loop, calls a model of that name in one place."""
        if self.scope.is_function or not name.isidentifier():
            return False
        within = self.source.tree if self.training is None else self.training.node
        found = [
            each
            for each in ast.walk(within)
            if isinstance(each, ast.Call)
            and isinstance(each.func, ast.Name)
            and each.func.id == name
        ]
        return len(found) < 2

    def speaks(self, operation: str) -> bool:
        """Whether the formula has an operation of that name."""
        return find(operation) is not None

    def refuse(self, node: Any, code: str, **facts: Any) -> BadInput:
        """The refusal of a node: `raise reader.refuse(...)`."""
        return self.source.problem(node, code, **facts)
