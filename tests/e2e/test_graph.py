"""`graph`: the shape of its JSON, the picture, the tables, and graphs that are odd."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from calling import Program

File = Callable[[str], str]


def nodes(document: Any) -> dict[str, Any]:
    return {node["id"]: node for node in document["nodes"]}


def by_name(document: Any) -> dict[str, Any]:
    return {node["name"]: node for node in document["nodes"] if node["kind"] == "tensor"}


def test_the_article_in_json(program: Program) -> None:
    document = program("graph", "connected-branch", "--json").document
    assert list(document) == ["title", "objective", "nodes", "edges", "backward"]
    tensors = by_name(document)
    assert {name: tensors[name]["grad"] for name in ("x", "y", "g.z", "out")} == {
        "x": 10.0,
        "y": 37.0,
        "g.z": 10.0,
        "out": 1.0,
    }
    assert document["objective"] == tensors["out"]["id"]
    into_y = [
        edge["contribution"] for edge in document["edges"] if edge["from"] == tensors["y"]["id"]
    ]
    assert into_y == [10.0, 27.0]
    assert list(document["edges"][0]) == ["from", "to", "flow", "cut", "contribution", "derivative"]
    assert {nodes(document)[each]["kind"] for each in document["backward"]} == {"operation"}


@pytest.mark.parametrize(
    ("name", "tensor", "expected"),
    [
        ("connected-branch", "x", (10.0, 10.0, "2z·1 = 10")),
        ("connected-branch", "y", (37.0, 37.0, "2z·1 + 3y² = 10 + 27 = 37")),
        ("detached-branch", "x", (None, 0.0, None)),
        ("detached-branch", "y", (27.0, 27.0, "3y² = 27")),
        ("line-fit", "a", (-14.0, -14.0, "−0.4·1 − 0.6·2 − 0.8·3 − 1·4 − 1.2·5 = −14")),
    ],
)
def test_the_articles_gradients_are_proved(
    program: Program, name: str, tensor: str, expected: tuple[float, float, str]
) -> None:
    proof = by_name(program("graph", name, "--json").document)[tensor]["proof"]
    assert (proof["autograd"], proof["symbolic_value"], proof["chain"]) == expected
    assert proof["difference"] == pytest.approx(expected[1], abs=1e-6)


def test_a_tensor_without_a_gradient_has_its_reason(program: Program) -> None:
    tensors = by_name(program("graph", "detached-branch", "--json").document)
    assert tensors["x"]["reason"]["code"] == "detached"
    assert tensors["y"]["reason"] == {"code": "partly-cut", "cuts": ["g.z"], "remedy": None}
    frozen = by_name(program("graph", "line-fit", "--json").document)
    assert frozen["a"]["reason"] is None
    thawed = [{"tensor": "b", "requires_grad": True}]
    assert frozen["b"]["reason"] == {"code": "frozen", "remedy": thawed}


def test_the_picture_says_why_and_how_it_adds_up(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    program("graph", "detached-branch", "--svg", str(path))
    assert "x has no gradient because detach() on g.z cuts" in path.read_text(encoding="utf-8")
    program("graph", "connected-branch", "--svg", str(path))
    assert "∂out/∂y = 2z·1 + 3y² = 10 + 27 = 37" in path.read_text(encoding="utf-8")


def test_the_contributions_to_a_tensor_add_up_to_its_gradient(program: Program) -> None:
    document = program("graph", "connected-branch", "--json").document
    for tensor in by_name(document).values():
        parts = [edge["contribution"] for edge in document["edges"] if edge["from"] == tensor["id"]]
        assert not parts or sum(parts) == tensor["grad"]


def test_the_cut_is_an_edge(program: Program) -> None:
    document = program("graph", "detached-branch", "--json").document
    [cut] = [edge for edge in document["edges"] if edge["flow"] == "cut"]
    assert nodes(document)[cut["from"]]["name"] == "g.z"
    assert (cut["cut"], cut["contribution"]) == ("detached", None)
    assert nodes(document)[cut["to"]]["line"] == 6
    assert by_name(document)["x"]["grad"] is None
    assert by_name(document)["g.z_no_grad"]["state"] == "detached"


def test_a_switch_may_be_set(program: Program) -> None:
    document = program("graph", "connected-branch", "--json", '--set=detach=["g.z"]').document
    assert by_name(document)["g.z"]["state"] == "detached"
    assert by_name(document)["y"]["grad"] == 27.0


def test_tables_for_people(program: Program) -> None:
    outcome = program("graph", "detached-branch")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert (outcome.status, outcome.err) == (0, "")
    assert ["x", "2.0000", "None", "in", "training"] in [line[:5] for line in lines]
    assert "x has no gradient because detach() on g.z cuts it off" in outcome.out
    assert ["chain", "rule", "3y²", "=", "27"] in lines
    assert ["y", "**", "3.0", "y", "27.0000"] in lines
    assert any(line[-2:] == ["cut:", "detach()"] for line in lines)


def test_the_picture_is_a_file(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    outcome = program("graph", "line-fit", "--svg", str(path))
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    light = path.read_text(encoding="utf-8")
    assert ElementTree.fromstring(light).tag.endswith("svg")
    assert program("graph", "line-fit", "--svg", str(path), "--dark", "--json").document
    assert path.read_text(encoding="utf-8") != light
    assert list(tmp_path.iterdir()) == [path]


def test_the_title_is_translated(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    program("--language", "zh_CN", "graph", "line-fit", "--svg", str(path))
    assert "直线拟合" in path.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_bad_input(program: Program, tmp_path: Path) -> None:
    outcome = program("graph", "line-fit", "--svg", str(tmp_path / "missing" / "graph.svg"))
    assert outcome.status == 2
    assert "graph.svg" in outcome.err


def test_an_objective_that_nothing_reaches(
    program: Program, experiment: File, tmp_path: Path
) -> None:
    source = experiment(
        'objective = "out"\nformula = "out = y.detach() * 3"\nparameters = {x = 1, y = 2}'
    )
    path = tmp_path / "graph.svg"
    outcome = program("graph", source, "--json", "--svg", str(path))
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert document["failure"]["code"] == "nothing-requires-grad"
    assert document["failure"]["message"] == outcome.err.strip()
    assert document["backward"] == []
    assert "no backward pass" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("formula", ["", "a = x*2\\nb = x*3", "out = x * w"])
def test_no_single_objective_is_bad_input(program: Program, experiment: File, formula: str) -> None:
    source = experiment(
        f'objective = "out"\nformula = "{formula}"\nparameters = {{x = 1, w = [1, 2]}}'
    )
    outcome = program("graph", source, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(source)


def test_ten_thousand_operations_in_a_chain(
    program: Program, experiment: File, tmp_path: Path
) -> None:
    steps = "\n".join(f"z{step + 1} = z{step} + 1" for step in range(10_000))
    source = experiment(f'objective = "z10000"\nparameters.z0 = 1\nformula = """\n{steps}\n"""')
    path = tmp_path / "graph.svg"
    document = program("graph", source, "--json", "--svg", str(path)).document
    assert by_name(document)["z0"]["grad"] == 1.0
    assert len(document["backward"]) == 10_000
    assert path.stat().st_size < 200_000


def test_a_tensor_of_a_million_elements(program: Program, experiment: File, tmp_path: Path) -> None:
    source = experiment(
        'objective = "out"\nformula = "out = (w ** 2).sum()"\n'
        "parameters.w = { shape = [1000, 1000], init = 'ones' }"
    )
    path = tmp_path / "graph.svg"
    document = program("graph", source, "--json", "--svg", str(path)).document
    assert by_name(document)["w"]["grad"] == {"mean": 2.0, "norm": 2000.0, "low": 2.0, "high": 2.0}
    assert "1000×1000" in path.read_text(encoding="utf-8")
