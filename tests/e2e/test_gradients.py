"""`gradients`, `list` and `check`: their shapes, and the article's numbers."""

import json
from collections.abc import Callable
from typing import Any

import torch
from calling import Program

File = Callable[[str], str]


def test_a_detached_branch_gives_no_gradient(program: Program) -> None:
    document = program("gradients", "detached-branch", "--json").document
    assert list(document) == ["objective", "tensors"]
    assert document["objective"] == {"name": "out", "value": 52.0}
    tensors = document["tensors"]
    assert list(tensors["x"]) == ["value", "grad", "requires_grad", "detached", "leaf", "reason"]
    assert tensors["x"]["grad"] is None
    assert tensors["y"]["grad"] == 27.0
    assert [name for name, part in tensors.items() if not part["leaf"]] == [
        "g.z",
        "g.z_no_grad",
        "out",
    ]


def test_a_connected_branch_gives_both(program: Program) -> None:
    tensors = program("gradients", "connected-branch", "--json").document["tensors"]
    assert (tensors["x"]["grad"], tensors["y"]["grad"]) == (10.0, 37.0)
    # An intermediate's gradient is retained.
    assert tensors["g.z"]["grad"] == 10.0


def test_a_switch_may_be_set(program: Program) -> None:
    document = program(
        "gradients", "connected-branch", "--json", "--set", 'detach=["g.z"]'
    ).document
    assert document["tensors"]["g.z"]["detached"] is True
    assert document["tensors"]["x"]["grad"] is None


def test_data_columns_are_tensors_too(program: Program) -> None:
    document = program("gradients", "line-fit", "--json").document
    assert document["objective"]["name"] == "loss"
    assert document["tensors"]["x"]["value"] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert document["tensors"]["x"]["leaf"] is True


def test_the_table_says_none_and_never_zero(program: Program) -> None:
    outcome = program("gradients", "detached-branch")
    assert outcome.status == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["x", "2.0000", "None", "yes", "no", "leaf"] in [line[:6] for line in lines]
    assert ["y", "3.0000", "27.0000", "yes", "no", "leaf"] in [line[:6] for line in lines]


def test_the_table_says_why(program: Program) -> None:
    outcome = program("gradients", "detached-branch")
    [line] = [line for line in outcome.out.splitlines() if line.startswith("x ")]
    assert "x has no gradient because detach() on g.z cuts it off" in line
    chinese = program("--language", "zh_CN", "gradients", "line-fit").out
    assert "b 没有梯度" in chinese


def test_every_tensor_has_its_reason(program: Program) -> None:
    tensors = program("gradients", "detached-branch", "--json").document["tensors"]
    reconnected = [{"tensor": "g.z_no_grad", "detach": False}]
    cut = {"code": "detached", "cuts": ["g.z"], "remedy": reconnected}
    assert {name: part["reason"] for name, part in tensors.items()} == {
        "x": cut,
        "y": {"code": "partly-cut", "cuts": ["g.z"], "remedy": None},
        "g.z": cut,
        "g.z_no_grad": cut,
        "out": None,
    }
    fitted = program("gradients", "line-fit", "--json").document["tensors"]
    thawed = [{"tensor": "b", "requires_grad": True}]
    assert fitted["b"]["reason"] == {"code": "frozen", "remedy": thawed}
    assert fitted["a"]["reason"] is None


def cut(name: str) -> dict[str, Any]:
    return {"code": "detached", "cuts": [name], "remedy": [{"tensor": name, "detach": False}]}


def test_whoever_follows_the_remedy_gets_a_gradient(program: Program, experiment: File) -> None:
    text = (
        'formula = """\nh = a * x\nz = h.detach()\nout = (z * b).sum() + c.detach()\n"""\n'
        'objective = "out"\ndetach = ["h"]\n[parameters]\nb = 1.0\nc = 1.0\nunused = 2.0\n'
        "a = { value = 2.0, requires_grad = false }\n"
        "x = { value = [1.0, 2.0], requires_grad = false }\n"
    )
    tensors = program("gradients", experiment(text), "--json").document["tensors"]
    remedies = {
        name: part["reason"]["remedy"] for name, part in tensors.items() if part["grad"] is None
    }
    assert {name for name, remedy in remedies.items() if remedy is None} == {"c", "unused"}
    for name, remedy in remedies.items():
        if remedy is not None:
            changed = text + "".join(map(as_change, remedy))
            followed = program("gradients", experiment(changed), "--json").document["tensors"]
            assert followed[name]["grad"] is not None, name


