"""The model in one line, as a person would say it, in both languages' grammar."""

from collections.abc import Callable
from gettext import NullTranslations
from typing import Any

import pytest
import torch

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.trace import trace
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons
from explorer.explain.trace_records import Trace
from explorer.i18n import AVAILABLE, Language, load
from explorer.words.enumeration import names_text
from explorer.words.reasons import WORDS
from explorer.words.summary import model_summary

Tensor = torch.Tensor
ENGLISH = load("en")


def scalar(value: float, requires_grad: bool = True) -> Tensor:
    return torch.tensor(value, requires_grad=requires_grad)


def summary(traced: Trace) -> str:
    return model_summary(traced, reasons(traced), ENGLISH)


def of(function: Callable[..., Tensor], *names: str, frozen: str = "") -> str:
    return summary(trace(function, {name: scalar(2.0, name not in frozen) for name in names}))


EXPERIMENTS = {
    "line-fit": "2 of 4 parameters receive a gradient; b and d are frozen.",
    "connected-branch": "2 of 2 parameters receive a gradient.",
    "detached-branch": (
        "1 of 2 parameters receives a gradient; x is cut off by detach() on g.z; "
        "y receives nothing by way of g.z, which is cut off."
    ),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_built_in_experiments(name: str) -> None:
    assert summary(FormulaSubject(explorer.load(name)).trace()) == EXPERIMENTS[name]


def test_one_parameter() -> None:
    assert of(lambda x: x * 2, "x") == "The only parameter receives a gradient."
    one = trace(lambda x: x.detach() * torch.ones(1, requires_grad=True), {"x": scalar(1.0)})
    assert summary(one) == (
        "The only parameter receives no gradient; x is cut off by detach() on x."
    )


def test_several_causes() -> None:
    def function(a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor) -> Tensor:
        return a * b + torch.relu(-c) + d.detach()

    assert of(function, "a", "b", "c", "d", "e", frozen="b") == (
        "2 of 5 parameters receive a gradient; b is frozen; the gradient of c is 0; "
        "d is cut off by detach() on d; e is not used."
    )


def test_the_same_cause_is_said_once() -> None:
    def function(a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor) -> Tensor:
        return a + torch.round(b) + torch.sign(c) * 3

    assert of(function, "a", "b", "c", "d", "e") == (
        "3 of 5 parameters receive a gradient; the gradients of b and c are 0; "
        "d and e are not used."
    )


def test_not_a_number() -> None:
    assert of(lambda a, b: torch.log(a - 5) + b, "a", "b") == (
        "2 of 2 parameters receive a gradient."
    )
    assert of(lambda a, b: torch.sqrt(a - 5) + b, "a", "b") == (
        "2 of 2 parameters receive a gradient; the gradient of a is NaN or infinite."
    )


def test_without_a_backward_pass() -> None:
    assert of(lambda x: x.detach() * 2, "x") == (
        "There was no backward pass: nothing has a gradient."
    )


def test_without_parameters() -> None:
    traced = trace(lambda x: x * 2, {"x": scalar(2.0)}, kinds={"x": "input"})
    assert summary(traced) == "The model has no parameters."


@pytest.mark.parametrize("form", [form for form, words in WORDS.items() if words.clause])
@pytest.mark.parametrize("language", [code for code, _ in AVAILABLE])
@pytest.mark.parametrize("parameters", [1, 3])
def test_clauses_are_filled_in(form: str, language: str, parameters: int) -> None:
    code, _, ending = form.partition("/")
    facts: dict[str, Any] = {} if form == "integer" else {"cuts": ["q"]}
    if code == "zero-factor":
        facts["factor"] = {"number": "0.0", "": "q"}.get(ending)
        facts["factor_value"] = 0.0
        facts["values"] = {"slope": ["p"], "": ["q"]}.get(ending, [])
    if code == "cancels":
        facts["over"] = ending
    if code == "non-finite" and ending:
        facts["direction"] = ending
    names = ("a", "b", "c")[:parameters]
    traced = trace(lambda *leaves: sum(leaves), {name: scalar(1.0) for name in names})
    text = model_summary(traced, dict.fromkeys(names, Reason(code, facts)), load(language))
    assert "{" not in text
    assert all(name in text for name in names)
    assert text.count(";") + text.count("；") == 1


# -- names ---------------------------------------------------------------------------------


NAMES = {
    0: "",
    1: "a",
    2: "a and b",
    3: "a, b and c",
    4: "a, b, c and d",
    5: "a, b, c and 2 more",
    12: "a, b, c and 9 more",
}


@pytest.mark.parametrize("count", NAMES)
def test_names_are_joined(count: int) -> None:
    assert names_text(list("abcdefghijkl")[:count], ENGLISH) == NAMES[count]


JOINING = {
    "{names} and {last}": "{names} 和 {last}",
    "{names}, {next}": "{names}、{next}",
    "{names} and {n} more": "{names} 及另外 {n} 个",
}


class Chinese(NullTranslations):
    """The joining words as the catalogue has them."""

    def gettext(self, message: str) -> str:
        return JOINING[message]


def test_names_are_joined_as_the_language_does() -> None:
    chinese = Language("zh_CN", Chinese())
    assert names_text(["a", "b", "c"], chinese) == "a、b 和 c"
    assert names_text(list("abcdef"), chinese) == "a、b、c 及另外 3 个"
