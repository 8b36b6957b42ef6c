"""What the window reads of whatever is run: an experiment, or somebody's own model.

The views of a run (tool bar, plots, list of changes, status bar, graph) take a Plan, and know
no more of what is trained. `explorer.experiment.spec.Experiment` is one, and so is
`explorer.own.plan.ModelPlan`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from explorer.experiment.changes import Change


class Schedule(Protocol):
    """How long a run is."""

    @property
    def steps(self) -> int:
        """The number of steps."""
        ...


class Plan(Protocol):
    """See the module's docstring."""

    @property
    def training(self) -> Schedule:
        """How long the run is."""
        ...

    @property
    def changes(self) -> tuple[Change, ...]:
        """Those that its file has."""
        ...

    @property
    def tensors(self) -> Collection[str]:
        """What has a switch in the graph."""
        ...

    @property
    def coloured(self) -> Sequence[str]:
        """What has a colour of its own in the plots."""
        ...

    @property
    def has_epochs(self) -> bool:
        """Whether the mean loss of an epoch is drawn beside the loss."""
        ...

    @property
    def has_training(self) -> bool:
        """Whether it is there to be trained, and not only to be looked at."""
        ...

    @property
    def prediction(self) -> str | None:
        """What is compared with data, if anything is: then training descends a loss."""
        ...

    @property
    def scalar_name(self) -> str:
        """What training descends."""
        ...

    @property
    def rates(self) -> Mapping[str, Any]:
        """The learning rate of each group of the optimizer at the start, by the group's name."""
        ...

    def check_change(self, change: Change) -> None:
        """Refuse a change that does not fit. Raises BadInput."""
        ...
