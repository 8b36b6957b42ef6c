"""Inputs at the edge, as a user types them: the status, and the place or PyTorch's words."""

from collections.abc import Callable
from pathlib import Path

import pytest
from calling import Program

LINE = """
formula = "y = a*x + b"
parameters = { a = 1.0, b = 0.5 }
[data]
x = [1, 2, 3]
y = [3, 5, 7]
[training]
optimizer = "sgd"
steps = 5
"""
LEAVES_RANGE = '''
objective = "out"
formula = """
p = w
out = binary_cross_entropy(p, t)
"""
[parameters]
w = [0.5, 0.9]
t = { value = [1.0, 0.0], requires_grad = false }
[training]
optimizer = { name = "sgd", lr = 1.0 }
steps = 50
'''
TOO_LARGE = '''
objective = "out"
formula = """
z = v * 2
out = (1 + outer(z, v)).sum()
"""
[parameters]
v = { shape = [40000], init = "ones" }
'''
COMMANDS = (("check",), ("run",), ("gradients",), ("graph",), ("graph", "--json"))
Write = Callable[[str], str]


def test_what_pytorch_refuses_in_a_run_is_a_failure(program: Program, experiment: Write) -> None:
    file = experiment(LEAVES_RANGE)
    assert program("check", file).status == 0
    outcome = program("run", file)
    assert outcome.status == 1
    assert (
        "At step 2 PyTorch says: “all elements of input should be between 0 and 1”" in outcome.err
    )
    with_value = [file, "--set", "parameters.w.value=[0.5, 1.5]"]
    for command, *options in COMMANDS[1:]:
        assert program(command, *with_value, *options).status == 2


def test_a_failure_shows_the_graph_as_far_as_it_came(
    program: Program, experiment: Write, tmp_path: Path
) -> None:
    file = experiment(LEAVES_RANGE + "[[changes]]\nstep = 1\ntensor = 'w'\nvalue = [0.5, 1.5]\n")
    picture = tmp_path / "graph.svg"
    for command, *options in (*COMMANDS[1:], ("graph", "--svg", str(picture))):
        outcome = program(command, file, *options)
        assert (outcome.status, "between 0 and 1" in outcome.err) == (1, True)
    assert picture.read_text(encoding="utf-8").endswith("</svg>")


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_too_large_is_refused_with_its_place(
    command: tuple[str, ...], program: Program, experiment: Write
) -> None:
    first, *options = command
    outcome = program(first, experiment(TOO_LARGE), *options)
    assert outcome.status == 2
    assert "formula, line 2, column 12: With outer the formula would make 1600000000" in outcome.err


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("training.optimizer.lr=1e39", "training.optimizer.lr"),
        ("training.optimizer.weight_decay=1e39", "training.optimizer.weight_decay"),
        ("training.optimizer.lr=1e999", "training.optimizer.lr"),
        ("training.optimizer.lr=nan", "training.optimizer.lr"),
        ("parameters.a.value=nan", "parameters.a.value"),
        ("parameters.a.value=1e999", "parameters.a.value"),
        ("data.x={uniform=[2,1,3]}", "data.x.uniform"),
        ("data.x={normal=[0,-1,3]}", "data.x.normal"),
        ("training.loss={name='huber',delta=1e39}", "training.loss.delta"),
        ("changes=[{step=2,lr=1e39}]", "changes.0.lr"),
        ("changes=[{step=2,tensor='a',value=1e39}]", "changes.0.value"),
    ],
)
def test_numbers_at_the_edge_are_refused_with_their_key(
    setting: str, key: str, program: Program, experiment: Write
) -> None:
    outcome = program("run", experiment(LINE), "--set", setting)
    assert outcome.status == 2
    assert f"key {key}:" in outcome.err


@pytest.mark.parametrize(
    "comment", ["# " + "." * 101, "# " + "a." * 200, "steps = 5 # " + "a." * 200]
)
def test_a_comment_may_hold_anything(comment: str, program: Program, experiment: Write) -> None:
    text = LINE.replace("steps = 5", comment) if comment.startswith("steps") else comment + LINE
    assert program("check", experiment(text)).status == 0


@pytest.mark.parametrize(
    "text", ["{} = 1", "a = {{ b = '#', {} = 1 }}", 'a = {{ b = "\\"#", {} = 1 }}']
)
def test_a_deep_key_is_no_comment(text: str, program: Program, experiment: Write) -> None:
    outcome = program("check", experiment(text.format(".".join("a" * 200)) + "\n"))
    assert outcome.status == 2
    assert "nested too deeply" in outcome.err


def test_missing_cells_of_a_csv_file_are_data(
    program: Program, experiment: Write, tmp_path: Path
) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1,nan\n2,-inf\nNaN,3\n", encoding="utf-8")
    text = LINE.replace("x = [1, 2, 3]\ny = [3, 5, 7]", 'file = "points.csv"')
    assert program("check", experiment(text)).status == 0
    outcome = program("run", experiment(text), "--json")
    assert outcome.status == 1
    assert "the loss became nan" in outcome.err


def test_a_sum_of_a_thousand_terms_is_drawn(
    program: Program, experiment: Write, tmp_path: Path
) -> None:
    text = LINE.replace("a*x + b", " + ".join(["a"] * 1000) + " + b*x")
    for command, *options in (*COMMANDS, ("graph", "--svg", str(tmp_path / "graph.svg"))):
        assert program(command, experiment(text), *options).status == 0


def test_a_loss_that_is_a_parameter_is_that_of_before_the_update(
    program: Program, experiment: Write
) -> None:
    text = """
objective = "out"
formula = "out = w.squeeze()"
parameters = { w = [2.0] }
training = { optimizer = { name = "sgd", lr = 0.5 }, steps = 3 }
"""
    outcome = program("run", experiment(text), "--json", "--every", "1")
    assert [row["loss"] for row in outcome.document["rows"]] == [2.0, 1.5, 1.0]
