"""The trace of formulas and of any module: what autograd did, and nothing changed by looking."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.session import Session
from explorer.engine.trace import Outcome, trace, trace_module
from explorer.explain.figures import Summary
from explorer.explain.queries import gain
from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation
from explorer.i18n import load
from explorer.words.errors import failure_sentence

Tensor = torch.Tensor


def scalar(value: float, requires_grad: bool = True) -> Tensor:
    return torch.tensor(value, requires_grad=requires_grad)


def operation(traced: Trace, name: str) -> TracedOperation:
    [found] = [each for each in traced.operations if each.name == name]
    return found


def edges(traced: Trace, name: str) -> list[TracedEdge]:
    return [traced.edges[edge] for edge in operation(traced, name).inputs]


def grad(traced: Trace, name: str) -> Any:
    return traced.tensors[traced.named[name]].grad


# -- formulas ------------------------------------------------------------------------------


def test_the_articles_contributions() -> None:
    traced = FormulaSubject(explorer.load("connected-branch")).trace()
    contributions = [traced.edges[edge].contribution for edge in traced.uses[traced.named["y"]]]
    assert contributions == [10.0, 27.0]
    assert grad(traced, "y") == 37.0
    assert grad(traced, "g.z") == 10.0
    assert [each.text for each in traced.operations] == [
        "x + y",
        "g.z ** 2.0",
        "y ** 3.0",
        "(g.z ** 2.0) + (y ** 3.0)",
    ]
    assert traced.operations[0].position is not None
    assert traced.operations[0].position.line == 5
    assert traced.operations[0].grad_fn == "AddBackward0"
    [square] = [traced.edges[edge] for edge in traced.operations[1].inputs]
    assert (square.read_as, square.derivative, gain(traced, square)) == ("g.z", 10.0, 10.0)
    assert traced.backward == (3, 2, 1, 0)


def test_the_articles_cut() -> None:
    traced = FormulaSubject(explorer.load("detached-branch")).trace()
    cut = operation(traced, "detach")
    [edge] = edges(traced, "detach")
    assert (cut.cut, cut.switch, edge.read_as) == ("detached", "g.z_no_grad", "g.z")
    assert (edge.passes, edge.depends, edge.contribution) == (False, True, None)
    assert (grad(traced, "x"), grad(traced, "y")) == (None, 27.0)
    assert traced.tensors[traced.named["g.z_no_grad"]].value == 5.0


def test_a_switch_is_told_from_a_detach_in_the_formula() -> None:
    model = FormulaSubject(explorer.load("connected-branch"))
    before = model.trace()
    model.set_detached("g.z", True)
    cut = model.trace()
    assert operation(cut, "detach").switch == "g.z"
    assert cut.cuts == {"g.z"}
    assert grad(cut, "x") is None
    model.set_detached("g.z", False)
    assert model.trace() == before


def test_a_prediction_is_compared_with_its_column() -> None:
    traced = FormulaSubject(explorer.load("line-fit")).trace()
    prediction, target = edges(traced, "mse_loss")
    assert prediction.read_as == "y"
    assert traced.tensors[target.tensor].kind == "target"
    assert traced.objective == traced.named["loss"]
    assert prediction.contribution == prediction.derivative
    frozen = traced.uses[traced.named["b"]]
    assert [traced.edges[each].passes for each in frozen] == [True]


@pytest.mark.parametrize("name", ["line-fit", "connected-branch", "detached-branch"])
def test_training_is_not_disturbed(name: str) -> None:
    plain = Session(explorer.load(name), steps=20)
    traced = Session(explorer.load(name), steps=20)
    for left, right in zip(plain, traced, strict=True):
        assert left == right
        traced.subject.trace(right.step)


def test_an_alias_and_an_operation_that_hands_its_input_back() -> None:
    experiment = explorer.Experiment(
        formula="z = x\nw = flatten(z)\nout = (w * z).sum()",
        parameters={"x": {"value": [1.0, 2.0]}},
        objective="out",
    )
    traced = FormulaSubject(experiment).trace()
    assert traced.tensors[0].names == ("x", "z", "w")
    assert [edge.read_as for edge in edges(traced, "mul")] == ["w", "z"]
    assert traced.aliases == {"z": "x", "w": "z"}


# -- any callable --------------------------------------------------------------------------


def test_an_input_used_twice_is_two_edges() -> None:
    traced = trace(lambda x: x * x, {"x": scalar(3.0)})
    assert [each.contribution for each in edges(traced, "mul")] == [3.0, 3.0]
    assert grad(traced, "x") == 6.0


def test_numbers_on_either_side() -> None:
    traced = trace(lambda x: (1 / x) + (2.0**x) - (3 - x), {"x": scalar(2.0)})
    names = [each.name for each in traced.operations]
    assert sorted(names) == ["add", "div", "pow", "sub", "sub"]
    [reciprocal] = edges(traced, "div")
    assert reciprocal.derivative == reciprocal.contribution == -0.25


def test_broadcasting_is_summed_in_the_contribution_and_not_in_the_derivative() -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    traced = trace(lambda a, x: (a * x).sum(), {"a": scalar(2.0), "x": x})
    assert edges(traced, "mul")[0].contribution == 6.0
    assert edges(traced, "mul")[0].derivative == [1.0, 2.0, 3.0]


def test_a_matrix_product_has_a_jacobian() -> None:
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = torch.tensor([5.0, 6.0], requires_grad=True)
    traced = trace(lambda w, x: (w @ x).sum(), {"w": w, "x": x})
    by_w, by_x = edges(traced, "matmul")
    assert by_x.derivative == [[1.0, 2.0], [3.0, 4.0]]
    assert by_w.derivative == [[[5.0, 6.0], [0.0, 0.0]], [[0.0, 0.0], [5.0, 6.0]]]


def test_several_outputs() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    traced = trace(lambda x: (x.chunk(2)[0] ** 2).sum(), {"x": x})
    assert len(operation(traced, "chunk").outputs) == 2
    assert grad(traced, "x") == [2.0, 4.0, 0.0, 0.0]
    assert edges(traced, "chunk")[0].contribution == [2.0, 4.0, 0.0, 0.0]
    traced = trace(lambda x: x.max(dim=0).values * 2, {"x": x})
    values, places = (traced.tensors[each] for each in operation(traced, "max").outputs)
    assert (values.value, places.value, places.differentiable_type) == (4.0, 3, False)


def test_no_grad_and_data() -> None:
    def function(x: Tensor) -> Tensor:
        with torch.no_grad():
            a = x * 2
        return a + x.data * x

    traced = trace(function, {"x": scalar(3.0)})
    no_grad, grad_mode = (each for each in traced.operations if each.name == "mul")
    assert (no_grad.grad_mode, grad_mode.grad_mode) == (False, True)
    assert operation(traced, "data").cut == "data-access"
    assert [edge.passes for edge in edges(traced, "data")] == [False]
    assert grad(traced, "x") == 3.0


def test_in_place_makes_a_new_version() -> None:
    def function(x: Tensor) -> Tensor:
        y = x * 1
        y += 2
        y.mul_(x)
        return y.sum()

    traced = trace(function, {"x": torch.tensor([1.0, 2.0], requires_grad=True)})
    assert [each.in_place for each in traced.operations] == [False, True, True, False]
    assert [each.value for each in traced.tensors][1:4] == [[1.0, 2.0], [3.0, 4.0], [3.0, 8.0]]
    assert grad(traced, "x") == [4.0, 6.0]
    assert traced.mismatches == ()


def test_a_view_written_to_changes_its_base() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        base = x * 1
        base[0].mul_(y)
        base[1] = y
        return (base * base).sum()

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    traced = trace(function, {"x": x, "y": scalar(5.0)})
    assert grad(traced, "x") == [50.0, 0.0, 6.0]
    assert grad(traced, "y") == 20.0
    assert reaches(traced, "x")
    assert reaches(traced, "y")


def reaches(traced: Trace, name: str) -> bool:
    """Whether the numbers lead from the tensor to the objective, in the records alone."""
    seen = {traced.named[name]}
    for each in traced.operations:
        if any(traced.edges[edge].tensor in seen for edge in each.inputs):
            seen.update(each.outputs)
    return traced.objective in seen


def test_what_is_read_out_and_made_again() -> None:
    traced = trace(lambda x: torch.tensor(x.item()) * x, {"x": scalar(3.0)})
    assert operation(traced, "item").reads
    assert operation(traced, "tensor").makes
    assert grad(traced, "x") == 3.0


def test_tensors_from_outside_are_constants_and_stay_untouched() -> None:
    outside = scalar(3.0)
    history = outside * 2
    traced = trace(lambda x: x * outside * history, {"x": scalar(2.0)})
    kinds = [each.kind for each in traced.tensors if each.leaf]
    assert kinds == ["parameter", "constant", "constant"]
    assert grad(traced, "x") == 18.0
    assert outside.grad is None


def test_a_function_of_ones_own() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, *grads: Tensor) -> Tensor:
            return grads[0] * 2

    apply: Callable[[Tensor], Tensor] = Double.apply
    traced = trace(lambda x: apply(x * 1) + x, {"x": scalar(1.0)})
    assert grad(traced, "x") == 3.0
    assert [each.name for each in traced.operations] == ["mul", "Double", "add"]
    [edge] = edges(traced, "Double")
    assert (edge.passes, edge.contribution) == (True, 2.0)
    assert traced.mismatches == ()


def test_a_hook_that_changes_a_gradient_is_a_recorded_mismatch() -> None:
    def function(x: Tensor) -> Tensor:
        y = x * 2
        y.register_hook(lambda grad: grad * 10)  # type: ignore[no-untyped-call]
        return y * 3

    traced = trace(function, {"x": scalar(1.0)})
    [mismatch] = traced.mismatches
    assert (mismatch.gradient, mismatch.total) == (30.0, 3.0)


def test_random_numbers_go_on_as_if_nothing_had_been() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    trace(lambda x: torch.dropout(x, 0.5, True).sum(), {"x": torch.ones(9, requires_grad=True)})
    assert torch.equal(torch.rand(3), expected)


def test_ten_thousand_operations_in_a_chain() -> None:
    def function(x: Tensor) -> Tensor:
        for _ in range(10_000):
            x = x + 1
        return x

    traced = trace(function, {"x": scalar(0.0)})
    assert len(traced.operations) == 10_000
    assert grad(traced, "x") == 1.0


def test_a_million_elements_are_summarised() -> None:
    big = torch.ones(1000, 1000, requires_grad=True)
    traced = trace(lambda w: (w * w).sum(), {"w": big})
    assert traced.tensors[0].value == Summary(mean=1.0, norm=1000.0, low=1.0, high=1.0)
    assert grad(traced, "w") == Summary(mean=2.0, norm=2000.0, low=2.0, high=2.0)
    assert edges(traced, "mul")[0].derivative is None


def test_what_stays_the_same_tensor_shows_its_new_value() -> None:
    def function(x: Tensor, y: Tensor) -> Outcome:
        a, h = x * 1, x * 1
        with torch.no_grad():
            a.mul_(2)
        h.data = y * 2
        h.data.add_(1)
        x.data = y * 3
        return Outcome(a * h + x, {"a": a, "h": h})

    traced = trace(function, {"x": scalar(3.0), "y": scalar(5.0)})
    values = {name: traced.tensors[number].value for name, number in traced.named.items()}
    assert values == {"x": 15.0, "y": 5.0, "a": 6.0, "h": 11.0}
    assert (grad(traced, "x"), grad(traced, "a"), grad(traced, "h")) == (18.0, 11.0, 6.0)
    assert traced.mismatches == ()


def test_inside_vmap_nothing_is_looked_at() -> None:
    def function(x: Tensor) -> Tensor:
        several: Tensor = torch.vmap(lambda each: each.add(1).mul_(2) * each)(x * 1)
        return several.sum()

    traced = trace(function, {"x": torch.tensor([1.0, 2.0], requires_grad=True)})
    assert grad(traced, "x") == [6.0, 10.0]
    assert reaches(traced, "x")
    assert traced.mismatches == ()


def test_complex_numbers_are_pairs() -> None:
    def function(x: Tensor, m: Tensor) -> Tensor:
        z = torch.complex(x, x * 2)
        return torch.view_as_real(m @ (z * z)).sum()

    x, m = torch.tensor([1.0, 2.0]), torch.ones(2, 2, dtype=torch.complex64)
    traced = trace(function, {"x": x.requires_grad_(), "m": m.requires_grad_()})
    derivative = edges(traced, "matmul")[1].derivative
    assert isinstance(derivative, list)
    assert json.loads(json.dumps(derivative)) == [[[1.0, 0.0]] * 2] * 2
    assert grad(traced, "x") is not None


REFUSED: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "nothing requires grad": (lambda x: x.detach() * 2, "nothing-requires-grad"),
    "not a scalar": (lambda x: x * torch.ones(3), "torch-error"),
    "several outputs": (lambda x: (x * 2, x * 3), "torch-error"),
    "no tensor": (lambda x: 3.0, "torch-error"),
    "nothing at all": (lambda x: None, "torch-error"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_backward_pass_is_a_failure_and_no_crash(name: str) -> None:
    function, code = REFUSED[name]
    traced = trace(function, {"x": scalar(1.0)}, step=7)
    assert traced.failure is not None
    assert (traced.failure.code, traced.failure.step) == (code, 7)
    assert {each.grad for each in traced.tensors} == {None}


def overwrites_a_result(x: Tensor) -> Outcome:
    y = x.exp()
    out = (y * 2).sum()
    y.add_(1)
    return Outcome(out, {"y": y})


def overwrites_a_factor(x: Tensor) -> Outcome:
    mask = torch.ones(2)
    product = x * mask
    # The first one is harmless: nothing kept the number before.
    (x + 1).mul_(2)
    mask[0] = 0.0
    return Outcome(product.sum(), {"product": product, "mask": mask})


def overwrites_through_a_view(x: Tensor) -> Outcome:
    y = x.sigmoid()
    y[:1].zero_()
    return Outcome(y.sum(), {"y": y})


@pytest.mark.parametrize(
    ("function", "tensor", "operation", "by"),
    [
        (overwrites_a_result, "exp", "exp", "add_"),
        (overwrites_a_factor, "ones", "mul", "index_put_"),
        (overwrites_through_a_view, "sigmoid", "sigmoid", "zero_"),
    ],
)
def test_a_value_overwritten_in_place_names_both(
    function: Callable[..., Outcome], tensor: str, operation: str, by: str
) -> None:
    traced = trace(function, {"x": torch.tensor([1.0, 2.0], requires_grad=True)})
    assert traced.failure is not None
    facts = traced.failure.facts
    assert (traced.failure.code, traced.failure.step) == ("overwritten", 1)
    assert (facts["operation"], facts["by"]) == (operation, by)
    assert str(facts["tensor"]).startswith(tensor)
    assert "modified by an inplace operation" in str(facts["message"])
    sentence = failure_sentence(traced.failure, load("en"))
    assert f"{operation} (at " in sentence
    assert f"{by} (at " in sentence


def test_a_function_may_name_its_tensors() -> None:
    def function(x: Tensor) -> Outcome:
        y = x * 2
        return Outcome(y * y, {"y": y})

    assert grad(trace(function, {"x": scalar(3.0)}), "y") == 12.0


# -- modules -------------------------------------------------------------------------------


class Shared(nn.Module):
    """One parameter under two names, a branch, a buffer written to, an in-place operation."""

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(3, 3)
        self.two = nn.Linear(3, 3)
        self.two.weight = self.one.weight
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        left = torch.relu(self.one(x))
        right = self.two(x).clamp_(min=0.0)
        result: Tensor = (left + right * self.count).sum()
        return result


def modules() -> Iterator[tuple[str, nn.Module, Tensor]]:
    torch.manual_seed(1)
    yield "shared", Shared(), torch.randn(2, 3)
    yield "norm", nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), torch.randn(5, 4)
    yield "conv", nn.Sequential(nn.Conv1d(2, 3, 3), nn.MaxPool1d(2)), torch.randn(1, 2, 8)
    yield "embedding", nn.Embedding(10, 4, sparse=True), torch.tensor([1, 2, 2])
    yield "lstm", nn.LSTM(3, 4), torch.randn(5, 3)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1)
    yield (
        "transformer",
        nn.TransformerEncoder(layer, 2, enable_nested_tensor=False),
        torch.randn(4, 1, 8),
    )
    yield "transformer-eval", nn.TransformerEncoderLayer(8, 2, 16).eval(), torch.randn(4, 1, 8)


MODULES = {name: (module, inputs) for name, module, inputs in modules()}


def total(output: Any) -> Tensor:
    first = output[0] if isinstance(output, tuple) else output
    squared: Tensor = (first**2).sum()
    return squared


@pytest.mark.parametrize("name", MODULES)
def test_modules_get_autograds_gradients_and_are_left_alone(name: str) -> None:
    module, inputs = MODULES[name]
    before = {key: value.clone() for key, value in module.state_dict().items()}
    state = torch.get_rng_state()
    traced = trace_module(module, inputs, objective=total)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    torch.set_rng_state(state)
    total(module(inputs)).backward()  # type: ignore[no-untyped-call]
    for key, parameter in module.named_parameters():
        found = grad(traced, key)
        assert parameter.grad is not None
        if isinstance(found, Summary):
            assert found.norm == pytest.approx(parameter.grad.to_dense().norm().item())
        else:
            assert found == parameter.grad.to_dense().tolist()
        assert reaches(traced, key)
    assert traced.failure is None
    assert traced.mismatches == ()
    module.zero_grad()
    module.load_state_dict(before)


def test_a_shared_parameter_has_both_names() -> None:
    module, inputs = MODULES["shared"]
    traced = trace_module(module, inputs)
    assert traced.named["one.weight"] == traced.named["two.weight"]
    assert traced.tensors[traced.named["count"]].kind == "buffer"
    assert traced.tensors[traced.named["input"]].kind == "input"


def test_an_objective_that_is_a_leaf_has_the_gradient_one() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    traced = trace(lambda x: x, {"x": x})
    assert traced.objective is not None
    assert traced.tensors[traced.objective].grad == 1.0
    assert traced.failure is None
