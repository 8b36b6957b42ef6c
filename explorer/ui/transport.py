"""The tool bar: experiments, reset, play, step, speed, learning rate, number of steps."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QSpinBox,
    QToolBar,
    QToolButton,
    QWidget,
)

from explorer.experiment.changes import MAX_STEPS
from explorer.experiment.groups import REST
from explorer.experiment.names import shortened
from explorer.experiment.spec import Change
from explorer.i18n import Language
from explorer.live.frames import Frame
from explorer.ui.bench import Bench, RunState
from explorer.ui.icons import themed_icon
from explorer.ui.speed import STARTING_SPEED, SpeedControl, notch_at, speed_at
from explorer.ui.theme import Theme
from explorer.ui.tips import TipsBelow
from explorer.words.numbers import Form, number_text

# How large an icon is beside a line of text.
ICON_SHARE = 1.5


class TransportBar(QToolBar):
    """Everything that steers the run. Edits go to the workbench."""

    def __init__(
        self,
        workbench: Bench,
        actions: Mapping[str, QAction],
        experiments: QMenu | None,
        theme: Theme,
        language: Language,
        *,
        notch: int | None = None,
    ) -> None:
        super().__init__(language.text("Controls"))
        self.setObjectName("transport")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        side = round(self.fontMetrics().height() * ICON_SHARE)
        self.setIconSize(QSize(side, side))
        self._workbench = workbench
        self._language = language
        # The changes that the rate shown comes from; None: it is to be shown in any case.
        self._followed: tuple[Change, ...] | None = None
        self._play = actions["play"]
        self._icons = {name: themed_icon(name, theme.text) for name in ("play", "pause")}
        # The buttons with words beside their icons, as long as there is room.
        self._words: list[QToolButton] = []
        if actions["present"].isChecked():
            # The menus are hidden: here is the way back.
            self.addAction(actions["present"])
        if experiments is not None:
            self._add_experiments(experiments, theme)
        self.addActions([actions[name] for name in ("undo", "redo", "reset", "play", "step")])
        for name in ("undo", "redo"):
            # What they would do is in their tooltip, and changes.
            button = self.widgetForAction(actions[name])
            assert isinstance(button, QToolButton)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for name in ("reset", "play", "step"):
            button = self.widgetForAction(actions[name])
            assert isinstance(button, QToolButton)
            self._words.append(button)
        self._play_width = self._widest_play()
        self.addSeparator()
        self.speed = SpeedControl(
            theme, language, notch_at(STARTING_SPEED) if notch is None else notch
        )
        self.addWidget(self.speed)
        self.addSeparator()
        self.group = self._add_group()
        self.rate = self._add_rate()
        self.steps = self._add_steps()
        TipsBelow(self)
        self._connect()
        self._show_experiment()
        self._show_state()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Where there is no room for the words, the icons alone: no control is out of sight."""
        super().resizeEvent(event)
        for words, roomy in ((True, True), (False, True), (False, False)):
            self._show_words(words)
            self.speed.set_roomy(roomy)
            if self.sizeHint().width() <= event.size().width():
                break

    def _show_words(self, shown: bool) -> None:
        style = Qt.ToolButtonStyle
        for button in self._words:
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if shown else style.ToolButtonIconOnly
            )
        self.widgetForAction(self._play).setMinimumWidth(self._play_width if shown else 0)

    def _add_experiments(self, menu: QMenu, theme: Theme) -> None:
        _ = self._language.text
        button = QToolButton()
        button.setText(_("Experiments"))
        button.setIcon(themed_icon("experiments", theme.text))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(_("The built-in experiments."))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        self.addWidget(button)
        self._words.append(button)

    def _widest_play(self) -> int:
        """Play and Pause take the same room, so that nothing jumps when one becomes the other."""
        button = self.widgetForAction(self._play)
        widths = []
        for text in (self._language.text("&Pause"), self._language.text("&Play")):
            self._play.setText(text)
            widths.append(button.sizeHint().width())
        return max(widths)

    def _add_group(self) -> QComboBox:
        """Whose learning rate is shown; there only where the optimizer has several groups."""
        _ = self._language.text
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        tip = _("The optimizer's group that the learning rate is of: optimizer.param_groups.")
        box.setAccessibleName(_("Group of the optimizer"))
        box.setToolTip(tip)
        # No label: the bar is full, and the names speak for themselves.
        self._of_group = self.addWidget(box)
        return box

    def _add_rate(self) -> QLineEdit:
        _ = self._language.text
        edit = QLineEdit()
        edit.setFixedWidth(edit.fontMetrics().averageCharWidth() * 11)
        tip = _("The optimizer's learning rate: group['lr'] of its param_groups.")
        self._add_field(_("lr"), edit, _("Learning rate"), tip)
        return edit

    def _add_steps(self) -> QSpinBox:
        _ = self._language.text
        box = QSpinBox()
        box.setRange(1, MAX_STEPS)
        box.setGroupSeparatorShown(True)
        box.setKeyboardTracking(False)
        box.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        box.setFixedWidth(box.fontMetrics().averageCharWidth() * 13 + 24)
        self._add_field(_("steps"), box, _("Number of steps"), _("How many steps the run has."))
        return box

    def _add_field(self, text: str, field: QWidget, name: str, tip: str) -> None:
        label = QLabel(f" {text} ")
        label.setBuddy(field)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        self.addWidget(label)
        self.addWidget(field)

    def _connect(self) -> None:
        workbench = self._workbench
        self.speed.changed.connect(workbench.set_speed)
        workbench.set_speed(speed_at(self.speed.slider.value()))
        self.group.activated.connect(self._group_chosen)
        self.rate.editingFinished.connect(self._rate_edited)
        self.steps.valueChanged.connect(workbench.set_steps)
        workbench.experiment_changed.connect(self._show_experiment)
        workbench.steps_changed.connect(self._show_steps)
        workbench.state_changed.connect(self._show_state)
        workbench.problem_arose.connect(self._show_rate)
        workbench.frame_arrived.connect(self._follow)

    def _follow(self, frame: Frame) -> None:
        """A frame comes more often than anything changes."""
        if frame.changes != self._followed:
            self._show_rate()
            self._followed = frame.changes

    def _rate_edited(self) -> None:
        self._followed = None
        self.rate.setModified(False)
        text = self.rate.text().strip()
        if text == self._rate_text():
            return
        try:
            wanted: float | str = float(text)
        except ValueError:
            wanted = text
        group = self._group_name()
        self._workbench.change(lr=wanted, **({} if group is None else {"group": group}))

    def _group_chosen(self) -> None:
        self.rate.setModified(False)
        self._show_rate()

    def _group_name(self) -> str | None:
        """The group that is chosen; None where there is but one."""
        return self.group.currentData() if self.group.count() > 1 else None

    def _rate_text(self) -> str:
        """The learning rate as the run's changes have left it."""
        rates, group = self._workbench.experiment.rates, self._group_name()
        name = next(iter(rates), None) if group is None else group
        if name is None:
            # Nothing updates the parameters, or that is not known yet.
            return ""
        rate: Any = rates[name]
        frame = self._workbench.frame
        for change in frame.changes if frame else ():
            if change.group in (None, name):
                rate = change.options.get("lr", rate)
        return number_text(rate, Form.TYPED)

    def _show_experiment(self) -> None:
        self._show_steps()
        self._show_groups()
        # What was being typed was meant for the run that is gone.
        self.rate.setModified(False)
        self._show_rate()

    def _show_groups(self) -> None:
        names = list(self._workbench.experiment.rates)
        if names != [self.group.itemData(place) for place in range(self.group.count())]:
            self.group.clear()
            for name in names:
                shown = self._language.text("rest") if name == REST else shortened(name, 16)
                self.group.addItem(shown, name)
        self._of_group.setVisible(len(names) > 1)

    def _show_steps(self) -> None:
        self.steps.blockSignals(True)
        self.steps.setValue(self._workbench.experiment.training.steps)
        self.steps.blockSignals(False)

    def _show_rate(self, *_ignored: object) -> None:
        # Not under the user's hands.
        text = self._rate_text()
        if not self.rate.isModified() and self.rate.text() != text:
            self.rate.setText(text)

    def _show_state(self) -> None:
        _ = self._language.text
        running = self._workbench.state is RunState.RUNNING
        self._play.setText(_("&Pause") if running else _("&Play"))
        self._play.setIcon(self._icons["pause" if running else "play"])
