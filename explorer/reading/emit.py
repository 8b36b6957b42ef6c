"""What was read of a program, as an experiment: formula, parameters, data, training, changes."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from explorer.experiment.file import parse_text
from explorer.experiment.losses import LOSSES
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.saving import written
from explorer.experiment.spec import Experiment
from explorer.reading import again
from explorer.reading.batches import Taken
from explorer.reading.numbers import numbers
from explorer.reading.reader import Reader
from explorer.reading.run import Run, run_of
from explorer.reading.values import Compared, Definition, Leaf, Line, Lines, Tensor

_LOSS_NAMES = {entry.operation: name for name, entry in LOSSES.items()}


@dataclass
class Formula:
    """The formula while it is put together: its lines, and what the experiment descends."""

    definitions: list[Definition]
    lines: list[Line]
    objective: str | None = None
    target: str | None = None
    loss: dict[str, Any] | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, str] = field(default_factory=dict)

    def names(self) -> set[str]:
        """All names that stand in it."""
        texts = [line.text for line in self.lines]
        for each in self.definitions:
            texts += [each.result, *(line.text for line in each.lines)]
        return {name for text in texts for name in _names(text)}


def experiment_of(reader: Reader, title: str) -> tuple[Experiment, str]:
    """The experiment, and its text as a file. Raises BadInput with the program's place."""
    run = run_of(reader)
    try:
        # With all that the program computes, be it needed or not, if the formula can have it.
        experiment = _experiment(reader, _formula(reader, whole=True), run, title)
    except BadInput:
        experiment = _experiment(reader, _formula(reader, whole=False), run, title)
    toml = written(experiment)
    return parse_text(toml, "", Path()).experiment, toml


def _experiment(reader: Reader, formula: Formula, run: Run, title: str) -> Experiment:
    _name_again(reader, formula)
    text, places = _written_formula(formula)
    try:
        return Experiment(**{"title": title, **_table(reader, formula, run, text)})
    except BadInput as problem:
        raise _in_program(reader, problem, places) from None


# -- the formula -------------------------------------------------------------------------------


def _formula(reader: Reader, whole: bool) -> Formula:
    backward = reader.training.backward if reader.training else reader.backward
    tensor, node = backward.tensor, backward.node
    compared = tensor.compared
    if compared is not None and _fits(reader, compared):
        formula = _prediction(reader, tensor, compared, (node, whole))
        if formula is not None:
            return formula
    text = reader.text(tensor, node)
    if not text.isidentifier() or tensor.is_leaf:
        line = Line(reader.names.take("loss"), text, node)
        reader.lines.found.append(line)
        text = tensor.text = line.name
    lines, definitions = _needed(reader, reader.lines.found, {text, *_switched(reader)}, whole)
    return Formula(definitions, lines, objective=text)


def _switched(reader: Reader) -> set[str]:
    """What a switch is on stays in the formula, needed or not."""
    tensors = [*(each.tensor for each in reader.switches.values())]
    tensors += [tensor for tensor, _ in reader.detached]
    return {each.text for each in tensors if each.leaf is None}


def _fits(reader: Reader, compared: Compared) -> bool:
    prediction, target = compared.prediction, compared.target
    trains = reader.training is not None
    return (
        (trains or compared.operation == "mse_loss")
        and _is_given(reader, target)
        and target.now.dim() > 0
        and _comparable(prediction.now.shape, target.now.shape)
        and target.now.is_floating_point()
        and not prediction.known
        and not prediction.is_leaf
    )


def _comparable(one: torch.Size, other: torch.Size) -> bool:
    """Whether an experiment compares them: only a single number stands for every row."""
    return one == other or len(one) == 0


def _is_given(reader: Reader, target: Tensor) -> bool:
    """Whether it can be a column of the data: with batches, one of those that they are taken of."""
    taken = reader.training is not None and reader.training.batch is not None
    text, _ = _origin(reader, target.text)
    if taken:
        return text in reader.constants and reader.constants[text].batched
    return target.known and (not text or text in reader.constants)


