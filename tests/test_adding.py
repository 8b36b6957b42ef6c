"""What the README says it takes to add something is tried: on a copy, edited and run.

Each case adds an entry as its author would, in as many files as the README says and no more,
and then uses what it added.
"""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Edit:
    """New lines in a file of the package, before the line that begins with `before`."""

    file: str
    before: str
    lines: str


@dataclass(frozen=True)
class Case:
    """What the README calls it, the edits, and a program that fails unless they are enough."""

    name: str
    edits: tuple[Edit, ...]
    program: str


OPERATION = Case(
    "operation",
    (
        Edit("experiment/operations.py", '    unary("lgamma")', '    unary("erfinv"),\n'),
        Edit(
            "engine/proof/elementwise.py",
            '        "digamma":',
            '        "erfinv": lambda sp, x: sp.erfinv(x),\n',
        ),
    ),
    """
import torch
from explorer.engine.formula_subject import FormulaSubject
from explorer.experiment.spec import Experiment

a = torch.tensor(0.25, requires_grad=True)
torch.erfinv(a).backward()
experiment = Experiment(formula="out = torch.erfinv(a)", objective="out", parameters={"a": 0.25})
model = FormulaSubject(experiment)
proof = model.proof(model.trace(), "a")
assert proof.autograd == a.grad.item(), proof
assert abs(proof.symbolic_value - a.grad.item()) < 1e-6, proof
""",
)
LOSS = Case(
    "loss",
    (
        Edit(
            "experiment/losses.py",
            '        "huber":',
            """        "logistic": LossEntry(
            "binary_cross_entropy_with_logits", module="BCEWithLogitsLoss"
        ),
""",
        ),
    ),
    """
import torch
import explorer
from explorer.experiment.file import parse_text, updated_text
from pathlib import Path

text = 'formula = "y = a*x"\\nparameters.a = 0.5\\ndata = { x = [1, 2], y = [0, 1] }\\n'
file = parse_text(text + 'training = { loss = "logistic", steps = 1 }', "file", Path())
[record] = explorer.Session(file.experiment)
expected = torch.nn.functional.binary_cross_entropy_with_logits(
    torch.tensor([0.5, 1.0]), torch.tensor([0.0, 1.0])
)
assert record.loss == expected.item(), record
saved = updated_text(type(file)(file.experiment), file.experiment)
assert 'loss = "logistic"' in saved, saved
program = explorer.script(file.experiment)
assert "BCEWithLogitsLoss" in program, program
assert explorer.read_program(program).training.loss.name == "logistic"
""",
)
OPTIMIZER = Case(
    "optimizer",
    (
        Edit(
            "experiment/optimizers.py",
            '        "adam":',
            """        "adadelta": OptimizerEntry(
            "Adadelta",
            {
                "lr": OptimizerOption(1.0),
                "rho": OptimizerOption(0.9),
                "eps": OptimizerOption(1e-6),
                "weight_decay": OptimizerOption(0.0),
                "maximize": _flag(),
            },
        ),
""",
        ),
        Edit(
            "engine/updates.py",
            "def _adam_kinds",
            """def _adadelta(values, gradient, state, _count, options):
    gradient = _decayed(_ascended(gradient, options), values, options)
    rho, eps = options["rho"], options["eps"]
    square, moved = state["square_avg"], state["acc_delta"]
    square.mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
    delta = moved.add(eps).sqrt_().div_(square.add(eps).sqrt_()).mul_(gradient)
    moved.mul_(rho).addcmul_(delta, delta, value=1 - rho)
    values.add_(delta, alpha=-options["lr"])


""",
        ),
        Edit(
            "engine/updates.py",
            '    "rmsprop": Rule',
            """    "adadelta": Rule(
        _adadelta,
        kinds=lambda _options: {"square_avg": 0.0, "acc_delta": 0.0},
        together=lambda _count, _options: 0,
    ),
""",
        ),
    ),
    """
import torch
import explorer
from explorer.experiment.spec import Experiment

experiment = Experiment(
    formula="y = a*x", parameters={"a": 0.5}, data={"x": [1, 2], "y": [0, 1]},
    training={"optimizer": {"name": "adadelta", "weight_decay": 0.1}, "steps": 5},
    changes=[{"step": 3, "rho": 0.5}],
)
session = explorer.Session(experiment)
a, x, y = torch.tensor(0.5, requires_grad=True), torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0])
real = torch.optim.Adadelta([a], weight_decay=0.1)
for step, record in enumerate(session, start=1):
    real.param_groups[0]["rho"] = 0.5 if step >= 3 else 0.9
    real.zero_grad()
    torch.nn.functional.mse_loss(a * x, y).backward()
    real.step()
    assert session.subject.parameters["a"].item() == a.item(), step
""",
)
REASON = Case(
    "reason",
    (
        Edit("explain/reason.py", '        "inactive":', '        "stepped": ReasonEntry(),\n'),
        Edit(
            "explain/zero_gradients.py",
            "def _code",
            '_CODES = {**_CODES, Slope.FLAT: "stepped"}\n\n\n',
        ),
        Edit(
            "words/reasons.py",
            '    "inactive":',
            """    "stepped": ReasonWords(
        N_("{name} stands on a step of {operation}, at {at}."), clause=_ZERO
    ),
""",
        ),
    ),
    """
from explorer.engine.formula_subject import FormulaSubject
from explorer.experiment.spec import Experiment
from explorer.explain.explanation import account
from explorer.explain.reasons import reasons
from explorer.i18n import load
from explorer.words.reasons import reason_sentence
from explorer.words.summary import model_summary

experiment = Experiment(formula="out = round(a)", objective="out", parameters={"a": 0.25})
trace = FormulaSubject(experiment).trace()
found = reasons(trace)
assert reason_sentence("a", found["a"], load("en")) == "a stands on a step of round, at out."
assert model_summary(trace, found, load("en")).endswith("the gradient of a is 0.")
assert account(trace, "a", found["a"]).route
""",
)
KEY = Case(
    "key of the file",
    (
        Edit(
            "experiment/spec.py",
            "    objective: Annotated",
            '    author: Annotated[str, BeforeValidator(text)] = ""\n',
        ),
    ),
    """
from pathlib import Path
from explorer.experiment.file import ExperimentFile, parse_text, updated_text
from explorer.experiment.plain import plain

text = 'author = "Ada"\\nformula = "y = a*x"\\nparameters.a = 1\\ndata = { x = [1], y = [2] }\\n'
file = parse_text(text, "file", Path())
other = file.experiment.replace(author="Grace")
assert 'author = "Grace"' in updated_text(file, other)
assert 'author = "Grace"' in updated_text(ExperimentFile(other), other)
assert plain(other)["author"] == "Grace"
""",
)
COMMAND = Case(
    "command",
    (
        Edit(
            "cli/app.py",
            "def open_(",
            """def count(source: Source) -> Action:
    return partial(commands.count, source)


""",
        ),
        Edit(
            "cli/app.py", '    ("open", open_', '    ("count", count, N_("Count the tensors.")),\n'
        ),
        Edit(
            "cli/commands.py",
            "def open_window(",
            """def count(source: str, language: Language) -> int:
    tell(str(len(load(source).tensors)))
    return 0


""",
        ),
    ),
    """
import io
from contextlib import redirect_stdout
from pathlib import Path
from explorer.cli import main
from explorer.i18n import load

english = load("en")
text = 'formula = "out = a * b"\\nobjective = "out"\\nparameters = { a = 1, b = 2 }'
Path("count.toml").write_text(text)
with redirect_stdout(io.StringIO()) as said:
    assert main(["count", "count.toml"], english) == 0
assert said.getvalue() == "3\\n", said.getvalue()
with redirect_stdout(io.StringIO()) as said:
    main(["--help"], english)
assert "Count the tensors." in said.getvalue()
""",
)
CASES = (OPERATION, LOSS, OPTIMIZER, REASON, KEY, COMMAND)
NUMBERS = {"one file": 1, "two files": 2, "three files": 3}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_readme_says_in_how_many_files(case: Case) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    said = re.search(
        rf"^- \*\*To add an? {case.name}\*\*, (\w+ files?):(.*)$", readme, re.MULTILINE
    )
    assert said, f"the README does not say how to add {case.name}"
    files = {edit.file for edit in case.edits}
    assert NUMBERS[said[1]] == len(files)
    assert all(file in said[2] for file in files)


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By the case's name, why its program fails after all edits."""
    folder = copied(tmp_path_factory.mktemp("edited"))
    for edit in (edit for case in CASES for edit in case.edits):
        insert(folder / "explorer" / edit.file, edit)
    return run(folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_these_edits_are_enough(case: Case, failures: dict[str, str]) -> None:
    assert failures.get(case.name, "") == ""


def test_without_the_edits_every_program_fails(tmp_path: Path) -> None:
    assert run(copied(tmp_path)).keys() == {case.name for case in CASES}


def copied(folder: Path) -> Path:
    # With what Python has compiled: of a file that is not edited it is right there too.
    shutil.copytree(ROOT / "explorer", folder / "explorer")
    return folder


def insert(path: Path, edit: Edit) -> None:
    before, line, after = path.read_text(encoding="utf-8").partition(f"\n{edit.before}")
    assert line, f"{edit.file} has no line {edit.before}"
    path.write_text(f"{before}\n{edit.lines}{line[1:]}{after}", encoding="utf-8")


# Run in the folder, whose package then comes before any other.
RUNNER = """
import json, sys, traceback
import explorer
assert explorer.__file__.startswith(sys.argv[1]), explorer.__file__
failed = {}
for name, program in json.load(sys.stdin).items():
    try:
        exec(program, {})
    except Exception:
        failed[name] = traceback.format_exc()
print(json.dumps(failed))
"""


def run(folder: Path) -> dict[str, str]:
    """By the case's name, how its program fails with the package in the folder."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER, str(folder)],
        input=json.dumps({case.name: case.program for case in CASES}),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    failed: dict[str, str] = json.loads(done.stdout)
    return failed
