"""The trace of an experiment: named tensors, and the formula's own text at each operation.

The compiled formula calls PyTorch in an order that its tree tells beforehand: arguments
from left to right, then the operation; a detach switch right after the tensor it cuts, or
where the formula itself has it. So the calls that were seen and the tree are walked
together. `explorer.engine.formula_subject` keeps one Tracer for its model.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from explorer.engine.model import Model
from explorer.engine.refusals import REFUSALS
from explorer.engine.trace.assembly import Note, Notes
from explorer.engine.trace.capture import Capture
from explorer.engine.trace.tracing import Outcome, trace
from explorer.experiment.operations import ENTRIES
from explorer.experiment.rendering import display
from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Assignment, Call, Expression, Name, Number, folded
from explorer.explain.trace_records import Trace

LONGEST_TEXT = 40


@dataclass(frozen=True, slots=True)
class _Annotation:
    """What the formula says about its operations and edges while these cuts are in place."""

    cuts: frozenset[str]
    notes: Notes
    reads: dict[int, str]
    numbers: list[tuple[int, int]]


class Tracer:
    """Traces one model again and again; reads the formula only when its cuts have changed."""

    def __init__(self, model: Model) -> None:
        self._model = model
        inputs, buffers = model.inputs, model.buffers
        self._kinds = {**dict.fromkeys(inputs, "input"), **dict.fromkeys(buffers, "buffer")}
        self._annotation: _Annotation | None = None

    def trace(self, step: int = 1) -> Trace:
        """The graph of the step the model would make now; `step` is its number."""
        model = self._model
        # Compiled before anything is captured: it makes tensors of the formula's numbers.
        forward = model.named_function()

        def function(*leaves: torch.Tensor) -> Outcome:
            objective, named = forward(dict(zip(model.leaves, leaves, strict=True)))
            named.setdefault(model.experiment.scalar_name, objective)
            return Outcome(objective, named)

        return trace(
            function,
            model.leaves,
            kinds=self._kinds,
            annotate=self._annotate,
            step=step,
            random=False,  # no operation of the formula language is
            refusals=REFUSALS,
        )

    def _annotate(self, capture: Capture) -> Notes:
        model = self._model
        annotation = self._annotation
        if annotation is None or annotation.cuts != model.cuts:
            annotation = _Reader(model.experiment, frozenset(model.cuts), capture).read()
            self._annotation = annotation
        for read, user in annotation.numbers:
            capture.use_number(read, user)
        for edge, name in annotation.reads.items():
            capture.edges[edge].read_as = name
        target = capture.tensors[capture.find(model.target)]
        if target.kind == "constant":
            target.kind = "target"
        return annotation.notes


class _Reader:
    """Walks the formula's tree along the calls that were captured."""

    def __init__(self, experiment: Experiment, cuts: frozenset[str], capture: Capture) -> None:
        self._experiment = experiment
        self._cuts = cuts
        self._capture = capture
        self._calls: Iterator[int | None] = iter(capture.calls)
        self._aliases: dict[str, str] = {}
        self._notes: dict[int, Note] = {}
        self._reads: dict[int, str] = {}
        # Which operation took a number out, by the name of the number or its place in the tree.
        self._taken: dict[str | int, list[int]] = {}
        self._numbers: list[tuple[int, int]] = []

    def read(self) -> _Annotation:
        experiment = self._experiment
        self._take_rows()
        for leaf in experiment.leaves:
            self._switch(leaf, ())
        for assignment in experiment.program.assignments:
            self._assign(assignment)
        self._read_loss()
        written = experiment.program.written
        notes = Notes(self._notes, self._objective(), self._cuts, written, self._aliases)
        return _Annotation(self._cuts, notes, self._reads, self._numbers)

    def _objective(self) -> str | None:
        return self._experiment.objective and self._experiment.scalar_name

    def _take_rows(self) -> None:
        """Where a step has some rows of the data, they are taken before anything else."""
        experiment = self._experiment
        if experiment.training.batch is None:
            return
        target = [experiment.prediction] if experiment.prediction else []
        for name in (*experiment.inputs, *target):
            operation = next(self._calls)
            assert operation is not None
            self._notes[operation] = Note(f"{name}[batch]")

    def _assign(self, assignment: Assignment) -> None:
        detached = assignment.detached
        whole = assignment.expression
        read_as = self._visit(whole if detached is None else detached)
        if isinstance(whole, Name | Call) and whole.plain:
            self._taken[assignment.name] = self._sources(whole)
            return
        if read_as is not None:
            self._aliases[assignment.name] = read_as
        if detached is None:
            self._switch(assignment.name, assignment.within)
        else:
            text = display(whole, LONGEST_TEXT)
            note = Note(text, whole.position, assignment.name, assignment.within)
            self._cut(assignment.name, note, read_as)

    def _switch(self, name: str, within: tuple[str, ...]) -> None:
        self._cut(name, Note(f"{name}.detach()", switch=name, within=within), name)

    def _cut(self, name: str, note: Note, read_as: str | None) -> None:
        """The call that is there while the name's detach switch is on."""
        if name in self._cuts:
            operation = next(self._calls)
            assert operation is not None
            self._note(operation, note, [read_as])

    def _visit(self, expression: Expression) -> str | None:
        """The name by which the expression's tensor is read; None for a new tensor."""
        return folded(expression, self._read)

    def _read(self, expression: Expression, reads: list[str | None]) -> str | None:
        if isinstance(expression, Name):
            return None if expression.stands_for else expression.name
        if isinstance(expression, Number):
            return None
        if expression.operation == "part" or (expression.plain and expression.operation != "item"):
            # What Python does by itself, of which PyTorch sees nothing.
            return None
        taken = [name for name, tensor in zip(reads, _tensors(expression), strict=True) if tensor]
        operation = next(self._calls)
        if operation is None:
            # It handed its input back: flatten does with a vector.
            return taken[0]
        if expression.operation == "item":
            self._taken[id(expression)] = [operation]
        else:
            self._numbers += [(each, operation) for each in self._sources(*expression.arguments)]
        text = display(expression, LONGEST_TEXT)
        self._note(operation, Note(text, expression.position, None, expression.within), taken)
        return None

    def _sources(self, *expressions: Expression) -> list[int]:
        """The operations that took out the numbers of which these are computed by Python."""
        found: list[int] = []
        pending = [each for each in expressions if not isinstance(each, Number) and each.plain]
        while pending:
            part = pending.pop()
            key = part.name if isinstance(part, Name) else id(part)
            if key in self._taken:
                found += self._taken[key]
            elif isinstance(part, Call):
                inner = part.arguments
                pending += [each for each in inner if not isinstance(each, Number) and each.plain]
        return list(dict.fromkeys(found))

    def _note(self, operation: int, note: Note, reads: list[str | None]) -> None:
        self._notes[operation] = note
        edges = self._capture.operations[operation].inputs
        # A change in place has edges besides: from what else lies in the same memory.
        self._reads.update((edge, name) for edge, name in zip(edges, reads, strict=False) if name)

    def _read_loss(self) -> None:
        """What is left compares the prediction with its column."""
        prediction = self._experiment.predicted
        operation = next(self._calls, None)
        if prediction is not None and operation is not None:
            edge = self._capture.operations[operation].inputs[0]
            self._reads[edge] = prediction


def _tensors(call: Call) -> list[bool]:
    """Which arguments PyTorch gets as tensors; the others are plain numbers to it."""
    plain = ENTRIES[call.operation].scalar_ok
    return [
        not (isinstance(argument, Number) and place in plain)
        and (isinstance(argument, Number) or not argument.plain)
        for place, argument in enumerate(call.arguments)
    ]