def _origin(reader: Reader, name: str) -> tuple[str, list[str]]:
    """What a tensor was called before it got this name, and the names on the way there."""
    lines = {line.name: line.text for line in reader.lines.found if not line.in_place}
    names = []
    while lines.get(name, "").isidentifier():
        names.append(name)
        name = lines[name]
    return name, names


def _shared_name(reader: Reader, compared: Compared, target: str, text: str) -> str:
    """`y_target`, compared with `y`, is the column `y`: an experiment has one name for both."""
    named = target.rstrip("_") == f"{compared.prediction.name}_target" and text.isidentifier()
    if not named or target not in reader.constants or text in reader.constants:
        return target
    if any(target in _names(line.text) for line in reader.lines.found if line.name != "loss"):
        return target
    reader.constants[text] = reader.constants.pop(target)
    return text


def _without(lines: list[Line], names: list[str]) -> list[Line]:
    """The lines without those that make names which no other line has."""
    read = {name for line in lines for name in _names(line.text)}
    gone = set(names) - read
    return [line for line in lines if line.name not in gone]


def _prediction(
    reader: Reader, loss: Tensor, compared: Compared, how: tuple[ast.AST, bool]
) -> Formula | None:
    """The formula up to the prediction, which is compared with a column of the data."""
    node, whole = how
    # Numbers of its own become a column.
    compared.target.literal = ""
    target, names = _origin(reader, reader.text(compared.target, node))
    text = reader.text(compared.prediction, node)
    own = _without(reader.lines.found, names)
    target = _shared_name(reader, compared, target, text)
    lines = [line for line in own if line.name != loss.text]
    if text.isidentifier():
        at = next((i for i, line in enumerate(lines) if line.name == text), None)
        if at is None or any(text in _names(line.text) for line in lines):
            return None
        lines[at] = replace(lines[at], name=target)
        renamed = {text: target}
    else:
        lines = [*lines, Line(target, text, node)]
        renamed = {}
    if not target.isidentifier():
        return None
    wanted = {renamed.get(name, name) for name in _switched(reader)}
    lines, definitions = _needed(reader, lines, {target, *wanted}, whole)
    options = {key: each for key, each in compared.options.items() if key in {"delta", "beta"}}
    named = {"name": _LOSS_NAMES[compared.operation], **options}
    formula = Formula(definitions, lines, target=target, loss=named, renamed=renamed)
    return None if target in formula.names() else formula


def _needed(
    reader: Reader, lines: list[Line], wanted: set[str], whole: bool
) -> tuple[list[Line], list[Definition]]:
    """The lines that the wanted names need, and the functions that those call."""
    switched = [(each.tensor, each.lines) for each in reader.switches.values()]
    switched += reader.detached
    kept = lines if whole else _live(lines, wanted)
    called = {name for line in kept for name in _names(line.text)}
    functions: list[Definition] = []
    for each in reversed(reader.definitions):
        if each.name not in called:
            continue
        kept_too = {tensor.text for tensor, lines in switched if lines is each.home}
        wanted = set(_names(each.result)) | kept_too
        body = list(each.lines) if whole else _live(list(each.lines), wanted)
        functions.append(replace(each, lines=tuple(body)))
        called |= {name for line in body for name in _names(line.text)} | set(_names(each.result))
    return kept, functions[::-1]


def _live(lines: list[Line], wanted: set[str]) -> list[Line]:
    wanted, kept = set(wanted), []
    for line in reversed(lines):
        if wanted & {name.strip() for name in line.name.split(",")}:
            kept.append(line)
            wanted |= set(_names(line.text))
    return kept[::-1]


_names = again.names


def _written_formula(formula: Formula) -> tuple[str, list[ast.AST]]:
    """The formula's text, and for each of its lines the part of the program it comes from."""
    texts: list[tuple[str, ast.AST]] = []
    for each in formula.definitions:
        texts.append((f"def {each.name}({', '.join(each.parameters)}):", each.node))
        texts += [(f"    {text}", node) for text, node in _lines(each.lines)]
        texts += [(f"    return {each.result}", each.node), ("", each.node)]
    texts += _lines(formula.lines)
    text = "\n".join(text for text, _ in texts)
    return (f"{text}\n" if len(texts) > 1 else text), [node for _, node in texts]


