"""The optimizers' table held to the constructors of torch.optim."""

import inspect

import pytest
import torch
from pydantic_core import PydanticCustomError

from explorer.experiment.optimizers import OPTIMISERS, Optimizer, check_option, read_optimizer

CLASSES: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}
# How PyTorch computes, not what.
TECHNICAL = {"params", "self", "foreach", "fused", "capturable", "differentiable"}
TECHNICAL |= {"decoupled_weight_decay"}
OPTIONS = [(name, option) for name in OPTIMISERS for option in OPTIMISERS[name]]


def parameters() -> list[torch.Tensor]:
    return [torch.zeros(1, requires_grad=True)]


@pytest.mark.parametrize("name", CLASSES)
def test_options_and_defaults_are_pytorchs(name: str) -> None:
    signature = inspect.signature(CLASSES[name].__init__).parameters
    theirs = {key: each.default for key, each in signature.items() if key not in TECHNICAL}
    assert dict(Optimizer(name).options) == theirs


@pytest.mark.parametrize(("name", "option"), OPTIONS)
@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, True, (0.5, 0.5), (0.5, 1.0), (-0.1, 0.5)])
def test_what_is_accepted_is_accepted_by_pytorch(name: str, option: str, value: object) -> None:
    try:
        optimizer = read_optimizer({"name": name, option: value})
    except PydanticCustomError:
        return
    options = {option: optimizer.options[option]}
    CLASSES[name](parameters(), **options)  # type: ignore[arg-type]


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
        CLASSES[name](parameters(), **options)  # type: ignore[arg-type]
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
