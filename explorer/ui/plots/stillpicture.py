"""What stands still of the plots, as one picture: axes, grids, headings, points of the data.

While a run is on, a frame moves a few curves. To find out which items of the scene lie where
they have moved, and to have each drawn, takes Qt and pyqtgraph longer than the curves do: so
`PlotPanel` paints this picture and the live items over it, and does not ask the scene.
"""

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QGraphicsView, QWidget

from explorer.ui.plots.baseplot import BasePlot


class StillPicture:
    """The view as it looks without the plots' live items."""

    def __init__(self, view: QGraphicsView) -> None:
        self._view = view
        self._picture = QPixmap()
        self._places: tuple[object, ...] = ()
        self._stills: list[tuple[object, ...]] = []
        # Where each plot is in the view.
        self.rects: list[QRect] = []
        self.is_being_drawn = False

    def forget(self) -> None:
        """Anything may have changed."""
        self._places = ()

    def is_of(self, plots: Sequence[BasePlot]) -> bool:
        """Whether they still look as they did when it was drawn."""
        places, stills = self._looks(plots)
        return (places, stills) == (self._places, self._stills)

    def renew(self, plots: Sequence[BasePlot]) -> QRegion:
        """Draw anew what is not as it was drawn; returns where in the view that is.

        Not while the view is painted: Qt paints one thing at a time.
        """
        places, stills = self._looks(plots)
        if places != self._places:
            self._begin(plots)
            changed = [self._view.viewport().rect()]
        else:
            each = zip(self.rects, self._stills, stills, strict=True)
            changed = [rect for rect, before, now in each if before != now]
        self._places, self._stills = places, stills
        region = union(changed)
        if not region.isEmpty():
            self._draw(region, plots)
        return region

    def _looks(
        self, plots: Sequence[BasePlot]
    ) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
        """What decides where everything is, and of each plot what decides how it looks."""
        viewport = self._view.viewport()
        geometries = ((plot, plot.geometry()) for plot in plots)
        places = (viewport.devicePixelRatioF(), viewport.size(), *geometries)
        return places, [plot.still() for plot in plots]

    def _begin(self, plots: Sequence[BasePlot]) -> None:
        viewport = self._view.viewport()
        ratio = viewport.devicePixelRatioF()
        self._picture = QPixmap(viewport.size() * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self.rects = [on_screen(self._view, plot.sceneBoundingRect()) for plot in plots]

    def _draw(self, region: QRegion, plots: Sequence[BasePlot]) -> None:
        """By the view's own paint event, which keeps to the region.

        Its `render` draws the whole scene for any part of it, and pyqtgraph's axes undo clips.
        """
        place = region.boundingRect().topLeft()
        self._lift(plots, True)
        try:
            self._view.viewport().render(self._picture, place, region, QWidget.RenderFlag(0))
        finally:
            self._lift(plots, False)

    def _lift(self, plots: Sequence[BasePlot], lifted: bool) -> None:
        self.is_being_drawn = lifted
        for plot in plots:
            for item in plot.live():
                item.lifted = lifted

    def paint(self, painter: QPainter, region: QRegion) -> None:
        """This part of it, where it is in the view."""
        for rect in rects(region):
            # Of a region Qt would look at each line of pixels.
            painter.setClipRect(rect)
            painter.drawPixmap(0, 0, self._picture)


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
