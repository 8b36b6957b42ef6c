"""What was done, in words: for the actions Undo and Redo, and for the status bar."""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.i18n import N_, Language
from explorer.live.run import Run
from explorer.live.undo import Changed, Edited, Entry, Typed
from explorer.words.changes import change_text
from explorer.words.numbers import Form, number_text

# By the way in which a run took the place of another.
_WAYS: Mapping[str, str] = MappingProxyType(
    {
        "reset": N_("Reset"),
        "again": N_("Play from the start"),
        "start_over": N_("Start over from the file"),
        "go_to": N_("Jump"),
        "remove": N_("Remove a change"),
        "formula": N_("Edit the formula"),
        "parameter": N_("Add a parameter"),
        "column": N_("Add a column"),
        "objective": N_("Choose the objective"),
        "remove_parameter": N_("Remove a parameter"),
        "rename": N_("Rename a tensor"),
        "start": N_("Starting value"),
        "random_start": N_("New random start"),
        "setting": N_("Setting"),
    }
)


def entry_text(entry: Entry, language: Language) -> str:
    """What was done, in a few words: `b requires_grad=True`, `steps=6000`, `Reset`."""
    if isinstance(entry, Changed):
        return change_text(entry.change)
    if isinstance(entry, Edited):
        return f"{entry.key.rpartition('.')[2]}={entry.new}"
    if isinstance(entry, Typed):
        return language.text("Typing")
    return language.text(_WAYS[entry.way])


def beginning_text(run: Run, language: Language) -> str:
    """Of a run that took the place of one: that it did, and what comes again; else nothing."""
    _ = language.text
    if run.began not in ("reset", "again"):
        return ""
    if not run.planned:
        return _("from the start")
    text = language.plural(
        "from the start, with {count} change made by hand",
        "from the start, with {count} changes made by hand",
        run.planned,
    )
    return text.format(count=number_text(run.planned, Form.COUNT))
