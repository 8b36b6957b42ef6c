"""Every entry of the operations table held to torch: it exists and takes what it says."""

import operator
from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiment.operations import ALIASES, OPERATIONS, Operation, OptionKind

NAMES = sorted(OPERATIONS)
OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "@": operator.matmul,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
# Where the usual example (a vector between 0 and 1) is outside the domain.
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "mm": [(2, 2), (2, 2)],
    "mv": [(2, 3), (3,)],
    "t": [(2, 3)],
}
REQUIRED = {"shape": (3, 1), "dim": 0}
NUMBERS = {"acosh": 1.0, "celu": 0.5}
OPTION_VALUES = {
    OptionKind.NUMBER: 0.5,
    OptionKind.INTEGER: 0,
    OptionKind.FLAG: True,
    OptionKind.DIMENSIONS: 0,
    OptionKind.SHAPE: (3, 1),
}
WITHOUT_GRADIENT = {"detach"}


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
    assert result.requires_grad is (name not in WITHOUT_GRADIENT)
    if result.requires_grad:
        result.sum().backward()
        assert any(each.grad is not None for each in tensors)


@pytest.mark.parametrize("name", NAMES)
def test_one_tensor_more_or_fewer_is_refused(name: str) -> None:
    operation = OPERATIONS[name]
    tensors = example(operation)
    with pytest.raises((TypeError, RuntimeError)):
        function(operation)(*tensors[:-1], **required(operation))


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
    call = OPERATORS[operation.infix] if operation.infix else function(operation)
    assert isinstance(call(*arguments), torch.Tensor)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_alias_is_torchs_own(alias: str) -> None:
    operation = OPERATIONS[ALIASES[alias]]
    tensors, options = example(operation), {}
    if alias == "clip":
        options = {"min": 0.2}
    result = getattr(torch, alias)(*tensors, **options)
    assert torch.equal(result, function(operation)(*tensors, **options))


def test_names_are_the_keys() -> None:
    assert all(name == each.name for name, each in OPERATIONS.items())
    assert not set(ALIASES) & set(OPERATIONS)
