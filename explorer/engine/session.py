"""One run of an experiment: changes go in, step records come out.

A session knows no threads and no Qt. The command line, the window's worker and
the tests differ only in who asks for the next record:

    session = Session(experiment)
    for record in session:
        ...                      # between two steps: session.apply(change) is allowed
    if session.failure: ...

    before = session.snapshot()  # also between two steps
    session.restore(before)      # the steps that follow have the same bits again

Iterating again goes on where the last loop stopped, for instance after a failure
was repaired by flipping a switch back.
"""

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch

from explorer.engine.changing import ChangingRun
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.optimizers import Optimizer
from explorer.engine.recorder import Recorder
from explorer.engine.refusals import failure
from explorer.engine.snapshot import Snapshot, numbers, put_subject, take_subject
from explorer.engine.subject import Subject
from explorer.engine.tensors import parameter_states
from explorer.engine.trainer import StepError, Trainer
from explorer.experiment.problem import Failure
from explorer.experiment.spec import Change, Experiment, UpdateOptions
from explorer.explain.step_records import StepRecord, TensorState

if TYPE_CHECKING:
    from explorer.engine.breakdown import Breakdown

# More threads than one only cost on models this small, and split sums differently.
SMALL_MODEL_ELEMENTS = 100_000


class Session(ChangingRun):
    """A run of `experiment`; `steps` replaces the experiment's own number of steps.

    What is trained is the `subject`, by itself the model of the experiment's formula. `by_hand`
    are changes of an earlier run, to be made again at their steps, after the experiment's own.
    `step` is the last completed step (0 at first), `failure` why the last loop
    ended early. Raises BadInput if shapes do not fit.
    """

    def __init__(
        self,
        experiment: Experiment,
        *,
        steps: int | None = None,
        subject: Subject | None = None,
        by_hand: Sequence[Change] = (),
    ) -> None:
        super().__init__(experiment.changes, by_hand)
        self.experiment = experiment
        self.subject: Subject = FormulaSubject(experiment) if subject is None else subject
        self._own_subject = subject is None
        self._batches = self.subject.batches
        self.steps = experiment.training.steps if steps is None else steps
        self.loss: float | None = None
        self.failure: Failure | None = None
        # Whether nobody waits any more for what takes long.
        self.interrupted: Callable[[], bool] = bool
        self._broke: tuple[object, Breakdown | None] | None = None

    # Made for the first step or frame: who only looks at the graph needs none of them.
    @cached_property
    def _options(self) -> UpdateOptions:
        return self.experiment.update_options

    @cached_property
    def _trainer(self) -> Trainer:
        trainer = Trainer(self.subject, self.experiment.training, self.held)
        trainer.set_clipping(self._options)
        return trainer

    @cached_property
    def _recorder(self) -> Recorder:
        return Recorder(self.subject.parameters, self._trainer.optimizer)

    @cached_property
    def held(self) -> Mapping[str, torch.Tensor]:
        """The parameters that the optimizer holds: it updates these, and clears their `.grad`."""
        outside = {name for name, each in self.experiment.parameters.items() if not each.optimize}
        parameters = self.subject.parameters.items()
        return {name: leaf for name, leaf in parameters if name not in outside}

    @property
    def columns(self) -> tuple[str, ...]:
        """What `values` and `grads` hold: `a`, elements `w[0,1]`, norms `|W|` of large ones."""
        return self._recorder.columns

    @property
    def optimizer(self) -> Optimizer:
        """What updates the parameters."""
        return self._trainer.optimizer

    @property
    def options(self) -> UpdateOptions:
        """What the next update reads, as the changes so far have left it."""
        return self._options

    @property
    def norm(self) -> float | None:
        """That of all gradients when they were last clipped by it, before; None: they were not."""
        norm = self._trainer.norm
        return None if norm is None else norm.item()

    def inverse(self, change: Change) -> tuple[Change, ...]:
        """What would undo the change, if it were made now; an option of several groups in each."""
        was: dict[str, Any] = {}
        name = change.tensor
        if name is not None:
            if change.value is not None:
                was["value"] = _nested(self.subject.leaves[name].tolist())
            if change.requires_grad is not None:
                was["requires_grad"] = self.subject.leaves[name].requires_grad
            if change.detach is not None:
                was["detach"] = name in self.subject.cuts
        if not change.options:
            return (change.model_copy(update=was),)
        options = {
            group: {key: self._options.groups[group].options[key] for key in change.options}
            for group in self._options.chosen(change.group)
        }
        first, *others = options.items()
        if all(values == first[1] for _, values in others):
            return (change.model_copy(update={**was, "options": MappingProxyType(first[1])}),)
        each_of_them = (
            Change(step=change.step, group=group, options=values)
            for group, values in options.items()
        )
        left = change.model_copy(update={**was, "options": MappingProxyType({})})
        return (*((left,) if was else ()), *each_of_them)

    def take_back(self, change: Change, inverse: Sequence[Change]) -> bool:
        """See `ChangingRun`. What broke is looked for anew then."""
        taken = super().take_back(change, inverse)
        if taken:
            self._broke = None
        return taken

    def tensors(self) -> tuple[TensorState, ...]:
        """The parameters as they stand: values and `.grad`."""
        return parameter_states(self.subject)

    def snapshot(self) -> Snapshot:
        """The state between two steps, as a value that no later step changes."""
        return Snapshot(
            experiment=self.experiment,
            step=self.step,
            loss=self.loss,
            failure=self.failure,
            subject=take_subject(self.subject),
            options=self._options,
            norm=self.norm,
            optimizer_state=self._trainer.optimizer.state(),
            waiting=tuple(self._waiting),
            applied=tuple(self._applied),
            by_hand=tuple(self._by_hand),
            batches=None if self._batches is None else self._batches.state(),
            random=numbers(torch.get_rng_state()),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back (or on) to that state: the same steps follow, bit for bit.

        `steps` stays as it is, and a loop that is under way goes on from there. Raises
        ValueError if the snapshot is of another experiment.
        """
        if snapshot.experiment is not self.experiment and snapshot.experiment != self.experiment:
            raise ValueError("a snapshot can only be restored into a run of its own experiment")
        put_subject(self.subject, snapshot.subject)
        self._options = snapshot.options
        for group, optimizer in snapshot.options.groups.items():
            self._trainer.optimizer.set_options(optimizer.options, group)
        norm = None if snapshot.norm is None else torch.tensor(snapshot.norm)
        self._trainer.set_clipping(snapshot.options, norm)
        self._trainer.optimizer.set_state(snapshot.optimizer_state)
        if self._batches is not None and snapshot.batches is not None:
            self._batches.restore(snapshot.batches)
        self._waiting = list(snapshot.waiting)
        self._applied = list(snapshot.applied)
        self._by_hand = list(snapshot.by_hand)
        self.step, self.loss, self.failure = snapshot.step, snapshot.loss, snapshot.failure
        torch.set_rng_state(torch.tensor(snapshot.random))

    def __iter__(self) -> Iterator[StepRecord]:
        """Step until the run is done or fails; see the module's docstring."""
        return self.records()

    def records(self) -> Generator[StepRecord, None, None]:
        """As iterating; the generator can also be closed, when no more steps are wanted."""
        before, self.failure = self.failure, None
        with self.threads():
            while self.step < self.steps:
                record = self.advance()
                if record is None:
                    return
                if self.failure is None:
                    yield record
                else:
                    self.failure = _told(self, self.failure, before)
                    yield record
                    return

    def breakdown(self) -> "Breakdown | None":
        """Where its numbers ceased to be finite; looked for anew when other tensors are broken."""
        from explorer.engine.breakdown import breakdown, broken_leaves

        broken = frozenset(broken_leaves(self.subject))
        # Where only the loss is, it is that of this step.
        moment = len(self._applied), broken or self.step
        if self._broke is None or self._broke[0] != moment:
            again = self.again()
            found = None if again is None else breakdown(again, self.step, self.interrupted)
            self._broke = moment, found
        return self._broke[1]

    def again(self) -> "Session | None":
        """The same run from its start, with all changes so far; None of a subject from outside."""
        if not self._own_subject:
            return None
        experiment = self.experiment.model_copy(update={"changes": self.changes})
        return Session(experiment, steps=self.steps)

    def advance(self) -> StepRecord | None:
        """Make one step, whatever its numbers are; None (and `failure`) if PyTorch refused.

        Iterating does this under `threads`, and tells more of a failure.
        """
        if self._waiting:
            self.settle()
        try:
            loss = self._trainer.step(self.step + 1)
        except StepError as error:
            self.failure = failure(error.refusal, self.step + 1, error.objective)
            return None
        self.step += 1
        if not math.isfinite(loss):
            self.failure = Failure("non-finite", self.step, {"loss": str(loss)})
        self.loss = loss
        if self._batches is None:
            return StepRecord(self.step, loss, *self._recorder.read())
        self._batches.advance(loss)
        return StepRecord(self.step, loss, *self._recorder.read(), self._batches.loss)

    @contextmanager
    def threads(self) -> Iterator[None]:
        """One PyTorch thread while a small model runs; the caller's number again afterwards."""
        before = torch.get_num_threads()
        elements = sum(tensor.numel() for tensor in self.subject.arguments)
        if elements <= SMALL_MODEL_ELEMENTS:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _check(self, change: Change) -> None:
        self.experiment.check_change(change, self._options)

    def _make(self, change: Change) -> None:
        if change.tensor is not None:
            self._make_on_tensor(change, change.tensor)
        if change.options:
            self._trainer.optimizer.set_options(change.options, change.group)
        if change.options or change.clipping:
            self._options = self._options.after(change)
        if change.clipping:
            self._trainer.set_clipping(self._options)
        self._applied.append(change)

    def _make_on_tensor(self, change: Change, tensor: str) -> None:
        if change.value is not None:
            self.subject.set_value(tensor, change.value)
        if change.requires_grad is not None:
            self.subject.set_requires_grad(tensor, change.requires_grad)
        if change.detach is not None:
            self.subject.set_detached(tensor, change.detach)


def _nested(value: Any) -> Any:
    return tuple(_nested(each) for each in value) if isinstance(value, list) else value


def prepared(experiment: Experiment) -> FormulaSubject:
    """The formula's model as step 1 finds it: built, and with the changes of step 1 made."""
    subject = FormulaSubject(experiment)
    Session(experiment, subject=subject).settle()
    return subject


def _told(session: Session, failed: Failure, before: Failure | None) -> Failure:
    """Of a loss that is not finite: from which gradient and operation that came, if known.

    Where the step before failed so already, and nothing was changed, it is still the same.
    `state` is a fact where the optimizer keeps what is not finite: new values do not mend that.
    """
    if not session.optimizer.is_finite():
        failed = Failure(failed.code, failed.step, {**failed.facts, "state": "broken"})
    changed = any(change.step == failed.step for change in session.changes)
    again = before is not None and (before.code, before.step) == (failed.code, failed.step - 1)
    if before is not None and again and not changed:
        return Failure(failed.code, failed.step, {**before.facts, **failed.facts})
    found = session.breakdown()
    if found is None:
        return failed
    name, reason = found.tensor, found.reason
    facts: dict[str, object] = {}
    if name is not None:
        reason = found.reasons[name]
        facts = {"tensor": name, "since": found.step}
    if reason is None:
        return failed
    return Failure(failed.code, failed.step, {**failed.facts, **reason.facts, **facts})
