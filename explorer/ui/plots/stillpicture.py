"""What stands still of the plots, as one picture: axes, grids, headings, points of the data.

While a run is on, a frame moves a few curves. To find out which items of the scene lie where
they have moved, and to have each drawn, takes Qt and pyqtgraph longer than the curves do: so
`PlotPanel` paints this picture and the live items over it, and does not ask the scene.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QGraphicsView

from explorer.ui.plots.baseplot import BasePlot


class StillPicture:
    """The view as it looks without the plots' live items, which must be lifted from it."""

    def __init__(self, view: QGraphicsView) -> None:
        self._view = view
        self._picture = QPixmap()
        self._places: tuple[object, ...] = ()
        self._stills: list[tuple[object, ...]] = []
        # Where each plot is in the view.
        self.rects: list[QRect] = []

    def forget(self) -> None:
        """Anything may have changed."""
        self._places = ()

    def renew(self, plots: Sequence[BasePlot]) -> QRegion:
        """Draw anew what is not as it was drawn; returns where in the view that is."""
        viewport = self._view.viewport()
        ratio, size = viewport.devicePixelRatioF(), viewport.size()
        places = (ratio, size, *((plot, plot.geometry()) for plot in plots))
        stills = [plot.still() for plot in plots]
        if places != self._places:
            self._picture = QPixmap(size * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self.rects = [on_screen(self._view, plot.sceneBoundingRect()) for plot in plots]
            changed = [viewport.rect()]
        else:
            each = zip(self.rects, self._stills, stills, strict=True)
            changed = [rect for rect, before, now in each if before != now]
        self._places, self._stills = places, stills
        for part in changed:
            self._draw(part)
        return union(changed)

    def _draw(self, part: QRect) -> None:
        """By the scene, on a sheet of its own: pyqtgraph's axes undo the clip that `render` sets."""
        sheet = self._picture.copy()
        with painting(sheet) as painter:
            self._view.render(painter, QRectF(part), part)
        with painting(self._picture) as painter:
            painter.setClipRect(part)
            painter.drawPixmap(0, 0, sheet)

    def paint(self, painter: QPainter, region: QRegion) -> None:
        """This part of it, where it is in the view."""
        for rect in rects(region):
            # Of a region Qt would look at each line of pixels.
            painter.setClipRect(rect)
            painter.drawPixmap(0, 0, self._picture)


@contextmanager
def painting(picture: QPixmap) -> Iterator[QPainter]:
    """Something is painted on it."""
    painter = QPainter(picture)
    try:
        yield painter
    finally:
        painter.end()


def union(parts: Iterable[QRect]) -> QRegion:
    """All of them."""
    region = QRegion()
    for part in parts:
        region |= QRegion(part)
    return region


def rects(region: QRegion) -> Iterator[QRect]:
    """The rectangles that it is made of."""
    return (QRect(rect) for rect in region)  # type: ignore[attr-defined]


def on_screen(view: QGraphicsView, rect: QRectF) -> QRect:
    """The pixels of the view that a part of the scene touches."""
    pixels: QRect = view.mapFromScene(rect).boundingRect()
    return pixels.adjusted(-1, -1, 1, 1)
