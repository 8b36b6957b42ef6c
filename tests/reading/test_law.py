"""What `script` writes, `import` reads: the same experiment, and the same run."""

import ast
from pathlib import Path

import pytest
from against_torch import executed
from drawing import asked, draw

import explorer
from explorer.code.script import script
from explorer.engine.gradients import gradients
from explorer.engine.session import Session
from explorer.experiment.file import read
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.reading.program import read_program

PARTS = 4
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def again(experiment: Experiment) -> Experiment:
    """The experiment, written as a program and read again."""
    reading = read_program(script(experiment))
    if reading.problem is not None:
        raise reading.problem
    assert reading.experiment is not None
    return reading.experiment


def ran(experiment: Experiment) -> tuple[str, list[tuple[str, str]]]:
    """Failure or loss, and all digits of the parameters."""
    if not experiment.has_training and not experiment.changes:
        report = gradients(experiment)
        count = len(experiment.parameters)
        found = [(each.name, repr(each.grad)) for each in report.tensors[:count]]
        code = report.failure.code if report.failure else ""
        return code or repr(report.objective_value), sorted(found)
    session = Session(experiment)
    loss = ""
    for record in session:
        loss = repr(record.loss)
    values = [
        (name, repr(tensor.tolist()) + repr(None if tensor.grad is None else tensor.grad.tolist()))
        for name, tensor in session.subject.parameters.items()
    ]
    code = session.failure.code if session.failure else ""
    return code or loss, sorted(values)


def check(experiment: Experiment) -> None:
    """Whether it comes back with the same run."""
    loss, values = ran(experiment)
    try:
        found = again(experiment)
    except BadInput as problem:
        if problem.code == "program-refused":
            # PyTorch refuses the program, too.
            with pytest.raises((RuntimeError, ValueError)):
                executed(script(experiment))
            return
        assert problem.code == "program-backward-of-numbers"  # noqa: PT017
        assert loss == "nothing-requires-grad"
        return
    # Numbers that nothing computes with are no part of a program.
    gone = set(experiment.parameters) - set(found.parameters)
    assert not any(experiment.parameters[name].requires_grad for name in gone)
    other, others = ran(found)
    if loss in {"non-finite", "nothing-requires-grad"}:
        assert other == loss
        return
    assert other == loss
    kept = dict(others)
    assert [(name, kept[name]) for name, _ in values if name not in gone] == [
        (name, value) for name, value in values if name not in gone
    ]


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_experiments_come_back(part: int, tmp_path: Path) -> None:
    path, wanted, seed = tmp_path / "experiment.toml", asked(40) // PARTS, part * 10**6
    while wanted:
        seed += 1
        path.write_text(draw(seed, statements=True), encoding="utf-8")
        try:
            experiment = read(path).experiment
            ran(experiment)
        except BadInput:
            continue
        try:
            check(experiment)
        except Exception as error:
            raise AssertionError(f"seed {seed}\n{script(experiment)}") from error
        wanted -= 1


def test_the_built_in_ones_come_back_equal() -> None:
    for name in ("line-fit", "detached-branch", "connected-branch"):
        experiment = explorer.load(name)
        found = again(experiment)
        assert ast.dump(ast.parse(found.formula)) == ast.dump(ast.parse(experiment.formula))
        assert found.replace(formula=experiment.formula) == experiment
