"""Light and dark: one table of colours for widgets and plots.

The tensors' colours follow Okabe and Ito's palette, which people with any of the
common colour deficiencies can tell apart; yellow is left out, being unreadable on
white. A tensor has the same colour in the table and in every plot.
"""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip


@dataclass(frozen=True)
class Theme:
    """The colours of one appearance, as `#rrggbb`."""

    name: str
    window: str
    base: str
    text: str
    faint_text: str
    line: str
    accent: str
    selection: str
    warning: str
    warning_base: str
    mark: str
    data: str
    curves: tuple[str, ...]

    def curve(self, index: int) -> QColor:
        """The colour of the tensor with this index; they repeat after the last."""
        return QColor(self.curves[index % len(self.curves)])


LIGHT = Theme(
    name="light",
    window="#f5f6f8",
    base="#ffffff",
    text="#1d2430",
    faint_text="#5c6675",
    line="#dfe3e9",
    accent="#1565c0",
    selection="#d7e6f7",
    warning="#9a3412",
    warning_base="#fff1e6",
    mark="#6b7280",
    data="#4b5563",
    curves=("#0072b2", "#d55e00", "#00855f", "#b0508a", "#b07500", "#2b8cbe", "#5b4fa2", "#7a5230"),
)
DARK = Theme(
    name="dark",
    window="#1b1f26",
    base="#12151a",
    text="#e6e9ee",
    faint_text="#a3adba",
    line="#2b323c",
    accent="#64b5f6",
    selection="#24405c",
    warning="#ffb27a",
    warning_base="#3a2416",
    mark="#9aa4b2",
    data="#c3cad4",
    curves=("#56b4e9", "#ff8a3c", "#2fc89a", "#e08cc0", "#f0b429", "#8fd3ff", "#a79bf0", "#c99a6b"),
)


def system_theme() -> Theme:
    """What the system asks for; light if it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def named_theme(appearance: str) -> Theme:
    """The theme for the setting `light`, `dark` or `system`."""
    return {"light": LIGHT, "dark": DARK}.get(appearance) or system_theme()


def apply(application: QApplication, theme: Theme) -> None:
    """Give all widgets the theme's colours."""
    application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    QToolTip.setPalette(_palette(theme))


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(theme.window))
    colors = {
        role.Window: theme.window,
        role.Base: theme.base,
        role.AlternateBase: theme.window,
        role.Button: theme.window,
        role.Text: theme.text,
        role.WindowText: theme.text,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.base,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.faint_text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.base,
        role.Link: theme.accent,
        role.Mid: theme.line,
    }
    for key, color in colors.items():
        palette.setColor(key, QColor(color))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.mark))
    return palette
