"""The plots of the window on a model: its loss, and norms of its modules."""

from explorer.experiment.plan import Plan
from explorer.i18n import N_, Language
from explorer.live.frames import GRADIENTS, LOSS, VALUES
from explorer.ui.plots.entry import PlotEntry
from explorer.ui.plots.timeplot import TimePlot


def _no_loss(_plan: Plan, language: Language) -> str:
    return language.text("The loss will be drawn here, step by step.")


def _no_norms(_plan: Plan, language: Language) -> str:
    return language.text("The norm of each module's parameters will be drawn here.")


def _no_gradients(_plan: Plan, language: Language) -> str:
    return language.text("The norm of each module's gradients will be drawn here.")


def _norms(_plan: Plan, language: Language) -> str:
    return language.text("Parameters, ‖w‖")


def _gradient_norms(_plan: Plan, language: Language) -> str:
    return language.text("Gradients, ‖grad‖")


# Under the keys of the other window, so that one choice of plots holds for both.
PLOTS: tuple[PlotEntry, ...] = (
    PlotEntry("loss", N_("Loss"), LOSS, TimePlot, log=True, empty=_no_loss),
    PlotEntry("parameters", N_("Parameters"), VALUES, TimePlot, heading=_norms, empty=_no_norms),
    PlotEntry(
        "gradients",
        N_("Gradients"),
        GRADIENTS,
        TimePlot,
        log=True,
        heading=_gradient_norms,
        empty=_no_gradients,
    ),
)
