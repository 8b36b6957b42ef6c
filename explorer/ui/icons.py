"""Icons in the colours of the theme, drawn from the SVG files in resources/icons.

The files say `currentColor` where the text's colour belongs.
"""

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolButton, QWidget

from explorer import paths

# Exact at a screen scale of 1, scaled down from the largest beyond; each costs launch time.
SIZES_PX = (16, 24, 72)


def themed_icon(name: str, color: str) -> QIcon:
    """The icon `resources/icons/<name>.svg`, its `currentColor` replaced."""
    text = paths.icon(f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    icon = QIcon()
    for size in SIZES_PX:
        icon.addPixmap(_drawn(renderer, size))
    return icon


def icon_button(name: str, tip: str, color: str, parent: QWidget) -> QToolButton:
    """A flat button that is only an icon; its tooltip is also what a screen reader says."""
    button = QToolButton(parent)
    button.setIcon(themed_icon(name, color))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    return button


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return pixmap
