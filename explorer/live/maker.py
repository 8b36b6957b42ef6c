"""What the window's worker drives: a run that steps, and what makes frames of it.

`Start` is what is sent to the worker to begin a run with, `Maker` what comes of it there. An
experiment's are in `explorer.live.frames`, those of somebody's own model in
`explorer.live.modelrun`.
"""

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Protocol

from explorer.experiment.changes import Change
from explorer.experiment.problem import Failure
from explorer.explain.step_records import StepRecord

if TYPE_CHECKING:
    from uuid import UUID

    from explorer.live.frames import Frame
    from explorer.live.mailbox import FrameRequest
    from explorer.live.reports import Report


class Stepping(Protocol):
    """A session as the worker sees it; see `explorer.engine.session`."""

    steps: int

    @property
    def step(self) -> int:
        """The last step that was made."""
        ...

    @property
    def failure(self) -> Failure | None:
        """Why the last loop ended early."""
        ...

    def records(self) -> Generator[StepRecord, None, None]:
        """Step until the run is done or fails."""
        ...

    def settle(self) -> None:
        """Make the changes that are planned for the next step."""
        ...

    def inverse(self, change: Change) -> tuple[Change, ...]:
        """What would undo the change."""
        ...


class Explaining(Protocol):
    """What makes changes; see `explorer.engine.explainer`."""

    def apply(self, change: Change) -> Change:
        """Make a change now; returns it stamped with the next step."""
        ...

    def take_back(self, change: Change, inverse: Sequence[Change]) -> bool:
        """Make the last change undone; False where that cannot be."""
        ...


class Maker(Protocol):
    """One run in the worker's thread."""

    @property
    def session(self) -> Stepping:
        """What steps."""
        ...

    @property
    def explainer(self) -> Explaining:
        """What makes changes, and tells beforehand what they do."""
        ...

    def ready(self) -> "Report":
        """What is reported when it is built."""
        ...

    def record(self, record: StepRecord) -> None:
        """Add a step to the history."""
        ...

    def give_up(self) -> None:
        """Called when the last thing that was asked of it took too long and was interrupted."""
        ...

    def make(self, request: "FrameRequest") -> "Frame":
        """The frame of this moment."""
        ...


class Start(Protocol):
    """What a run begins with, as plain data."""

    def begin(self, run: "UUID", interrupted: Callable[[], bool]) -> Maker:
        """Build it, in the worker's thread. Raises BadInput.

        `interrupted`: nobody waits any more for what takes long.
        """
        ...
