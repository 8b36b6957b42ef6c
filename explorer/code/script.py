"""An experiment as the PyTorch program that a teacher would show.

A line to be fitted is a class, a criterion, an optimizer and the loop; what descends a scalar of
its own has its tensors at the top, and what is not trained is one `backward()`. Every change
stands at its step. The program needs torch alone and gives the run's bits: the tests run it.
Used by the command `script` and by `explorer.script`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from explorer.code.cuts import Cuts
from explorer.code.formula_text import program_lines
from explorer.code.literals import constant, tensor, torch_name, value_text
from explorer.experiment.changes import CLIPPING
from explorer.experiment.losses import LOSSES
from explorer.experiment.operations import OPERATIONS
from explorer.experiment.optimizers import OPTIMIZERS
from explorer.experiment.parameter import Buffer, Parameter
from explorer.experiment.spec import Batch, Change, Data, Experiment
from explorer.experiment.visible import visible_line

# As many rows are printed as the command `run` prints.
ROWS = 10
# What every nn.Module has itself: no parameter of a class can be called so.
# `tests/code/test_script.py` holds it to the class.
MODULE_NAMES = frozenset(
    [
        *("T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init"),
        *("children", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr"),
        *("float", "forward", "get_buffer", "get_extra_state", "get_parameter", "get_submodule"),
        *("half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers"),
        *("named_children", "named_modules", "named_parameters", "parameters"),
        *("register_backward_hook", "register_buffer", "register_forward_hook"),
        *("register_forward_pre_hook", "register_full_backward_hook"),
        *("register_full_backward_pre_hook", "register_load_state_dict_post_hook"),
        *("register_load_state_dict_pre_hook", "register_module", "register_parameter"),
        *("register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_"),
        *("set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty"),
        *("train", "training", "type", "xpu", "zero_grad"),
    ]
)
_IMPORTS = (
    ("csv.", "import csv"),
    ("math.", "import math"),
    ("torch.", "import torch"),
    ("F.", "import torch.nn.functional as F"),
    ("nn.", "from torch import nn"),
)
_STANDARD = ("import csv", "import math")


def script(experiment: Experiment) -> str:
    """The program's text."""
    return "\n".join(_Script(experiment).lines()) + "\n"


