"""What the command line shows to people: tables of text in the reader's language.

A `Table` is only text; `explorer.cli.output` lays it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from explorer.i18n import Language
from explorer.words.numbers import Form, number_text

if TYPE_CHECKING:
    from explorer.explain.figures import Summary
    from explorer.explain.step_records import TensorState

# A tensor's numbers: `tolist()`, or the summary of one too large to show whole.
Value = Union[float, Sequence["Value"], "Summary", None]

SHOWN_ELEMENTS = 4


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of text.

    `numbers` are the columns aligned to the right, `prose` those that may take several lines.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    prose: frozenset[int] = frozenset()


def brief(value: Value) -> str:
    """A tensor in one cell: `None`, a number, or a list cut short."""
    if value is None:
        return "None"
    if isinstance(value, float | int):
        return number_text(value, Form.TABLE)
    if not isinstance(value, Sequence):
        ends = (number_text(each, Form.TABLE) for each in (value.low, value.high))
        return f"[{' … '.join(ends)}]"
    shown = [brief(item) for item in value[:SHOWN_ELEMENTS]]
    return f"[{', '.join([*shown, '…'] if len(value) > SHOWN_ELEMENTS else shown)}]"


def figures_text(fact: object) -> str:
    """A fact in a sentence: `x = 1.0000, v = [1.0000, 2.0000]`, names in a row, a text."""
    if isinstance(fact, Mapping):
        return ", ".join(f"{label} = {brief(value)}" for label, value in fact.items())
    if isinstance(fact, Sequence) and not isinstance(fact, str):
        return ", ".join(map(str, fact))
    return str(fact)


def experiments(titles: Mapping[str, str], language: Language) -> Table:
    """The built-in experiments; titles of ours are translated."""
    _ = language.text
    rows = tuple((name, _(title)) for name, title in titles.items())
    return Table((_("name"), _("title")), rows)


def steps(rows: Sequence[Mapping[str, Value]], language: Language) -> Table:
    """One line a step: step, loss and the parameters, by the rows' own keys."""
    _ = language.text
    names = list(rows[0])[2:] if rows else []
    lines = (
        (f"{row['step']}", *(brief(value) for key, value in row.items() if key != "step"))
        for row in rows
    )
    headings = (_("step"), _("loss"), *names)
    return Table(headings, tuple(lines), frozenset(range(len(headings))))


def model_gradients(
    tensors: "Iterable[TensorState]", why: Mapping[str, str], language: Language
) -> Table:
    """One line a parameter of somebody's model: its shape instead of its many numbers."""
    _ = language.text
    answers = {True: _("yes"), False: _("no")}
    rows = tuple(
        (
            each.name,
            " × ".join(map(str, each.shape)) or "–",
            brief(each.grad),
            answers[each.requires_grad],
            why.get(each.name, ""),
        )
        for each in tensors
    )
    headings = (_("tensor"), _("shape"), _("gradient"), "requires_grad", _("why"))
    return Table(headings, rows, frozenset({2}), frozenset({4}))


def gradients(
    tensors: "Iterable[TensorState]",
    why: Mapping[str, str],
    language: Language,
    moved: Mapping[str, str] | None = None,
) -> Table:
    """One line a tensor: value, gradient, the two switches, leaf or intermediate, and why.

    `why` has the sentences for the gradients that need one, by the tensors' names; `moved` what
    moved the parameters, in a column of its own.
    """
    _ = language.text
    kinds = {True: _("leaf"), False: _("intermediate")}
    answers = {True: _("yes"), False: _("no")}
    rows = tuple(
        (
            each.name,
            brief(each.value),
            brief(each.grad),
            answers[each.requires_grad],
            answers[each.detached],
            kinds[each.leaf],
            *(() if moved is None else (moved.get(each.name, ""),)),
            why.get(each.name, ""),
        )
        for each in tensors
    )
    first = (_("tensor"), _("value"), _("gradient"), "requires_grad", "detach", _("kind"))
    named = first if moved is None else (*first, _("moved by"))
    return Table((*named, _("why")), rows, frozenset({1, 2}), frozenset({len(named)}))
