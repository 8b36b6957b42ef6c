"""The keys of the window: those of its actions, and those that a part of it knows by itself."""

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from explorer.i18n import N_, Language
from explorer.ui.actions import ACTIONS


@dataclass(frozen=True)
class Key:
    """Keys as Qt writes them, separated by `; `, and what they do."""

    keys: str
    does: str


@dataclass(frozen=True)
class Group:
    """Keys that work in one place."""

    title: str
    keys: tuple[Key, ...]


_ACTIONS = Group(
    N_("Everywhere"), tuple(Key(each.keys, each.tip) for each in ACTIONS.values() if each.keys)
)
GROUPS = (
    _ACTIONS,
    Group(
        N_("From one part to the next"),
        (
            Key("Tab; Shift+Tab", N_("To the next part of the window, or back.")),
            Key("Alt+T; Alt+G; Alt+C", N_("To the tab Training, Graph or Code.")),
        ),
    ),
    Group(
        N_("In the table of tensors"),
        (
            Key("Up; Down", N_("To another tensor; the Why panel says why its gradient is so.")),
            Key("Left; Right", N_("To another column.")),
            Key("Space; Return", N_("Flip the switch in the cell.")),
            Key("F2; Return", N_("Change the value; Return takes it, Escape leaves it.")),
            Key("Del", N_("Remove the parameter, if the formula does not read it.")),
            Key("Menu", N_("The menu of the chosen tensor.")),
        ),
    ),
    Group(
        N_("In the formula"),
        (
            Key("Ctrl+Space", N_("List what can be written here, with a line of help each.")),
            Key("Tab; Return", N_("Take the first name of the list, or the chosen one.")),
            Key("Escape", N_("Close the list.")),
        ),
    ),
    Group(
        N_("In the plots"),
        (
            Key("Left; Right", N_("What the curves have a step before, or after.")),
            Key("Menu", N_("The menu of the plots.")),
        ),
    ),
    Group(
        N_("In the graph"),
        (
            Key("Up; Down; Left; Right", N_("To the next box along the lines, or beside it.")),
            Key("Space; Return", N_("Flip the switch of the chosen box, or open the group.")),
            Key("+; -", N_("Draw it larger or smaller.")),
            Key("0", N_("Show the whole graph.")),
            Key("Menu; Shift+F10", N_("The menu of the chosen box.")),
            Key("Escape", N_("Choose nothing.")),
        ),
    ),
    Group(
        N_("In the list of changes"),
        (
            Key("Return", N_("Go to the moment before this change.")),
            Key("Del", N_("Make the run again without this change.")),
        ),
    ),
    Group(
        N_("In this help"),
        (
            Key(
                "Ctrl+F", N_("Search; Return or F3 finds the next place, Shift+F3 the one before.")
            ),
            Key("Tab", N_("To the next word that leads somewhere; Return follows it.")),
            Key("Alt+Left", N_("Back to where a word was followed.")),
            Key("Escape", N_("Close the help.")),
        ),
    ),
)


def key_text(keys: str, language: Language) -> str:
    """As it is written on the keyboard: `Ctrl+Z`, on a Mac `⌘Z`; several of them with commas."""
    written = QKeySequence.SequenceFormat.NativeText
    names = [QKeySequence(each).toString(written) or each for each in keys.split("; ")]
    return language.text(", ").join(names)
