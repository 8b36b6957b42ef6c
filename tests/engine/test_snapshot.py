"""A run that was put aside and taken up again has the bits of one that never was.

Generated experiments for every optimizer and every zero_grad, with switches, values and
options that change before and after; each goes on from a random step, in the same session
and in another one. That the comparison sees anything is shown by planted defects.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from cases import OPTIONS, make_case
from test_truth import bits, repairs

import explorer
from explorer.engine import optimizers, session, snapshot
from explorer.engine.snapshot import OptimizerState, Snapshot
from explorer.experiment.problem import Failure
from explorer.experiment.spec import Change

ZERO_GRADS = ("none", "zero", "never")
EVERYTHING: dict[str, list[dict[str, Any]]] = {
    "sgd": [
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
        {"momentum": 0.9, "nesterov": True, "maximize": True},
    ],
    "adam": [{}, {"amsgrad": True, "weight_decay": 0.1}, {"maximize": True}],
    "adamw": [{}, {"amsgrad": True}],
    "rmsprop": [{}, {"centered": True}, {"momentum": 0.9, "centered": True, "weight_decay": 0.1}],
    "adagrad": [{}, {"lr_decay": 0.1, "initial_accumulator_value": 0.1}],
}
GIVEN = [(name, options) for name, each in EVERYTHING.items() for options in each]


def state_bits(state: OptimizerState) -> Any:
    return [{name: bits(value.tolist()) for name, value in each.items()} for each in state]


def seen(run: explorer.Session) -> dict[str, Any]:
    """Everything of a run that can be read from outside, every bit of it."""
    leaves = run.subject.leaves.items()
    return {
        "step": run.step,
        "loss": bits(run.loss),
        "failure": run.failure,
        "changes": (run.changes, run.changes_by_hand),
        "values": {name: bits(leaf.tolist()) for name, leaf in leaves},
        "grads": {
            name: None if leaf.grad is None else bits(leaf.grad.tolist()) for name, leaf in leaves
        },
        "switches": {name: leaf.requires_grad for name, leaf in leaves},
        "cuts": set(run.subject.cuts),
        "optimizer": state_bits(run.snapshot().optimizer_state),
    }


def rest(run: explorer.Session, by_hand: dict[int, Change]) -> Iterator[Any]:
    """Train to the end; the record, and all that can be seen, after each step.

    What is refused is repaired, so that every run comes to its end.
    """
    refused = None
    while run.step < run.steps:
        change = by_hand.get(run.step)
        if change is not None and refused != run.step:
            run.apply(change)
        before = run.step
        for record in run:
            yield [record.step, bits([record.loss, *record.values, *record.grads]), seen(run)]
            if run.step in by_hand:
                break
        if run.step == before:
            yield run.failure
            refused = before
            for repair in repairs(run.experiment):
                run.apply(repair)


def go_on(run: explorer.Session, by_hand: dict[int, Change]) -> list[Any]:
    return list(rest(run, by_hand))


def advance(run: explorer.Session, step: int, by_hand: dict[int, Change]) -> None:
    loop = rest(run, by_hand)
    while run.step < step:
        next(loop)


def put_aside_and_taken_up(experiment: explorer.Experiment, rng: Random) -> None:
    """Three ways on from one random step, against the run that was never interrupted."""
    by_hand = changes_by_hand(experiment, rng)
    at = rng.randint(0, experiment.training.steps - 1)
    whole = explorer.Session(experiment)
    advance(whole, at, by_hand)
    here = seen(whole)
    expected = go_on(whole, by_hand)

    run = explorer.Session(experiment)
    advance(run, at, by_hand)
    kept = run.snapshot()
    assert go_on(run, by_hand) == expected, "taking it must not change the run"
    for _ in range(2):
        run.restore(kept)
        assert seen(run) == here
        assert go_on(run, by_hand) == expected, "restored"
    other = explorer.Session(experiment)
    advance(other, rng.randint(0, experiment.training.steps), by_hand)
    other.restore(kept)
    assert seen(other) == here
    assert go_on(other, by_hand) == expected, "restored into another session"


def changes_by_hand(experiment: explorer.Experiment, rng: Random) -> dict[int, Change]:
    names = list(experiment.parameters)

    def change() -> Change:
        kind = rng.choice(["requires_grad", "detach"])
        switch: dict[str, Any] = {kind: rng.random() < 0.5}
        return Change(step=1, tensor=rng.choice(names), **switch)

    return {rng.randint(0, experiment.training.steps): change() for _ in range(2)}


@pytest.mark.parametrize("seed", range(60))
def test_generated_experiments_go_on_with_the_same_bits(seed: int) -> None:
    rng = Random(seed)
    name = list(OPTIONS)[seed % len(OPTIONS)]
    case = make_case(rng, None, name)
    case.table["training"]["zero_grad"] = ZERO_GRADS[seed // len(OPTIONS) % len(ZERO_GRADS)]
    put_aside_and_taken_up(explorer.Experiment(**case.table), rng)


CHANGES = (
    {"step": 3, "tensor": "b", "requires_grad": False},
    {"step": 5, "tensor": "w", "value": [0.3, -0.2]},
    {"step": 7, "tensor": "b", "requires_grad": True},
    {"step": 8, "tensor": "x", "requires_grad": True},
    {"step": 9, "tensor": "b", "detach": True},
    {"step": 10, "lr": 0.02},
    {"step": 11, "tensor": "b", "detach": False},
    {"step": 13, "tensor": "late", "requires_grad": True},
)


def experiment(name: str, options: dict[str, Any], zero_grad: str = "none") -> explorer.Experiment:
    """A parameter frozen and thawed, one detached, one that joins late, a large one."""
    return explorer.Experiment(
        formula="y = dot(w, w)*x + sum(w)*x**2 + b + late + 0.1*W.sum()",
        parameters={
            "w": [1.0, -1.0],
            "b": 0.5,
            "late": {"value": 0.0, "requires_grad": False},
            "W": {"shape": [5, 4], "init": "normal", "seed": 1},
        },
        data={"x": [-1.0, 0.5, 2.0], "y": [1.0, 2.0, 0.5]},
        training={
            "optimizer": {"name": name, "lr": 0.01, **options},
            "steps": 16,
            "zero_grad": zero_grad,
        },
        changes=CHANGES,
    )


@pytest.mark.parametrize("zero_grad", ZERO_GRADS)
@pytest.mark.parametrize(("name", "options"), GIVEN)
def test_every_option_goes_on_with_the_same_bits(
    name: str, options: dict[str, Any], zero_grad: str
) -> None:
    put_aside_and_taken_up(experiment(name, options, zero_grad), Random(zero_grad + name))


@pytest.mark.parametrize(("name", "options"), GIVEN)
def test_the_state_is_that_of_torchs_class(name: str, options: dict[str, Any]) -> None:
    run = explorer.Session(experiment(name, options))
    maker = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
    mirrored = [leaf.detach().clone() for leaf in run.subject.parameters.values()]
    settings = {"lr": 0.01, **options}
    theirs = getattr(torch.optim, maker.get(name, "Adagrad"))(mirrored, **settings)
    for _ in run:
        if run.step == 5:  # the next step finds a value set by hand
            mirrored[0].copy_(torch.tensor([0.3, -0.2]))
        if run.step == 10:
            theirs.param_groups[0]["lr"] = 0.02
        for mine, leaf in zip(mirrored, run.subject.parameters.values(), strict=True):
            mine.grad = None if leaf.grad is None else leaf.grad.clone()
        theirs.step()
        kept = [theirs.state.get(each, {}) for each in mirrored]
        expected = tuple({key: np.asarray(value) for key, value in each.items()} for each in kept)
        assert state_bits(run.snapshot().optimizer_state) == state_bits(expected), run.step


def test_nothing_in_a_snapshot_can_be_written() -> None:
    run = explorer.Session(experiment("adam", {}))
    advance(run, 5, {})
    kept = run.snapshot()
    with pytest.raises(AttributeError):
        kept.step = 3  # type: ignore[misc]
    arrays = [each.value for each in kept.subject.leaves.values()]
    arrays += [value for each in kept.optimizer_state for value in each.values()]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0


def test_a_failure_is_restored_and_can_be_repaired_again() -> None:
    frozen = [{"step": 4, "tensor": name, "requires_grad": False} for name in ("w", "b", "W")]
    run = explorer.Session(experiment("sgd", {}).replace(changes=frozen))
    assert [record.step for record in run] == [1, 2, 3]
    failed = run.snapshot()
    assert isinstance(failed.failure, Failure)
    run.apply(Change(step=1, tensor="b", requires_grad=True))
    after = list(run)
    assert run.failure is None
    run.restore(failed)
    assert run.failure == failed.failure
    run.apply(Change(step=1, tensor="b", requires_grad=True))
    assert list(run) == after


def test_a_loop_under_way_goes_on_from_the_restored_step() -> None:
    run = explorer.Session(experiment("adam", {}))
    loop = iter(run)
    first = [next(loop) for _ in range(3)]
    kept = run.snapshot()
    second = [next(loop) for _ in range(6)]
    run.restore(kept)
    assert [next(loop) for _ in range(6)] == second
    assert first[-1].step == kept.step


def test_the_random_state_comes_back() -> None:
    run = explorer.Session(experiment("sgd", {}))
    kept = run.snapshot()
    drawn = torch.rand(3)
    run.restore(kept)
    assert torch.equal(torch.rand(3), drawn)


def test_a_snapshot_of_another_experiment_is_refused() -> None:
    run = explorer.Session(experiment("sgd", {}))
    with pytest.raises(ValueError, match="its own experiment"):
        run.restore(explorer.Session(experiment("adam", {})).snapshot())


# -- planted defects -------------------------------------------------------------


def _aliased(tensor: torch.Tensor) -> Any:
    return tensor.detach().numpy()


def _without_grad(model: Any, state: Any) -> None:
    grads = {name: leaf.grad for name, leaf in model.leaves.items()}
    snapshot.put_subject(model, state)
    for name, leaf in model.leaves.items():
        leaf.grad = grads[name]


def _one_step_count(self: Any, state: OptimizerState, real: Any) -> None:
    most = max((each["step"] for each in state if each), default=None)
    real(self, tuple({**each, "step": most} if each else {} for each in state))


def _without_cuts(model: Any, state: Any) -> None:
    cuts = set(model.cuts)
    snapshot.put_subject(model, state)
    model.set_cuts(cuts)


def _plant(name: str, patch: pytest.MonkeyPatch) -> None:
    real = optimizers.Optimizer.set_state
    match name:
        case "an aliased tensor":
            patch.setattr(snapshot, "numbers", _aliased)
        case "an aliased state":
            patch.setattr(optimizers, "numbers", _aliased)
        case "a forgotten .grad":
            patch.setattr(session, "put_subject", _without_grad)
        case "a forgotten cut":
            patch.setattr(session, "put_subject", _without_cuts)
        case "a shared step count":
            patch.setattr(
                optimizers.Optimizer,
                "set_state",
                lambda self, state: _one_step_count(self, state, real),
            )
        case "a forgotten state":
            patch.setattr(optimizers.Optimizer, "set_state", lambda self, state: None)


DEFECTS = (
    "an aliased tensor",
    "an aliased state",
    "a forgotten .grad",
    "a forgotten cut",
    "a forgotten state",
)
# A frozen parameter loses its .grad only where it is cleared; then its steps stay behind.
WHERE = [*((defect, "never") for defect in DEFECTS), ("a shared step count", "none")]


@pytest.mark.parametrize(("defect", "zero_grad"), WHERE)
def test_a_planted_defect_is_seen(
    defect: str, zero_grad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = experiment("adam", {}, zero_grad)
    at_nine(case)
    _plant(defect, monkeypatch)
    with pytest.raises(AssertionError):
        at_nine(case)


def at_nine(case: explorer.Experiment) -> Snapshot:
    """From step 9: one parameter has been frozen, an input has a gradient, a cut is in place."""
    run = explorer.Session(case)
    advance(run, 9, {})
    here, kept = seen(run), run.snapshot()
    expected = go_on(run, {})
    run.restore(kept)
    assert seen(run) == here
    assert go_on(run, {}) == expected
    return kept
