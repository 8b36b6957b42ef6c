"""The menu bar, built from the actions and from what can be chosen."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from explorer import paths
from explorer.i18n import AVAILABLE, N_, Language, load
from explorer.live.curves import CHOICES
from explorer.live.recovery import Offer
from explorer.ui.plots import table
from explorer.ui.recoverystrip import offer_text
from explorer.ui.settings import APPEARANCES, RATES

APPEARANCE_WORDS: Mapping[str, str] = dict(
    zip(APPEARANCES, (N_("As the system"), N_("Light"), N_("Dark")), strict=True)
)
CURVES_WORDS: Mapping[str, str] = dict(
    zip(
        CHOICES,
        (
            N_("&Norms if there are many"),
            N_("&Each number"),
            N_("&The norm of each tensor"),
        ),
        strict=True,
    )
)
# `语言(&L)` or `&Sprache`: one menu has one of them.
_MNEMONIC = re.compile(r"\(&\w\)|&")


def fill(
    bar: QMenuBar,
    language: Language,
    groups: Sequence[tuple[str, Sequence[QAction | QMenu | None]]],
) -> None:
    """Menus with their entries; None is a separator."""
    for title, entries in groups:
        menu = bar.addMenu(language.text(title))
        menu.setToolTipsVisible(True)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, QMenu):
                menu.addMenu(entry)
            else:
                menu.addAction(entry)


def group(parent: QWidget, title: str, actions: Sequence[QAction]) -> QMenu:
    """Actions that belong together, in a menu of their own."""
    menu = QMenu(title, parent)
    menu.addActions(list(actions))
    return menu


def choice_menu(
    parent: QWidget,
    title: str,
    options: Sequence[tuple[str, str]],
    present: str,
    choose: Callable[[str], None],
) -> QMenu:
    """A menu in which exactly one entry is ticked; `options` are (value, text)."""
    menu = QMenu(title, parent)
    group = QActionGroup(menu)
    for value, text in options:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(value == present)
        action.setData(value)
        group.addAction(action)
    group.triggered.connect(lambda action: choose(action.data()))
    return menu


def language_menu(
    parent: QWidget, language: Language, present: str | None, choose: Callable[[str], None]
) -> QMenu:
    """Each language in its own name; the first entry follows the system.

    Marked is the one chosen, `present`, unless another one was asked for at the start.
    """
    if load(present).code != language.code:
        present = language.code
    options = [("", language.text("As the system")), *AVAILABLE]
    # Named in two languages, for whoever cannot read the present one.
    own = _MNEMONIC.sub("", language.text("&Language"))
    title = "&Language / 语言" if language.code == "en" else f"{own} / &Language"
    return choice_menu(parent, title, options, present or "", choose)


def appearance_menu(
    parent: QWidget, language: Language, present: str, choose: Callable[[str], None]
) -> QMenu:
    """Light, dark, or as the system."""
    options = [(key, language.text(text)) for key, text in APPEARANCE_WORDS.items()]
    return choice_menu(parent, language.text("&Appearance"), options, present, choose)


def rate_menu(
    parent: QWidget, language: Language, present: int, choose: Callable[[str], None]
) -> QMenu:
    """Frames a second while training."""
    text = language.text("{rate} frames a second")
    options = [(str(rate), text.format(rate=rate)) for rate in RATES]
    return choice_menu(parent, language.text("&Display rate"), options, str(present), choose)


def curves_menu(
    parent: QWidget, language: Language, present: str, choose: Callable[[str], None]
) -> QMenu:
    """Which curves of the parameters and their gradients there are."""
    options = [(key, language.text(text)) for key, text in CURVES_WORDS.items()]
    return choice_menu(parent, language.text("&Curves of parameters"), options, present, choose)


def experiments_menu(
    parent: QWidget, language: Language, open_path: Callable[[Path], None]
) -> QMenu:
    """The built-in experiments, by their titles."""
    menu = QMenu(parent)
    for name, path in paths.builtin_experiments().items():
        # Not read as an experiment: the window would open later for every one there is.
        title = tomllib.loads(path.read_text(encoding="utf-8")).get("title")
        action = menu.addAction(language.text(title) if title else name)
        action.triggered.connect(lambda _on=False, path=path: open_path(path))
    return menu


def recover_menu(
    parent: QWidget,
    language: Language,
    offers: Callable[[], Sequence[Offer]],
    choose: Callable[[Offer], None],
) -> QMenu:
    """The unsaved work there is, looked for whenever the menu opens."""
    menu = QMenu(language.text("&Recover"), parent)

    def refresh() -> None:
        menu.clear()
        for offer in offers():
            action = menu.addAction(offer_text(offer, language).replace("&", "&&"))
            action.triggered.connect(lambda _on=False, offer=offer: choose(offer))
        if menu.isEmpty():
            menu.addAction(language.text("No unsaved work")).setEnabled(False)

    menu.aboutToShow.connect(refresh)
    # A menu without entries does not open.
    menu.addAction("")
    return menu


def plots_menu(
    parent: QWidget,
    language: Language,
    hidden: frozenset[str],
    choose: Callable[[frozenset[str]], None],
) -> QMenu:
    """Which plots are shown."""
    menu = QMenu(language.text("&Plots"), parent)
    boxes: dict[str, QAction] = {}
    for entry in table.PLOTS:
        box = boxes[entry.key] = menu.addAction(language.text(entry.title))
        box.setData(entry.key)
        box.setCheckable(True)
        box.setChecked(entry.key not in hidden)
        box.toggled.connect(
            lambda _on: choose(frozenset(key for key, box in boxes.items() if not box.isChecked()))
        )
    return menu