def _lines(lines: Sequence[Line]) -> Iterator[tuple[str, ast.AST]]:
    """The lines, and the loops among them."""
    taken = {name for line in lines for name in (line.name, *_names(line.text))}
    for head, body in again.loops(lines, taken):
        if head:
            yield head, body[0].node
        for text, node in _blocks(body):
            yield f"{'    ' if head else ''}{text}", node


def _blocks(lines: Sequence[Line]) -> Iterator[tuple[str, ast.AST]]:
    """The lines, those that the program computes without a graph in blocks of their own."""
    inside = False
    for line in lines:
        if line.no_grad and not inside:
            yield "with torch.no_grad():", line.node
        inside = line.no_grad
        comment = f"  {line.comment}" if line.comment else ""
        text = line.text if line.in_place else f"{line.name} = {line.text}"
        yield f"{'    ' if inside else ''}{text}{comment}", line.node


def _name_again(reader: Reader, formula: Formula) -> None:
    """Let names that the program assigns again be so in the formula."""
    kept = {each for each in (formula.objective, formula.target) if each}
    blocked = {each.name for each in reader.leaves} | set(reader.constants) | kept
    blocked |= {each.name for each in formula.definitions}
    for each in formula.definitions:
        blocked.update(_names(each.result), *(_names(line.text) for line in each.lines))
    found = again.renamed(formula.lines, kept, blocked)
    formula.lines, formula.tensors = found.lines, found.tensors


# -- the rest of the experiment ------------------------------------------------------------------


def _table(reader: Reader, formula: Formula, run: Run, text: str) -> dict[str, Any]:
    names = formula.names() | ({formula.target} if formula.target else set())
    leaves = [each for each in reader.leaves if _wanted(each, names, run)]
    # A norm over all gradients depends on their order, in the last digits.
    order = {id(leaf): place for place, leaf in enumerate(run.clipped)}
    leaves.sort(key=lambda leaf: (order.get(id(leaf), len(order)), leaf.place))
    for each in reader.buffers:
        reader.text(each, ast.Pass())
    constants = {
        name: each for name, each in reader.constants.items() if name in names or each.buffer
    }
    dtype = _dtype([*(each.start for each in leaves), *(c.now for c in constants.values())])
    batched = {name: each for name, each in constants.items() if each.batched}
    columns = batched or _columns(constants, formula.target)
    cut = _switched_on(reader, formula)
    table: dict[str, Any] = {"formula": text, "dtype": dtype}
    if formula.objective:
        table["objective"] = formula.objective
    table["buffers"] = {name: numbers(each.now) for name, each in constants.items() if each.buffer}
    frozen = {
        name: {"value": numbers(each.now), "requires_grad": False}
        for name, each in constants.items()
        if name not in columns and not each.buffer
    }
    table["parameters"] = {**{each.name: _parameter(each, run, cut) for each in leaves}, **frozen}
    # What is switched or changed and nothing computes with is no part of the experiment.
    given = {*(each.name for each in reader.leaves), *reader.constants}
    gone = given - {*table["parameters"], *table["buffers"], *columns}
    own = [name for name in cut if name not in table["parameters"] and name not in gone]
    if own:
        table["detach"] = own
    if columns:
        table["data"] = {name: numbers(each.now) for name, each in columns.items()}
    if reader.training is not None:
        table["training"] = _training(formula, run)
        if batched:
            table["training"]["batch"] = _batch(reader.training.batch)
        changes = _changes(reader, formula, run)
        table["changes"] = [each for each in changes if each.get("tensor") not in gone]
    return table


def _wanted(leaf: Leaf, names: set[str], run: Run) -> bool:
    return bool(leaf.name) and (leaf.name in names or run.has(leaf) or id(leaf) in run.outside)


def _parameter(leaf: Leaf, run: Run, cut: list[str]) -> dict[str, Any]:
    table: dict[str, Any] = {"value": numbers(leaf.start)}
    if not run.starts_on(leaf):
        table["requires_grad"] = False
    if run.steps and not run.has(leaf):
        table["optimize"] = False
    if leaf.name in cut:
        table["detach"] = True
    return table


