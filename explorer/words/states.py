"""How a tensor stands, in a word and a sentence; its numbers in a cell.

Used by the tensors' table, its tooltips and the message panel.
"""

from collections.abc import Iterator, Sequence
from enum import Enum

from explorer.experiment.spec import Experiment
from explorer.explain.figures import Nested, Summary
from explorer.explain.step_records import TensorState
from explorer.i18n import N_, Language
from explorer.words.numbers import Form, fitting_text, number_text

# Longer texts do not fit a line.
LONGEST_VALUE = 40


class TensorKind(Enum):
    """What a row of the table is; the value is its icon's name."""

    TRAINING = "training"
    UNREACHED = "unreached"
    MOVING = "moving"
    WAITING = "waiting"
    OUTSIDE = "outside"
    FROZEN = "frozen"
    DETACHED = "detached"
    BUFFER = "buffer"
    INPUT = "input"
    TRACKED_INPUT = "tracked-input"
    COMPUTED = "computed"
    CUT_OFF = "cut-off"


WORDS: dict[TensorKind, str] = {
    TensorKind.TRAINING: N_("training"),
    TensorKind.UNREACHED: N_("cut off"),
    TensorKind.MOVING: N_("still moves"),
    TensorKind.WAITING: N_("waits for an update"),
    TensorKind.OUTSIDE: N_("not optimized"),
    TensorKind.FROZEN: N_("frozen"),
    TensorKind.DETACHED: N_("detached"),
    TensorKind.BUFFER: N_("buffer"),
    TensorKind.INPUT: N_("input"),
    TensorKind.TRACKED_INPUT: N_("input with gradient"),
    TensorKind.COMPUTED: N_("computed"),
    TensorKind.CUT_OFF: N_("constant"),
}

SENTENCES: dict[TensorKind, str] = {
    TensorKind.TRAINING: N_(
        "{name} is a parameter with requires_grad=True: backward() writes its gradient to "
        "{name}.grad, and the optimizer moves it."
    ),
    TensorKind.UNREACHED: N_(
        "{name} is a parameter with requires_grad=True, but no gradient comes to it, and the "
        "optimizer leaves it where it is."
    ),
    TensorKind.MOVING: N_(
        "{name} gets no gradient, and the optimizer moves it all the same: its .grad is not None, "
        'and only None is passed over. With zero_grad = "none" in [training] it stands still.'
    ),
    TensorKind.WAITING: N_(
        "{name} gets no gradient any more, but accumulate keeps the one that it has for an update "
        "still to come: that moves {name} once more."
    ),
    TensorKind.OUTSIDE: N_(
        "{name} is a parameter that the optimizer does not hold (optimize = false): backward() "
        "adds to {name}.grad, which zero_grad() does not clear, and no update moves {name}."
    ),
    TensorKind.FROZEN: N_(
        "{name} is frozen: requires_grad is False, so backward() computes no gradient for it "
        "and {name}.grad gets no new value."
    ),
    TensorKind.DETACHED: N_(
        "{name} is detached: what is computed from it sees a constant, so no gradient flows back "
        "through it."
    ),
    TensorKind.BUFFER: N_(
        "{name} is a buffer: it requires no gradient, and no update moves it. Its value can be set."
    ),
    TensorKind.INPUT: N_("{name} is a column of the data. It is read, not trained."),
    TensorKind.TRACKED_INPUT: N_(
        "{name} is a column of the data with requires_grad=True: it gets a gradient, but the "
        "optimizer does not move it."
    ),
    TensorKind.COMPUTED: N_(
        "{name} is computed by the formula. PyTorch keeps no .grad for such a tensor; the "
        "gradient shown comes from a pass of its own in which it was retained."
    ),
    TensorKind.CUT_OFF: N_(
        "{name} is computed by the formula, from nothing that requires a gradient: the graph "
        "ends here."
    ),
}


def kind_of(tensor: TensorState, experiment: Experiment) -> TensorKind:
    """Which of the kinds a tensor is."""
    if tensor.moves_on:
        return TensorKind.WAITING if tensor.waits else TensorKind.MOVING
    if tensor.detached:
        return TensorKind.DETACHED
    if not tensor.leaf:
        known = tensor.value is not None
        return TensorKind.CUT_OFF if known and not tensor.requires_grad else TensorKind.COMPUTED
    if tensor.name in experiment.parameters:
        return _parameter_kind(tensor, tensor.name in experiment.optimized)
    if tensor.name in experiment.buffers:
        return TensorKind.BUFFER
    return TensorKind.TRACKED_INPUT if tensor.requires_grad else TensorKind.INPUT


def _parameter_kind(tensor: TensorState, optimized: bool) -> TensorKind:
    if not tensor.requires_grad:
        return TensorKind.FROZEN
    if not tensor.reached:
        return TensorKind.UNREACHED
    return TensorKind.TRAINING if optimized else TensorKind.OUTSIDE


def size_text(shape: Sequence[int]) -> str:
    """A shape in few characters: `16×16`; of a single number nothing."""
    return "×".join(map(str, shape))


def norm_text(norm: float, longest: int) -> str:
    """A norm in so many characters; where there is room, one as long as the other."""
    bars = 2
    return f"‖{fitting_text(norm, longest - bars, Form.ALIGNED)}‖"


def value_text(
    value: Nested | Summary | None, language: Language, longest: int = LONGEST_VALUE
) -> str:
    """A tensor's numbers in one line of so many characters; a large one by its mean and norm."""
    _ = language.text
    if value is None:
        return "—"
    if isinstance(value, Summary):
        return _("mean {mean}, norm {norm}").format(
            mean=number_text(value.mean, Form.CELL), norm=number_text(value.norm, Form.CELL)
        )
    if not isinstance(value, list):
        return fitting_text(value, longest)
    text = ""
    for piece in _pieces(value):
        text += piece
        # A table asks for this ten times a second: what is not shown is not written.
        if len(text) > longest:
            return text[: longest - 1] + "…"
    return text


def nested_text(value: Nested) -> str:
    """Nested lists with short numbers."""
    return "".join(_pieces(value))


def _pieces(value: Nested) -> Iterator[str]:
    if not isinstance(value, list):
        yield number_text(value, Form.SHORT)
        return
    yield "["
    for place, part in enumerate(value):
        yield ", " if place else ""
        yield from _pieces(part)
    yield "]"
