"""A panel of the left column under its heading, and the small ones among them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from explorer.experiment.spec import Experiment
from explorer.i18n import Language
from explorer.ui.theme import Theme
from explorer.words.training import training_text

# Of two parts the first.
LARGEST_PART = 0.45


class Heading(QLabel):
    """A panel's title."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self.setStyleSheet(f"color: {theme.faint_text}; font-weight: bold; padding: 6px 8px 2px;")


class TrainingLine(QLabel):
    """What is special about the training; not there where nothing is."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self.setWordWrap(True)
        self.setAccessibleName(language.text("Training"))
        self.setToolTip(language.text("What [training] of the file says, as the run begins."))
        self.setStyleSheet(f"color: {theme.faint_text}; padding: 2px 8px 6px;")
        self.hide()

    def show_experiment(self, experiment: Experiment) -> None:
        """Say it of this one."""
        text = training_text(experiment, self._language)
        self.setText(text)
        self.setVisible(bool(text))


def titled(
    title: str,
    theme: Theme,
    content: QWidget,
    *,
    note: QLabel | None = None,
    button: QWidget | None = None,
    below: Sequence[QWidget] = (),
) -> QWidget:
    """A panel under its heading, with a note and a button beside that, and these at its foot."""
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    row = QHBoxLayout()
    row.addWidget(Heading(title, theme))
    if note is not None:
        note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(note, 1)
    if button is not None:
        row.addWidget(button)
    column.addLayout(row)
    column.addWidget(content, 1)
    for each in below:
        column.addWidget(each)
    return panel


def grown(splitter: QSplitter, sizes: Sequence[int], factor: float) -> None:
    """Two parts as they were, but the first grown with its texts, as far as the other allows."""
    first, second = sizes
    wanted = min(round(first * factor), max(first, round(LARGEST_PART * (first + second))))
    splitter.setSizes([wanted, first + second - wanted])
