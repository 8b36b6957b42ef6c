"""The window from its opening to its end, and what `open` has it do by itself.

Called by `explorer.ui.opening`, with the exit status as its answer. torch is not imported
before the window is painted.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer.experiment.file import ExperimentFile, read
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.sources import experiment_path
from explorer.experiment.textfile import read_text
from explorer.experiment.visible import visible
from explorer.experiment.wholefile import replacing_bytes
from explorer.i18n import Language
from explorer.own.modelfile import ModelFile
from explorer.ui.application import leave_at_once, opened
from explorer.ui.bench import RunState
from explorer.ui.endings import Endings
from explorer.ui.files import (
    PROGRAM,
    PROGRAM_LIMITS,
    as_template,
    is_builtin,
    program_file,
)
from explorer.ui.opening import FIRST_EXPERIMENT, FirstSign, Wanted
from explorer.ui.patience import read_patiently
from explorer.ui.program import Program
from explorer.ui.settings import Settings
from explorer.ui.shell import Shell
from explorer.ui.speed import FULL_SPEED
from explorer.words.errors import failure_sentence, sentence

DONE, RUN_FAILED, BAD_INPUT, DEFECT = 0, 1, 2, 70
AT_REST = {RunState.FINISHED, RunState.FAILED, RunState.REFUSED}


def show(path: Path, wanted: Wanted, language: Language, sign: FirstSign | None) -> int:
    """Open the experiment in this file, as wanted, and run until the window is closed.

    `sign` stands on the screen until the window does. Raises BadInput for a file that cannot
    be used.
    """
    asks = path.suffix == PROGRAM and not _by_itself(wanted)
    application, settings = opened(language), _settings(wanted)
    first = partial(_first, path, wanted, asks)
    file = first() if settings.unattended else read_patiently(path, first, language)
    if file is None:
        return DONE
    own = as_template(file) if is_builtin(path) else file
    program = Program(application, own, language, settings)
    if not settings.unattended:
        program.offer_recovery()
        program.window.recent.note()
        program.window.suggestion.suggest()
    begin = partial(_begin, program, path if asks else None)
    return run(program, wanted, language, sign, begin)


def show_model(file: ModelFile, wanted: Wanted, language: Language, sign: FirstSign | None) -> int:
    """Open somebody's own model, as wanted, and run until the window is closed.

    A run's file may come from anywhere: before the code that it names is run, it is asked.
    """
    from explorer.ui.subject.program import SubjectProgram

    application, settings = opened(language), _settings(wanted)
    named = file.path is None or _by_itself(wanted)
    program = SubjectProgram(application, file, language, settings, named=named)
    return run(program, wanted, language, sign, program.window.begin)


def _settings(wanted: Wanted) -> Settings:
    settings = Settings()
    settings.unattended = wanted.screenshot is not None or wanted.quit_when_done
    if wanted.theme is not None:
        settings.for_now("appearance", wanted.theme)
    return settings


def _by_itself(wanted: Wanted) -> bool:
    """Whether nobody is there to be asked."""
    return wanted.play or wanted.screenshot is not None or wanted.quit_when_done


def run(
    program: Shell,
    wanted: Wanted,
    language: Language,
    sign: FirstSign | None,
    begin: Callable[[], None],
) -> int:
    """Show the program's window until it is closed; `begin` when it was painted."""
    program.crashes.install()
    endings = Endings(program.end, leave_at_once, program)
    endings.install()
    script = Script(program, wanted, language)
    window = program.window
    if wanted.graph_tab:
        window.show_graph()
    program.show()
    if wanted.size is not None:
        window.showNormal()
        window.resize(*wanted.size)
    # The worker imports torch: it starts when the window has been painted.
    FirstPaint(window.front.viewport(), partial(_without_sign, program, sign, begin))
    QApplication.exec()
    status = endings.status or script.status
    if not program.workbench.has_stopped:
        program.settings.write()
        leave_at_once(status)
    return status


def _first(path: Path, wanted: Wanted, asks: bool) -> ExperimentFile:
    """What the window shows first; behind the dialog that reads a program, a built-in one."""
    if path.suffix != PROGRAM:
        return read(path, [f"training.steps={wanted.steps}"] if wanted.steps else ())
    if asks:
        read_text(path, PROGRAM_LIMITS)
        return as_template(read(experiment_path(FIRST_EXPERIMENT)))
    return program_file(path, wanted.steps)


def _without_sign(program: Shell, sign: FirstSign | None, begin: Callable[[], None]) -> None:
    if sign is not None:
        if sign.closed:
            program.window.close()
            return
        sign.close()
    begin()


def _begin(program: Program, asked: Path | None) -> None:
    program.workbench.start()
    if asked is not None:
        program.window.files.open_path(asked)


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

    def __init__(self, program: Shell, wanted: Wanted, language: Language) -> None:
        super().__init__(program)
        self.status = DONE
        self._program = program
        self._wanted = wanted
        self._language = language
        if not (wanted.play or wanted.screenshot or wanted.quit_when_done):
            return
        program.workbench.state_changed.connect(self._follow)
        program.window.display_clock.shown.connect(self._shown)
        if wanted.quit_when_done:
            program.workbench.crashed.connect(self._give_up)

    def _follow(self) -> None:
        state = self._program.workbench.state
        if state is RunState.READY and self._wanted.play:
            self._program.window.bar.speed.slider.setValue(FULL_SPEED)
            self._program.workbench.play()
        elif state is RunState.REFUSED:
            self._finish()

    def _shown(self) -> None:
        state = self._program.workbench.state
        if state in AT_REST or (state is RunState.READY and not self._wanted.play):
            self._finish()

    def _finish(self) -> None:
        self._program.window.display_clock.shown.disconnect(self._shown)
        # Once more around the event loop, so that the picture has the frame at rest.
        QTimer.singleShot(0, self._end)

    def _end(self) -> None:
        workbench = self._program.workbench
        if self._wanted.screenshot is not None:
            self._take_picture(self._wanted.screenshot)
        if not self._wanted.quit_when_done:
            return
        if workbench.failure is not None:
            self._say(failure_sentence(workbench.failure, self._language), RUN_FAILED)
        elif workbench.problem is not None:
            self._refuse(workbench.problem)
        self._program.window.close()

    def _take_picture(self, file: Path) -> None:
        """In the format of the file's ending; without one as PNG."""
        content = QBuffer()
        if not self._program.window.grab().save(content, file.suffix.removeprefix(".") or "png"):
            reason = self._language.text("not a place for a picture")
            self._refuse(BadInput("cannot-write", Place(file=str(file)), reason=reason))
            return
        try:
            with replacing_bytes(file) as target:
                target.write(content.data().data())
        except BadInput as problem:
            self._refuse(problem)

    def _refuse(self, problem: BadInput) -> None:
        self._say(sentence(problem, self._language), BAD_INPUT)

    def _give_up(self, _details: str) -> None:
        self._say(self._language.text("The window stopped on a defect of its own."), DEFECT)
        self._program.window.close()
        # The dialog that tells a person would wait for one.
        QApplication.quit()

    def _say(self, text: str, status: int) -> None:
        print(visible(text), file=sys.stderr)
        self.status = status