def as_change(change: dict[str, Any]) -> str:
    (switch,) = change.keys() - {"tensor"}
    wanted = str(change[switch]).lower()
    return f'[[changes]]\nstep = 1\ntensor = "{change["tensor"]}"\n{switch} = {wanted}\n'


def test_a_switch_is_named_as_the_cut(program: Program) -> None:
    arguments = ["gradients", "connected-branch", "--json", "--set"]
    tensors = program(*arguments, 'detach=["g.z"]').document["tensors"]
    assert tensors["x"]["reason"] == cut("g.z")
    tensors = program(*arguments, "parameters.x.detach=true").document["tensors"]
    assert tensors["x"]["reason"] == cut("x")
    assert tensors["y"]["reason"] is None


def test_zeros_and_nans_have_reasons_too(program: Program, experiment: File) -> None:
    source = experiment(
        'formula = "out = round(x) * y + where(z > 0, sqrt(z), w)"\nobjective = "out"\n'
        "parameters = { x = 2.0, y = 3.0, z = -4.0, w = 1.0, unused = 1.0 }"
    )
    tensors = program("gradients", source, "--json").document["tensors"]
    assert tensors["x"]["reason"] == {
        "code": "flat",
        "operation": "round",
        "at": "round(x)",
        "remedy": None,
    }
    assert tensors["unused"]["reason"] == {"code": "unused", "remedy": None}
    assert tensors["z"]["grad"] == "nan"
    assert tensors["z"]["reason"] == {
        "code": "non-finite",
        "operation": "sqrt",
        "at": "sqrt(z)",
        "direction": "forward",
        "inputs": {"z": -4.0},
        "remedy": None,
    }


def test_nothing_requires_grad_is_a_failed_run(program: Program) -> None:
    frozen = [f"--set=parameters.{name}.requires_grad=false" for name in "xy"]
    outcome = program("gradients", "connected-branch", "--json", *frozen)
    document = json.loads(outcome.out)
    assert outcome.status == 1
    assert document["failure"]["code"] == "nothing-requires-grad"
    assert document["failure"]["message"] == outcome.err.strip()
    assert {part["grad"] for part in document["tensors"].values()} == {None}


def test_list_names_and_titles(program: Program) -> None:
    document = program("list", "--json").document
    assert {"line-fit", "detached-branch", "connected-branch"} <= {
        entry["name"] for entry in document
    }
    assert all(list(entry) == ["name", "title"] and entry["title"] for entry in document)
    assert "line-fit" in program("list").out


def test_check_accepts_a_valid_experiment(program: Program, experiment: File) -> None:
    source = experiment('title = "T"\nformula = "out = x*2"\nobjective = "out"\nparameters.x = 1')
    assert program("check", source, "--json").document == {"valid": True, "title": "T"}
    outcome = program("check", source)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.endswith(" is a valid experiment.\n")


def test_check_names_shapes_that_do_not_fit(program: Program, experiment: File) -> None:
    source = experiment(
        'formula = "out = (a + b).sum()"\nobjective = "out"\n'
        "parameters = { a = [1, 2], b = [1, 2, 3] }"
    )
    outcome = program("check", source, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(source)
    assert "(2,)" in outcome.err
    assert "(3,)" in outcome.err


def test_batches_have_their_rows(program: Program) -> None:
    batch = ("--set", "training.batch={size=2,shuffle=true,seed=1}")
    document = program("gradients", "line-fit", "--json", *batch).document
    assert len(document["batch"]) == 2
    assert document["batch"] == torch.randperm(5, generator=seeded(1))[:2].tolist()
    outcome = program("gradients", "line-fit", *batch)
    rows = ", ".join(map(str, document["batch"]))
    assert f"Rows of the batch, counted from 0: {rows}\n" in outcome.out


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
