"""What the Why panel says of a model: of a failure, of what is selected, or of the whole.

Of a parameter without a gradient it is why, with the line of the model's own code.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt

from explorer.experiment.problem import Failure
from explorer.explain.reason import Reason
from explorer.i18n import Language
from explorer.live.insight import Insight
from explorer.live.modelrun import ModelFrame
from explorer.own.plan import WHOLE
from explorer.ui.bench import RunState
from explorer.ui.messages import (
    GIVE_UP,
    RECONNECT,
    RELOAD,
    RESET,
    Advice,
    Message,
    about_reason,
    with_verdict,
)
from explorer.ui.subject.bench import SubjectBench
from explorer.ui.subject.treemodel import Node, TreeModel
from explorer.words.enumeration import names_text, whole_modules
from explorer.words.errors import failure_sentence, sentence
from explorer.words.reasons import reason_sentence
from explorer.words.states import SENTENCES, TensorKind
from explorer.words.summary import model_summary

# More reasons than these are not read.
MOST_TOLD = 6


def message_for(
    bench: SubjectBench, chosen: Node | None, rows: TreeModel, language: Language
) -> Message:
    """The message for the present moment."""
    if bench.failure is not None:
        return _of_failure(bench, bench.failure, language)
    if bench.problem is not None:
        text = sentence(bench.problem, language)
        return Message(text, warning=True, advice=(reloading(language),))
    if bench.state is RunState.LOADING:
        return _loading(bench, language)
    insight = bench.insight
    if chosen is None or insight is None:
        found = Message(_summary(bench, language))
    elif chosen.part is not None:
        found = _of_parameter(insight, chosen, rows, language)
    else:
        found = _of_module(insight, chosen, rows, language)
    return with_verdict(found, insight, language)


def changed(bench: SubjectBench, name: str, language: Language) -> Message:
    """The file of this name is another than the one that was loaded."""
    text = language.text("{name} was changed. The run goes on with the model as it was loaded.")
    if bench.state in (RunState.REFUSED, RunState.FAILED):
        text = language.text("{name} was changed.")
    return Message(text.format(name=name), advice=(reloading(language),))


def reloading(language: Language) -> Advice:
    """The button that loads the model from its source as it is by now."""
    tip = language.text("Load it anew; switches are set again at their steps.")
    return Advice(language.text("Reload"), tip, action=RELOAD)


def waiting(language: Language) -> Message:
    """The model's code has not come back for a while."""
    _ = language.text
    text = _("Your code is still running: a step, or what makes the model, has not come back yet.")
    return Message(text, advice=(_give_up(language),))


def _give_up(language: Language) -> Advice:
    tip = language.text("Interrupt it, as Ctrl+C would.")
    return Advice(language.text("Give up"), tip, action=GIVE_UP)


def _loading(bench: SubjectBench, language: Language) -> Message:
    if bench.has_stopped:
        # Whether it may be is being asked.
        return Message("")
    text = language.text("{subject} is being loaded: its file is run, then the function called.")
    return Message(text.format(subject=bench.title))


def _of_failure(bench: SubjectBench, failure: Failure, language: Language) -> Message:
    text = failure_sentence(failure, language)
    advice = [Advice(language.text("Reset"), language.text("Load the model anew."), action=RESET)]
    frame = bench.frame
    if failure.code == "nothing-requires-grad" and isinstance(frame, ModelFrame) and frame.state:
        advice += _reconnecting(frame.state.cuts, language)
    return Message(text, warning=True, advice=tuple(advice), final=True)


def _of_parameter(insight: Insight, node: Node, rows: TreeModel, language: Language) -> Message:
    name = node.name
    reason = insight.explanation.reasons.get(name)
    if reason is None:
        return Message(_plainly(node, rows, language))
    found = about_reason(insight, name, reason, language)
    site = insight.explanation.sites.get(name)
    text = found.text if site is None else f"{found.text} ({site})"
    comes = (
        insight.trace.tensors[insight.trace.named[name]].grad
        if name in insight.trace.named
        else None
    )
    if comes is None and not math.isnan(rows.gradient(node)):
        text += " " + language.text("What the table shows is of the step before.")
    return replace(found, text=text)


