"""What of a run's changes by hand another experiment's run can make again.

`fitting` for a run from the start; `carried` for one that goes on from the values of another.
Called by `explorer.ui.workbench` and by the worker, which has the values.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Experiment


def fitting(changes: Iterable[Change], experiment: Experiment) -> tuple[Change, ...]:
    """Those that are about something this experiment has."""
    found = []
    for change in changes:
        with suppress(BadInput):
            experiment.check_change(change)
            found.append(change)
    return tuple(found)


def carried(
    changes: Iterable[Change], values: Mapping[str, Any], experiment: Experiment
) -> tuple[Change, ...]:
    """Changes before the first step that set what was set, and these values.

    `values` are nested lists, by the parameters' names. What has another shape here, or is not
    finite, is left out.
    """
    switched = (change.model_copy(update={"step": 1, "value": None}) for change in changes)
    kept = [change for change in switched if change.as_dict().keys() - {"step", "tensor", "group"}]
    for name, value in values.items():
        if name in experiment.parameters:
            with suppress(BadInput):
                kept.append(Change.checked(step=1, tensor=name, value=value))
    return fitting(kept, experiment)
