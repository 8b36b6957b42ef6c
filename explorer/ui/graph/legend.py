"""The legend under the graph: the same samples and sentences as in the exported picture."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.export.graph.boxes import Pen
from explorer.export.graph.legend import entries, legend
from explorer.export.graph.records import Scene
from explorer.i18n import Language
from explorer.ui.graph.painting import Stroke, paint, prepare
from explorer.ui.theme import Theme
from explorer.words.graph import LEGEND

# Smaller than in the exported picture: the room belongs to the graph.
SCALE = 0.85


class Legend(QWidget):
    """As wide as there is room, as high as it needs."""

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pen = Pen(theme, language)
        self._scene: Scene | None = None
        self._entries: list[str] = []
        self._strokes: tuple[Stroke, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(0)

    def show_scene(self, scene: Scene) -> None:
        """Explain what occurs in the scene."""
        occurring = entries(scene)
        self._scene = scene
        if occurring != self._entries:
            self._entries = occurring
            sentences = [self._pen.language.text(LEGEND[key]) for key in occurring]
            self.setAccessibleName(self._pen.language.text("Legend"))
            self.setAccessibleDescription("; ".join(sentences))
            self._lay_out()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Qt's own question."""
        return QSize(200, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """The lines break elsewhere."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """On the same ground as the picture."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._pen.palette.base))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(SCALE, SCALE)
        paint(self._strokes, painter)
        painter.end()

    def _lay_out(self) -> None:
        if self._scene is None:
            return
        shapes, height = legend(self._scene, 0.0, self.width() / SCALE, self._pen)
        self._strokes = prepare(shapes)
        self.setFixedHeight(int(height * SCALE))
        self.update()