def _reconnecting(cuts: frozenset[str], language: Language) -> list[Advice]:
    _ = language.text
    return [
        Advice(
            _("Reconnect {name}").format(name=name or WHOLE),
            _("Switch detach off for {name}.").format(name=name or WHOLE),
            action=f"{RECONNECT}{name}",
        )
        for name in sorted(cuts)
    ]


def _plainly(node: Node, rows: TreeModel, language: Language) -> str:
    """Where there is nothing to explain: what it is."""
    kind = TensorKind.TRAINING
    if rows.flag(node) == Qt.CheckState.Unchecked:
        kind = TensorKind.FROZEN
    elif node.part is not None and not node.part.optimized:
        text = language.text(
            "{name} is a parameter that no optimizer holds: it gets a gradient, and nothing "
            "moves it."
        )
        return text.format(name=node.name)
    elif math.isnan(rows.gradient(node)):
        return language.text("{name} will get its gradient in the next step.").format(
            name=node.name
        )
    return language.text(SENTENCES[kind]).format(name=node.name)


def _of_module(insight: Insight, node: Node, rows: TreeModel, language: Language) -> Message:
    """How many of its parameters train, and why the others get no gradient."""
    _ = language.text
    name = node.name or WHOLE
    if not node.places:
        return Message(
            _("{name} is a {kind} and has no parameters.").format(name=name, kind=node.kind)
        )
    inside = f"{node.name}." if node.name else ""
    reasons = {
        each: reason
        for each, reason in insight.explanation.reasons.items()
        if reason is not None
        and each in insight.trace.named
        and each.startswith(inside)
        and insight.trace.tensors[insight.trace.named[each]].kind == "parameter"
    }
    lines = [_count(node, len(reasons), name, language)]
    if rows.cut(node) == Qt.CheckState.Checked:
        lines.append(
            _("Its output is detached: no gradient flows back through {name}.").format(name=name)
        )
    lines += _told_once(insight, reasons, language)
    advice: tuple[Advice, ...] = ()
    if rows.cut(node) == Qt.CheckState.Checked:
        advice = tuple(_reconnecting(frozenset({node.name}), language))
    return Message("\n".join(lines), advice=advice)


def _told_once(insight: Insight, reasons: Mapping[str, Reason], language: Language) -> list[str]:
    """Each reason once, of the first parameter that has it, and how many have it too."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name, reason in reasons.items():
        site = insight.explanation.sites.get(name)
        alike.setdefault((reason.code, str(site or "")), []).append(name)
    lines = []
    for (_code, place), (first, *others) in list(alike.items())[:MOST_TOLD]:
        told = reason_sentence(first, reasons[first], language)
        line = f"• {told} ({place})" if place else f"• {told}"
        if others:
            text = language.text("Likewise: {names}.")
            names = whole_modules(others, insight.trace.named)
            line += " " + text.format(names=names_text(names, language))
        lines.append(line)
    return lines


def _count(node: Node, without: int, name: str, language: Language) -> str:
    text = language.plural(
        "{name} is a {kind} with {n} parameter; without a gradient: {without}.",
        "{name} is a {kind} with {n} parameters; without a gradient: {without}.",
        len(node.places),
    )
    return text.format(name=name, kind=node.kind, n=len(node.places), without=without)


def _summary(bench: SubjectBench, language: Language) -> str:
    insight = bench.insight
    if insight is None:
        return ""
    told = model_summary(insight.trace, insight.explanation.of_graph, language)
    if bench.state is RunState.READY:
        told += " " + language.text("Press Play, then flip requires_grad or detach and watch.")
    return told
