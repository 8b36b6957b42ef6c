"""The way into the window, from the command line or a desktop entry.

At the first start nothing is compiled to bytecode yet and nothing is in the system's cache, so
that the window may take seconds. A sign is on the screen before most of the program is read:
this module imports Qt's widgets and little else. Called by `explorer.cli.commands`.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QSize, Qt
from PySide6.QtGui import QCloseEvent, QIcon, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen

from explorer import __version__, paths
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.sources import experiment_path
from explorer.i18n import Language, load, match
from explorer.ui import theme as themes
from explorer.ui.application import opened
from explorer.ui.settings import Settings

if TYPE_CHECKING:
    from explorer.own.modelfile import ModelFile

FIRST_EXPERIMENT = "line-fit"
SIZE_PX = QSize(480, 150)
ICON_PX = 72
MARGIN_PX = 36
# A compositor may be slow to let it be painted: then the window comes without it.
LONGEST_WAIT_MS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown, and what the window is to do by itself.

    `play` starts the run at full speed, `graph_tab` shows the graph rather than the plots; with
    `quit_when_done` the window closes when the run is done (or, without `play`, when the first
    frame is shown). `screenshot` is written at that moment. `size` (width and height in
    pixels before scaling), `scale` and `theme` are for this window alone. `shape` and `batch` are
    for a bare module, as `--input` and `--batch`.
    """

    source: str | None = None
    play: bool = False
    graph_tab: bool = False
    steps: int | None = None
    screenshot: Path | None = None
    quit_when_done: bool = False
    size: tuple[int, int] | None = None
    scale: float | None = None
    theme: str | None = None
    shape: str | None = None
    batch: str | None = None


def open_window(wanted: Wanted, language: Language) -> int:
    """Show the window and run until it is closed; the process's exit status.

    Raises BadInput for a file that cannot be used.
    """
    language = spoken(language, Settings())
    if wanted.scale is not None:
        # Qt reads it when its application is made.
        os.environ["QT_SCALE_FACTOR"] = str(wanted.scale)
    model = _model(wanted)
    if model is not None:
        from explorer.ui.app import show_model

        sign = None if wanted.quit_when_done else first_sign(language)
        return show_model(model, wanted, language, sign)
    path = experiment_path(wanted.source or FIRST_EXPERIMENT)
    # A script waits for no sign, and what cannot be opened needs none.
    seen = path.is_file() and not wanted.quit_when_done
    sign = first_sign(language) if seen else None
    from explorer.ui.app import show

    return show(path, wanted, language, sign)


def _model(wanted: Wanted) -> "ModelFile | None":
    """Somebody's own model, if one is named or the file is of a run of one. Raises BadInput."""
    if wanted.source is None:
        return None
    from explorer.own.modelfile import ModelFile, is_model_file, read_model_file
    from explorer.own.plan import Length, ModelPlan
    from explorer.own.reference import reference

    source = wanted.source
    named = reference(source)
    if named is None:
        path = Path(source)
        found = read_model_file(path) if path.is_file() and is_model_file(path) else None
    else:
        if named.is_file and not Path(named.home).is_file():
            raise BadInput("no-such-file", Place(named.home))
        plan = ModelPlan(source, shape=wanted.shape, batch=wanted.batch)
        found = ModelFile(plan)
    if found is None or wanted.steps is None:
        return found
    return replace(found, plan=replace(found.plan, training=Length(wanted.steps)))


def spoken(language: Language, settings: Settings) -> Language:
    """What was asked for now, else what was chosen in the window the last time."""
    chosen = settings.language
    known = chosen is not None and match(chosen) is not None
    return load(chosen) if known and not language.asked else language


def first_sign(language: Language, settings: Settings | None = None) -> "FirstSign | None":
    """The sign, painted, if this version was not started here before."""
    settings = settings or Settings()
    if settings.started == __version__:
        return None
    settings.started = __version__
    application = opened(language)
    settings.write()
    sign = FirstSign(language, themes.named_theme(settings.appearance))
    sign.show()
    waited = QElapsedTimer()
    waited.start()
    while not sign.painted and waited.elapsed() < LONGEST_WAIT_MS:
        application.processEvents()
    return sign


class FirstSign(QSplashScreen):
    """The program's name and icon, and that it is starting. Close it when there is a window."""

    def __init__(self, language: Language, theme: themes.Theme) -> None:
        super().__init__(_drawn(language, theme))
        self.painted = False
        self.closed = False

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """By a user, who then wants no window either; or because there is one."""
        super().closeEvent(event)
        self.closed = True

    def mousePressEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """A click does not take it away: nothing is there yet that it would uncover."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """As ever; and then it is on the screen."""
        super().paintEvent(event)
        self.painted = True


def _drawn(language: Language, theme: themes.Theme) -> QPixmap:
    scale = QApplication.primaryScreen().devicePixelRatio()
    pixmap = QPixmap(SIZE_PX * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(theme.window)
    painter = QPainter(pixmap)
    painter.setPen(theme.text)
    icon = QIcon(str(paths.icon("gradient-explorer.svg")))
    top = (SIZE_PX.height() - ICON_PX) // 2
    icon.paint(painter, MARGIN_PX, top, ICON_PX, ICON_PX)
    left = 2 * MARGIN_PX + ICON_PX
    width = SIZE_PX.width() - left - MARGIN_PX // 2
    upper, lower = Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignTop
    small = painter.font()
    large = painter.font()
    large.setPointSizeF(small.pointSizeF() * 1.6)
    large.setBold(True)
    painter.setFont(large)
    middle = SIZE_PX.height() // 2
    painter.drawText(left, 0, width, middle - 4, upper, "Gradient Explorer")
    painter.setFont(small)
    said = language.text("Starting for the first time. The next start is faster.")
    wrapped = lower | Qt.TextFlag.TextWordWrap
    painter.drawText(left, middle + 4, width, middle - 4, wrapped, said)
    painter.end()
    return pixmap
