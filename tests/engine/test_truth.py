"""The engine equals hand-written PyTorch, bit for bit, at every step.

Several hundred generated experiments, and hypothesis looking for one more. Where
`backward()` raises, the session must stop with PyTorch's own message, and go on with the
same bits once the switches are flipped back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
import torch
from cases import OPTIONS, RECIPES, Case, make_case
from defects import DEFECTS, plant
from drawing import asked
from handwritten import HandWritten, Refused, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import explorer
from explorer.engine.batches import Batches
from explorer.engine.optimizers import Optimizer
from explorer.engine.session import Session
from explorer.engine.trainer import Trainer, _clipping
from explorer.experiment.spec import Change

# A third of a campaign's: GRADIENT_EXPLORER_CAMPAIGN=3000 makes it a thousand.
SEEDS = range(asked(140, 1 / 3))


def bits(value: Any) -> Any:
    """Numbers as text in which every bit shows, -0.0 too; NaN equals NaN."""
    if isinstance(value, list | tuple):
        return [bits(each) for each in value]
    return None if value is None else float(value).hex()


def row_bits(row: Row) -> dict[str, Any]:
    return {
        "loss": bits(row.loss),
        "values": {name: bits(each) for name, each in row.values.items()},
        "grads": {name: bits(each) for name, each in row.grads.items()},
    }


def session_rows(session: explorer.Session, experiment: explorer.Experiment) -> Iterator[Any]:
    """As `HandWritten.run` gives them, from the session."""
    while session.step < session.steps:
        for record in session:
            leaves = session.subject.leaves
            values = {name: leaf.tolist() for name, leaf in leaves.items()}
            grads = {
                name: None if leaf.grad is None else leaf.grad.tolist()
                for name, leaf in leaves.items()
            }
            check_record(session, record.values, record.grads)
            yield Row(record.loss, values, grads)
        failure = session.failure
        if failure is not None and failure.code != "non-finite":
            assert failure.code == "nothing-requires-grad"
            yield Refused(failure.step, str(failure.facts["message"]))
            for change in repairs(experiment):
                session.apply(change)


def check_record(session: explorer.Session, values: Any, grads: Any) -> None:
    """The record of a step and the table of tensors say the same."""
    tensors = session.tensors()
    assert bits(values) == bits([number for each in tensors for number in flat(each.value)])
    flat_grads = [
        number
        for each in tensors
        for number in (
            [None] * len(list(flat(each.value))) if each.grad is None else flat(each.grad)
        )
    ]
    assert bits(grads) == bits(flat_grads)


def flat(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for each in value:
            yield from flat(each)
    else:
        yield value


def repairs(experiment: explorer.Experiment) -> list[Change]:
    """Every switch as autograd needs it."""
    frozen = [Change(step=1, tensor=name, requires_grad=True) for name in experiment.parameters]
    return [*frozen, *(Change(step=1, tensor=name, detach=False) for name in experiment.tensors)]


def compare(case: Case) -> Counter[str]:
    """Run both sides; what happened on the way."""
    experiment = explorer.Experiment(**case.table)
    session = explorer.Session(experiment)
    torch_side = HandWritten(case.table, case.values, case.prediction)

    def repair() -> None:
        for name, parameter in torch_side.parameters.items():
            parameter.requires_grad = True
            torch_side.cuts.discard(name)
        torch_side.cuts.clear()

    seen: Counter[str] = Counter()
    both = zip(torch_side.run(repair), session_rows(session, experiment), strict=True)
    for expected, actual in both:
        if isinstance(expected, Refused):
            assert actual == expected
            seen["refused"] += 1
        else:
            assert row_bits(actual) == row_bits(expected), f"step {session.step}"
            seen["steps"] += 1
    return seen


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_experiments_have_the_bits_of_torch(seed: int) -> None:
    case = make_case(Random(seed))
    seen = compare(case)
    assert seen["steps"] == case.table["training"]["steps"]


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("number", range(len(RECIPES)))
def test_every_formula_with_every_optimizer(number: int, optimizer: str) -> None:
    compare(make_case(Random(1000 * number), RECIPES[number], optimizer))


# What is told of a state moves nothing: the others show in the numbers of a step.
MOVING = [defect for defect, (_, field, _) in DEFECTS.items() if field != "from_start"]


@pytest.mark.parametrize("defect", MOVING)
def test_a_planted_defect_is_seen(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By runs as these are: what a freeze or a gradient that never came does to the state."""
    name = plant(defect, monkeypatch)
    with pytest.raises(AssertionError):
        compare_often(Random(1), name, 150)


