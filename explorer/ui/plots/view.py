"""The part of a plot within its axes: pyqtgraph's own, which can be zoomed out of only so far.

Made by `explorer.ui.plots.baseplot`.
"""

from typing import Any

import pyqtgraph as pg

# Of both axes together. Some way beyond, pyqtgraph can no longer tell what is under the pointer:
# it divides by what an area of the axes takes on the screen.
LARGEST_AREA = 1e280


class View(pg.ViewBox):  # type: ignore[misc]
    """Zooms as long as there is a place behind every pixel."""

    def scaleBy(  # noqa: N802 (pyqtgraph's name)
        self, s: Any = None, center: Any = None, x: float | None = None, y: float | None = None
    ) -> None:
        """Zoom about a place; out of what is as large as can be, not at all."""
        (left, right), (low, high) = self.viewRange()
        across, up = (1.0 if factor is None else factor for factor in (s or (x, y)))
        grows = across * up > 1
        if grows and (right - left) * across * (high - low) * up > LARGEST_AREA:
            return
        super().scaleBy(s, center, x, y)
