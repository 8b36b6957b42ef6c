"""The heading of a plot: its title, and the names of its curves, each in its colour.

A click on a name hides its curves or shows them again, the mouse over it lifts them. What the
legend says is decided by its plot; it tells what somebody does with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QGraphicsSceneWheelEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from explorer.experiment.names import shortened_path
from explorer.i18n import Language
from explorer.ui.theme import Theme

# Of the usual text's size.
SIZE = 1.05
GAP_PX, SWATCH_GAP_PX, MARGIN_PX = 10.0, 4.0, 3.0
MORE = "…"
# Of the room, where there is too little of it for all.
LARGEST_TITLE = 0.5
# In characters.
LONGEST_NAME = 20


@dataclass(frozen=True)
class Entry:
    """A name in the legend, and its curve's colour; it is `dashed` if it lies on another."""

    name: str
    rgb: int
    hidden: bool = False
    lifted: bool = False
    dashed: bool = False


class Legend(QGraphicsWidget):
    """A title and entries in one line; those that do not fit are scrolled to."""

    clicked = Signal(str)  # the name of an entry
    hovered = Signal(str)  # the name under the mouse; empty: none

    def __init__(self, theme: Theme, language: Language, indent: float) -> None:
        super().__init__()
        # What is left of the axes: if there is room, the words stand in the middle of these.
        self._indent = indent
        self._theme = theme
        self._language = language
        self._title = ""
        self._entries: tuple[Entry, ...] = ()
        self._first = 0
        self._under_mouse = ""
        self.setAcceptHoverEvents(True)
        self.setFlag(QGraphicsWidget.GraphicsItemFlag.ItemClipsToShape)

    @property
    def text(self) -> str:
        """What can be read."""
        return " ".join([self._title, *(entry.name for entry in self._entries)])

    @property
    def look(self) -> tuple[object, ...]:
        """All that decides what it looks like."""
        return self._title, self._first, *self._entries

    def say(self, title: str, entries: Sequence[Entry] = ()) -> None:
        """Show this title and these names."""
        before = self.look
        if [entry.name for entry in entries] != [entry.name for entry in self._entries]:
            self._first = 0
        self._title, self._entries = title, tuple(entries)
        if self.look != before:
            self.update()

    def sizeHint(  # noqa: N802 (Qt's name)
        self,
        which: Qt.SizeHint,
        constraint: QSizeF | QSize = QSizeF(),  # noqa: ARG002, B008 (Qt's)
    ) -> QSizeF:
        """As high as the text; it must not decide how wide the plot is."""
        widest = 1e6 if which == Qt.SizeHint.MaximumSize else 0.0
        return QSizeF(widest, QFontMetricsF(title_font()).height() + MARGIN_PX + _below_px())

    # -- painting ----------------------------------------------------------

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """The title in bold, then the names."""
        painter.setFont(title_font(bold=True))
        painter.setPen(QColor(self._theme.text))
        title, places = self._places()
        metrics, room = QFontMetricsF(painter.font()), title.intersected(self.rect()).width()
        words = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(title, _LEFT, words)
        for entry, rect in places:
            if entry is None:
                painter.setFont(title_font(bold=True))
                painter.setPen(QColor(self._theme.text))
                painter.drawText(rect, _LEFT, MORE)
            else:
                self._paint_entry(painter, entry, rect)

    def _paint_entry(self, painter: QPainter, entry: Entry, rect: QRectF) -> None:
        font = title_font(bold=entry.lifted)
        font.setStrikeOut(entry.hidden)
        painter.setFont(font)
        color = QColor(entry.rgb)
        size = swatch_px()
        swatch = QRectF(rect.left(), rect.center().y() - size / 2, size, size)
        if entry.hidden:
            painter.setPen(QPen(QColor(self._theme.faint_text), 1))
            painter.drawRect(swatch)
        elif entry.dashed:
            for left in (0.0, 0.6):
                bar = swatch.adjusted(left * size, size / 4, (left - 0.6) * size, -size / 4)
                painter.fillRect(bar, color)
        else:
            painter.fillRect(swatch, color)
        # The swatch has the curve's colour: as text not all of them could be read.
        ink = self._theme.faint_text if entry.hidden else self._theme.text
        painter.setPen(QColor(ink))
        room = rect.adjusted(size + SWATCH_GAP_PX, 0, GAP_PX, 0)
        middle = Qt.TextElideMode.ElideMiddle
        name = QFontMetricsF(font).elidedText(_short(entry.name), middle, room.width())
        painter.drawText(room, _LEFT, name)

    def _places(self) -> tuple[QRectF, list[tuple[Entry | None, QRectF]]]:
        """Where the title is, and the entries there is room for; None stands for more of them."""
        bold = QFontMetricsF(title_font(bold=True))
        title = bold.horizontalAdvance(self._title) + 1
        widths = [
            swatch_px() + SWATCH_GAP_PX + bold.horizontalAdvance(_short(entry.name))
            for entry in self._entries
        ]
        height, room = self.size().height() + MARGIN_PX - _below_px(), self.size().width()
        whole = title + sum(width + GAP_PX for width in widths)
        if whole <= room:
            self._first = 0
        elif self._entries:
            # Some of the names are worth more than the whole title.
            title = min(title, LARGEST_TITLE * room)
        middle = (self._indent + room) / 2
        x = max(0.0, min(middle - whole / 2, room - whole))
        heading = QRectF(x, 0, title, height)
        x += title
        more = GAP_PX + bold.horizontalAdvance(MORE)
        places: list[tuple[Entry | None, QRectF]] = []
        for place in range(self._first, len(self._entries)):
            if place == self._first:
                # One there is, however little room there is for it.
                least = swatch_px() + SWATCH_GAP_PX + more
                widths[place] = min(widths[place], max(least, room - x - GAP_PX - more))
            is_last = place == len(self._entries) - 1 and self._first == 0
            if x + GAP_PX + widths[place] + (0.0 if is_last else more) > room:
                places.append((None, QRectF(x + GAP_PX, 0, more, height)))
                break
            places.append((self._entries[place], QRectF(x + GAP_PX, 0, widths[place], height)))
            x += GAP_PX + widths[place]
        else:
            if self._first:
                places.append((None, QRectF(x + GAP_PX, 0, more, height)))
        return heading, places

    # -- the mouse ---------------------------------------------------------

    def place_of(self, name: str) -> QRectF:
        """Where an entry is, in the scene; empty if it is not in sight."""
        rects = (rect for entry, rect in self._places()[1] if entry and entry.name == name)
        return self.mapRectToScene(next(rects, QRectF()))

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:  # noqa: N802 (Qt's name)
        """Lift what the mouse is over."""
        _ = self._language.text
        found = next(self._under(event.pos().x()), None)
        name = found.name if found else ""
        if found is None:
            # All of them, as there may be no room for some.
            tip = _("Turn the wheel for more names") if self._has_more() else ""
        elif found.hidden:
            tip = _("{name}: a click shows its curve again")
        elif found.dashed:
            tip = _("{name}: dashed, as it lies on another curve; a click hides it")
        else:
            tip = _("{name}: a click hides its curve")
        self.setToolTip(tip.format(name=name))
        self._set_under_mouse(name)

    def hoverLeaveEvent(self, _event: QGraphicsSceneHoverEvent) -> None:  # noqa: N802 (Qt's name)
        """Nothing is lifted any more."""
        self._set_under_mouse("")

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """A click on a name, or on the sign that there are more."""
        x = event.pos().x()
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif (found := next(self._under(x), None)) is not None:
            self.clicked.emit(found.name)
        elif any(entry is None and rect.contains(x, 1) for entry, rect in self._places()[1]):
            self._scroll(1, around=True)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:  # noqa: N802
        """Two clicks."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:  # noqa: N802 (Qt's name)
        """Scroll to the names that do not fit."""
        self._scroll(-1 if event.delta() > 0 else 1)
        event.accept()

    def _scroll(self, places: int, *, around: bool = False) -> None:
        if not self._has_more():
            return
        last = len(self._entries) - 1
        first = self._first + places
        self._first = first % (last + 1) if around else min(max(first, 0), last)
        self.update()

    def _has_more(self) -> bool:
        return any(entry is None for entry, _rect in self._places()[1])

    def _under(self, x: float) -> Iterator[Entry]:
        return (entry for entry, rect in self._places()[1] if entry and rect.contains(x, 1))

    def _set_under_mouse(self, name: str) -> None:
        if name != self._under_mouse:
            self._under_mouse = name
            self.hovered.emit(name)


def title_font(*, bold: bool = False) -> QFont:
    """Somewhat larger than other texts."""
    font = QFont(QApplication.font())
    font.setPointSizeF(max(1.0, SIZE * font.pointSizeF()))
    font.setBold(bold)
    return font


def _short(name: str) -> str:
    """A name of which there is room for others, too."""
    return shortened_path(name, LONGEST_NAME)


def _below_px() -> float:
    """Half of the highest number at the axis under it stands above the axis."""
    return max(MARGIN_PX, QFontMetricsF(QApplication.font()).height() / 2)


def swatch_px() -> float:
    """The size of a coloured square beside a text."""
    return round(QFontMetricsF(QApplication.font()).ascent() * 0.7)


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
