"""The program that an experiment is written as gives the run's bits, with torch alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from drawing import asked, draw
from torch import nn

import explorer
from explorer.__main__ import main
from explorer.code.script import MODULE_NAMES, script
from explorer.engine.gradients import gradients
from explorer.engine.session import Session
from explorer.experiment.file import read
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment

PARTS = 4
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def ran(text: str) -> dict[str, Any]:
    """The names of the program once it has been run."""
    names: dict[str, Any] = {}
    exec(compile(text, "script", "exec"), names)
    return names


def tensors(names: dict[str, Any], experiment: Experiment) -> dict[str, torch.Tensor]:
    found = [each for each in names.values() if isinstance(each, nn.Module)]
    models = [each for each in found if list(each.parameters())]
    here = vars(models[0])["_parameters"] if models else names
    return {name: here[name] for name in experiment.parameters}


def bits(tensor: torch.Tensor | None) -> str:
    """All digits: NaN too, and the sign of zero."""
    return "None" if tensor is None else repr(tensor.tolist())


def check_run(experiment: Experiment) -> bool:
    """Whether the run came to its end; then the program came to the same numbers."""
    session = Session(experiment)
    for _ in session:
        pass
    if session.failure is not None:
        return False
    torch.set_num_threads(1)
    found = tensors(ran(script(experiment)), experiment)
    for name, tensor in session.subject.parameters.items():
        assert bits(found[name]) == bits(tensor), name
        assert bits(tensor.grad) == bits(found[name].grad), name
    return True


def check_pass(experiment: Experiment) -> bool:
    report = gradients(experiment)
    if report.failure is not None:
        return False
    found = tensors(ran(script(experiment)), experiment)
    for state in report.tensors[: len(experiment.parameters)]:
        assert repr(state.grad) == bits(found[state.name].grad), state.name
    return True


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_experiments(part: int, tmp_path: Path) -> None:
    path, wanted, seed = tmp_path / "experiment.toml", asked(40) // PARTS, part * 10**6
    while wanted:
        seed += 1
        path.write_text(draw(seed, statements=True), encoding="utf-8")
        try:
            experiment = read(path).experiment
        except BadInput:
            continue
        trains = experiment.has_training or experiment.changes
        try:
            wanted -= check_run(experiment) if trains else check_pass(experiment)
        except BadInput:
            # Values that an operation does not take: the engine refuses them later.
            continue
        except Exception as error:
            raise AssertionError(f"seed {seed}\n{script(experiment)}") from error


def test_the_line_fit_runs_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(script(explorer.load("line-fit")), encoding="utf-8")
    command = [sys.executable, "-I", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == (
        "  5000  loss 9.54026e-10  a 1.50002  b 0.5  c 0.499928  d 0.5"
    )


def test_the_built_in_ones_have_the_runs_bits() -> None:
    assert check_run(explorer.load("line-fit"))
    assert check_pass(explorer.load("detached-branch"))
    assert check_pass(explorer.load("connected-branch"))


def test_no_name_of_a_module_is_forgotten() -> None:
    assert {name for name in dir(nn.Module) if not name.startswith("_")} <= MODULE_NAMES


LINE = """
def forward(u, k):
    w = u * k  # the branch
    return w + maximum(u, 0.5)

