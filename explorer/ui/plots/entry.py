"""What the table of plots says of one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.experiment.plan import Plan
from explorer.i18n import Language
from explorer.ui.theme import Theme

if TYPE_CHECKING:
    from explorer.ui.plots.baseplot import BasePlot

# Not over steps: the data, and the fitted curve of a frame.
FIT = "fit"


@dataclass(frozen=True)
class PlotEntry:
    """One plot. `key` is its name in the settings, `title` its English one in the menu.

    `series`: what it shows, FIT or the name of a series of `explorer.live.frames`; `draw` makes
    it. Its axis: `log`, whether the user may choose powers of ten; `most_of_it`, whether a
    spike at the start may leave the picture; `start`, the values known before the first step.
    `heading` is what stands over it, the title by default, and `empty` in it as long as there is
    nothing to draw; it is there only where it `applies`.
    """

    key: str
    title: str
    series: str
    draw: "Callable[[PlotEntry, Theme, Language], BasePlot]"
    log: bool = False
    most_of_it: bool = False
    start: Callable[[Plan], Sequence[float]] = lambda _experiment: ()
    heading: Callable[[Plan, Language], str] | None = None
    empty: Callable[[Plan, Language], str] = lambda _experiment, _language: ""
    applies: Callable[[Plan], bool] = lambda _experiment: True