class _Script:
    """One experiment; the program's own names keep clear of those of the experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._trains = experiment.has_training or bool(experiment.changes)
        program = experiment.program
        names = {*experiment.tensors, *program.numbers, *experiment.columns}
        self._taken = {part for name in names for part in name.partition("#")[0].split(".")}
        self._in_class = bool(self._trains and experiment.prediction) and _fits_a_class(experiment)
        flipped = {each.tensor for each in experiment.changes if each.detach is not None}
        self._flipped = frozenset(name for name in flipped if name is not None)
        always = experiment.cuts - self._flipped
        self._cuts = Cuts(always, self._flipped, self._free("detached"))

    def lines(self) -> Iterator[str]:
        """All of it."""
        body = [*self._tensors(), *self._switches(), *self._program()]
        while body and not body[0]:
            body.pop(0)
        if self._experiment.title:
            yield f"# {visible_line(' '.join(self._experiment.title.split()))}"
        text = "\n".join(body)
        # What is torch.nn.functional or torch.math is none of these modules.
        words = text.replace("torch.nn.", "torch.").replace("self.", "")
        needed = [line for module, line in _IMPORTS if _uses(words, module)]
        standard = [line for line in needed if line in _STANDARD]
        yield from [*standard, ""] if standard else []
        yield from [line for line in needed if line not in _STANDARD]
        yield ""
        yield from body

    def _free(self, name: str) -> str:
        """The name, or one like it that the experiment has not."""
        while name in self._taken:
            name += "_"
        return name

    # -- data and parameters -----------------------------------------------------------------

    def _tensors(self) -> Iterator[str]:
        experiment = self._experiment
        columns = [*experiment.inputs]
        if experiment.prediction:
            columns.append(experiment.prediction)
        if columns and experiment.data is not None:
            data = experiment.data
            # What is more than plain numbers takes more than a program of some lines.
            by_name = data.delimiter is not None
            yield from self._from_file(columns, data) if by_name else map(self._inline, columns)
            yield ""
        given = {**experiment.parameters, **experiment.buffers}
        if not self._in_class and given:
            yield from (self._leaf(*each) for each in given.items())
            yield ""

    def _inline(self, name: str) -> str:
        column, start = self._experiment.columns[name], f"{self._column(name)} = "
        return start + tensor(column, self._experiment.dtype, 0, len(start))

    def _from_file(self, names: list[str], data: Data) -> Iterator[str]:
        source, rows, file = data.source, self._free("rows"), self._free("file")
        headers = source.get("columns", {})
        other = "" if data.delimiter == "," else f", delimiter={data.delimiter!r}"
        yield f'with open({source["file"]!r}, newline="", encoding="utf-8-sig") as {file}:'
        yield f"    {rows} = list(csv.DictReader({file}{other}))"
        for name in names:
            cell = f"float(row[{headers.get(name, name)!r}])"
            numbers = f"[{cell} for row in {rows}]"
            yield f"{self._column(name)} = {constant(numbers, self._experiment.dtype)}"

    def _column(self, name: str) -> str:
        """What it is called: where there is no class, the prediction takes its column's name."""
        apart = not self._in_class and name == self._experiment.prediction
        return self._free(f"{name}_target") if apart else name

    def _leaf(self, name: str, given: Buffer) -> str:
        dtype, on = self._experiment.dtype, isinstance(given, Parameter) and given.requires_grad
        start, end = f"{name} = ", ""
        if not on:
            # A tensor that is none of the data.
            is_parameter = isinstance(given, Parameter)
            start += "nn.Parameter(" if is_parameter else "nn.Buffer("
            end = ", requires_grad=False)" if is_parameter else ")"
        return start + tensor(given.array(), dtype, 0, len(start) + len(end), on) + end

    def _of_model(self, name: str) -> bool:
        """Whether it is an attribute of the model, where there is one."""
        return name in self._experiment.parameters or name in self._experiment.buffers

    # -- the model -----------------------------------------------------------------------------

    def _switches(self) -> Iterator[str]:
        """The set of what is detached at a moment, if that changes."""
        if self._flipped:
            now = sorted(self._experiment.cuts & self._flipped)
            quoted = ", ".join(f'"{name}"' for name in now)
            yield f"{self._cuts.state} = {{{quoted}}}" if now else f"{self._cuts.state} = set()"
            yield ""

    def _program(self) -> Iterator[str]:
        if self._in_class:
            yield from self._class()
            yield from self._loop([])
            return
        functions, computed = _split(self._formula(""))
        yield from functions
        if self._trains:
            yield from self._loop(computed)
        else:
            yield from computed
            yield from self._single_pass()

    def _class(self) -> Iterator[str]:
        experiment = self._experiment
        yield from ("", f"class {self._free('Model')}(nn.Module):")
        yield from ("    def __init__(self):", "        super().__init__()")
        for name, parameter in experiment.parameters.items():
            start = f"        self.{name} = nn.Parameter("
            value = tensor(parameter.array(), experiment.dtype, 8, len(start))
            yield f"{start}{value}{'' if parameter.requires_grad else ', requires_grad=False'})"
        for name, buffer in experiment.buffers.items():
            start = f'        self.register_buffer("{name}", '
            yield f"{start}{tensor(buffer.array(), experiment.dtype, 8, len(start))})"
        yield ""
        yield f"    def forward({', '.join(['self', *experiment.inputs])}):"
        yield from (f"        {line}" if line else "" for line in self._formula("self."))
        yield from (f"        return {experiment.prediction}", "", "")

    def _formula(self, prefix: str) -> list[str]:
        """The formula's lines; before them what is cut of the leaves."""
        names: dict[str, str] = {}
        first = []
        for leaf in self._experiment.leaves:
            own = prefix + leaf if self._of_model(leaf) else leaf
            if self._batch is not None and not prefix and leaf in self._experiment.inputs:
                own = self._free(f"{leaf}_batch")
                first.append(f"{own} = {self._rows(leaf)}")
            cut = self._cuts.of(leaf, own)
            # Inside a method the name is free for what is cut.
            names[leaf] = own if cut is None else leaf if prefix else self._free(f"{leaf}_cut")
            if cut is not None:
                first.append(f"{names[leaf]} = {cut}")
        names = {leaf: text for leaf, text in names.items() if text != leaf}
        return [*first, *program_lines(self._experiment, self._cuts, names)]

    def _single_pass(self) -> Iterator[str]:
        yield from self._compared("")
        yield f"{self._loss_name()}.backward()"
        names = self._experiment.parameters
        yield from ("", *(f'print("{name}.grad:", {name}.grad)' for name in names))

    # -- training ------------------------------------------------------------------------------

    def _loop(self, computed: list[str]) -> Iterator[str]:
        training = self._experiment.training
        model, optimizer = self._free("model"), self._free("optimizer")
        step, loss = self._free("step"), self._loss_name()
        if self._in_class:
            yield f"{model} = {self._free('Model')}()"
        criterion = self._criterion()
        if criterion:
            yield f"{self._free('criterion')} = {criterion}"
        yield f"{optimizer} = {self._optimizer(model)}"
        yield from self._first_limit()
        body = [
            *self._changes(step, model, optimizer),
            *computed,
            *self._compared(model),
            *self._cleared(optimizer, step),
            f"{loss}.backward()",
            *self._updated(optimizer, step, model),
            *self._printed(step, loss, model),
        ]
        if self._batch is None:
            yield from ("", f"for {step} in range(1, {training.steps + 1}):")
            yield from _indented(body, 1)
        else:
            yield from self._epochs(self._batch, step)
            yield from _indented(body, 2)
        yield from self._printed_whole(model)

    # -- batches -------------------------------------------------------------------------------

    @property
    def _batch(self) -> Batch | None:
        return self._experiment.training.batch if self._trains else None

    def _rows(self, column: str) -> str:
        """A column of the data in a step."""
        return column if self._batch is None else f"{column}[{self._free('batch')}]"

    def _epochs(self, batch: Batch, step: str) -> Iterator[str]:
        """The heads of the two loops."""
        experiment, data = self._experiment, self._experiment.data
        assert data is not None
        epochs, rest = divmod(experiment.training.steps, batch.count(data.rows))
        columns = [*experiment.inputs]
        if experiment.prediction:
            columns.append(self._column(experiment.prediction))
        rows, generator = f"len({columns[0]})" if columns else str(data.rows), ""
        order = f"torch.arange({rows})"
        if batch.shuffle:
            generator = self._free("generator")
            yield f"{generator} = torch.Generator().manual_seed({batch.seed})"
            order = f"torch.randperm({rows}, generator={generator})"
        yield from (f"{step} = 0", "")
        yield f"for {self._free('epoch')} in range(1, {epochs + (rest > 0) + 1}):"
        yield f"    for {self._free('batch')} in {order}.split({batch.size}):"
        if rest:
            yield from _indented([f"if {step} == {experiment.training.steps}:", "    break"], 2)
        yield f"        {step} += 1"

    def _loss_name(self) -> str:
        experiment = self._experiment
        return self._free("loss") if experiment.prediction else experiment.objective or "loss"

    def _criterion(self) -> str:
        """The module that compares; nothing where the formula has a scalar of its own."""
        loss = self._experiment.training.loss
        if self._experiment.prediction is None or loss is None or not LOSSES[loss.name].module:
            return ""
        return (
            f"nn.{LOSSES[loss.name].module}({_options(loss.options, LOSSES[loss.name].defaults)})"
        )

    def _compared(self, model: str) -> Iterator[str]:
        experiment, loss = self._experiment, self._experiment.training.loss
        if experiment.prediction is None or loss is None:
            return
        prediction = experiment.prediction
        target = self._rows(self._column(prediction))
        if self._in_class:
            prediction = self._free("prediction")
            yield f"{prediction} = {model}({', '.join(map(self._rows, experiment.inputs))})"
        entry = LOSSES[loss.name]
        options = _options(loss.options, entry.defaults)
        call = torch_name(OPERATIONS[entry.operation])
        compare = f"{call}({prediction}, {target}{', ' + options if options else ''})"
        if entry.module and self._trains:
            compare = f"{self._free('criterion')}({prediction}, {target})"
        yield f"{self._loss_name()} = {compare}"

    def _optimizer(self, model: str) -> str:
        optimizer = self._experiment.training.optimizer
        entry = OPTIMIZERS[optimizer.name]
        groups = self._experiment.training.groups
        options = _options(optimizer.options, entry.defaults, always=() if groups else ("lr",))
        parameters = self._held(model)
        if len(parameters) == 1:
            given = ", ".join(each for each in (*parameters, options) if each)
            return f"torch.optim.{entry.torch}({given})"
        lines = [f"torch.optim.{entry.torch}(", *(f"    {each}" for each in parameters)]
        return "\n".join([*lines, *([f"    {options},"] if options else []), ")"])

    def _held(self, model: str) -> list[str]:
        """What the optimizer holds, as its first argument: in one line, or a line a group."""
        experiment, groups = self._experiment, self._experiment.training.groups
        if not groups:
            if self._in_class and len(experiment.optimized) == len(experiment.parameters):
                return [f"{model}.parameters()"]
            return [self._listed(experiment.optimized, model)]
        lines = []
        for name, tensors in experiment.param_groups.items():
            entries: dict[str, object] = {}
            if name in groups:
                entries = {**groups[name].options, "name": name}
            given = "".join(
                f", {value_text(key)}: {value_text(each)}" for key, each in entries.items()
            )
            lines.append(f'    {{"params": {self._listed(tensors, model)}{given}}},')
        return ["[", *lines, "],"]

    def _listed(self, names: Iterable[str], model: str) -> str:
        prefix = f"{model}." if self._in_class else ""
        return f"[{', '.join(prefix + name for name in names)}]"

    def _cleared(self, optimizer: str, step: str) -> Iterator[str]:
        training = self._experiment.training
        kind, count = training.zero_grad, training.accumulate
        if kind == "never":
            yield "# No zero_grad(): the gradients of all steps add up."
            return
        clear = f"{optimizer}.zero_grad({'set_to_none=False' if kind == 'zero' else ''})"
        if count == 1:
            yield clear
        else:
            yield from (f"if ({step} - 1) % {count} == 0:", f"    {clear}")

    def _updated(self, optimizer: str, step: str, model: str) -> Iterator[str]:
        count = self._experiment.training.accumulate
        lines = [*self._clipped(model), f"{optimizer}.step()"]
        if count == 1:
            yield from lines
        else:
            yield f"if {step} % {count} == 0:"
            yield from (f"    {line}" for line in lines)

    # -- clipping ------------------------------------------------------------------------------

    def _clipping(self) -> str | None:
        """The key that clips, from the start or from a change on."""
        experiment = self._experiment
        at_start = [key for key in CLIPPING if getattr(experiment.training, key) is not None]
        later = (key for change in experiment.changes for key in change.clipping)
        return next(iter([*at_start, *later]), None)

    def _limit_changes(self) -> bool:
        return any(change.clipping for change in self._experiment.changes)

    def _limit(self) -> str:
        """The name of the limit, where it is one that changes."""
        return self._free("max_norm" if self._clipping() == CLIPPING[0] else "clip_value")

    def _first_limit(self) -> Iterator[str]:
        key = self._clipping()
        if key is not None and self._limit_changes():
            limit = getattr(self._experiment.training, key)
            yield f"{self._limit()} = {None if limit is None else value_text(limit)}"

    def _clipped(self, model: str) -> Iterator[str]:
        key = self._clipping()
        if key is None:
            return
        experiment, at_start = self._experiment, getattr(self._experiment.training, key)
        limit = self._limit() if self._limit_changes() else value_text(at_start)
        held = f"{model}.parameters()"
        held = held if self._in_class else self._listed(experiment.parameters, model)
        call = f"nn.utils.{key}_({held}, {limit})"
        if at_start is None:
            yield from (f"if {limit} is not None:", f"    {call}")
        else:
            yield call

    def _changes(self, step: str, model: str, optimizer: str) -> Iterator[str]:
        at: int | None = None
        for change in self._experiment.changes:
            if change.step != at:
                at = change.step
                yield f"if {step} == {at}:"
            yield from _indented(self._change(change, model, optimizer), 1)

    def _change(self, change: Change, model: str, optimizer: str) -> Iterator[str]:
        name = change.tensor or ""
        leaf = f"{model}.{name}" if self._in_class and self._of_model(name) else name
        if change.value is not None:
            start = f"    {leaf}.copy_("
            yield "with torch.no_grad():"
            outside = 8 if self._batch is None else 12
            value = tensor(change.value, self._experiment.dtype, outside + 4, len(start) + outside)
            yield f"{start}{value})"
        if change.requires_grad is not None:
            yield f"{leaf}.requires_grad_({change.requires_grad})"
        if change.detach is not None:
            yield f'{self._cuts.state}.{"add" if change.detach else "discard"}("{name}")'
        yield from (f"{self._limit()} = {value_text(each)}" for each in change.clipping.values())
        yield from self._set_options(change, optimizer)

    def _set_options(self, change: Change, optimizer: str) -> Iterator[str]:
        groups, indent = list(self._experiment.param_groups), ""
        one = f"{optimizer}.param_groups[{groups.index(change.group or groups[0])}]"
        if change.options and change.group is None and len(groups) > 1:
            one, indent = self._free("group"), "    "
            yield f"for {one} in {optimizer}.param_groups:"
        for option, value in change.options.items():
            yield f'{indent}{one}["{option}"] = {value_text(value)}'

    def _printed(self, step: str, loss: str, model: str) -> Iterator[str]:
        """The rows of `run`, with the numbers that stand in one column each."""
        every = max(1, self._experiment.training.steps // ROWS)
        prefix = f"{model}." if self._in_class else ""
        parameters = self._experiment.parameters.items()
        scalars = [name for name, parameter in parameters if parameter.dimensions == ()]
        shown = "".join(f"  {name} {{{prefix}{name}.item():.6g}}" for name in scalars)
        row = f'print(f"{{{step}:>6}}  {loss} {{{loss}.item():.6g}}{shown}")'
        yield from [row] if every == 1 else [f"if {step} % {every} == 0:", f"    {row}"]

    def _printed_whole(self, model: str) -> Iterator[str]:
        """At the end what has more numbers than one."""
        prefix = f"{model}." if self._in_class else ""
        parameters = self._experiment.parameters.items()
        rest = [name for name, parameter in parameters if parameter.dimensions != ()]
        if rest:
            yield ""
        yield from (f'print("{name}:", {prefix}{name}.tolist())' for name in rest)


def _fits_a_class(experiment: Experiment) -> bool:
    """Whether its parameters can be attributes of a module."""
    names = {*experiment.parameters, *experiment.buffers}
    return MODULE_NAMES.isdisjoint(names) and not any(name.startswith("_") for name in names)


def _uses(text: str, module: str) -> bool:
    before = (f"{sign}{module}" for sign in (" ", "(", "[", "{", "=", "-", "\n"))
    return text.startswith(module) or any(each in text for each in before)


def _options(
    options: Mapping[str, Any], defaults: Mapping[str, Any], always: Collection[str] = ()
) -> str:
    """As keywords, without those that PyTorch takes by itself."""
    given = {
        name: value
        for name, value in options.items()
        if name in always or value != defaults.get(name)
    }
    return ", ".join(f"{name}={value_text(value)}" for name, value in given.items())


def _indented(lines: Iterable[str], depth: int) -> Iterator[str]:
    return ("    " * depth + line if line else "" for line in lines)


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    """The functions, each between blank lines, and what is computed."""
    functions: list[str] = []
    computed: list[str] = []
    inside = False
    for line in lines:
        if line.startswith("def "):
            inside = True
            functions.append("")
        (functions if inside else computed).append(line)
        inside = inside and line != ""
    return [*functions, ""] if functions else [], computed
