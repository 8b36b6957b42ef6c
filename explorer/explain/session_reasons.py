"""Reasons for a session as it stands: what `.grad` shows there, and since when.

A trace tells what the next step would give. In a running session `.grad` may not be there
yet, may be left over from an earlier step, set to 0 by zero_grad(), or the sum of several steps,
and an intermediate has none at all. Called by `explorer.engine.explainer`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from explorer.experiment.spec import Change
from explorer.explain.prediction import predict
from explorer.explain.reason import ZEROS, Reason
from explorer.explain.trace_records import Trace


@dataclass(frozen=True)
class Switches:
    """How the switches stand: `requires_grad` of every leaf, and who is detached."""

    requires_grad: Mapping[str, bool]
    cuts: Collection[str]


@dataclass(frozen=True)
class KeptGrad:
    """The `.grad` that a leaf has between two steps.

    `held`: the leaf is one of the optimizer's, which its zero_grad() clears. `moved_by` are the
    causes that move the leaf though no gradient reaches it. `since` is the step from which on its
    gradient was not finite, and `broken_by` where the first such came from, if known. `clipped`:
    the last update found it changed by clipping, at this `limit` (of the `norm` of all).
    """

    is_zero: bool = False
    is_finite: bool = True
    held: bool = True
    moved_by: tuple[str, ...] = ()
    since: int | None = None
    broken_by: Reason | None = None
    clipped: Mapping[str, float] | None = None


@dataclass(frozen=True)
class SessionMoment:
    """A session between two steps: the last step done, the `.grad` of those that have one.

    `first` are the switches it began with, `changes` what was changed since, `zero_grad` what
    clears, `accumulate` how many steps make an update. `of_last` are the reasons in the graph of
    the last step, if that was traced.
    """

    step: int
    grads: Mapping[str, KeptGrad]
    first: Switches
    changes: tuple[Change, ...]
    zero_grad: str = "none"
    accumulate: int = 1
    of_last: Mapping[str, Reason | None] | None = None


def session_reasons(
    trace: Trace,
    in_graph: Mapping[str, Reason | None],
    moment: SessionMoment,
) -> dict[str, Reason | None]:
    """For every named tensor why its `.grad` is as it is now; None where there is nothing to say.

    `trace` is that of the session's model now, of its next step, and `in_graph` its reasons. To
    the codes of a single pass come `not-yet`, `not-leaf` (PyTorch keeps no `.grad` there, the
    trace has its value), `zeroed` (zero_grad() set it to 0; `step` is the last that a gradient
    reached it in), `stale` (`step`, and whether it is still `applied` by the optimizer, in the
    step `update` if that is still to come), `accumulated` (the sum of the steps `since`),
    `clipped` (to the `limit`) and `not-in-optimizer` (a parameter that gets a gradient and is not
    moved by it). The first two have what moves the tensor all the same, `moved_by`. A
    `non-finite` has the step `since`.
    """
    if trace.objective is None:
        # The next forward pass breaks off: what `.grad` holds is from the step before.
        return dict(in_graph)
    reader = _Reader(trace, moment)
    return {name: reader.reason(name, found) for name, found in in_graph.items()}


class _Reader:
    """Answers for one moment; a past setting of the switches is connected when it is asked for."""

    def __init__(self, trace: Trace, moment: SessionMoment) -> None:
        self._trace = trace
        self._moment = moment
        self._flowing = predict(trace)
        self._periods = list(_periods(moment))
        self._reached: dict[int, frozenset[str]] = {}

    def reason(self, name: str, found: Reason | None) -> Reason | None:
        tensor = self._trace.tensors[self._trace.named[name]]
        flows = name in self._flowing
        if not tensor.leaf:
            return Reason("not-leaf") if flows else found
        grads = self._moment.grads
        kept = next((grads[each] for each in tensor.names if each in grads), None)
        if kept is None:
            return Reason("not-yet") if flows else found
        last = self._last_reached(name)
        if flows and last == self._moment.step:
            return self._of_last_step(name, kept, found)
        return self._left_over(last, kept)

    def _of_last_step(self, name: str, kept: KeptGrad, found: Reason | None) -> Reason | None:
        """A gradient reached it in the last step."""
        of_last = self._moment.of_last
        told = found if of_last is None else of_last.get(name)
        if not kept.is_finite:
            return self._broken(kept, told)
        cleared = self._is_cleared(kept)
        since = self._first_reached(name, self._window if cleared else 1)
        clipped = {} if kept.clipped is None else {"clipped": kept.clipped}
        if since < self._moment.step:
            steps = {"accumulate": self._moment.accumulate} if cleared else {}
            return Reason("accumulated", {"since": since, **_not_held(kept), **steps, **clipped})
        # The next step's graph may tell of another gradient than this one.
        wrong = {"non-finite"} if kept.is_zero else {"non-finite", *ZEROS}
        if told is not None and told.code not in wrong:
            return told
        if not kept.held and self._trace.tensors[self._trace.named[name]].kind == "parameter":
            return Reason("not-in-optimizer", clipped)
        return None if kept.clipped is None else Reason("clipped", kept.clipped)

    def _broken(self, kept: KeptGrad, told: Reason | None) -> Reason | None:
        reason = kept.broken_by or told
        if reason is None or reason.code != "non-finite" or kept.since is None:
            return reason
        return Reason(reason.code, {**reason.facts, "since": kept.since})

    def _left_over(self, last: int, kept: KeptGrad) -> Reason:
        """No gradient reached it in the last step, or none will any more."""
        zero_grad = self._moment.zero_grad
        moved = {"moved_by": list(kept.moved_by)} if kept.moved_by else {}
        cleared = self._is_cleared(kept)
        if cleared and zero_grad == "zero" and last < self._window:
            return Reason("zeroed", {"step": last, **moved})
        if cleared and self._moment.step < self._window_end:
            return Reason(
                "stale", {"step": last, "applied": True, "update": self._window_end, **moved}
            )
        applied = kept.held and zero_grad == "never"
        return Reason("stale", {"step": last, "applied": applied, **moved, **_not_held(kept)})

    @property
    def _window(self) -> int:
        """The first of the steps up to the last that make an update together."""
        return self._window_end - self._moment.accumulate + 1

    @property
    def _window_end(self) -> int:
        """The step that makes, or made, the update which the last step is part of."""
        return -(-self._moment.step // self._moment.accumulate) * self._moment.accumulate

    def _is_cleared(self, kept: KeptGrad) -> bool:
        """Whether zero_grad() gets at it before the steps of every update."""
        return kept.held and self._moment.zero_grad != "never"

    def _last_reached(self, name: str) -> int:
        """The last step in which a gradient reached the tensor."""
        backward = reversed(range(len(self._periods)))
        found = (self._periods[place].last for place in backward if self._flowed(name, place))
        return next(found, self._moment.step)

    def _first_reached(self, name: str, start: int) -> int:
        """The first step from `start` on in which a gradient reached the tensor."""
        places = range(len(self._periods))
        later = (place for place in places if self._periods[place].last >= start)
        found = (
            max(start, self._periods[each].first) for each in later if self._flowed(name, each)
        )
        return next(found, self._moment.step)

    def _flowed(self, name: str, place: int) -> bool:
        """Whether a gradient reached the tensor in that period."""
        if place not in self._reached:
            then = self._periods[place].switches
            self._reached[place] = (
                self._flowing
                if then is None
                else predict(self._trace, then.requires_grad, then.cuts)
            )
        return name in self._reached[place]


def _not_held(kept: KeptGrad) -> Mapping[str, bool]:
    """An optimizer holds parameters: of others it is said that it does not."""
    return {} if kept.held else {"held": False}


@dataclass(frozen=True, slots=True)
class _Period:
    """The steps from `first` to `last`, made with these switches; None: with those of now."""

    first: int
    last: int
    switches: Switches | None


def _periods(moment: SessionMoment) -> Iterator[_Period]:
    """In order; a setting that no step was made with is none."""
    start = 1
    for end, switches in _settings(moment.first, moment.changes):
        last = moment.step if end is None else min(end, moment.step)
        if start <= last:
            yield _Period(start, last, None if end is None else switches)
        start = max(start, last + 1)


# The switches as they stood up to and with a step (None: until now).
_Setting = tuple[int | None, Switches]


def _settings(first: Switches, changes: Iterable[Change]) -> Iterator[_Setting]:
    """All settings of the switches in the session, in order."""
    requires_grad, cuts = dict(first.requires_grad), set(first.cuts)
    for change in changes:
        if change.tensor is None or change.step is None:
            continue
        yield change.step - 1, Switches(dict(requires_grad), frozenset(cuts))
        if change.requires_grad is not None:
            requires_grad[change.tensor] = change.requires_grad
        if change.detach is not None:
            (cuts.add if change.detach else cuts.discard)(change.tensor)
    yield None, Switches(requires_grad, frozenset(cuts))
