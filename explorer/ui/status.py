"""The status bar: how far, how fast, what the plots cost, and the loss."""

from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar

from explorer.i18n import N_, Language
from explorer.live.frames import Frame
from explorer.ui.bench import Bench, RunState
from explorer.ui.display import Pulse
from explorer.ui.history import beginning_text
from explorer.ui.theme import Theme, progress_style
from explorer.words.numbers import Form, number_text, speed_text

STATES: dict[RunState, str] = {
    RunState.LOADING: N_("loading PyTorch…"),
    RunState.READY: N_("ready"),
    RunState.RUNNING: N_("running"),
    RunState.PAUSED: N_("paused"),
    RunState.FINISHED: N_("finished"),
    RunState.FAILED: N_("stopped"),
    RunState.REFUSED: N_("cannot run"),
}
BAR_PARTS = 1000


class Numbers(QLabel):
    """A text that changes often, with room for the widest so far.

    A label that asked for another size would have the whole bar laid out and painted again,
    later and outside of the turn that the frame exchange keeps.
    """

    def show_text(self, text: str) -> None:
        """Show this; an empty text needs no room."""
        if text == self.text():
            return
        self.setText(text)
        hint, size = self.sizeHint(), self.minimumSize()
        if not text or hint.width() > size.width() or hint.height() != size.height():
            self.setFixedSize(hint)


class StatusBar(QStatusBar):
    """Follows the workbench; `show_frame` and `show_pulse` bring the numbers."""

    def __init__(self, workbench: Bench, theme: Theme, language: Language) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._workbench = workbench
        self._language = language
        self._step = Numbers()
        self._state = QLabel()
        self._bar = QProgressBar()
        self._bar.setRange(0, BAR_PARTS)
        self._bar.setFixedWidth(180)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(10)
        self._bar.setStyleSheet(progress_style(theme))
        self._bar.setAccessibleName(language.text("Progress"))
        self._speed = Numbers()
        self._loss = Numbers()
        for widget in (self._step, self._bar, self._state, self._speed):
            self.addWidget(widget)
        self.addPermanentWidget(self._loss)
        workbench.state_changed.connect(self._show_state)
        workbench.experiment_changed.connect(self._show_start)
        workbench.steps_changed.connect(self._show_steps)
        self._show_start()

    def show_frame(self, frame: Frame) -> None:
        """The step and the loss."""
        self._show_progress(frame.step)
        loss = "" if frame.loss is None else number_text(frame.loss, Form.CELL)
        experiment = self._workbench.experiment
        name = self._language.text("loss") if experiment.prediction else experiment.scalar_name
        self._loss.show_text(f"{name} {loss}  " if loss else "")

    def show_pulse(self, pulse: Pulse) -> None:
        """Speed, and the plots' share of the time."""
        _ = self._language.text
        self._speed.show_text(
            _("{speed} steps/s · plots {share} %").format(
                speed=speed_text(pulse.steps_per_second), share=round(100 * pulse.plots_share)
            )
        )

    def paint_now(self) -> None:
        """Draw before this call returns what changed, here and anywhere in the window.

        Qt draws all that waits for it when it draws anything.
        """
        self._step.repaint()

    def _show_state(self) -> None:
        state = self._language.text(STATES[self._workbench.state])
        beginning = ""
        if self._workbench.state in (RunState.READY, RunState.RUNNING):
            beginning = beginning_text(self._workbench.run, self._language)
        self._state.setText(f"{state} {beginning}".strip())

    def _show_start(self) -> None:
        self._loss.show_text("")
        self._speed.show_text("")
        self._show_progress(0)
        self._show_state()

    def _show_steps(self) -> None:
        frame = self._workbench.frame
        self._show_progress(frame.step if frame else 0)

    def _show_progress(self, step: int) -> None:
        steps = self._workbench.experiment.training.steps
        text = self._language.text("step {step} / {steps}")
        done, all_of_them = (number_text(count, Form.COUNT) for count in (step, steps))
        self._step.show_text(f" {text.format(step=done, steps=all_of_them)} ")
        self._bar.setValue(min(BAR_PARTS, BAR_PARTS * step // steps))