_step = Trainer.step
_begin, _take = Batches._begin, Batches._take
_group, _set_options = Optimizer._group, Optimizer.set_options


def clip_held(trainer: Any, options: Any) -> None:
    trainer._clip = _clipping(options, list(trainer.optimizer.parameters))


def begun_anew(batches: Any) -> None:
    batches._generator.manual_seed(0)
    _begin(batches)


def taken_whole(batches: Any, order: torch.Tensor) -> None:
    _take(batches, order)
    size = batches._batch.size
    batches._split = [each for each in batches._split if len(each) == size] or batches._split


def cleared(trainer: Any, number: int) -> float:
    trainer._zero_grad(trainer.optimizer)
    return _step(trainer, number)


# What a key of the file means, taken wrong.
MISREAD: Mapping[str, tuple[object, str, Any]] = {
    "what is outside the optimizer is held all the same": (
        Session,
        "held",
        property(lambda session: session.subject.parameters),
    ),
    "a group has the options of the rest": (
        Optimizer,
        "_group",
        lambda self, places, options: _group(self, places, {**options, "lr": 0.01}),
    ),
    "only what the optimizer holds is clipped": (
        Trainer,
        "set_clipping",
        lambda self, options, norm=None: clip_held(self, options),
    ),
    "a generator that is seeded for each epoch": (
        Batches,
        "_begin",
        begun_anew,
    ),
    "the last batch is left out": (Batches, "_take", taken_whole),
    "an update at every step": (
        Trainer,
        "step",
        lambda self, number: _step(self, number * self._accumulate),
    ),
    "gradients are cleared at every step": (
        Trainer,
        "step",
        cleared,
    ),
    "a change of one group sets all": (
        Optimizer,
        "set_options",
        lambda self, options, group=None: _set_options(self, options),
    ),
}


@pytest.mark.parametrize("misread", MISREAD)
def test_a_misread_key_is_seen(misread: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISREAD[misread])
    with pytest.raises(AssertionError):
        compare_often(Random(3), None, 150)


def compare_often(rng: Random, optimizer: str | None, runs: int) -> None:
    for _ in range(runs):
        compare(make_case(rng, optimizer=optimizer))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_hypothesis_finds_no_other(rng: Random) -> None:
    compare(make_case(rng))


def test_the_generator_reaches_everything() -> None:
    """Cases that would make the others meaningless by their absence."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        table = make_case(Random(seed)).table
        training = table["training"]
        seen[training["optimizer"]["name"]] += 1
        seen["zero_grad " + training["zero_grad"]] += 1
        seen[training.get("loss", {"name": "own loss"})["name"]] += 1
        seen[table["dtype"]] += 1
        seen.update(key for change in table["changes"] for key in change)
        seen.update(key for key, each in training["optimizer"].items() if each)
        seen.update(key for each in table["parameters"].values() for key in each)
        seen.update(key for key, each in training.items() if each)
        seen["refused"] += compare(make_case(Random(seed)))["refused"]
    wanted = {
        *OPTIONS,
        *("zero_grad none", "zero_grad zero", "zero_grad never", "float32", "float64"),
        *("mse", "l1", "huber", "smooth_l1", "own loss", "refused"),
        *("requires_grad", "detach", "value", "lr", "momentum", "betas", "alpha", "lr_decay"),
        *(
            "clip_grad_norm",
            "clip_grad_value",
            "accumulate",
            "batch",
            "optimize",
            "groups",
            "group",
            "nesterov",
            "dampening",
            "centered",
            "amsgrad",
            "maximize",
            "weight_decay",
        ),
    }
    assert {name for name in wanted if seen[name] < 5} == set()
