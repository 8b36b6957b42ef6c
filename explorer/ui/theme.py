"""Light and dark: the colours of `explorer.picture.palette` given to widgets."""

from dataclasses import asdict, dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.picture import palette as palettes


@dataclass(frozen=True)
class SyntaxColors:
    """The colours of a program's text; the rest of it is `text`."""

    keyword: str
    name: str
    string: str
    number: str
    comment: str


@dataclass(frozen=True)
class Theme(palettes.Palette):
    """The colours of one appearance, as `#rrggbb`."""

    syntax: SyntaxColors

    def curve(self, index: int) -> QColor:
        """The colour of the tensor with this index; they repeat after the last."""
        return QColor(self.curve_color(index))


# Each can be read on `base` and, where a line is marked, on `selection`.
LIGHT = Theme(
    **asdict(palettes.LIGHT),
    syntax=SyntaxColors("#0b57a4", "#7c4400", "#0a6244", "#7030a0", "#535d6b"),
)
DARK = Theme(
    **asdict(palettes.DARK),
    syntax=SyntaxColors("#82c4ff", "#f0b87a", "#6fd6ae", "#d3a6f2", "#aab4c1"),
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
