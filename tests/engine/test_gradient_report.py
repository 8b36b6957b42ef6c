"""What people get wrong about gradients, each lesson held to PyTorch's own numbers."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch

import explorer
from explorer.engine.gradients import gradients
from explorer.experiment.spec import Change
from explorer.explain.step_records import TensorState


def report(formula: str, objective: str = "out", **parts: Any) -> dict[str, TensorState]:
    found = gradients(explorer.Experiment(formula=formula, objective=objective, **parts))
    return {tensor.name: tensor for tensor in found.tensors}


def grad(formula: str, **parameters: Any) -> Any:
    """The gradient of x."""
    return report(formula, parameters=parameters)["x"].grad


def descending(**training: Any) -> explorer.Session:
    """out = (w - 3)**2 + p, with p beside it so that something always trains."""
    return explorer.Session(
        explorer.Experiment(
            formula="out = (w - 3)**2 + p",
            objective="out",
            parameters={"w": 0.0, "p": 1.0},
            training={"steps": 60, **training},
        )
    )


def freeze(session: explorer.Session, after: int, name: str = "w") -> list[float]:
    """Train, freeze, train ten steps more: the values of `name` from the freezing on."""
    loop, place = iter(session), session.columns.index(name)
    for _ in range(after):
        record = next(loop)
    values = [record.values[place]]
    session.apply(Change(step=1, tensor=name, requires_grad=False))
    return values + [next(loop).values[place] for _ in range(10)]


# -- one pass ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("detached-branch", {"x": None, "y": 27.0}), ("connected-branch", {"x": 10.0, "y": 37.0})],
)
def test_the_article(name: str, expected: dict[str, float | None]) -> None:
    found = gradients(explorer.load(name))
    assert {each.name: each.grad for each in found.tensors if each.leaf} == expected
    assert (found.objective_name, found.objective_value) == ("out", 52.0)
    assert found.failure is None


def test_intermediates_keep_their_gradient() -> None:
    tensors = report("z = x * 3\nout = z ** 2", parameters={"x": 2.0})
    assert (tensors["z"].value, tensors["z"].grad, tensors["z"].leaf) == (6.0, 12.0, False)
    assert (tensors["x"].grad, tensors["x"].leaf) == (36.0, True)
    assert tensors["out"].grad == 1.0


def test_where_keeps_the_nan_of_the_branch_not_taken() -> None:
    tensors = report("out = where(x > 0, sqrt(x), 0*x)", parameters={"x": -1.0})
    assert tensors["out"].value == 0.0
    assert math.isnan(tensors["x"].grad)  # type: ignore[arg-type]


def test_norm_at_zero_knows_better_than_its_formula() -> None:
    assert grad("out = norm(x)", x=[0.0, 0.0]) == [0.0, 0.0]
    assert all(math.isnan(each) for each in grad("out = sqrt(sum(x**2))", x=[0.0, 0.0]))


def test_rounding_has_no_slope_but_straight_through_has() -> None:
    assert grad("out = round(x)", x=1.3) == 0.0
    assert grad("out = sign(x)", x=1.3) == 0.0
    assert grad("out = x + (round(x) - x).detach()", x=1.3) == 1.0


def test_unused_is_none_and_multiplied_by_zero_is_zero() -> None:
    tensors = report("out = x ** 2", parameters={"x": 2.0, "unused": 1.0})
    assert tensors["unused"].grad is None
    assert tensors["unused"].requires_grad
    assert grad("out = x * 0 + a", x=2.0, a=1.0) == 0.0


def test_frozen_is_none() -> None:
    frozen = {"value": 2.0, "requires_grad": False}
    tensors = report("out = x * a", parameters={"x": frozen, "a": 3.0})
    assert (tensors["x"].grad, tensors["x"].requires_grad) == (None, False)
    assert tensors["a"].grad == 2.0


def test_a_name_used_twice_gets_both_contributions() -> None:
    assert grad("out = x * 3 + x ** 2", x=5.0) == 13.0


def test_freezing_a_late_layer_stops_nothing_but_detaching_its_input_does() -> None:
    parameters = {"x": 2.0, "late": {"value": 3.0, "requires_grad": False}}
    assert report("h = x ** 2\nout = h * late", parameters=parameters)["x"].grad == 12.0
    tensors = report(
        "h = x ** 2\nout = h*late + a", parameters={**parameters, "a": 0.0}, detach=["h"]
    )
    assert (tensors["x"].grad, tensors["h"].detached) == (None, True)
    assert tensors["h"].requires_grad


def test_inputs_can_ask_for_their_gradient() -> None:
    found = explorer.Experiment(
        formula="y = a*x",
        parameters={"a": 2.0},
        data={"x": [1.0, 2.0], "y": [0.0, 0.0]},
        changes=[{"step": 1, "tensor": "x", "requires_grad": True}],
    )
    tensors = {each.name: each for each in gradients(found).tensors}
    assert tensors["x"].grad == [4.0, 8.0]


def test_everything_frozen_is_pytorchs_own_message() -> None:
    frozen = explorer.Experiment(
        formula="out = x ** 2",
        objective="out",
        parameters={"x": {"value": 2.0, "requires_grad": False}},
    )
    found = gradients(frozen)
    with pytest.raises(RuntimeError) as refusal:
        (torch.tensor(2.0) ** 2).backward()  # type: ignore[no-untyped-call]
    assert found.failure is not None
    assert found.failure.code == "nothing-requires-grad"
    assert found.failure.facts["message"] == str(refusal.value)
    assert found.objective_value == 4.0
    assert all(each.grad is None for each in found.tensors)


def test_a_report_moves_nothing() -> None:
    experiment = explorer.load("line-fit")
    gradients(experiment)
    assert next(iter(explorer.Session(experiment))).values[0] != 1.0
    assert experiment.parameters["a"].value == 1.0


# -- freezing in a run -----------------------------------------------------------

OPTIMIZERS: list[dict[str, Any]] = [
    {"name": "sgd", "lr": 0.01},
    {"name": "sgd", "lr": 0.01, "momentum": 0.9, "weight_decay": 0.1},
    {"name": "adam", "lr": 0.1},
    {"name": "adamw", "lr": 0.1},
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_frozen_with_gradients_set_to_none_stands_still(optimizer: dict[str, Any]) -> None:
    values = freeze(descending(optimizer=optimizer), after=10)
    assert len(set(values)) == 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS[1:])
def test_frozen_with_gradients_set_to_zero_slides_on(optimizer: dict[str, Any]) -> None:
    values = freeze(descending(optimizer=optimizer, zero_grad="zero"), after=10)
    assert len(set(values)) > 5


def test_weight_decay_shrinks_what_is_frozen_with_zeros() -> None:
    optimizer = {"name": "sgd", "lr": 0.1, "weight_decay": 0.5}
    values = freeze(descending(optimizer=optimizer, zero_grad="zero"), after=5)
    assert values[1:] == pytest.approx([values[0] * 0.95**k for k in range(1, 11)])


def test_without_zero_grad_a_stale_gradient_is_applied_for_ever() -> None:
    optimizer = {"name": "sgd", "lr": 0.01}
    values = freeze(descending(optimizer=optimizer, zero_grad="never"), after=2)
    moves = [after - before for before, after in pairwise(values)]
    assert moves[0] > 0
    assert moves == pytest.approx([moves[0]] * 10, rel=1e-4)


def test_without_zero_grad_gradients_add_up() -> None:
    session = explorer.Session(
        explorer.Experiment(
            formula="out = 2 * x",
            objective="out",
            parameters={"x": 1.0},
            training={"optimizer": {"name": "sgd", "lr": 0.0}, "steps": 3, "zero_grad": "never"},
        )
    )
    assert [record.grads for record in session] == [(2.0,), (4.0,), (6.0,)]


def test_unfreezing_with_the_velocity_kept_gives_a_kick() -> None:
    optimizer = {"name": "sgd", "lr": 0.01, "momentum": 0.9}
    session = descending(optimizer=optimizer)
    still = freeze(session, after=8)[-1]
    session.apply(Change(step=1, tensor="w", requires_grad=True))
    kicked = next(iter(session)).values[0] - still
    fresh = explorer.Session(
        explorer.Experiment(
            formula="out = (w - 3)**2",
            objective="out",
            parameters={"w": still},
            training={"optimizer": optimizer},
        )
    )
    assert kicked > 2.5 * (next(iter(fresh)).values[0] - still)


def test_adams_step_counters_of_a_paused_and_a_live_parameter_diverge() -> None:
    """The paused one's bias correction goes on where it was: seen in PyTorch's own numbers."""
    session = descending(optimizer={"name": "adam", "lr": 0.1})
    freeze(session, after=2)
    session.apply(Change(step=1, tensor="w", requires_grad=True))
    own = next(iter(session)).values
    w, p = torch.nn.Parameter(torch.tensor(0.0)), torch.nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.Adam([w, p], lr=0.1)
    for step in range(1, 14):
        w.requires_grad_(not 3 <= step <= 12)
        loss = (w - 3) ** 2 + p
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert [optimizer.state[each]["step"].item() for each in (w, p)] == [3.0, 13.0]
    assert own == (w.item(), p.item())


def test_a_learning_rate_of_zero_is_not_frozen() -> None:
    optimizer = {"name": "adam", "lr": 0.1}
    frozen, stopped = descending(optimizer=optimizer), descending(optimizer=optimizer)
    freeze(frozen, after=5)
    frozen.apply(Change(step=1, tensor="w", requires_grad=True))
    loop = iter(stopped)
    for lr, steps in ((0.1, 5), (0.0, 10), (0.1, 0)):
        stopped.apply(Change(step=1, options={"lr": lr}))
        for _ in range(steps):
            next(loop)
    # Both stood still for ten steps; moments and counters of one of them went on.
    assert frozen.tensors()[0].value == stopped.tensors()[0].value
    assert next(iter(frozen)).values[0] != next(iter(stopped)).values[0]
