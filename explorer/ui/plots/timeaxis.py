"""Which steps the plots over time show: all of them in growing windows, the whole run, or a part.

One for all plots of the panel, without Qt. A new range costs more than everything else in a
frame (see `explorer.ui.plots.ranges`): so the axis ends beyond the curve, and doubles when the
curve has come to its end.
"""

# The axis of a run that has just begun.
FIRST_STEPS = 50
# Zoomed, so large a part of the axis shows the curve at least,
IN_SIGHT = 0.25
# and no fewer steps are to be seen.
FEWEST_STEPS = 4


class TimeAxis:
    """The steps on the time axes. `part` is what somebody zoomed to, None for all."""

    def __init__(self) -> None:
        self.part: tuple[float, float] | None = None
        self._steps = self._step = 0
        self._last = FIRST_STEPS
        self._whole = False

    @property
    def end(self) -> int:
        """The last step of the axis when everything is shown."""
        return max(1, self._steps if self._whole else self._last)

    @property
    def shown(self) -> tuple[float, float]:
        """From where to where the axes go."""
        return self.part or (0.0, float(self.end))

    def begin(self, steps: int) -> None:
        """Another run, of so many steps."""
        self.part = None
        self._step, self._last = 0, FIRST_STEPS
        self.set_steps(steps)

    def set_steps(self, steps: int) -> None:
        """The run became longer or shorter."""
        self._steps = steps
        self._last = time_range(self._step, steps, FIRST_STEPS)

    def set_whole(self, whole: bool) -> None:
        """To the end of the run, or no farther than the curve needs."""
        self._whole = whole

    def come_to(self, step: int) -> None:
        """The run has made so many steps."""
        self._step = step
        self._last = time_range(step, self._steps, self._last)

    def zoom(self, low: float, high: float) -> None:
        """Show this part, or as much of it as keeps the curve in sight; all if it is all."""
        width = min(max(high - low, FEWEST_STEPS), self.end)
        # So far to the right that the curve still takes its part of the axis.
        farthest = min(self.end - width, max(0.0, self._step - IN_SIGHT * width))
        # About the same middle, if it became wider.
        low = min(max((low + high - width) / 2, 0.0), farthest)
        self.part = (low, low + width) if width < self.end else None

    def follow(self) -> None:
        """Show everything again."""
        self.part = None


def time_range(step: int, steps: int, shown: int) -> int:
    """The last step on an axis that shows `shown` steps now: as many, or doubled until it holds.

    No more than the run's `steps`, unless it came farther.
    """
    last = min(shown, steps)
    while last < step:
        last = max(1, 2 * last)
    return max(min(last, steps), step)
