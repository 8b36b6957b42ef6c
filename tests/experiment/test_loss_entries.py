"""Every entry of the losses' table has its parts, and what one lacks is found."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic_core import PydanticCustomError

from explorer.engine.compiler import make_loss, torch_function
from explorer.engine.proof.forms import FORMS
from explorer.experiment import losses
from explorer.experiment.checking import at_least_zero
from explorer.experiment.losses import LOSSES, Loss, LossEntry, LossOption, read_loss
from explorer.experiment.operations import OPERATIONS

# No options of a loss between prediction and column: how it is averaged, and weights of rows.
TECHNICAL = {"input", "target", "reduction", "reduce", "size_average", "weight", "pos_weight"}


def lacks(
    entry: LossEntry, others: Mapping[str, LossEntry] = LOSSES, forms: Mapping[str, Any] = FORMS
) -> list[str]:
    """The parts that the loss needs and has not, or has wrong."""
    if entry.operation not in OPERATIONS:
        return [f"operation {entry.operation}"]
    return list(_lacking(entry, others, forms))


def _lacking(
    entry: LossEntry, others: Mapping[str, LossEntry], forms: Mapping[str, Any]
) -> Iterator[str]:
    signature = inspect.signature(torch_function(OPERATIONS[entry.operation])).parameters
    if entry.options.keys() != signature.keys() - TECHNICAL:
        yield "options of torch's function"
    elif any(signature[key].default != default for key, default in entry.defaults.items()):
        yield "torch's defaults"
    if entry.options.keys() != OPERATIONS[entry.operation].options.keys() - TECHNICAL:
        yield "options of the operation"
    if entry.operation not in forms:
        yield "form in explorer.engine.proof.forms"
    for option, (_, other) in entry.limits.items():
        if option not in entry.options or other not in others or others[other].options:
            yield "what a limit names"
        elif not _is_limit(entry, option, others[other]):
            yield "limit"


def _is_limit(entry: LossEntry, option: str, other: LossEntry) -> bool:
    prediction, target = torch.tensor([0.0, 0.5, 3.0]), torch.tensor([1.0, 0.5, 0.0])
    own = torch_function(OPERATIONS[entry.operation])
    value, _ = entry.limits[option]
    others = torch_function(OPERATIONS[other.operation])
    return torch.equal(own(prediction, target, **{option: value}), others(prediction, target))


@pytest.mark.parametrize("name", LOSSES)
def test_entry_lacks_nothing(name: str) -> None:
    assert lacks(LOSSES[name]) == []


@pytest.mark.parametrize("name", LOSSES)
def test_function_is_torchs(name: str) -> None:
    prediction, target = torch.tensor([0.1, 0.5, 3.0]), torch.tensor([1.0, 0.5, 0.0])
    function = torch_function(OPERATIONS[LOSSES[name].operation])
    assert torch.equal(make_loss(name, {})(prediction, target), function(prediction, target))


HUBER, SMOOTH = LOSSES["huber"], LOSSES["smooth_l1"]


@pytest.mark.parametrize(
    ("entry", "lacking"),
    [
        (LossEntry("multilabel_margin_loss"), "operation multilabel_margin_loss"),
        (LossEntry("huber_loss"), "options of torch's function"),
        (LossEntry("mse_loss", HUBER.options), "options of the operation"),
        (LossEntry("huber_loss", {"delta": LossOption(2.0, at_least_zero)}), "torch's defaults"),
        (replace(HUBER, limits={"beta": (0.0, "l1")}), "what a limit names"),
        (replace(SMOOTH, limits={"beta": (0.0, "huber")}), "what a limit names"),
        (replace(SMOOTH, limits={"beta": (1.0, "l1")}), "limit"),
    ],
)
def test_what_an_entry_lacks_is_found(entry: LossEntry, lacking: str) -> None:
    assert lacking in lacks(entry)


def test_a_missing_form_is_found() -> None:
    assert lacks(HUBER, forms={}) == ["form in explorer.engine.proof.forms"]


def test_entry_is_all_that_file_and_engine_need(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = LossEntry("binary_cross_entropy_with_logits")
    assert lacks(made_up) == []
    for module in (losses, "explorer.engine.compiler"):
        name = module if isinstance(module, str) else module.__name__
        monkeypatch.setattr(f"{name}.LOSSES", {**LOSSES, "logistic": made_up})
    assert read_loss("logistic") == Loss("logistic")
    logits, target = torch.tensor([-1.0, 2.0]), torch.tensor([0.0, 1.0])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    assert torch.equal(make_loss("logistic", {})(logits, target), expected)


@pytest.mark.parametrize(
    ("value", "code"),
    [("logistic", "unknown-choice"), ({"delta": 1.0}, "missing-key"), ({"name": 3}, "wrong-type")],
)
def test_what_is_no_loss_is_refused(value: object, code: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        read_loss(value)
    assert caught.value.type == code
