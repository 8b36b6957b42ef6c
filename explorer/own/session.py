"""One run of somebody's own model: changes go in, step records come out.

As `explorer.engine.session` is for an experiment: between two steps changes are made, and who
asks for the next record does not matter. What their code raises ends the loop as a failure.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import Any

from explorer.engine.changing import ChangingRun
from explorer.experiment.changes import Change
from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput, Failure
from explorer.explain.step_records import StepRecord
from explorer.own.anatomy import groups, with_number
from explorer.own.setup import Setup
from explorer.own.stepping import train_once
from explorer.own.switches import DETACH, REQUIRES_GRAD, Switch, Switches
from explorer.own.theirs import their_code


class ModelSession(ChangingRun):
    """A run of `steps` steps; `changes` are a file's, `by_hand` those of an earlier run.

    `step` is the last completed step (0 at first), `failure` why the last loop ended early.
    Unless it is `guarded`, what their code raises comes through as it is.
    """

    def __init__(
        self,
        setup: Setup,
        steps: int,
        changes: Sequence[Change] = (),
        by_hand: Sequence[Change] = (),
        *,
        switches: Switches | None = None,
        guarded: bool = True,
    ) -> None:
        super().__init__(changes, by_hand)
        self.setup = setup
        self.switches = switches or Switches(setup.model)
        self._guarded = guarded
        self.steps = steps
        self.loss: float | None = None
        self.failure: Failure | None = None
        self._batches = setup.endless()
        # What was looked at before its step.
        self._ahead: list[Any] = []

    def next_batch(self) -> Any:
        """What the next step will be made with. Raises what their code raises."""
        if not self._ahead:
            try:
                self._ahead.append(next(self._batches))
            except BaseException:
                # What raised is at its end: asked again, it begins again.
                self._batches = self.setup.endless()
                raise
        return self._ahead[0]

    # -- stepping ------------------------------------------------------------------

    def records(self) -> Generator[StepRecord, None, None]:
        """Step until the run is done or fails; the generator can also be closed."""
        self.failure = None
        while self.step < self.steps:
            record = self.advance()
            if record is None:
                return
            yield record

    def advance(self) -> StepRecord | None:
        """Make one step; None (and `failure`) if it came to none."""
        number = self.step + 1
        try:
            self.settle()
            with self._guard():
                batch = self.next_batch()
                self._ahead.clear()
                loss, refused = train_once(self.setup, batch, number)
        except BadInput as problem:
            if not self._guarded:
                raise
            self.failure = Failure("refused", number, {"problem": problem})
            return None
        self.loss = loss
        if refused is not None:
            self.failure = refused
            return None
        self.step = number
        return StepRecord(number, loss, (), ())

    def _guard(self) -> AbstractContextManager[None]:
        return their_code(self.setup.file) if self._guarded else nullcontext()

    # -- changes -------------------------------------------------------------------

    def inverse(self, change: Change) -> tuple[Change, ...]:
        """What would undo the change, if it were made now."""
        found: list[Change] = []
        if change.tensor is not None and change.requires_grad is not None:
            found += self._flags_back(change, self.switches.flags_in(change.tensor))
        if change.tensor is not None and change.detach is not None:
            was = self.switches.is_cut(change.tensor)
            found.append(Change(step=change.step, tensor=change.tensor, detach=was))
        for name, group in self._groups(change).items():
            options = {key: _number(group[key]) for key in change.options}
            held = MappingProxyType(options)
            found.append(Change(step=change.step, group=name, options=held))
        return tuple(found)

    # -- inside --------------------------------------------------------------------

    def _check(self, change: Change) -> None:
        """What does not fit `_make` refuses, before it makes any of it."""

    def _make(self, change: Change) -> None:
        name = change.tensor
        chosen = self._groups(change)
        if name is not None and change.requires_grad is not None:
            self.switches.set(Switch(name, REQUIRES_GRAD, change.requires_grad))
        if name is not None and change.detach is not None:
            self.switches.set(Switch(name, DETACH, change.detach))
        for group in chosen.values():
            for key, value in change.options.items():
                group[key] = with_number(group[key], value)
        self._applied.append(change)

    def _groups(self, change: Change) -> dict[str, dict[str, Any]]:
        """The optimizers' groups that the change is about, which have what it sets."""
        if not change.options:
            return {}
        known = groups(self.setup)
        if change.group is not None and change.group not in known:
            name = shortened(change.group)
            raise BadInput("no-such-group", name=name, known=", ".join(known) or "–")
        chosen = known if change.group is None else {change.group: known[change.group]}
        for key in change.options:
            if not chosen or any(key not in group for group in chosen.values()):
                raise BadInput("no-such-option", name=key)
        return chosen

    def _flags_back(self, change: Change, flags: dict[str, bool]) -> list[Change]:
        """One change where all were alike, else one for each parameter."""
        if len(set(flags.values())) == 1:
            flags = {change.tensor or "": next(iter(flags.values()))}
        return [
            Change(step=change.step, tensor=name, requires_grad=on) for name, on in flags.items()
        ]


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
