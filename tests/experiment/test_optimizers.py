"""The optimizers' table held to the classes of torch.optim, and what an entry lacks."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic_core import PydanticCustomError

from explorer.engine import optimizers as engine
from explorer.engine import updates
from explorer.experiment.optimizers import (
    OPTIMIZERS,
    Optimizer,
    OptimizerEntry,
    OptimizerOption,
    check_option,
    read_optimizer,
)

# How PyTorch computes, not what.
TECHNICAL = {"params", "self", "foreach", "fused", "capturable", "differentiable"}
TECHNICAL |= {"decoupled_weight_decay"}
OPTIONS = [(name, option) for name, entry in OPTIMIZERS.items() for option in entry.options]
# Without these others the option does nothing, or is refused.
TELLING = {"nesterov": {"momentum": 0.9}, "dampening": {"momentum": 0.9}}


def class_of(name: str) -> Any:
    return getattr(torch.optim, OPTIMIZERS[name].torch)


def parameters() -> list[torch.Tensor]:
    return [torch.zeros(1, requires_grad=True)]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, True, (0.5, 0.5), (0.5, 1.0), (-0.1, 0.5)])
def test_what_is_accepted_is_accepted_by_pytorch(name: str, option: str, value: object) -> None:
    try:
        optimizer = read_optimizer({"name": name, option: value})
    except PydanticCustomError:
        return
    options = {option: optimizer.options[option]}
    class_of(name)(parameters(), **options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sgd", {"lr": -1.0}),
        ("sgd", {"momentum": -0.5}),
        ("sgd", {"nesterov": True}),
        ("sgd", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
        ("adam", {"betas": [0.9, 1.0]}),
        ("adam", {"eps": -1e-8}),
        ("adagrad", {"initial_accumulator_value": -1.0}),
    ],
)
def test_what_pytorch_refuses_is_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"Invalid|Nesterov"):
        class_of(name)(parameters(), **options)
    with pytest.raises(PydanticCustomError):
        read_optimizer({"name": name, **options})


def test_short_form_fills_in_defaults() -> None:
    assert read_optimizer("adam") == Optimizer("adam")
    assert read_optimizer("adam").options["betas"] == (0.9, 0.999)


@pytest.mark.parametrize(
    ("optimizer", "option", "value", "code"),
    [
        (Optimizer("adam"), "amsgrad", True, "option-not-changeable"),
        (Optimizer("rmsprop"), "centered", True, "option-not-changeable"),
        (Optimizer("rmsprop"), "momentum", 0.5, "momentum-from-zero"),
        (Optimizer("rmsprop", {"momentum": 0.5}), "momentum", 0.0, "momentum-from-zero"),
        (Optimizer("sgd"), "betas", (0.9, 0.9), "option-of-other-optimizer"),
        (Optimizer("sgd"), "lr", -0.1, "negative"),
    ],
)
def test_change_of_an_option_is_refused(
    optimizer: Optimizer, option: str, value: object, code: str
) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        check_option(optimizer, option, value)
    assert caught.value.type == code
    assert caught.value.context is not None
    assert caught.value.context["below"] == option


def test_change_of_an_option_is_taken() -> None:
    assert check_option(Optimizer("rmsprop", {"momentum": 0.5}), "momentum", 0.9) == 0.9
    assert check_option(Optimizer("sgd"), "lr", 1) == 1.0


# -- what an entry lacks -----------------------------------------------------------


def lacks(name: str, entry: OptimizerEntry) -> list[str]:
    """The parts that the optimizer of that name needs and has not, or has wrong."""
    return list(_lacking(name, entry))


def _lacking(name: str, entry: OptimizerEntry) -> Iterator[str]:
    theirs: Any = getattr(torch.optim, entry.torch, None)
    if theirs is None:
        yield "class in torch.optim"
        return
    signature = inspect.signature(theirs.__init__).parameters
    defaults = {key: each.default for key, each in signature.items() if key not in TECHNICAL}
    if entry.options.keys() != defaults.keys():
        yield "options of the class"
    elif entry.defaults != defaults:
        yield "defaults of the class"
    if name not in updates.RULES:
        yield "rule in explorer.engine.updates"
    elif entry.options.keys() <= defaults.keys():
        yield from _wrong_in_a_run(name, entry, theirs)


def _wrong_in_a_run(name: str, entry: OptimizerEntry, theirs: Any) -> Iterator[str]:
    for option, each in entry.options.items():
        options = {**entry.defaults, **TELLING.get(option, {}), option: _other(each.default)}
        try:
            own, real = _run_own(name, options), _run_theirs(theirs, options)
        except (KeyError, TypeError) as problem:
            yield f"what the rule reads with {option}: {problem}"
            continue
        if own != real:
            yield f"value or state with {option}"


def _other(default: Any) -> Any:
    if isinstance(default, bool):
        return True
    return tuple(each / 2 for each in default) if isinstance(default, tuple) else default / 2 or 0.1


def _run_own(name: str, options: Mapping[str, Any]) -> Any:
    values = torch.tensor([1.0, -2.0])
    optimizer = engine.Optimizer(name, [values], options)
    for gradient in ([0.5, 1.0], [-0.3, 0.25], [0.1, 0.7]):
        values.grad = torch.tensor(gradient)
        optimizer.update()
    [state] = optimizer.state()
    return values.tolist(), {key: torch.tensor(each).tolist() for key, each in state.items()}


def _run_theirs(maker: Any, options: Mapping[str, Any]) -> Any:
    values = torch.tensor([1.0, -2.0])
    optimizer = maker([values], **options)
    for gradient in ([0.5, 1.0], [-0.3, 0.25], [0.1, 0.7]):
        values.grad = torch.tensor(gradient)
        optimizer.step()
    kept = {key: each.tolist() for key, each in optimizer.state[values].items() if each is not None}
    return values.tolist(), kept


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_entry_lacks_nothing(name: str) -> None:
    assert lacks(name, OPTIMIZERS[name]) == []


def test_no_rule_is_without_an_entry() -> None:
    assert updates.RULES.keys() == OPTIMIZERS.keys()


SGD, ADAM = OPTIMIZERS["sgd"], OPTIMIZERS["adam"]


@pytest.mark.parametrize(
    ("name", "entry", "lacking"),
    [
        ("sgd", replace(SGD, torch="Sgd"), "class in torch.optim"),
        ("sgd", replace(SGD, options={"lr": SGD.options["lr"]}), "options of the class"),
        ("adam", replace(ADAM, options={**ADAM.options, "nu": OptimizerOption(0.0)}), "options of"),
        ("sgd", replace(SGD, options={**SGD.options, "lr": OptimizerOption(0.1)}), "defaults of"),
        ("rprop", OptimizerEntry("Rprop", {}), "rule in explorer.engine.updates"),
        ("sgd", ADAM, "what the rule reads with"),
        ("adam", OPTIMIZERS["adamw"], "value or state with weight_decay"),
    ],
)
def test_what_an_entry_lacks_is_found(name: str, entry: OptimizerEntry, lacking: str) -> None:
    assert any(each.startswith(lacking) for each in lacks(name, entry))


def test_a_rule_that_keeps_too_little_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = replace(updates.RULES["rmsprop"], step=False)
    monkeypatch.setitem(updates.RULES, "rmsprop", rule)
    assert "value or state with lr" in lacks("rmsprop", OPTIMIZERS["rmsprop"])
