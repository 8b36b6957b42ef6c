"""The plots of the window, one entry for each, in the order in which they are laid out.

The menu of plots, the settings and the panel read this table, whenever they need it: a new
plot is one more entry, and a file of its own only if it is drawn in a new way.
"""

from explorer.experiment.plan import Plan
from explorer.experiment.spec import Experiment
from explorer.i18n import N_, Language
from explorer.live.frames import GRADIENTS, LOSS, VALUES
from explorer.ui.plots.entry import FIT, PlotEntry
from explorer.ui.plots.fitplot import FitPlot
from explorer.ui.plots.timeplot import TimePlot


def _predicts(experiment: Plan) -> bool:
    return bool(experiment.prediction)


def _objective(experiment: Plan, language: Language) -> str:
    return language.text("Loss") if experiment.prediction else experiment.scalar_name


def _no_objective(experiment: Plan, language: Language) -> str:
    if experiment.prediction:
        return language.text("The loss will be drawn here, step by step.")
    text = language.text("{name} will be drawn here, step by step.")
    return text.format(name=experiment.scalar_name)


def _no_values(_experiment: Plan, language: Language) -> str:
    return language.text("The values of the parameters will be drawn here, step by step.")


def _no_gradients(_experiment: Plan, language: Language) -> str:
    return language.text("The gradients of the parameters will be drawn here, step by step.")


def _no_fit(_experiment: Plan, language: Language) -> str:
    return language.text("The predictions will be drawn here, each over its target.")


def _start_values(experiment: Plan) -> list[float]:
    """The scalars among the parameters, so that the axis is right before the first step."""
    assert isinstance(experiment, Experiment)
    arrays = [parameter.array() for parameter in experiment.parameters.values()]
    return [float(array) for array in arrays if array.ndim == 0]


PLOTS: tuple[PlotEntry, ...] = (
    PlotEntry("fit", N_("Data and fit"), FIT, FitPlot, empty=_no_fit, applies=_predicts),
    PlotEntry(
        "loss", N_("Loss"), LOSS, TimePlot, log=True, heading=_objective, empty=_no_objective
    ),
    PlotEntry(
        "parameters", N_("Parameters"), VALUES, TimePlot, start=_start_values, empty=_no_values
    ),
    PlotEntry(
        "gradients", N_("Gradients"), GRADIENTS, TimePlot, most_of_it=True, empty=_no_gradients
    ),
)


def keys() -> frozenset[str]:
    """The names of all plots, as the settings have them."""
    return frozenset(entry.key for entry in PLOTS)