def _dtype(values: Iterable[torch.Tensor]) -> str:
    kinds = {each.dtype for each in values if each.is_floating_point()}
    if kinds == {torch.float64}:
        return "float64"
    if kinds - {torch.float32}:
        names = ", ".join(sorted(str(each).removeprefix("torch.") for each in kinds))
        raise BadInput("program-dtypes", found=names)
    return "float32"


def _columns(constants: dict[str, Tensor], target: str | None) -> dict[str, Tensor]:
    """Those with as many rows as the target, or as the first that has rows."""
    rows = [each for each in constants.values() if each.now.dim() and not each.buffer]
    if target is not None:
        rows = [constants[target]]
    if not rows:
        return {}
    count = len(rows[0].now)
    return {
        name: each
        for name, each in constants.items()
        if each.now.dim() and len(each.now) == count and count and not each.buffer
    }


def _training(formula: Formula, run: Run) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if formula.loss is not None:
        loss = formula.loss
        table["loss"] = loss["name"] if len(loss) == 1 else loss
    table["optimizer"] = run.optimizer
    if run.groups:
        table["groups"] = run.groups
    table["steps"] = run.steps
    if run.zero_grad != "none":
        table["zero_grad"] = run.zero_grad
    if run.accumulate > 1:
        table["accumulate"] = run.accumulate
    table.update(run.limit)
    return table


def _batch(taken: Taken) -> dict[str, Any]:
    if taken.seed is None:
        return {"size": taken.size}
    return {"size": taken.size, "shuffle": True, "seed": taken.seed}


# -- switches -----------------------------------------------------------------------------------


def _switched_on(reader: Reader, formula: Formula) -> list[str]:
    """What is detached from the start."""
    found = [_full(formula, tensor, lines) for tensor, lines in reader.detached]
    found += [
        _full(formula, each.tensor, each.lines)
        for each in reader.switches.values()
        if each.on and not _is_cut_line(reader, each.tensor)
    ]
    return list(dict.fromkeys(found))


def _is_cut_line(reader: Reader, tensor: Tensor) -> bool:
    lines = [*reader.lines.found, *(line for each in reader.definitions for line in each.lines)]
    return any(line.name == tensor.text and line.text.endswith(".detach()") for line in lines)


def _full(formula: Formula, tensor: Tensor, lines: Lines) -> str:
    """The tensor's name in the experiment: `g.z` in the function g."""
    if tensor.leaf is not None and not tensor.alias:
        return tensor.leaf.name
    home = next((each.name for each in formula.definitions if each.home is lines), "")
    text = tensor.alias or formula.renamed.get(tensor.text, tensor.text)
    text = text if home else formula.tensors.get(text, text)
    return f"{home}.{text}" if home else text


def _changes(reader: Reader, formula: Formula, run: Run) -> Iterator[dict[str, Any]]:
    """All of them, with the tensors that are switched by their names in the experiment."""
    for change in run.changes:
        switch = reader.switches.get(change.get("switch", ""))
        if switch is not None:
            name = _full(formula, switch.tensor, switch.lines)
            yield {"step": change["step"], "tensor": name, "detach": change["detach"]}
        elif "switch" not in change:
            yield change


# -- refusals -----------------------------------------------------------------------------------


def _in_program(reader: Reader, problem: BadInput, places: list[ast.AST]) -> BadInput:
    """A refusal of the experiment, at the line of the program that it comes from."""
    place = problem.place
    if place.key == "formula" and place.line is not None and place.line <= len(places):
        node = places[place.line - 1]
        where = reader.source.place(node)  # type: ignore[arg-type]
        return BadInput(problem.code, where, **problem.facts)
    if place.line is None:
        return BadInput(problem.code, _origin_of(reader, place), **problem.facts)
    return problem


def _origin_of(reader: Reader, place: Place) -> Place:
    """Of a key of the experiment: where the program makes the tensor, or goes backward."""
    names = (place.key or "").split(".")
    found = (reader.source.of_name(name) for name in reversed(names))
    return next((each for each in found if each is not None), _backward_place(reader))


def _backward_place(reader: Reader) -> Place:
    loop = reader.training
    backward = loop.backward if loop is not None else reader.backward
    return reader.source.end if backward is None else reader.source.place(backward.node)
