"""Opening somebody's own model from any window: asked for, agreed to, started."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from explorer.i18n import Language
from explorer.ui.settings import Settings
from explorer.ui.subject.launching import launch
from explorer.ui.subject.questions import ModelChoosers, agreed_model, chosen_model, model_dialogs


def open_model(
    window: QWidget,
    language: Language,
    path: Path | None,
    settings: Settings | None = None,
    choosers: ModelChoosers | None = None,
) -> None:
    """Show the model of this file, or of one that is asked for, in a window of its own.

    Raises BadInput for a file that cannot be used.
    """
    settings = settings or Settings()
    choosers = choosers or model_dialogs(window, language)
    if path is None:
        subject = chosen_model(choosers, settings)
    else:
        subject = agreed_model(path, choosers, settings)
    if subject is not None:
        # The window that is started reads what was agreed to.
        settings.write()
        launch(subject)
