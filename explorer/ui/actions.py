"""Every action of the window in one table: text, icon, key, what it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from explorer.i18n import N_, Language
from explorer.ui.icons import themed_icon
from explorer.ui.theme import Theme


@dataclass(frozen=True)
class ActionSpec:
    """One action. `keys` as Qt writes them; several are separated by `; `."""

    text: str
    tip: str
    keys: str = ""
    icon: str = ""
    checkable: bool = False


ACTIONS: Mapping[str, ActionSpec] = {
    "new_from_program": ActionSpec(
        N_("&New from PyTorch code…"),
        N_("Paste a PyTorch program and see it run with its switches."),
        "Ctrl+N",
    ),
    "open": ActionSpec(N_("&Open…"), N_("Open an experiment file."), "Ctrl+O", "open"),
    "open_model": ActionSpec(
        N_("Open PyTorch &model…"),
        N_("Run a Python file of your own, and train the model that a function in it makes."),
        "Ctrl+M",
    ),
    "save": ActionSpec(N_("&Save"), N_("Write the experiment to its file."), "Ctrl+S", "save"),
    "save_as": ActionSpec(
        N_("Save &As…"), N_("Write the experiment to another file."), "Ctrl+Shift+S"
    ),
    "reload": ActionSpec(
        N_("Re&load"),
        N_("Read the experiment's file again; what is not saved is kept for File › Recover."),
    ),
    "ask_on_quit": ActionSpec(
        N_("Ask &before closing"),
        N_("Ask when something is not saved. It is kept for File › Recover in any case."),
        checkable=True,
    ),
    "quit": ActionSpec(N_("&Quit"), N_("Close the window."), "Ctrl+Q"),
    "play": ActionSpec(
        N_("&Play"),
        N_("Train: zero_grad(), forward, backward(), optimizer.step(), again and again."),
        "F5; Ctrl+Return",
        "play",
    ),
    "step": ActionSpec(
        N_("S&tep"),
        N_("One step: zero_grad(), forward, backward(), optimizer.step()."),
        "F10",
        "step",
    ),
    "reset": ActionSpec(
        N_("&Reset"),
        N_("Back to the start: new tensors, a new optimizer. Changes come again at their steps."),
        "Ctrl+R",
        "reset",
    ),
    "start_over": ActionSpec(
        N_("Start &over from the file"),
        N_("Back to what the file says, without what was changed here. It can be undone."),
        "Ctrl+Shift+R",
    ),
    "undo": ActionSpec(N_("&Undo"), N_("Take back the last thing done."), "Ctrl+Z", "undo"),
    "redo": ActionSpec(
        N_("Re&do"), N_("Do again what was undone."), "Ctrl+Shift+Z; Ctrl+Y", "redo"
    ),
    "add_parameter": ActionSpec(
        N_("New &parameter…"),
        N_("Add a leaf that training moves: torch.tensor(..., requires_grad=True)"),
        "Ctrl+Shift+N",
        "add",
    ),
    "random_start": ActionSpec(
        N_("New random &start"),
        N_("Other random starting values: every seed one higher."),
        "Ctrl+Shift+D",
    ),
    "settings": ActionSpec(
        N_("Se&ttings of the experiment…"),
        N_("Title, loss, optimizer and its options, clipping, batches: all that the file can say."),
        "Ctrl+,",
    ),
    "goes_on": ActionSpec(
        N_("Keep &values when the formula changes"),
        N_(
            "Begin the run of an edited formula with the values that parameters of the same name "
            "and shape have by now, and not with their starting values."
        ),
        checkable=True,
    ),
    "log_loss": ActionSpec(
        N_("&Logarithmic loss"), N_("Draw the loss by powers of ten."), "Ctrl+L", "", True
    ),
    "whole_run": ActionSpec(
        N_("Show &whole run"),
        N_("Draw the time axes to the last step of the run, not only as far as it has come."),
        "Ctrl+Shift+E",
        "",
        True,
    ),
    "show_everything": ActionSpec(
        N_("Show &everything"),
        N_("Undo zooming. A double click on a plot does the same."),
        "Ctrl+E",
    ),
    "larger_text": ActionSpec(N_("&Larger text"), N_("Make all texts larger."), "Ctrl++; Ctrl+="),
    "smaller_text": ActionSpec(N_("&Smaller text"), N_("Make all texts smaller."), "Ctrl+-"),
    "usual_text": ActionSpec(N_("&Usual text"), N_("Texts in the system's size."), "Ctrl+0"),
    "present": ActionSpec(
        N_("&Presentation"),
        N_("Large texts and broad curves, and no menus: for a projector."),
        "F11",
        "",
        True,
    ),
    "tour": ActionSpec(
        N_("&Tour of the window"),
        N_("What is to be seen here, and in which order to use it."),
        "F1",
    ),
    "keys": ActionSpec(N_("&Keys"), N_("What every key does.")),
    "glossary": ActionSpec(N_("&Glossary"), N_("The words of autograd, in a few lines each.")),
    "suggestion": ActionSpec(
        N_("Something to &try"), N_("A first thing to do with this experiment.")
    ),
    "inspector": ActionSpec(
        N_("&Inspector"),
        N_("All numbers of the selected tensor, under the table."),
        "Ctrl+I",
        "",
        True,
    ),
    "about": ActionSpec(N_("&About Gradient Explorer"), N_("Version and licence.")),
}


def make_actions(parent: QWidget, theme: Theme, language: Language) -> dict[str, QAction]:
    """A QAction for each entry, by its key; what they do is connected by the window."""
    return {name: _action(name, spec, parent, theme, language) for name, spec in ACTIONS.items()}


def _action(
    name: str, spec: ActionSpec, parent: QWidget, theme: Theme, language: Language
) -> QAction:
    _ = language.text
    action = QAction(_(spec.text), parent)
    action.setObjectName(name)
    keys = [key for key in spec.keys.split("; ") if key]
    action.setShortcuts([QKeySequence(key) for key in keys])
    tip = _(spec.tip)
    # No status tip: in the status bar it would cover the step and the speed.
    action.setToolTip(f"{tip} ({keys[0]})" if keys else tip)
    action.setCheckable(spec.checkable)
    if spec.icon:
        action.setIcon(themed_icon(spec.icon, theme.text))
    return action
