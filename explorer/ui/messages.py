"""What the Why panel says: the first of failure, refusal, selection, state of the run.

Beside the sentence: the way from the selected tensor to the objective, buttons for what the
sentence advises, and what a switch under the mouse would do or the last one has done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from explorer.experiment.problem import Failure
from explorer.explain.queries import is_finite
from explorer.explain.reason import REASONS, Reason, RemedyKind
from explorer.explain.remedies import Remedy
from explorer.explain.route import OPERATION, Stop
from explorer.explain.step_records import TensorState
from explorer.explain.trace_records import Trace
from explorer.i18n import N_, Language
from explorer.live.insight import Insight
from explorer.live.recovery import Offer
from explorer.own.plan import WHOLE
from explorer.picture.texts import symbol
from explorer.ui.workbench import RunState, Workbench
from explorer.words.errors import failure_sentence, sentence
from explorer.words.preview import verdict_text
from explorer.words.reasons import reason_sentence
from explorer.words.states import SENTENCES, kind_of
from explorer.words.summary import model_summary

STEP, SHOW, RESET, GIVE_UP = "step", "show", "reset", "give up"
# Followed by the name of the module whose output is to be used again.
RECONNECT = "reconnect "
RELOAD = "reload"
REMEDY_WORDS = {
    "detach": N_("Reconnect {name}"),
    "requires_grad": N_("Unfreeze {name}"),
}


@dataclass(frozen=True)
class Advice:
    """A button: a switch to flip, work to recover, or an action (STEP, SHOW, RESET, …)."""

    text: str
    tip: str
    remedy: Remedy | None = None
    action: str = ""
    offer: Offer | None = None


@dataclass(frozen=True)
class Message:
    """A text, whether it is a warning, and what stands with it; `about` is the way's tensor.

    `final`: the run came to an end by itself, and nothing else is of interest.
    """

    text: str
    warning: bool = False
    way: tuple[Stop, ...] = ()
    about: str = ""
    advice: tuple[Advice, ...] = ()
    note: str = ""
    note_warns: bool = False
    final: bool = False


def message_for(
    workbench: Workbench, selected: TensorState | None, language: Language, *, verdict: bool = True
) -> Message:
    """The message for the present moment; with what the last switch did, if wanted (`verdict`)."""
    found = _message(workbench, selected, language)
    is_told = verdict and workbench.problem is None and not found.final
    return with_verdict(found, workbench.insight, language) if is_told else found


def _message(workbench: Workbench, selected: TensorState | None, language: Language) -> Message:
    if workbench.failure is not None:
        repaired = _REPAIRED.get(workbench.failure.code)
        if repaired is not None and repaired.holds(workbench):
            return Message(language.text(repaired.text))
        return _of_failure(workbench, workbench.failure, language)
    if workbench.problem is not None:
        return Message(sentence(workbench.problem, language), warning=True)
    if selected is None:
        return Message(_summary(workbench, language))
    return _about(workbench, selected, language)


def _of_failure(workbench: Workbench, failure: Failure, language: Language) -> Message:
    """Why the run stopped, and how it can go on."""
    _ = language.text
    text = failure_sentence(failure, language)
    if failure.code != "non-finite":
        return Message(text, warning=True, advice=_way_back(workbench, language), final=True)
    more = (
        _("Before going on press Reset: what the optimizer keeps is not finite either.")
        if "state" in failure.facts
        else _("Before going on press Reset, or give the parameters finite values.")
    )
    reset = Advice(_("Reset"), _("Back to the start."), action=RESET)
    return Message(f"{text} {more}", warning=True, advice=(reset,), final=True)


def _requires_again(workbench: Workbench) -> bool:
    """Whether nothing required a gradient, and by now something does."""
    insight = workbench.insight
    return insight is not None and insight.trace.failure is None


def _is_finite_again(workbench: Workbench) -> bool:
    """Whether something was changed since, and the next step's objective is a number."""
    insight, failure = workbench.insight, workbench.failure
    if failure is None or "state" in failure.facts:
        return False
    changed = any(change.step > failure.step for change in workbench.changes_by_hand)
    if not changed or insight is None or insight.trace.objective is None:
        return False
    return is_finite(insight.trace.tensors[insight.trace.objective].value)


