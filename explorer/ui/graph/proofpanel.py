"""The proof of one gradient, side by side: autograd, a central difference, algebra, chain rule."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.explain.proof_records import Proof
from explorer.i18n import Language
from explorer.ui.theme import Theme
from explorer.words.proof import proof_rows


class ProofPanel(QScrollArea):
    """Rows of a name and a value, to read and to copy."""

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._language = language
        self._shown: object = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(language.text("Proof"))
        self.rows: tuple[tuple[str, str], ...] = ()
        self.say(language.text("Select a tensor to prove its gradient."))

    def show_proof(self, proof: Proof) -> None:
        """Autograd's value beside those found in other ways."""
        if proof is self._shown:
            return
        self._shown = proof
        heading = (f"∂{proof.objective}/∂{proof.name}", "")
        self._fill((heading, *proof_rows(proof, self._language)))

    def say(self, text: str) -> None:
        """Why there is no proof now."""
        if text != self._shown:
            self._shown = text
            self._fill((("", text),))

    def _fill(self, rows: tuple[tuple[str, str], ...]) -> None:
        self.rows = rows
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(2)
        for name, text in rows:
            heading, value = QLabel(name), QLabel(text)
            heading.setStyleSheet(f"color: {self._theme.faint_text}; font-weight: bold;")
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            for label in (heading, value):
                if label.text():
                    column.addWidget(label)
            column.addSpacing(6)
        column.addStretch(1)
        self.setWidget(content)