n = 2
optimizer_ = forward(a, b) * 3 + a * x ** n
y = optimizer_ + model.sum()
"""


def test_names_that_a_program_has_itself_keep_clear() -> None:
    experiment = Experiment(
        title="Names\nthat clash",
        formula=LINE,
        parameters={
            "a": 0.5,
            "b": {"value": 0.25, "requires_grad": False},
            "model": [0.1, float("1e-3")],
            "train": 1.0,
        },
        data={"x": [1, 2, 3], "y": [1.5, 2.5, 3.5], "optimizer": [0, 0, 0]},
        training={
            "loss": {"name": "huber", "delta": 0.5},
            "optimizer": {"name": "adamw", "lr": 0.01, "betas": [0.5, 0.9]},
            "steps": 12,
            "zero_grad": "zero",
        },
        detach=["forward.w"],
        changes=[
            {"step": 3, "tensor": "b", "requires_grad": True},
            {"step": 4, "tensor": "forward.w", "detach": False},
            {"step": 5, "tensor": "model", "value": [1.0, 2.0]},
            {"step": 6, "tensor": "a", "detach": True},
            {"step": 7, "lr": 0.001},
            {"step": 9, "tensor": "a", "detach": False},
        ],
    )
    assert check_run(experiment)
    text = script(experiment)
    assert "# the branch" in text
    assert 'w = w.detach() if "forward.w" in detached else w' in text


# The file, the keys for it, and whether csv and float alone read it.
TABLES = {
    "plain": ("time,height\n0,1\n1,3\n2,5.5\n", "", True),
    "semicolons": ("time;height\n0;1\n1;3\n2;5.5\n", "", True),
    "decimal commas": ("time;height\n0;1\n1;3\n2;5,5\n", "", False),
    "missing": ("time,height\n0,1\n,7\n1,3\n2,5.5\n", 'missing = "drop"\n', False),
}


@pytest.mark.parametrize("name", TABLES)
def test_data_from_a_file_is_read_by_the_program(tmp_path: Path, name: str) -> None:
    content, keys, is_read = TABLES[name]
    (tmp_path / "points.csv").write_text(content)
    (tmp_path / "fit.toml").write_text(
        'formula = "y = a*x"\nparameters.a = 0.5\n'
        '[data]\nfile = "points.csv"\ncolumns = { x = "time", y = "height" }\n'
        + keys
        + "[training]\n"
        "steps = 5\noptimizer = { name = 'sgd', lr = 0.1, momentum = 0.9 }\n"
    )
    experiment = read(tmp_path / "fit.toml").experiment
    text = script(experiment)
    assert ("csv.DictReader" in text) == is_read
    program = tmp_path / "program.py"
    program.write_text(text + "print(repr(model.a.item()))\n")
    command = [sys.executable, "-I", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    session = Session(experiment)
    for _ in session:
        pass
    assert done.stdout.splitlines()[-1] == repr(session.subject.parameters["a"].item())


def test_what_a_file_hides_is_seen_in_the_program() -> None:
    text = script(
        Experiment(
            title="a\x1b[31mb\nc",
            formula="out = a * 2  # \x1b]0;hidden\x07 \u2028 and more\r\np = out",
            objective="out",
            parameters={"a": 1.0},
        )
    )
    assert text.startswith("# a\\x1b[31mb c\n")
    assert "out = a * 2  # \\x1b]0;hidden\\x07 \\u2028 and more\n" in text
    assert ran(text)["a"].grad.item() == 2.0


def test_a_sum_of_a_thousand_terms_is_written_too() -> None:
    terms = " + ".join(["a * 2"] * 1_000)
    experiment = Experiment(formula=f"out = {terms}", objective="out", parameters={"a": 1.0})
    assert check_pass(experiment)


def test_the_command_prints_or_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "fit.py"
    assert main(["script", "line-fit", "--set", "training.steps=7", "-o", str(place)]) == 0
    assert main(["script", "line-fit", "--set", "training.steps=7"]) == 0
    printed = capsys.readouterr().out
    assert printed == place.read_text(encoding="utf-8")
    assert "range(1, 8)" in printed
    assert main(["script", "nowhere.toml"]) == 2
    assert main(["script", "line-fit", "-o", str(tmp_path / "no" / "fit.py")]) == 2


def test_numbers_in_the_formula_have_torchs_own_type() -> None:
    formula = "h = a*torch.tensor([0.1])\nfor i in range(2):\n    h = h*a\nout = h.sum()"
    training = {"steps": 3, "optimizer": {"name": "sgd", "lr": 0.1}}
    parameters = {"a": 0.7}
    for dtype in ("float32", "float64"):
        assert check_run(
            Experiment(
                formula=formula,
                objective="out",
                dtype=dtype,
                parameters=parameters,
                training=training,
            )
        )
