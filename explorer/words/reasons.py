"""Why a gradient is as it is, in a sentence that also says what to do.

`explorer.explain.reasons` finds codes and facts; the command `gradients`, the window's table and
its Why panel call `reason_sentence`. One entry for each code, or for each form of it:
`tests/words/test_reason_sentences.py` holds the table to the codes and their facts.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from explorer.explain.reason import Reason
from explorer.explain.zero_gradients import is_number
from explorer.i18n import N_, Language
from explorer.words.tables import brief

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "frozen": N_(
            "{name} has no gradient because its requires_grad is off: PyTorch computes none "
            "for it. Switch requires_grad on."
        ),
        "nothing-requires-grad": N_(
            "{name} has no gradient because nothing it is computed from requires one. "
            "Switch requires_grad on for a parameter it depends on."
        ),
        "integer": N_(
            "{name} has no gradient because it holds whole numbers or truth values, which "
            "have no derivative. Use a tensor of floating-point numbers."
        ),
        "integer/cut": N_(
            "{name} has no gradient because only a comparison or whole numbers made from {cuts} "
            "lead on from there, and they have no derivative. Let {name} enter the objective "
            "through an operation with a derivative as well."
        ),
        "detached": N_(
            "{name} has no gradient because detach() on {cuts} cuts it off: to PyTorch, what "
            "follows there is a constant. Reconnect it: take out detach(), or switch detach off."
        ),
        "data-access": N_(
            "{name} has no gradient because the .data of {cuts} is used, which PyTorch does "
            "not follow. Use the tensor itself instead of its .data."
        ),
        "no-grad": N_(
            "{name} has no gradient because the use of {cuts} is inside torch.no_grad(), where "
            "PyTorch records nothing. Move that operation out of the no_grad block."
        ),
        "rewrapped": N_(
            "{name} has no gradient because the numbers of {cuts} were taken out and a new "
            "tensor made from them, which knows nothing of where they came from. Go on "
            "computing with the tensor itself, without item() and torch.tensor()."
        ),
        "no-derivative": N_(
            "{name} has no gradient because an operation that uses {cuts} passes none on. "
            "Use an operation that has a derivative."
        ),
        "unused": N_(
            "{name} has no gradient because the objective does not depend on it: None, and not 0, "
            "since there is no way from one to the other. Use it on the way to the objective."
        ),
        "not-yet": N_(
            "{name} has no gradient yet: it gets one with the next backward(). Make a step."
        ),
        "not-leaf": N_(
            "{name} is computed, and PyTorch keeps .grad only for leaves. Its gradient is known "
            "here all the same; in a program call {name}.retain_grad() before backward()."
        ),
        "stale": N_(
            "The gradient of {name} is left over from step {step}: nothing has reached it "
            "since. Clear it with zero_grad(), or connect it again."
        ),
        "flat": N_(
            "The gradient of {name} is 0 because {operation} (at {at}) is flat: its result "
            "does not move when its input does. Leave the rounding out, or let the gradient "
            "past it: x + (round(x) - x).detach()."
        ),
        "inactive": N_(
            "The gradient of {name} is 0 because {operation} (at {at}) took another side or "
            "another part: at these values the result does not depend on it. Change the "
            "values, or use an operation that is nowhere without a slope."
        ),
        "zero-factor": N_(
            "The gradient of {name} is 0 because in {operation} (at {at}) it is multiplied by "
            "{factor}, which is 0. Give {factor} another value."
        ),
        "zero-factor/number": N_(
            "The gradient of {name} is 0 because in {operation} (at {at}) it is multiplied by "
            "the number {factor}. Write another number there."
        ),
        "zero-factor/slope": N_(
            "The gradient of {name} is 0 because the slope of {operation} (at {at}) is 0 at "
            "just these values: it is at rest there, or saturated. Change the values to move "
            "it away."
        ),
        "cancels": N_(
            "The gradient of {name} is 0 because what reaches {at} on several ways adds up to 0. "
            "Look at the parts one by one; change one of the ways if this is not meant."
        ),
        "non-finite/forward": N_(
            "The gradient of {name} is not a finite number because {operation} (at {at}) gave NaN "
            "or infinity, with {inputs}. Keep its input where it is defined, for instance "
            "with clamp, before it is computed."
        ),
        "non-finite/backward": N_(
            "The gradient of {name} is not a finite number: the value of {operation} (at {at}) is "
            "sound, but its slope is not, with {inputs}. Keep its input away from there, for "
            "instance with clamp or by adding a small number."
        ),
        "non-finite": N_(
            "The gradient of {name} is not a finite number: the parts that reach {at} are so "
            "large that their sum is not. Scale the objective down."
        ),
    }
)


def _factor_form(factor: str | None) -> str:
    """A number in the formula, a tensor's label, or no factor at all."""
    if factor is None:
        return "/slope"
    return "/number" if is_number(factor) else ""


# Codes with several forms: what the facts add to the code.
_FORMS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "integer": lambda facts: "/cut" if "cuts" in facts else "",
        "zero-factor": lambda facts: _factor_form(facts["factor"]),
        "non-finite": lambda facts: f"/{facts['direction']}" if "direction" in facts else "",
    }
)


def reason_sentence(name: str, reason: Reason, language: Language) -> str:
    """The sentence for the tensor `name`; one more for each other way that is cut differently."""
    others = reason.facts.get("also", {})
    reasons = [reason, *(Reason(code, {"cuts": cuts}) for code, cuts in others.items())]
    return " ".join(_sentence(name, each, language) for each in reasons)


def reason_sentences(reasons: Mapping[str, Reason | None], language: Language) -> dict[str, str]:
    """The sentences of all tensors that have a reason, by their names."""
    return {
        name: reason_sentence(name, reason, language)
        for name, reason in reasons.items()
        if reason is not None
    }


def _sentence(name: str, reason: Reason, language: Language) -> str:
    words = {key: _words(fact) for key, fact in reason.facts.items() if key != "also"}
    return language.text(SENTENCES[form(reason)]).format(**{**words, "name": name})


def form(reason: Reason) -> str:
    """The key of SENTENCES: the code, and what tells its forms apart."""
    ending = _FORMS.get(reason.code)
    return reason.code if ending is None else reason.code + ending(reason.facts)


def _words(fact: object) -> str:
    if isinstance(fact, Mapping):
        return ", ".join(f"{label} = {brief(value)}" for label, value in fact.items())
    if isinstance(fact, Sequence) and not isinstance(fact, str):
        return ", ".join(map(str, fact))
    return str(fact)
