"""The real window, driven by the program itself: for `explorer.selftest`.

`Trial` opens it with settings of its own, does what a user does and tells what came of it;
what is right is judged by its caller. It waits for the window's own signals, and gives up
(TimeoutError) when they do not come. A defect that the window would tell in a dialog is
raised as TrialError.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, QTimer, SignalInstance, qVersion
from PySide6.QtGui import QIcon, QImage
from PySide6.QtSvg import QSvgRenderer

from explorer import paths
from explorer.experiment.file import read
from explorer.i18n import Language
from explorer.ui.application import application as qt_application
from explorer.ui.files import as_template
from explorer.ui.program import Program
from explorer.ui.settings import Settings
from explorer.ui.speed import FULL_SPEED
from explorer.ui.workbench import RunState
from explorer.words.errors import sentence

if TYPE_CHECKING:
    from explorer.explain.step_records import TensorState
    from explorer.live.insight import Insight

# An old laptop that reads torch from a slow disk for the first time.
PATIENCE_MS = 120_000
ICON_PX = 32
AT_REST = {RunState.FINISHED, RunState.FAILED, RunState.REFUSED, RunState.PAUSED}


class TrialError(Exception):
    """The window met a defect of its own."""


class Trial:
    """One window on a built-in experiment. `folder` takes its settings and recovery files.

    Where Qt opens none, `refuse` is told why, and ends the process.
    """

    def __init__(
        self,
        experiment: str,
        folder: Path,
        language: Language,
        refuse: Callable[[str], object],
    ) -> None:
        # As in `explorer.cli.commands.open_window`: given back by `close`.
        gc.disable()
        self._errors: list[str] = []
        self._application = qt_application(language, refuse)
        file = as_template(read(paths.builtin_experiments()[experiment]))
        settings = Settings(folder / "window.ini")
        self._program = Program(
            self._application, file, language, settings, recovery=folder / "recovery"
        )
        self._program.workbench.crashed.connect(self._errors.append)
        self._program.workbench.problem_arose.connect(
            lambda problem: self._errors.append(sentence(problem, language))
        )

    @property
    def platform(self) -> str:
        """Qt's version and its platform plugin: `6.9.3, xcb`."""
        return f"{qVersion()}, {self._application.platformName()}"

    # -- what a user does ----------------------------------------------------------

    def open(self) -> None:
        """Show the window; returns when it is painted, before torch is imported."""
        self._program.show()
        self._until(self._program.window.isVisible)
        self._application.processEvents()

    def load(self) -> None:
        """Let the worker import torch and build the session."""
        self._program.workbench.start()
        self._until(lambda: self._state is not RunState.LOADING)

    def train(self) -> "dict[str, TensorState]":
        """Play at full speed to the end; the tensors as the window shows them then."""
        self._program.window.bar.speed.slider.setValue(FULL_SPEED)
        self._program.workbench.play()
        self._until(lambda: self._state in AT_REST)
        return self._tensors()

    def step(self) -> "dict[str, TensorState]":
        """The last step there is."""
        self._program.workbench.step()
        self._until(lambda: self._state is RunState.FINISHED)
        return self._tensors()

    def flip(self, tensor: str, requires_grad: bool) -> "dict[str, TensorState]":
        """Set the switch of a leaf, before one step more than the experiment has."""
        workbench = self._program.workbench
        workbench.set_steps(workbench.experiment.training.steps + 1)
        workbench.change(tensor=tensor, requires_grad=requires_grad)
        # A frame that was on its way may not have it yet.
        self._until(lambda: bool(workbench.changes_by_hand))
        return self._tensors()

    def graph(self) -> "Insight":
        """Look at the graph; the trace, its picture and what is told of them."""
        self._program.window.show_graph()
        self._until(lambda: self._program.window.graph.view.layout_shown is not None)
        insight = self._program.workbench.insight
        assert insight is not None
        return insight

    def program(self) -> str:
        """Look at the experiment's program; as it is shown."""
        self._program.window.show_code()
        code = self._program.window.code
        self._until(lambda: code.is_current, also=code.written)
        return code.view.toPlainText()

    def save(self, path: Path) -> None:
        """Save the experiment with what was changed by hand."""
        self._program.workbench.save(path, with_changes=True)

    def speak(self, code: str) -> str:
        """Choose a language in the window; what is written on the new window's graph."""
        self._program.settings.language = code
        self._program.change_language()
        self._application.processEvents()
        self._raise_errors()
        tabs = self._program.window.tabs
        return tabs.tabText(tabs.currentIndex())

    def picture(self) -> QImage:
        """What the window looks like."""
        return self._program.window.grab().toImage()

    def close(self) -> bool:
        """Close the window; whether the worker ended."""
        window = self._program.window
        window.close()
        # The window does not wait for long; here nobody looks at it any more.
        ended = self._program.workbench.stop(PATIENCE_MS)
        # Else Qt writes them as the process ends, into a folder that is gone by then.
        self._program.settings.write()
        window.deleteLater()
        self._program.deleteLater()
        self._application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.enable()
        return ended

    # -- waiting -----------------------------------------------------------------------

    @property
    def _state(self) -> RunState:
        return self._program.workbench.state

    def _tensors(self) -> "dict[str, TensorState]":
        """From a frame of this moment."""
        shown: list[object] = []
        self._until(lambda: bool(shown), shown.append, self._program.window.display_clock.refresh)
        frame = self._program.workbench.frame
        return {} if frame is None else {each.name: each for each in frame.tensors or ()}

    def _until(
        self,
        condition: Callable[[], bool],
        on_frame: Callable[[object], object] = lambda _frame: None,
        begin: Callable[[], object] = lambda: None,
        also: SignalInstance | None = None,
    ) -> None:
        """Run the event loop until the condition holds, looked at when something happened."""
        loop = QEventLoop()
        late = QTimer(singleShot=True, interval=PATIENCE_MS)
        late.timeout.connect(loop.quit)
        signals = [self._program.workbench.state_changed, self._program.workbench.crashed]
        signals += [] if also is None else [also]
        frames = self._program.window.display_clock.shown

        def look(*_facts: object) -> None:
            if condition() or self._errors:
                loop.quit()

        def look_at_frame(frame: object) -> None:
            on_frame(frame)
            look()

        for signal in signals:
            signal.connect(look)
        frames.connect(look_at_frame)
        with self._own_hook():
            late.start()
            begin()
            if not condition():
                loop.exec()
        for signal in signals:
            signal.disconnect(look)
        frames.disconnect(look_at_frame)
        self._raise_errors()
        if not condition():
            raise TimeoutError(PATIENCE_MS / 1000)

    @contextmanager
    def _own_hook(self) -> Iterator[None]:
        """Exceptions from slots, which Qt's loop would print, are kept."""
        before, sys.excepthook = sys.excepthook, self._keep
        try:
            yield
        finally:
            sys.excepthook = before

    def _keep(
        self, kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        self._errors.append(f"{kind.__name__}: {error}")

    def _raise_errors(self) -> None:
        if self._errors:
            # Of a traceback the last line.
            raise TrialError(self._errors[0].strip().splitlines()[-1])


def is_drawable(svg: Path) -> bool:
    """Whether Qt can draw this SVG file, by itself and as the icon of a window."""
    picture = QIcon(str(svg)).pixmap(ICON_PX).toImage()
    pixels = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    # The second goes through a plugin, which a package can have lost.
    return QSvgRenderer(str(svg)).isValid() and any(picture.pixel(*at) for at in pixels)


def shows_something(image: QImage) -> bool:
    """Whether a picture is more than one colour."""
    if image.isNull():
        return False
    across, down = range(0, image.width(), 7), range(0, image.height(), 7)
    return len({image.pixel(x, y) for x in across for y in down}) > 8
