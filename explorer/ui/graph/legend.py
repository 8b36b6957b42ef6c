"""The legend under the graph: the same samples and sentences as in the exported picture."""

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget

from explorer.i18n import Language
from explorer.picture.boxes import Pen
from explorer.picture.elements import Scene
from explorer.picture.legend import entries, legend
from explorer.picture.shapes import Shape
from explorer.ui.painted import Painted
from explorer.ui.theme import Theme
from explorer.words.graph import LEGEND

# Smaller than in the exported picture: the room belongs to the graph.
SCALE = 0.85


class Legend(Painted):
    """Explains what occurs in a scene."""

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent, SCALE)
        self._pen = Pen(theme, language)
        self._scene: Scene | None = None
        self._entries: list[str] = []
        self.setAccessibleName(language.text("Legend"))
        self.setStyleSheet(f"background: {theme.base};")

    def show_scene(self, scene: Scene) -> None:
        """Another scene; often the same things occur in it."""
        occurring = entries(scene)
        self._scene = scene
        if occurring != self._entries:
            self._entries = occurring
            sentences = [self._pen.language.text(LEGEND[key]) for key in occurring]
            self.setAccessibleDescription("; ".join(sentences))
            self.arrange()

    def drawn(self, width: float) -> tuple[Iterable[Shape], float]:
        """As `explorer.picture.legend` has it."""
        return ((), 0.0) if self._scene is None else legend(self._scene, 0.0, width, self._pen)
