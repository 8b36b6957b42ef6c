"""What can be written next in a formula: names with a line of help each.

The editor of the window offers them (`explorer.ui.editor.completion`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.experiment.operations import OPERATIONS, Operation
from explorer.experiment.rendering import display
from explorer.experiment.spec import Experiment
from explorer.i18n import Language
from explorer.words.operations import GIVES

# Of what a name stands for.
LONGEST_EXPRESSION = 48
_ARGUMENTS = ("x", "y", "z", "u", "v")
# What stands before the cursor: a name, and before it a dot and whose attribute it is.
_WRITTEN = re.compile(r"(?:(?P<owner>[A-Za-z_]\w*|[)\]])(?P<dot>\.))?(?P<name>[A-Za-z_]\w*)?$")
_MODULES = frozenset({"torch", "F", "functional", "nn"})


@dataclass(frozen=True)
class Completion:
    """A name, what it is in a line, and whether it is called."""

    name: str
    help: str
    called: bool = False


@dataclass(frozen=True)
class Context:
    """What is being written: the name so far, and whether only a method can follow."""

    begun: str
    method: bool = False
    function: bool = False


def context(before: str) -> Context | None:
    """What stands before the cursor in its line; None where no name can be."""
    if "#" in before:
        return None
    found = _WRITTEN.search(before)
    if found is None:
        return None
    begun, owner = found["name"] or "", found["owner"]
    if not begun and before[-1:].isalnum():
        # A number.
        return None
    module = owner in _MODULES
    return Context(begun, method=bool(found["dot"]) and not module, function=module)


def completions(experiment: Experiment, language: Language) -> tuple[Completion, ...]:
    """What can stand where a value is read: the names first, then the operations."""
    return (*names(experiment, language), *functions(language))


def names(experiment: Experiment, language: Language) -> tuple[Completion, ...]:
    """The tensors and columns of the experiment, and what its formula assigns."""
    return tuple(_names(experiment, language))


def _names(experiment: Experiment, language: Language) -> Iterator[Completion]:
    _ = language.text
    for name, parameter in experiment.parameters.items():
        yield Completion(name, _sized(_("parameter"), parameter.dimensions))
    for name, buffer in experiment.buffers.items():
        yield Completion(name, _sized(_("buffer"), buffer.dimensions))
    for name, column in experiment.columns.items():
        yield Completion(name, _sized(_("data column"), column.shape))
    known = {*experiment.parameters, *experiment.buffers, *experiment.columns}
    for assignment in experiment.program.assignments:
        name = assignment.name
        if name.isidentifier() and name not in known:
            known.add(name)
            yield Completion(name, f"= {display(assignment.expression, LONGEST_EXPRESSION)}")


def _sized(what: str, shape: tuple[int, ...]) -> str:
    return f"{what}, {' × '.join(map(str, shape))}" if shape else what


def functions(language: Language) -> tuple[Completion, ...]:
    """What is called with its tensors in brackets."""
    found = (each for each in OPERATIONS.values() if each.is_named and each.function_form)
    return tuple(_completion(each, 0, language) for each in sorted(found, key=_by_name))


def methods(language: Language) -> tuple[Completion, ...]:
    """What follows a tensor and a dot."""
    found = (each for each in OPERATIONS.values() if each.method or each.attribute)
    return tuple(_completion(each, 1, language) for each in sorted(found, key=_by_name))


def _by_name(operation: Operation) -> str:
    return operation.written.lower()


def _completion(operation: Operation, left_out: int, language: Language) -> Completion:
    """`left_out`: so many tensors stand before the dot."""
    name = operation.name if left_out else operation.written
    called = not operation.attribute
    given = ", ".join(_arguments(operation)[left_out:])
    written = f"{'x.' if left_out else ''}{name}{f'({given})' if called else ''}"
    gives = GIVES.get(operation.written)
    if gives is None:
        return Completion(name, written, called)
    help_text = language.text("{gives} — {written}")
    return Completion(name, help_text.format(gives=language.text(gives), written=written), called)


def _arguments(operation: Operation) -> list[str]:
    tensors = [*(operation.names or _ARGUMENTS)][: operation.tensors[1]]
    if operation.names[:1] == ("input",):
        tensors[0] = _ARGUMENTS[0]
    if operation.listed:
        tensors = ["[x, y]"]
    return [*([operation.first] if operation.first else []), *tensors,
            *(each for each in operation.options if each != operation.first)]  # fmt: skip
