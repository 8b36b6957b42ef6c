"""Light and dark: the colours of `explorer.picture.palette` given to widgets."""

from dataclasses import asdict, dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.picture import palette as palettes

# Under this name the application keeps the system's size of text.
USUAL_SIZE = "usual point size"


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


def apply(application: QApplication, theme: Theme, text_percent: int = 100) -> None:
    """Give all widgets the theme's colours, and text of so many per cent of the system's size."""
    application.setStyle("Fusion")
    font = application.font()
    # The application's own font has been changed when it comes to the next window.
    usual = application.property(USUAL_SIZE) or font.pointSizeF()
    application.setProperty(USUAL_SIZE, usual)
    font.setPointSizeF(usual * text_percent / 100)
    application.setFont(font)
    application.setPalette(_palette(theme))
    QToolTip.setPalette(_palette(theme))


def slider_style(theme: Theme) -> str:
    """A slider whose whole length can be seen, in the dark too."""
    return (
        "QSlider::groove:horizontal { height: 4px; border-radius: 2px;"
        f" background: {theme.mark}; }}"
        f"QSlider::sub-page:horizontal {{ border-radius: 2px; background: {theme.accent}; }}"
        "QSlider::handle:horizontal { width: 12px; margin: -5px 0; border-radius: 7px;"
        f" background: {theme.base}; border: 2px solid {theme.accent}; }}"
        f"QSlider::handle:horizontal:focus {{ background: {theme.accent}; }}"
    )


def progress_style(theme: Theme) -> str:
    """A bar whose empty part can be seen, in the dark too."""
    return (
        f"QProgressBar {{ border: 1px solid {theme.mark}; border-radius: 5px;"
        f" background: {theme.base}; }}"
        f"QProgressBar::chunk {{ border-radius: 4px; background: {theme.accent}; }}"
    )


def fixed_font() -> QFont:
    """The system's font for programs, in the size of the other texts."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(QApplication.font().pointSizeF())
    return font


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
