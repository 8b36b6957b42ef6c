"""Why a gradient is as it is, in a sentence that also says what to do.

`explorer.explain.reasons` finds codes and facts; the command `gradients`, the window's table and
its Why panel call `reason_sentence`, the line over the graph has the clauses
(`explorer.words.summary`), the picture the names of cuts. One entry for each code of
`explorer.explain.reason`, or for each form of it: `tests/words/test_reason_sentences.py` says
what one lacks.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from explorer.explain.queries import is_zero
from explorer.explain.reason import Reason
from explorer.explain.zero_gradients import is_number
from explorer.i18n import N_, Language, plural
from explorer.words.causes import causes_text
from explorer.words.numbers import Form, number_text
from explorer.words.reason_entry import ReasonWords
from explorer.words.session_reasons import SESSION_WORDS
from explorer.words.tables import figures_text

_ZERO = plural("the gradient of {names} is 0", "the gradients of {names} are 0")
_BROKEN = plural(
    "the gradient of {names} is NaN or infinite", "the gradients of {names} are NaN or infinite"
)

# By the code, or by the code and its form.
WORDS: Mapping[str, ReasonWords] = {
    "frozen": ReasonWords(
        N_(
            "{name} has no gradient because its requires_grad is off: PyTorch computes none "
            "for it. Switch requires_grad on."
        ),
        clause=plural("{names} is frozen", "{names} are frozen"),
    ),
    "frozen/buffer": ReasonWords(
        N_(
            "{name} has no gradient because it is a buffer: part of the module's state, and not "
            "trained. What is to be trained has to be a Parameter."
        ),
        clause=plural("{names} is a buffer", "{names} are buffers"),
    ),
    "nothing-requires-grad": ReasonWords(
        N_(
            "{name} has no gradient because nothing it is computed from requires one. "
            "Switch requires_grad on for a parameter it depends on."
        ),
    ),
    "integer": ReasonWords(
        N_(
            "{name} has no gradient because it holds whole numbers or truth values, which "
            "have no derivative. Use a tensor of floating-point numbers."
        ),
        clause=plural("{names} holds whole numbers", "{names} hold whole numbers"),
    ),
    "integer/cut": ReasonWords(
        N_(
            "{name} has no gradient because only a comparison or whole numbers made from {cuts} "
            "lead on from there, and they have no derivative. Let {name} enter the objective "
            "through an operation with a derivative as well."
        ),
        clause=plural(
            "{names} is cut off where {cuts} becomes whole numbers or truth values",
            "{names} are cut off where {cuts} becomes whole numbers or truth values",
        ),
        cut="integer",
    ),
    "detached": ReasonWords(
        N_(
            "{name} has no gradient because detach() on {cuts} cuts it off: to PyTorch, what "
            "follows there is a constant. Reconnect it: take out detach(), or switch detach off."
        ),
        clause=plural(
            "{names} is cut off by detach() on {cuts}",
            "{names} are cut off by detach() on {cuts}",
        ),
        cut="detach()",
    ),
    "data-access": ReasonWords(
        N_(
            "{name} has no gradient because the .data of {cuts} is used, which PyTorch does "
            "not follow. Use the tensor itself instead of its .data."
        ),
        clause=plural(
            "{names} is cut off by .data of {cuts}", "{names} are cut off by .data of {cuts}"
        ),
        cut=".data",
    ),
    "no-grad": ReasonWords(
        N_(
            "{name} has no gradient because the use of {cuts} is inside torch.no_grad(), where "
            "PyTorch records nothing. Move that operation out of the no_grad block."
        ),
        clause=plural(
            "{names} is cut off by no_grad() around {cuts}",
            "{names} are cut off by no_grad() around {cuts}",
        ),
        cut="no_grad()",
    ),
    "rewrapped": ReasonWords(
        N_(
            "{name} has no gradient because the numbers of {cuts} were taken out and a new "
            "tensor made from them, which knows nothing of where they came from. Go on "
            "computing with the tensor itself, without item() and torch.tensor()."
        ),
        clause=plural(
            "{names} is cut off where plain numbers are taken out of {cuts}",
            "{names} are cut off where plain numbers are taken out of {cuts}",
        ),
        cut=".item()",
    ),
    "no-derivative": ReasonWords(
        N_(
            "{name} has no gradient because an operation that uses {cuts} passes none on. "
            "Use an operation that has a derivative."
        ),
        clause=plural(
            "{names} is cut off where an operation without a derivative uses {cuts}",
            "{names} are cut off where an operation without a derivative uses {cuts}",
        ),
        cut="no grad_fn",
    ),
    "unused": ReasonWords(
        N_(
            "{name} has no gradient because the objective does not depend on it: None, and not 0, "
            "since there is no way from one to the other. Use it on the way to the objective."
        ),
        clause=plural("{names} is not used", "{names} are not used"),
    ),
    "partly-cut": ReasonWords(
        N_(
            "{name} has a gradient, but not by all its ways: what goes on from {cuts} is cut off, "
            "and counts as a constant. If that is meant, as for a target or a straight-through "
            "estimator, leave it; else take the cut out."
        ),
        clause=plural(
            "{names} receives nothing by way of {cuts}, which is cut off",
            "{names} receive nothing by way of {cuts}, which is cut off",
        ),
    ),
    **SESSION_WORDS,
    "flat": ReasonWords(
        N_(
            "The gradient of {name} is 0 because {operation} (at {at}) is constant between its "
            "steps: its derivative is 0 wherever there is one. Leave it out, or let the gradient "
            "past it: x + ({operation}(x) - x).detach()."
        ),
        clause=_ZERO,
    ),
    "inactive": ReasonWords(
        N_(
            "The gradient of {name} is 0 because {operation} (at {at}) took another side or "
            "another part: at these values the result does not depend on it. Change the "
            "values, or use an operation that is nowhere without a slope."
        ),
        clause=_ZERO,
    ),
    "zero-factor": ReasonWords(
        N_(
            "The gradient of {name} is 0 because in {operation} (at {at}) it is multiplied by "
            "{factor}, which is 0. Give {factor} another value."
        ),
        clause=_ZERO,
    ),
    "zero-factor/number": ReasonWords(
        N_(
            "The gradient of {name} is 0 because in {operation} (at {at}) it is multiplied by "
            "the number {factor}. Write another number there."
        ),
        clause=_ZERO,
    ),
    "zero-factor/slope": ReasonWords(
        N_(
            "The gradient of {name} is 0 because the slope of {operation} (at {at}) is 0 at "
            "just these values: it is at rest there, or saturated. Another value moves it away: "
            "that of {values}."
        ),
        clause=_ZERO,
    ),
    "zero-factor/constant": ReasonWords(
        N_(
            "The gradient of {name} is 0 because the slope of {operation} (at {at}) is 0 there, "
            "and another value of one input alone does not change that. Use another operation."
        ),
        clause=_ZERO,
    ),
    "cancels/ways": ReasonWords(
        N_(
            "The gradient of {name} is 0 because what reaches {at} on several ways adds up to 0. "
            "Look at the parts one by one; change one of the ways if this is not meant."
        ),
        clause=_ZERO,
    ),
    "cancels/rows": ReasonWords(
        N_(
            "The gradient of {name} is 0 because in {operation} (at {at}) the parts over the rows "
            "of the data add up to 0: some rows pull one way as much as the others pull the other "
            "way. Nothing is cut off; with the rows weighed differently there is a gradient."
        ),
        clause=_ZERO,
    ),
    "cancels/elements": ReasonWords(
        N_(
            "The gradient of {name} is 0 because in {operation} (at {at}) the parts over the "
            "elements that share one value add up to 0. Nothing is cut off; with the elements "
            "weighed differently there is a gradient."
        ),
        clause=_ZERO,
    ),
    "cancels/outputs": ReasonWords(
        N_(
            "The gradient of {name} is 0 because the parts over the outputs of {operation} (at "
            "{at}) add up to 0: what one of them gains, the others lose. Let the objective weigh "
            "the outputs differently."
        ),
        clause=_ZERO,
    ),
    "non-finite/forward": ReasonWords(
        N_(
            "The gradient of {name} is not a finite number because {operation} (at {at}) gave NaN "
            "or infinity, with {inputs}. Keep its input where it is defined, for instance "
            "with clamp, before it is computed."
        ),
        clause=_BROKEN,
    ),
    "non-finite/backward": ReasonWords(
        N_(
            "The gradient of {name} is not a finite number because the derivative of {operation} "
            "(at {at}) is not, even where its value is, with {inputs}. Keep its input away from "
            "there, for instance with clamp or by adding a small number."
        ),
        clause=_BROKEN,
    ),
    "non-finite/value": ReasonWords(
        N_(
            "The gradient of {name} is not a finite number because {at} itself is not: {inputs}. "
            "Give {at} finite values."
        ),
        clause=_BROKEN,
    ),
    "non-finite/forward/since": ReasonWords(
        N_(
            "The gradient of {name} has not been a finite number since step {since}. The first "
            "such gradient was that of {tensor}: {operation} (at {at}) gave NaN or infinity, with "
            "{inputs}. The update put it into {tensor} itself. Keep the input of {operation} where "
            "it is defined, for instance with clamp, and start again."
        ),
        clause=_BROKEN,
    ),
    "non-finite/backward/since": ReasonWords(
        N_(
            "The gradient of {name} has not been a finite number since step {since}. The first "
            "such gradient was that of {tensor}: the slope of {operation} (at {at}) is not finite "
            "with {inputs}. The update put it into {tensor} itself. Keep the input of {operation} "
            "away from there, for instance with clamp or by adding a small number, and start "
            "again."
        ),
        clause=_BROKEN,
    ),
    "non-finite/value/since": ReasonWords(
        N_(
            "The gradient of {name} has not been a finite number since step {since}. The first "
            "such gradient was that of {tensor}, because {at} itself is not finite: {inputs}. The "
            "update put it into {tensor} as well. Give {at} finite values, and start again."
        ),
        clause=_BROKEN,
    ),
    "non-finite/since": ReasonWords(
        N_(
            "The gradient of {name} has not been a finite number since step {since}. The first "
            "such gradient was that of {tensor}: the parts that reach {at} are so large that "
            "their sum is not finite. The update put it into {tensor} itself. Lower the learning "
            "rate or scale the objective down, and start again."
        ),
        clause=_BROKEN,
    ),
    "non-finite": ReasonWords(
        N_(
            "The gradient of {name} is not a finite number: the parts that reach {at} are so "
            "large that their sum is not. Scale the objective down."
        ),
        clause=_BROKEN,
    ),
}
STILL_ZERO = N_("Even then it would stay 0: no gradient comes through {behind} either.")
CLIPPED = N_("Then it was clipped, to {limit}.")
STILL_NONE = N_("That alone is not enough: {sentences}")
CUT_NAMES: Mapping[str, str] = MappingProxyType(
    {each.partition("/")[0]: words.cut for each, words in WORDS.items() if words.cut}
)


def _factor_form(facts: Mapping[str, Any]) -> str:
    """Multiplied by a number or by a tensor that is 0; else a slope that values can change."""
    factor, values = facts["factor"], facts["values"]
    if factor is not None and is_number(factor) and not values:
        return "/number"
    if values == [factor] and is_zero(facts["factor_value"]):
        return ""
    return "/slope" if values else "/constant"


def _broken_form(facts: Mapping[str, Any]) -> str:
    """In the forward or the backward pass or in neither; and whether a tensor has it by now."""
    direction = f"/{facts['direction']}" if "direction" in facts else ""
    return f"{direction}/since" if "tensor" in facts else direction


def _stale_form(facts: Mapping[str, Any]) -> str:
    """What becomes of it in the next step."""
    if "held" in facts:
        return "/not-held"
    if "update" in facts:
        return "/pending"
    if facts["applied"]:
        return "/applied"
    return "/moved" if "moved_by" in facts else ""


def _sum_form(facts: Mapping[str, Any]) -> str:
    """Who did not clear the gradients of the steps before."""
    if "held" in facts:
        return "/not-held"
    return "/steps" if "accumulate" in facts else ""


# Facts with sentences of their own.
_APART = frozenset({"also", "behind", "clipped", "remedy"})
# Codes with several forms: what the facts add to the code.
_FORMS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "frozen": lambda facts: f"/{facts['kind']}" if "kind" in facts else "",
        "integer": lambda facts: "/cut" if "cuts" in facts else "",
        "zero-factor": _factor_form,
        "cancels": lambda facts: f"/{facts['over']}",
        "non-finite": _broken_form,
        "not-yet": lambda facts: "/first" if "step" in facts else "",
        "stale": _stale_form,
        "zeroed": lambda facts: "/moved" if "moved_by" in facts else "",
        "accumulated": _sum_form,
        "clipped": lambda facts: "" if "norm" in facts else "/value",
    }
)


def reason_sentence(name: str, reason: Reason, language: Language) -> str:
    """The sentence for the tensor `name`; one more for all else that stands in the way."""
    others = reason.facts.get("also", {})
    reasons = [reason, *(Reason(code, {"cuts": cuts}) for code, cuts in others.items())]
    sentences = [_sentence(name, each, language) for each in reasons]
    if behind := reason.facts.get("behind"):
        sentences.append(_behind(name, behind, language))
    if clipped := reason.facts.get("clipped"):
        limit = _fact_text(clipped["limit"])
        sentences.append(language.text(CLIPPED).format(limit=limit))
    return " ".join(sentences)


def _behind(name: str, obstacles: Sequence[Mapping[str, Any]], language: Language) -> str:
    """What stands in the way once the reason itself is undone."""
    places = [f"{each['operation']} ({each['at']})" for each in obstacles if "at" in each]
    if places:
        return language.text(STILL_ZERO).format(behind=", ".join(places))
    cuts: dict[str, list[str]] = {}
    for each in obstacles:
        cuts.setdefault(each["code"], []).extend(each.get("cuts", ()))
    reasons = [Reason(code, {"cuts": names} if names else {}) for code, names in cuts.items()]
    said = " ".join(_sentence(name, each, language) for each in reasons)
    return language.text(STILL_NONE).format(sentences=said)


def reason_sentences(reasons: Mapping[str, Reason | None], language: Language) -> dict[str, str]:
    """The sentences of all tensors that have a reason, by their names."""
    return {
        name: reason_sentence(name, reason, language)
        for name, reason in reasons.items()
        if reason is not None
    }


def _sentence(name: str, reason: Reason, language: Language) -> str:
    words = {key: _fact_text(fact) for key, fact in reason.facts.items() if key not in _APART}
    if "moved_by" in reason.facts:
        words["moved_by"] = causes_text(reason.facts["moved_by"], language)
    return language.text(WORDS[form(reason)].sentence).format(**{**words, "name": name})


def _fact_text(fact: object) -> str:
    return number_text(fact, Form.TABLE) if isinstance(fact, float) else figures_text(fact)


def form(reason: Reason) -> str:
    """The key of WORDS: the code, and what tells its forms apart."""
    ending = _FORMS.get(reason.code)
    return reason.code if ending is None else reason.code + ending(reason.facts)
