"""Parameters in one buffer get the bits that torch.optim's classes give each by itself.

Random shapes (scalars, small, middle and large), random options that change on the way, and
at every step other parameters without a gradient; 1,000 runs, every value and all that is
kept after every step.
"""

import subprocess
import sys
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from cases import OPTIONS, make_optimizer
from defects import DEFECTS, plant
from handwritten import OPTIMIZERS

from explorer.engine.flat import ALIGNMENT_BYTES
from explorer.engine.optimizers import LARGE_ELEMENTS, Optimizer
from explorer.experiment import optimizers

SHAPES = ((), (), (), (1,), (3,), (16,), (4, 4), (17,), (5, 7), (LARGE_ELEMENTS + 1,), (0,))
STEPS = 8


def bits(tensor: Any) -> bytes:
    return np.asarray(tensor.detach() if isinstance(tensor, torch.Tensor) else tensor).tobytes()


def state_bits(state: Any) -> list[dict[str, bytes]]:
    return [{name: bits(value) for name, value in sorted(each.items())} for each in state]


def compare(rng: Random, name: str, steps: int = STEPS) -> None:
    """One run: what is kept, and every value, as the class has it."""
    dtype = rng.choice([torch.float32, torch.float64])
    drawn = torch.Generator().manual_seed(rng.randint(0, 10**9))
    shapes = [rng.choice(SHAPES) for _ in range(rng.randint(1, 7))]
    theirs = [torch.randn(shape, dtype=dtype, generator=drawn) for shape in shapes]
    ours = [each.clone() for each in theirs]
    table = make_optimizer(rng, name)
    del table["name"]
    options = dict(optimizers.Optimizer(name, table).options)
    real, own = OPTIMIZERS[name](theirs, **options), Optimizer(name, ours, options)
    live = [rng.random() < 0.7 for _ in shapes]
    for _ in range(steps):
        if rng.random() < 0.4:
            live = [rng.random() < 0.7 for _ in shapes]
        if rng.random() < 0.2:
            changed = {"lr": rng.choice([0.0, 0.01, 0.3]), **other_options(rng, name, options)}
            real.param_groups[0].update(changed)
            own.set_options(changed)
        if rng.random() < 0.2:
            own.set_state(own.state())
        for mine, other, alive in zip(ours, theirs, live, strict=True):
            grad = torch.randn(mine.shape, dtype=dtype, generator=drawn) if alive else None
            mine.grad, other.grad = grad, None if grad is None else grad.clone()
        real.step()
        own.update()
        assert [bits(each) for each in ours] == [bits(each) for each in theirs]
        kept = [real.state.get(each, {}) for each in theirs]
        assert state_bits(own.state()) == state_bits(kept)


def other_options(rng: Random, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Some that may change under way; momentum from and to 0, where that is allowed."""
    changed = {"weight_decay": rng.choice([0.0, 0.1]), "maximize": rng.random() < 0.3}
    if name == "sgd" and not options["nesterov"]:
        changed["momentum"] = rng.choice([0.0, 0.9])
    if name == "adagrad":
        changed["lr_decay"] = rng.choice([0.0, 0.1])
    return changed


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("seed", range(20))
def test_random_runs_have_the_bits_of_the_classes(name: str, seed: int) -> None:
    compare_often(Random(f"{name} {seed}"), name, 10)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_seen(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = plant(defect, monkeypatch)
    with pytest.raises(AssertionError):
        compare_often(Random(1), name, 20)


def compare_often(rng: Random, name: str, runs: int) -> None:
    for _ in range(runs):
        compare(rng, name)


def test_what_is_not_a_scalar_stays_where_blas_expects_it() -> None:
    parameters = [torch.ones(shape) for shape in ((), (3,), (2, 5), (), (7,))]
    optimizer = Optimizer("sgd", parameters, optimizers.Optimizer("sgd").options)
    for dead in (0, 1, 2):
        for index, parameter in enumerate(parameters):
            parameter.grad = None if index == dead else torch.ones_like(parameter)
        optimizer.update()
        places = [each.data_ptr() % ALIGNMENT_BYTES for each in parameters if each.dim()]
        assert places == [0, 0, 0]


def test_a_large_parameter_is_not_moved() -> None:
    large = torch.zeros(LARGE_ELEMENTS + 1, requires_grad=True)
    small = torch.zeros(3, requires_grad=True)
    before = large.data_ptr()
    optimizer = Optimizer("adam", [small, large], optimizers.Optimizer("adam").options)
    large.grad = torch.ones_like(large)
    optimizer.update()
    assert large.data_ptr() == before


def test_the_first_steps_import_nothing_heavy() -> None:
    """Making an optimizer's class imports torch._dynamo: more than a second to the first step.

    So does many a function of torch that looks harmless; sympy is a third of that.
    """
    probe = (
        "import sys, uuid, explorer\n"
        "from explorer.live.frames import FrameMaker\n"
        "from explorer.live.mailbox import FrameRequest\n"
        "experiment = explorer.load('line-fit')\n"
        "training = experiment.training.model_copy(update={'optimizer': 'adam'})\n"
        "session = explorer.Session(experiment.replace(training=training), steps=2)\n"
        "maker = FrameMaker(session, uuid.uuid4())\n"
        "for record in session:\n"
        "    maker.record(record)\n"
        "    maker.make(FrameRequest(buckets=10))\n"
        "heavy = {'torch._dynamo', 'torch.fx.experimental.symbolic_shapes', 'sympy'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    command = [sys.executable, "-c", probe]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert (outcome.returncode, outcome.stderr) == (0, "")
