"""Columns computed by a formula of the others, with noise from a seed."""

import tomllib
from typing import Any

import numpy as np
import pytest
import torch

from explorer.code.script import script
from explorer.engine.model import Model
from explorer.experiment.computed import FUNCTIONS
from explorer.experiment.data import load
from explorer.experiment.operations import ENTRIES
from explorer.experiment.problem import BadInput
from explorer.experiment.saving import merged, written
from explorer.experiment.spec import Experiment
from explorer.i18n import load as language
from explorer.words.errors import sentence

X = {"linspace": [0, 1, 50]}
Y = {"formula": "sin(2*x)", "noise": 0.1, "seed": 0}


def column(formula: str, **more: Any) -> Any:
    table = {"x": [0.5, -1.5, 2.0], "u": [1.0, 2.0, 4.0], "y": {"formula": formula, **more}}
    return load(table, None).columns["y"]


def test_a_formula_with_noise() -> None:
    columns = load({"y": Y, "x": X}, None).columns
    assert list(columns) == ["y", "x"]
    exact = np.sin(2 * np.linspace(0, 1, 50))
    noise = np.random.default_rng(0).normal(0, 0.1, 50)
    np.testing.assert_array_equal(columns["y"], exact + noise)
    other = load({"x": X, "y": {**Y, "seed": 1}}, None).columns["y"]
    assert (other != columns["y"]).all()
    np.testing.assert_array_equal(
        load({"x": X, "y": {"formula": "sin(2*x)"}}, None).columns["y"], exact
    )


def test_columns_build_on_those_above() -> None:
    table = {"z": {"formula": "x > 0"}, "x": [1, -2], "y": {"formula": "(z + x) / 2 # half"}}
    columns = load(table, None).columns
    assert columns["z"].tolist() == [1, 0]
    assert columns["y"].tolist() == [1, -1]


def test_several_numbers_in_a_row_and_a_number_alone() -> None:
    columns = load(
        {"x": [[1, 2], [3, 4]], "y": {"formula": "x * 2"}, "c": {"formula": "3"}}, None
    ).columns
    assert columns["y"].tolist() == [[2, 4], [6, 8]]
    assert columns["c"].tolist() == [3, 3]


@pytest.mark.parametrize("name", [*FUNCTIONS, *(each for each in ENTRIES if ENTRIES[each].infix)])
def test_every_function_is_torchs(name: str) -> None:
    operation = ENTRIES[name]
    count = operation.tensors[1]
    if name == "clamp":
        formula = "clamp(x, -1, max=1)"
        wanted = torch.clamp(torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64), -1, 1)
        np.testing.assert_allclose(column(formula), wanted)
        return
    x = torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64) + (name == "acosh")
    given = [x, torch.tensor([0.5, 0.25, 2.0], dtype=torch.float64), x * 2][:count]
    if name == "where":
        given[0] = given[0] > 0.4
    if name.startswith("bitwise"):
        given = [each > 0.4 for each in given]
    if name == "matmul":
        return
    texts = [
        f"({each} > 0.4)" if given[place].dtype == torch.bool else each
        for place, each in enumerate(["a", "b", "c"][:count])
    ]
    formula = (
        operation.infix.join(texts)
        if operation.infix
        else f"{operation.written}({', '.join(texts)})"
    )
    table: dict[str, Any] = {"a": x.tolist(), "b": [0.5, 0.25, 2.0], "c": (x * 2).tolist()}
    found = load({**table, "y": {"formula": formula}}, None).columns["y"]
    function: Any = torch
    for part in operation.function.split(".")[1:]:
        function = getattr(function, part)
    np.testing.assert_allclose(found, function(*given).double(), rtol=1e-14)


@pytest.mark.parametrize(
    ("formula", "code", "place"),
    [
        ("sin(2*w)", "unknown-name", (1, 7)),
        ("sin(2*", "formula-not-python", (1, 4)),
        ("y + 1", "name-before-assignment", (1, 1)),
        ("x\nz = 2", "column-formula-lines", (1, 1)),
        ("x.sum()", "column-formula-operation", (1, 3)),
        ("x + x[0]", "column-formula-operation", (1, 5)),
        ("log(x)", "column-formula-not-finite", (None, None)),
        ("x.item()", "column-formula-operation", (1, 3)),
        ("x @ m", "unknown-name", (1, 5)),
        (3, "wrong-type", (None, None)),
    ],
)
def test_what_is_refused(formula: Any, code: str, place: tuple[int | None, int | None]) -> None:
    with pytest.raises(BadInput) as caught:
        column(formula)
    assert (caught.value.code, caught.value.place.key) == (code, "data.y.formula")
    assert (caught.value.place.line, caught.value.place.column) == place
    assert sentence(caught.value, language("en"))


@pytest.mark.parametrize(
    ("more", "code", "key"),
    [
        ({"noise": -1}, "negative", "data.y.noise"),
        ({"noise": 1e301}, "value-too-large", "data.y.noise"),
        ({"seed": -1}, "out-of-range", "data.y.seed"),
        ({"sead": 1}, "unknown-key", "data.y.sead"),
    ],
)
def test_its_keys(more: dict[str, Any], code: str, key: str) -> None:
    with pytest.raises(BadInput) as caught:
        column("x", **more)
    assert (caught.value.code, caught.value.place.key) == (code, key)


def test_alone_and_of_another_shape() -> None:
    with pytest.raises(BadInput, match="column-formula-alone"):
        load({"y": {"formula": "3"}}, None)
    with pytest.raises(BadInput, match="column-formula-shapes"):
        load({"x": [1, 2], "u": [1, 2, 3], "y": {"formula": "x + u"}}, None)


def test_it_is_saved_and_its_program_has_its_bits() -> None:
    base = {"formula": "y = a*x", "parameters": {"a": 1.0}}
    before = Experiment(**base, data={"x": [1], "y": [2]})
    after = Experiment(**base, data={"x": X, "y": Y})
    text = 'formula = "y = a*x"\nparameters.a = 1.0\ndata = { x = [1], y = [2] }\n'
    for saved in (written(after), merged(text, before, after)):
        assert tomllib.loads(saved)["data"] == {"x": X, "y": Y}
    names: dict[str, Any] = {}
    exec(script(after), names)
    assert names["y_target"].tolist() == Model(after).target.tolist()
