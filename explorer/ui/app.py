"""The way into the window, from the command line or a desktop entry.

`open_window` returns the process's exit status. torch is not imported before the
window is painted.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer import paths
from explorer.experiment.file import read
from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.ui.application import application as qt_application
from explorer.ui.files import as_template, is_builtin
from explorer.ui.program import Program
from explorer.ui.speed import FULL_SPEED
from explorer.ui.workbench import RunState
from explorer.words.errors import failure_sentence, sentence

FIRST_EXPERIMENT = "line-fit"
DONE, RUN_FAILED, BAD_INPUT, DEFECT, NO_WINDOW = 0, 1, 2, 70, 74
AT_REST = {RunState.FINISHED, RunState.FAILED, RunState.REFUSED}


def open_window(
    source: str | None,
    *,
    play: bool,
    graph_tab: bool,
    steps: int | None,
    screenshot: Path | None,
    quit_when_done: bool,
    language: Language,
) -> int:
    """Show the window on an experiment and run until it is closed.

    `play` starts the run at full speed, `graph_tab` shows the graph rather than the plots; with
    `quit_when_done` the window closes when the run is done (or, without `play`, when the
    first frame is shown). `screenshot` is written at that moment. Raises BadInput for a file
    that cannot be used.
    """
    path = paths.experiment_path(source or FIRST_EXPERIMENT)
    file = read(path, [f"training.steps={steps}"] if steps else ())
    application = qt_application(language, _refuse)
    application.setApplicationName("gradient-explorer")
    application.setApplicationDisplayName("Gradient Explorer")
    application.setDesktopFileName("gradient-explorer")
    program = Program(application, as_template(file) if is_builtin(path) else file, language)
    program.crashes.install()
    script = Script(program, play, screenshot, quit_when_done, language)
    if graph_tab:
        program.window.show_graph()
    program.show()
    # The worker imports torch: it starts when the window has been painted.
    shown = program.window.graph.view if graph_tab else program.window.panel
    FirstPaint(shown.viewport(), program.workbench.start)
    application.exec()
    if not program.workbench.has_stopped:
        program.settings.write()
        _leave_at_once(script.status)
    return script.status


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    _leave_at_once(NO_WINDOW)


def _leave_at_once(status: int) -> NoReturn:
    """End the process while Qt, or the worker in a step or in the import of torch, still works.

    None can be interrupted, and Qt aborts where a running thread is destroyed.
    """
    for stream in (sys.stdout, sys.stderr):
        # There are none where a desktop starts the program without a console.
        if stream is not None:
            stream.flush()
    os._exit(status)


class FirstPaint(QObject):
    """Calls `action` once, when the widget has been painted for the first time.

    A window that opens minimised is not painted: the action then comes after
    LONGEST_WAIT_MS.
    """

    LONGEST_WAIT_MS = 1000

    def __init__(self, widget: QWidget, action: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._action: Callable[[], None] | None = action
        widget.installEventFilter(self)
        QTimer.singleShot(self.LONGEST_WAIT_MS, self, self._act)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Once around the event loop, so that all of the window is painted, and on the screen."""
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self, self._act)
        return False

    def _act(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


class Script(QObject):
    """What `open --play --screenshot --quit` does by itself."""

    def __init__(
        self,
        program: Program,
        play: bool,
        screenshot: Path | None,
        quit_when_done: bool,
        language: Language,
    ) -> None:
        super().__init__(program)
        self.status = DONE
        self._program = program
        self._play = play
        self._screenshot = screenshot
        self._quit = quit_when_done
        self._language = language
        if not (play or screenshot or quit_when_done):
            return
        program.workbench.state_changed.connect(self._follow)
        program.window.display_clock.shown.connect(self._shown)
        if quit_when_done:
            program.workbench.crashed.connect(self._give_up)

    def _follow(self) -> None:
        state = self._program.workbench.state
        if state is RunState.READY and self._play:
            self._program.window.bar.speed.slider.setValue(FULL_SPEED)
            self._program.workbench.play()
        elif state is RunState.REFUSED:
            self._finish()

    def _shown(self) -> None:
        state = self._program.workbench.state
        if state in AT_REST or (state is RunState.READY and not self._play):
            self._finish()

    def _finish(self) -> None:
        self._program.window.display_clock.shown.disconnect(self._shown)
        # Once more around the event loop, so that the picture has the frame at rest.
        QTimer.singleShot(0, self._end)

    def _end(self) -> None:
        workbench = self._program.workbench
        if self._screenshot is not None:
            self._take_picture(self._screenshot)
        if not self._quit:
            return
        if workbench.failure is not None:
            self._say(failure_sentence(workbench.failure, self._language), RUN_FAILED)
        elif workbench.problem is not None:
            self._say(sentence(workbench.problem, self._language), BAD_INPUT)
        self._program.window.close()

    def _take_picture(self, file: Path) -> None:
        if not self._program.window.grab().save(str(file)):
            problem = BadInput(
                "cannot-write", reason=self._language.text("not a place for a picture")
            )
            self._say(sentence(problem.at(file=str(file)), self._language), BAD_INPUT)

    def _give_up(self, _details: str) -> None:
        self._say(self._language.text("The window stopped on a defect of its own."), DEFECT)
        self._program.window.close()
        # The dialog that tells a person would wait for one.
        QApplication.quit()

    def _say(self, text: str, status: int) -> None:
        print(text, file=sys.stderr)
        self.status = status
