"""Every entry of the operations table held to torch: it exists and takes what it says.

`lacks` says what a new entry is short of. The call that each test makes is the first of
`operation_examples`; `tests/engine/test_operation_truth.py` goes through all of them.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from operation_examples import LEAVES, examples
from torch.overrides import TorchFunctionMode

from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.limits import elements
from explorer.engine.proof.forms import FORMS
from explorer.engine.proof.layers import WITHOUT_FORM
from explorer.engine.trace.capture import rebuilt, tensors_in
from explorer.engine.trace.functions import name_of
from explorer.experiment.operations import (
    ALIASES,
    ENTRIES,
    NAMES,
    OPERATIONS,
    Operation,
    Option,
    OptionKind,
    Slope,
)
from explorer.experiment.spec import Experiment

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
EVERY = sorted(OPERATIONS)
OPTION_VALUES: dict[OptionKind, Any] = {
    OptionKind.NUMBER: 0.5,
    OptionKind.INTEGER: 1,
    OptionKind.FLAG: True,
    OptionKind.DIMENSIONS: 1,
    OptionKind.DTYPE: torch.float64,
}
# Values of single options, where the usual one is outside the domain.
ODD: dict[tuple[str, str], Any] = {
    ("conv1d", "groups"): 1,
    ("conv2d", "groups"): 1,
    ("glu", "dim"): 0,
    ("linalg_cross", "dim"): 0,
    ("cosine_similarity", "dim"): 0,
    ("normalize", "dim"): 0,
    ("repeat_interleave", "dim"): 0,
    ("split", "dim"): 0,
    ("chunk", "dim"): 0,
    ("topk", "dim"): 0,
    ("sort", "dim"): 0,
    ("argsort", "dim"): 0,
    ("argmax", "dim"): 0,
    ("argmin", "dim"): 0,
    ("cat", "dim"): 0,
    ("diff", "dim"): 0,
    ("roll", "dims"): 0,
    ("rot90", "dims"): (1, 0),
    ("dropout", "training"): False,
    ("pad", "mode"): "constant",
    ("kl_div", "reduction"): "batchmean",
    ("gelu", "approximate"): "tanh",
    ("scaled_dot_product_attention", "attn_mask"): torch.ones(2, 2),
}
# Where the slope may be zero for some values of an option alone.
TELLING: dict[str, dict[str, Any]] = {"leaky_relu": {"negative_slope": 0.0}}
# The first of several numbers must stay one of them.
FITTING = {"batch_norm", "layer_norm"}


@dataclass(frozen=True)
class Called:
    """A call of torch as a program made it."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def again(self, **options: Any) -> Any:
        return self.function(*self.args, **{**self.kwargs, **options})


