"""Every entry of the operations table held to torch: it exists and takes what it says.

`lacks` says what a new entry is short of.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.engine.limits import _elements as elements_allowed_for
from explorer.engine.proof.forms import FORMS
from explorer.experiment.operations import ALIASES, OPERATIONS, Operation, OptionKind, Slope

NAMES = sorted(OPERATIONS)
# Where the usual example (a vector between 0 and 1) is outside the domain.
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "mm": [(2, 2), (2, 2)],
    "mv": [(2, 3), (3,)],
    "t": [(2, 3)],
    "bmm": [(2, 2, 3), (2, 3, 2)],
    "addmm": [(2, 2), (2, 3), (3, 2)],
    "linear": [(2, 3), (4, 3), (4,)],
    "bilinear": [(2, 3), (2, 2), (4, 3, 2), (4,)],
    "permute": [(2, 3)],
}
REQUIRED = {"shape": (3, 1), "size": (3, 1), "dims": (1, 0), "dim": 0, "dim0": 0, "dim1": -1}
NUMBERS = {"acosh": 1.0, "celu": 0.5}
OPTION_VALUES = {
    OptionKind.NUMBER: 0.5,
    OptionKind.INTEGER: 0,
    OptionKind.FLAG: True,
    OptionKind.DIMENSIONS: 0,
    OptionKind.SHAPE: (3, 1),
}
# Where the slope may be zero for some values of an option alone.
TELLING = {"leaky_relu": {"negative_slope": 0.0}}


def function(operation: Operation) -> Any:
    root, *path = operation.function.split(".")
    assert root == "torch"
    found: object = torch
    for name in path:
        found = getattr(found, name)
    assert callable(found)
    return found


def example(operation: Operation) -> list[torch.Tensor]:
    shapes = SHAPES.get(operation.name, [(3,)] * operation.tensors[1])
    generator = torch.Generator().manual_seed(0)
    base = NUMBERS.get(operation.name, 0.0)
    tensors = [base + 0.1 + 0.8 * torch.rand(shape, generator=generator) for shape in shapes]
    if operation.name == "where":
        return [tensors[0] > 0.5, *tensors[1:]]
    return tensors


def required(operation: Operation) -> dict[str, Any]:
    if operation.name == "clamp":
        # torch wants one of the two.
        return {"min": 0.2}
    return {name: REQUIRED[name] for name, each in operation.options.items() if each.required}


@pytest.mark.parametrize("name", NAMES)
def test_operation_runs_forward_and_backward(name: str) -> None:
    operation = OPERATIONS[name]
    tensors = example(operation)
    for tensor in tensors:
        if tensor.is_floating_point():
            tensor.requires_grad_(True)
    result = function(operation)(*tensors, **required(operation))
    if operation.comparison:
        assert result.dtype is torch.bool
        return
    assert torch.isfinite(result).all()
    assert result.requires_grad is (operation.slope is not Slope.NONE)
    if result.requires_grad:
        result.sum().backward()
        assert any(each.grad is not None for each in tensors)


@pytest.mark.parametrize("name", NAMES)
def test_one_tensor_more_or_fewer_is_refused(name: str) -> None:
    operation = OPERATIONS[name]
    tensors = example(operation)
    with pytest.raises((TypeError, RuntimeError)):
        function(operation)(*tensors[: operation.tensors[0] - 1], **required(operation))


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name in NAMES for option in OPERATIONS[name].options],
)
def test_option_is_taken_by_keyword(name: str, option: str) -> None:
    operation = OPERATIONS[name]
    value = REQUIRED.get(option, OPTION_VALUES[operation.options[option].kind])
    needs_dim = {"keepdim": {"dim": 0}} if option == "keepdim" else {}
    options = {**needs_dim.get(option, {}), **required(operation), option: value}
    result = function(operation)(*example(operation), **options)
    assert isinstance(result, torch.Tensor)


@pytest.mark.parametrize("name", [name for name in NAMES if OPERATIONS[name].method])
def test_method_exists_and_gives_the_same(name: str) -> None:
    operation = OPERATIONS[name]
    first, *others = example(operation)
    as_method = getattr(first, name)(*others, **required(operation))
    as_function = function(operation)(first, *others, **required(operation))
    assert torch.equal(as_method, as_function)


@pytest.mark.parametrize(
    ("name", "index"), [(name, index) for name in NAMES for index in OPERATIONS[name].scalar_ok]
)
def test_plain_number_is_taken_where_the_table_says(name: str, index: int) -> None:
    operation = OPERATIONS[name]
    arguments: list[Any] = list(example(operation))
    arguments[index] = 0.5
    call = operation.python or function(operation)
    assert isinstance(call(*arguments), torch.Tensor)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_alias_is_torchs_own(alias: str) -> None:
    operation = OPERATIONS[ALIASES[alias]]
    tensors, options = example(operation), {}
    if alias == "clip":
        options = {"min": 0.2}
    result = getattr(torch, alias)(*tensors, **options)
    assert torch.equal(result, function(operation)(*tensors, **options))


# -- what an entry lacks -----------------------------------------------------------


def lacks(operation: Operation, forms: Mapping[str, Any] = FORMS) -> list[str]:
    """The parts that the operation needs and has not, or has wrong."""
    return list(_lacking(operation, forms))


def _lacking(operation: Operation, forms: Mapping[str, Any]) -> Iterator[str]:
    if operation.infix and not operation.symbol:
        yield "symbol"
    if operation.infix and not _is_operator(operation):
        yield "python"
    if operation.slope is not _measured_slope(operation):
        yield "slope"
    if operation.slope is not Slope.NONE and operation.name not in forms:
        yield "form in explorer.engine.proof.forms"
    tensors = example(operation)
    if function(operation)(*tensors, **required(operation)).numel() > elements_allowed_for(
        operation.name, tensors
    ):
        yield "size in explorer.engine.limits"


def _is_operator(operation: Operation) -> bool:
    left, right = torch.tensor([[0.5, 2.0]]), torch.tensor([[2.0], [1.5]])
    written = eval(f"left {operation.infix} right", {"left": left, "right": right})
    return operation.python is not None and torch.equal(operation.python(left, right), written)


def _measured_slope(operation: Operation) -> Slope:
    """What the derivative by the first argument looks like at many points."""
    found = [each for seed in range(30) for each in _derivatives(operation, seed)]
    if not found:
        return Slope.NONE
    if not any(found):
        return Slope.FLAT
    return Slope.REGULAR if all(found) else Slope.PARTIAL


def _derivatives(operation: Operation, seed: int) -> list[float]:
    generator = torch.Generator().manual_seed(seed)
    low, high = ((-8, 8), (0.1, 0.9), (1.1, 4.0))[seed % 3]
    tensors = [
        (low + (high - low) * torch.rand(each.shape, generator=generator)).double()
        if each.is_floating_point()
        else each
        for each in example(operation)
    ]
    first = next(each for each in tensors if each.is_floating_point()).requires_grad_()
    options = {**required(operation), **TELLING.get(operation.name, {})}
    try:
        result = function(operation)(*tensors, **options)
    except RuntimeError:
        # Outside the domain.
        return []
    if not result.requires_grad:
        return []
    (result * torch.rand(result.shape, generator=generator)).sum().backward()
    assert first.grad is not None
    return first.grad[first.grad.isfinite()].tolist()


@pytest.mark.parametrize("name", NAMES)
def test_entry_lacks_nothing(name: str) -> None:
    assert lacks(OPERATIONS[name]) == []


def test_aliases_and_names_are_apart() -> None:
    assert all(name == each.name for name, each in OPERATIONS.items())
    assert not set(ALIASES) & set(OPERATIONS)


@pytest.mark.parametrize(
    ("entry", "lacking"),
    [
        (replace(OPERATIONS["add"], symbol=""), "symbol"),
        (replace(OPERATIONS["add"], python=None), "python"),
        (replace(OPERATIONS["add"], python=OPERATIONS["sub"].python), "python"),
        (replace(OPERATIONS["round"], slope=Slope.REGULAR), "slope"),
        (replace(OPERATIONS["relu"], slope=Slope.REGULAR), "slope"),
        (replace(OPERATIONS["where"], slope=Slope.REGULAR), "slope"),
        (replace(OPERATIONS["exp"], slope=Slope.PARTIAL), "slope"),
        (replace(OPERATIONS["detach"], slope=Slope.REGULAR), "slope"),
        (replace(OPERATIONS["gt"], slope=Slope.FLAT), "slope"),
        (Operation("erfinv", "torch.erfinv", (1, 1)), "form in explorer.engine.proof.forms"),
        (Operation("kron", "torch.kron", (2, 2)), "size in explorer.engine.limits"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_what_an_entry_lacks_is_found(entry: Operation, lacking: str) -> None:
    assert lacking in lacks(entry)


def test_a_missing_form_is_found() -> None:
    assert lacks(OPERATIONS["exp"], {}) == ["form in explorer.engine.proof.forms"]
