"""The formula walked once more, with numbers and expressions side by side.

Every operation is computed by PyTorch in float64 and, where it depends on what is a symbol,
made by the table of forms too. What depends on nothing of the kind stays a number, so the
columns and whatever is detached need no form. Used by `explorer.engine.proof.symbolic` and,
with an operation's result standing for itself, by `explorer.engine.proof.chain`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import torch

from explorer.engine.compiler import computed
from explorer.engine.proof.algebra import Array, Expr, Measure, constants, symbols, sympy
from explorer.engine.proof.branches import PART, Argument, Condition, Site
from explorer.engine.proof.forms import FORMS, compare, note_sides
from explorer.engine.proof.question import OmissionError, Question, too_large
from explorer.experiment.losses import LOSSES
from explorer.experiment.operations import ENTRIES, Slope
from explorer.experiment.tree import Call, Expression, Name, Number, Position, folded

# A tensor with more elements stays a number where it can.
MOST_SYMBOLS = 256
LONGEST_PLACE = 40


class Fold(Enum):
    """Which assigned tensors are called by their names: none, those apart, or every one."""

    NOTHING = "nothing"
    INDEPENDENT = "independent"
    ALL = "all"


@dataclass(frozen=True)
class Node:
    """A tensor: its value, its expressions (None: constant), whether the one asked for is in it.

    Several results of one operation are the `parts` of a node, whose value is the first.
    """

    value: torch.Tensor
    form: Array | None = None
    depends: bool = False
    parts: "tuple[Node, ...]" = ()

    @property
    def argument(self) -> Argument:
        """The form and the value, as the tables of forms take an argument."""
        form = constants(self.value) if self.form is None else self.form
        return Argument(form, np.asarray(self.value.numpy()))


def labels(names: Sequence[str]) -> dict[str, str]:
    """What to call each tensor: `g.z` is `z` unless another is called so."""
    short = {name: name.rpartition(".")[2].partition("#")[0] for name in names}
    count = Counter(short.values())
    return {name: each if count[each] == 1 else name for name, each in short.items()}


class Evaluation:
    """One pass over the formula of a question.

    `asked` is the tensor that is a symbol of its own wherever it comes from, or the Call whose
    result is. `fold` says which other tensors with names are symbols, and not written out.
    Afterwards `made` has the tensors by name, `point` the symbols' values, `symbols` stand for what
    was asked, and `scalar` says whether all that depends on it is single numbers.
    """

    def __init__(
        self, question: Question, asked: str | Call | None, fold: Fold = Fold.NOTHING
    ) -> None:
        self.question = question
        self.point: dict[Expr, float] = {}
        self.conditions: dict[Condition, None] = {}
        self.symbols: Array | None = None
        self.scalar = True
        self.labels = labels([*question.leaves, *question.whole.names])
        self.measure = Measure()
        self.made: dict[str, Node] = {}
        self._asked = asked
        self._fold = fold
        self._used: dict[str, Node] = {}

    def objective(self) -> Node:
        """The objective; raises OmissionError where the asked one leads to no form."""
        question = self.question
        wanted = question.program.reads
        for name, leaf in question.leaves.items():
            if name in wanted or name == self._asked:
                self._bind(name, self._leaf(name, leaf))
                self._cut(name)
        for assignment in question.program.assignments:
            node = self.visit(assignment.expression)
            if assignment.hidden:
                self.made[assignment.name] = self._used[assignment.name] = node
                continue
            self._bind(assignment.name, node)
            if assignment.detached is None:
                self._cut(assignment.name)
        if isinstance(question.objective, str):
            return self._used[question.objective]
        return self._loss(self._used[question.objective.prediction])

    # -- names -----------------------------------------------------------------

    def _leaf(self, name: str, leaf: torch.Tensor) -> Node:
        if name in self.question.inputs or leaf.numel() > MOST_SYMBOLS:
            return Node(leaf)
        return self._symbolic(self.labels[name], leaf)

    def _bind(self, name: str, node: Node) -> None:
        if name == self._asked:
            node = self._stand_in(self.labels[name], node.value)
        elif node.form is not None and self._folds(node):
            node = self._symbolic(self.labels[name], node.value)
        self.made[name] = self._used[name] = node

    def _cut(self, name: str) -> None:
        if name in self.question.cuts:
            self._used[name] = self._held(self.labels[name], self.made[name])

    def _folds(self, node: Node) -> bool:
        return self._fold is Fold.ALL or (self._fold is Fold.INDEPENDENT and not node.depends)

    def _symbolic(self, label: str, value: torch.Tensor, depends: bool = False) -> Node:
        made = symbols(label, tuple(value.shape))
        self.point.update(
            zip(made.reshape(-1).tolist(), value.double().reshape(-1).tolist(), strict=True)
        )
        return Node(value, made, depends)

    def _stand_in(self, label: str, value: torch.Tensor) -> Node:
        node = self._symbolic(label, value, depends=True)
        self.symbols = node.form
        return node

    def _held(self, label: str, node: Node) -> Node:
        """A constant from here on; a single number is called by its name in brackets."""
        if node.form is None or node.value.dim() or not label:
            return Node(node.value)
        return self._symbolic(f"[{label}]", node.value)

    # -- expressions -------------------------------------------------------------

    def visit(self, expression: Expression) -> Node:
        """The expression's node."""
        return folded(expression, self._visited)

    def _visited(self, expression: Expression, arguments: list[Node]) -> Node:
        if isinstance(expression, Name):
            return self._used[expression.name]
        if isinstance(expression, Number):
            return Node(torch.tensor(expression.value, dtype=torch.float64))
        if expression.operation == "detach":
            return self._held(self._label(expression), arguments[0])
        if expression.operation == "part":
            return arguments[0].parts[dict(expression.options)["index"]]  # type: ignore[index]
        value = computed(expression, _values(arguments))
        if expression is self._asked:
            return self._stand_in("", value)
        return self.applied(expression, arguments, value)

    def applied(self, call: Call, arguments: list[Node], value: Any) -> Node:
        """The operation's result of this value from its arguments."""
        if isinstance(value, tuple | list):
            return self._several(call, arguments, value)
        if all(argument.form is None for argument in arguments):
            return Node(value)
        depends = any(argument.depends for argument in arguments)
        self.scalar &= not (depends and value.dim())
        try:
            form = self._form(call, arguments, value)
        except OmissionError:
            if depends:
                raise
            return Node(value)
        return Node(value, form, depends and form is not None)

    def _several(self, call: Call, arguments: list[Node], values: Sequence[torch.Tensor]) -> Node:
        """Each result by itself; whole numbers, such as places, are constants."""
        parts = tuple(
            self.applied(replace(call, options=(*call.options, (PART, index))), arguments, value)
            if value.is_floating_point()
            else Node(value)
            for index, value in enumerate(values)
        )
        return Node(values[0], parts=parts)

    def _form(self, call: Call, arguments: list[Node], value: torch.Tensor) -> Array | None:
        operation = ENTRIES[call.operation]
        site = Site(
            call.operation,
            self.question.text(call, LONGEST_PLACE),
            tuple(argument.argument for argument in arguments),
            dict(call.options),
            tuple(value.shape),
            self.conditions,
            call,
        )
        if operation.comparison:
            compare(site)
            return None
        if operation.slope is Slope.NONE:
            note_sides(site)
            return None
        if value.numel() > MOST_SYMBOLS:
            raise too_large("elements", MOST_SYMBOLS)
        if call.operation not in FORMS:
            raise site.unknown()
        form = FORMS[call.operation](site)
        form[~np.asarray(value.isfinite().numpy())] = sympy().nan
        self.measure.check(form)
        return form

    def _label(self, detach: Call) -> str:
        [argument] = detach.arguments
        return self.labels[argument.name] if isinstance(argument, Name) else ""

    def _loss(self, prediction: Node) -> Node:
        loss = self.question.loss
        assert loss is not None
        target = Node(self.question.target)
        options = tuple((name, value) for name, value in loss.options.items())
        nowhere = Position(1, 1)
        sides = (Name("prediction", nowhere), Name("target", nowhere))
        call = Call(LOSSES[loss.name].operation, sides, options, nowhere)
        nodes = [_expanded(prediction, target.value), target]
        return self.applied(call, nodes, computed(call, _values(nodes)))


def _expanded(node: Node, like: torch.Tensor) -> Node:
    """A single predicted number stands for every row."""
    if node.value.shape == like.shape:
        return node
    form = None if node.form is None else np.broadcast_to(node.form, tuple(like.shape))
    return Node(node.value.expand_as(like), form, node.depends)


def _values(nodes: list[Node]) -> list[torch.Tensor]:
    return [node.value for node in nodes]