@dataclass(frozen=True)
class _Repaired:
    """What to say of a run that stopped, once that which stopped it no longer holds."""

    text: str
    holds: Callable[[Workbench], bool]


_REPAIRED: Mapping[str, _Repaired] = MappingProxyType(
    {
        "nothing-requires-grad": _Repaired(
            N_("backward() has something to do again: press Play to go on."), _requires_again
        ),
        "non-finite": _Repaired(
            N_("The loss is a finite number again: press Play to go on."), _is_finite_again
        ),
    }
)


def _about(workbench: Workbench, selected: TensorState, language: Language) -> Message:
    """Why its gradient is as it is; where there is nothing to explain, what it is."""
    insight, name = workbench.insight, selected.name
    reason = None if insight is None else insight.explanation.reasons.get(name)
    if reason is None or insight is None:
        kind = kind_of(selected, workbench.experiment)
        return Message(language.text(SENTENCES[kind]).format(name=name))
    return about_reason(insight, name, reason, language)


def about_reason(insight: Insight, name: str, reason: Reason, language: Language) -> Message:
    """Why the gradient of this tensor is as it is, the way to the objective, what helps."""
    told = insight.account
    if told is not None and told.name != name:
        # It comes with the next frame.
        told = None
    return Message(
        reason_sentence(name, reason, language),
        # It gets no gradient, and moves.
        warning="moved_by" in reason.facts,
        way=() if told is None else _way(told.route, insight.trace),
        about=name,
        advice=_advice(reason, () if told is None else told.remedies, language),
    )


def _way(stops: tuple[Stop, ...], trace: Trace) -> tuple[Stop, ...]:
    """With operations as the graph writes them."""
    return tuple(
        stop._replace(label=symbol(trace.operations[stop.number]))
        if stop.kind == OPERATION
        else stop
        for stop in stops
    )


def _advice(reason: Reason, remedies: tuple[Remedy, ...], language: Language) -> tuple[Advice, ...]:
    _ = language.text
    if REASONS[reason.code].remedy is RemedyKind.STEP:
        return (Advice(_("Make a step"), _("One pass of the loop."), action=STEP),)
    found = [_button(each, language) for each in remedies]
    show = Advice(_("Show in the graph"), _("Where the gradient flows and ends."), action=SHOW)
    return (*found, show)


def _button(remedy: Remedy, language: Language) -> Advice:
    # Nothing names the whole of somebody's own model.
    name = remedy.tensor or WHOLE
    text = language.text(REMEDY_WORDS[remedy.switch]).format(name=name)
    call = {
        "detach": language.text("Switch detach off for {name}."),
        "requires_grad": f"{{name}}.requires_grad_({remedy.wanted})",
    }
    return Advice(text, call[remedy.switch].format(name=name), remedy)


def _way_back(workbench: Workbench, language: Language) -> tuple[Advice, ...]:
    """After `backward()` refused: what would let something require a gradient again."""
    insight, failure = workbench.insight, workbench.failure
    if insight is None or failure is None or failure.code != "nothing-requires-grad":
        return ()
    return tuple(_button(each, language) for each in insight.explanation.remedies)


def with_verdict(message: Message, insight: Insight | None, language: Language) -> Message:
    """And whether the last switch did what was predicted."""
    check = None if insight is None else insight.explanation.check
    if check is None:
        return message
    verdict = verdict_text(check.foreseen, check.wrong, language)
    return replace(message, note=verdict, note_warns=bool(check.wrong))


def _summary(workbench: Workbench, language: Language) -> str:
    """Where the run stands and which parameters receive a gradient."""
    _ = language.text
    if workbench.state is RunState.LOADING:
        return _("PyTorch is being loaded; the experiment can already be read.")
    insight = workbench.insight
    text = (
        ""
        if insight is None
        else model_summary(insight.trace, insight.explanation.of_graph, language)
    )
    if workbench.state is RunState.READY:
        text += " " + _("Press Play, then flip requires_grad or detach and watch.")
    return text.strip()