class Catching(TorchFunctionMode):
    """Keeps the first call of one function."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names
        self.found: Called | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.found is None and name_of(func) in self.names:
            self.found = Called(func, args, kwargs or {})
        return func(*args, **(kwargs or {}))


def called(operation: Operation, text: str = "") -> Called:
    """The call in the example, or in its first: of an entry as the engine makes it."""
    text = text or examples(operation)[0]
    names = {operation.name, operation.function.rpartition(".")[2], operation.written}
    names |= {name_of(function(operation))} if not operation.attribute else set()
    catching = Catching(names)
    if operation.name in ENTRIES:
        formula = f"z = {text}\nout = (z * 1.0).sum()"
        subject = FormulaSubject(
            Experiment(formula=formula, objective="out", parameters=dict(LEAVES))
        )
        leaves = [each.detach() for each in subject.arguments]
        with catching:
            subject.forward(*leaves)
    else:
        with catching:
            eval(text, {"torch": torch, **{k: torch.tensor(v) for k, v in LEAVES.items()}})
    assert catching.found is not None
    return catching.found


def function(operation: Operation) -> Any:
    root, *path = operation.function.split(".")
    assert root == "torch"
    found: Any = torch
    for name in path:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("name", EVERY)
def test_entry_lacks_nothing(name: str) -> None:
    assert lacks(OPERATIONS[name]) == []


def plain_options(operation: Operation) -> Iterator[tuple[str, Option]]:
    for name, option in operation.options.items():
        if option.kind is not OptionKind.WHERE and name != operation.first:
            yield name, option


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name in EVERY for option, _ in plain_options(OPERATIONS[name])],
)
def test_option_is_taken_by_keyword(name: str, option: str) -> None:
    operation = OPERATIONS[name]
    made, kind = called(operation), operation.options[option]
    if kind.required or any(
        option in called(operation, text).kwargs for text in examples(operation)
    ):
        return
    value = ODD.get((name, option), (kind.words or (OPTION_VALUES.get(kind.kind),))[0])
    needs = {"keepdim": {"dim": 0}, "dim": {}}.get(option, {})
    needs = {key: each for key, each in needs.items() if key in operation.options}
    made.again(**needs, **{option: value})


@pytest.mark.parametrize("name", [name for name in EVERY if OPERATIONS[name].method])
def test_method_exists(name: str) -> None:
    operation = OPERATIONS[name]
    made = called(operation)
    first, *others = made.args
    expected = made.again()
    method = getattr(first, operation.function.rpartition(".")[2])
    options = {name: each for name, each in made.kwargs.items() if each is not None}
    given = tensors_in(method(*others, **options))
    for one, other in zip(given, tensors_in(expected), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("name", "index"), [(name, index) for name in EVERY for index in OPERATIONS[name].scalar_ok]
)
def test_plain_number_is_taken_where_the_table_says(name: str, index: int) -> None:
    operation = OPERATIONS[name]
    arguments: list[Any] = [*called(operation).args]
    if operation.infix:
        whole = "bitwise" in name
        arguments = [torch.tensor([1, 2]) if whole else torch.tensor([0.5, 2.0])] * 2
    arguments[index] = 1 if "bitwise" in name else 0.5
    call = operation.python or function(operation)
    assert isinstance(call(*arguments), torch.Tensor)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_alias_is_torchs_own(alias: str) -> None:
    operation = OPERATIONS[ALIASES[alias]]
    made = called(operation)
    result = getattr(torch, alias)(*made.args, *made.kwargs.values())
    assert torch.equal(result, made.again())


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
    named = operation.name in forms or operation.name in WITHOUT_FORM
    if operation.slope is not Slope.NONE and not named:
        yield "form in explorer.engine.proof.forms"
    if not _fits(operation):
        yield "shape"


def _fits(operation: Operation) -> bool:
    """Whether the rule says what comes out, as far as the limits ask for it."""
    made = called(operation)
    name = made.function.__name__.strip("_")
    if operation.attribute or ENTRIES.get(operation.name) != operation:
        shapes = [tuple(each.shape) for each in tensors_in((made.args, made.kwargs))]
        try:
            return operation.shape(shapes, made.kwargs) == tuple(made.again().shape)
        except ValueError:
            return False
    return sum(each.numel() for each in tensors_in(made.again())) <= elements(
        name, made.args, made.kwargs
    )


def _is_operator(operation: Operation) -> bool:
    left, right = torch.tensor([[0.5, 2.0]]), torch.tensor([[2.0], [1.5]])
    if "bitwise" in operation.name:
        left, right = left > 1, right > 1.7
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
    first: list[torch.Tensor] = []

    def other(tensor: torch.Tensor) -> torch.Tensor:
        if not tensor.is_floating_point():
            return tensor
        noise = torch.rand(tensor.shape, generator=generator)
        made = (low + (high - low) * noise).double()
        first.append(made)
        return made.requires_grad_() if len(first) == 1 else made

    call = called(operation)
    args, kwargs = rebuilt((call.args, call.kwargs), other)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = call.function(*args, **{**kwargs, **TELLING.get(operation.name, {})})
    except (RuntimeError, IndexError, ValueError):
        # Outside the domain.
        return []
    results = [each for each in tensors_in(made) if each.requires_grad]
    if not results:
        return []
    total = sum((each * torch.rand(each.shape, generator=generator)).sum() for each in results)
    try:
        total.backward()  # type: ignore[union-attr]
    except RuntimeError:
        # PyTorch has no derivative.
        return []
    grad = first[0].grad
    assert grad is not None
    return grad[grad.isfinite()].tolist()


def test_names_are_those_of_torch() -> None:
    """In the help and in messages; overloads and square brackets have none."""
    homes = (torch, torch.nn.functional, torch.Tensor)
    names = {name for name in NAMES if not name.startswith("linalg.")}
    assert all(any(hasattr(home, name) for home in homes) for name in names)
    assert not {"max_dim", "tensor_data", "index"} & {*NAMES}
    assert {"linalg.norm", "cat", "T", "max"} <= {*NAMES}


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
        (Operation("block_diag", "torch.block_diag", (2, 2)), "shape"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_what_an_entry_lacks_is_found(entry: Operation, lacking: str) -> None:
    assert lacking in lacks(entry)


def test_a_missing_form_is_found() -> None:
    assert lacks(OPERATIONS["exp"], {}) == ["form in explorer.engine.proof.forms"]
