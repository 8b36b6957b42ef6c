"""No key of the file is lost when an experiment is saved: every field, by every way out."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from explorer.experiment.changes import Change
from explorer.experiment.checking import Part
from explorer.experiment.data import FILE_KEYS, load
from explorer.experiment.file import ExperimentFile, experiment_of, updated_text
from explorer.experiment.parameter import Buffer, Parameter
from explorer.experiment.plain import plain
from explorer.experiment.saving import merged, written
from explorer.experiment.spec import Batch, Experiment, Training

BASE: dict[str, Any] = {
    "formula": "y = a*x",
    "parameters": {"a": 1.0},
    "data": {"x": [1, 2], "y": [3, 4]},
}
ROOM = "explorer.experiment."
TEXT = 'formula = "y = a*x"  # a line\nparameters.a = 1.0\ndata = { x = [1, 2], y = [3, 4] }\n'

# For every field the parts of an experiment in which it is not as it is by default.
SAMPLES: dict[type[Part], dict[str, dict[str, Any]]] = {
    Experiment: {
        "formula": {"formula": "y = 2*a*x"},
        "title": {"title": "A line"},
        "objective": {"formula": "out = (a*x).sum()", "objective": "out"},
        "dtype": {"dtype": "float64"},
        "parameters": {"parameters": {"a": 2.0}},
        "buffers": {"buffers": {"m": [2.0, 3.0]}},
        "detach": {"detach": ["y"]},
        "data": {"data": {"x": [5], "y": [6]}},
        "training": {"training": {"steps": 5}},
        "changes": {"changes": [{"step": 3, "lr": 0.5}]},
    },
    Training: {
        "loss": {"training": {"loss": {"name": "huber", "delta": 2.0}}},
        "optimizer": {"training": {"optimizer": {"name": "adam", "betas": [0.5, 0.6]}}},
        "groups": {
            "training": {"groups": {"slow": {"tensors": ["a"], "lr": 0.5, "nesterov": False}}}
        },
        "steps": {"training": {"steps": 7}},
        "zero_grad": {"training": {"zero_grad": "never"}},
        "clip_grad_norm": {"training": {"clip_grad_norm": float("inf")}},
        "clip_grad_value": {"training": {"clip_grad_value": 0.5}},
        "accumulate": {"training": {"accumulate": 4}},
        "batch": {"training": {"batch": {"size": 1, "shuffle": True}}},
    },
    Batch: {
        "size": {"training": {"batch": 2}},
        "shuffle": {"training": {"batch": {"size": 1, "shuffle": True}}},
        "seed": {"training": {"batch": {"size": 1, "seed": 3}}},
    },
    Parameter: {
        "value": {"parameters": {"a": [3.0, 4.0]}},
        "shape": {"parameters": {"a": {"shape": [2]}}},
        "init": {"parameters": {"a": {"shape": [2], "init": "uniform"}}},
        "seed": {"parameters": {"a": {"shape": [2], "seed": 8}}},
        "scale": {"parameters": {"a": {"shape": [2], "scale": 0.5}}},
        "requires_grad": {"parameters": {"a": {"value": 1.0, "requires_grad": False}}},
        "detach": {"parameters": {"a": {"value": 1.0, "detach": True}}},
        "optimize": {"parameters": {"a": {"value": 1.0, "optimize": False}}},
    },
    Buffer: {
        "value": {"buffers": {"m": [2.0, float("inf")]}},
        "shape": {"buffers": {"m": {"shape": [2]}}},
        "init": {"buffers": {"m": {"shape": [2], "init": "uniform"}}},
        "seed": {"buffers": {"m": {"shape": [2], "seed": 8}}},
        "scale": {"buffers": {"m": {"shape": [2], "scale": 0.5}}},
    },
    Change: {
        "step": {"changes": [{"step": 9, "lr": 0.5}]},
        "tensor": {"changes": [{"step": 2, "tensor": "a", "value": 3.0}]},
        "requires_grad": {"changes": [{"step": 2, "tensor": "a", "requires_grad": False}]},
        "detach": {"changes": [{"step": 2, "tensor": "y", "detach": True}]},
        "value": {"changes": [{"step": 2, "tensor": "a", "value": 3.0}]},
        "group": {
            "training": {"groups": {"slow": {"tensors": ["a"]}}},
            "changes": [{"step": 2, "lr": 0.5, "group": "slow"}],
        },
        "clip_grad_norm": {"changes": [{"step": 2, "clip_grad_norm": 0.5}]},
        "clip_grad_value": {"changes": [{"step": 2, "clip_grad_value": float("inf")}]},
        "options": {"changes": [{"step": 2, "lr": 0.5, "maximize": True}]},
    },
}
# The same for [data] with a file, and the file that is then read as 1.5 and 3.
FILES: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "file": ("x,y\n1.5,3\n", {}),
    "columns": ("t,u\n1.5,3\n", {"columns": {"x": "t", "y": 2}}),
    "delimiter": ("x:y\n1.5:3\n", {"delimiter": ":"}),
    "decimal": ("x;y\n1,500;3\n", {"decimal": ","}),
    "header": ("0,0\n1.5,3\n", {"header": True, "columns": {"x": 1, "y": 2}}),
    "encoding": ("x,y\n1.5,3\n".encode("utf-16"), {"encoding": "utf-16"}),
    "missing": ("x,y\n1.5,3\n,4\n", {"missing": "drop"}),
}
CASES = [(part, key) for part, samples in SAMPLES.items() for key in samples]


def parts_of_the_file() -> set[type[Part]]:
    found, pending = set[type[Part]](), [Part]
    while pending:
        below = [each for each in pending.pop().__subclasses__() if ROOM in each.__module__]
        found.update(below)
        pending += below
    return found


def batch_of(experiment: Experiment) -> Batch:
    assert experiment.training.batch is not None
    return experiment.training.batch


def part_of(experiment: Experiment, part: type[Part]) -> Part:
    inside: Mapping[type[Part], Callable[[], Part]] = {
        Experiment: lambda: experiment,
        Training: lambda: experiment.training,
        Parameter: lambda: experiment.parameters["a"],
        Buffer: lambda: experiment.buffers["m"],
        Batch: lambda: batch_of(experiment),
        Change: lambda: experiment.changes[0],
    }
    return inside[part]()


def without_a_sample(part: type[Part], samples: Mapping[str, object]) -> set[str]:
    return part.model_fields.keys() - samples.keys()


def test_every_field_has_a_sample() -> None:
    assert parts_of_the_file() == set(SAMPLES)
    assert not any(without_a_sample(part, samples) for part, samples in SAMPLES.items())


def test_a_field_without_a_sample_is_found() -> None:
    assert without_a_sample(LongerTraining, SAMPLES[Training]) == {"patience"}


@pytest.mark.parametrize(("part", "key"), CASES)
def test_no_key_is_lost(part: type[Part], key: str) -> None:
    before, after = Experiment(**BASE), Experiment(**{**BASE, **SAMPLES[part][key]})
    value = getattr(part_of(after, part), key)
    assert value != part.model_fields[key].get_default(call_default_factory=True)
    for read in (
        experiment_of(written(after), Path()),
        experiment_of(merged(TEXT, before, after), Path()),
        experiment_of(updated_text(ExperimentFile(before, TEXT), after), Path()),
        Experiment(**plain(after), data=after.data),
    ):
        assert read == after
        assert getattr(part_of(read, part), key) == value


def test_every_key_of_a_data_file_has_a_sample() -> None:
    assert list(FILES) == list(FILE_KEYS)


@pytest.mark.parametrize("key", FILES)
def test_no_key_of_a_data_file_is_lost(tmp_path: Path, key: str) -> None:
    content, keys = FILES[key]
    path = tmp_path / "points.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = {"file": "points.csv", **keys}
    before = Experiment(**BASE)
    after = before.replace(data=load(source, tmp_path))
    for text in (written(after), merged(TEXT, before, after)):
        assert tomllib.loads(text)["data"] == source
        read = experiment_of(text, tmp_path)
        assert read == after
        assert {name: list(each) for name, each in read.columns.items()} == {"x": [1.5], "y": [3]}


@pytest.mark.parametrize("title", ["\r\n", "one\r\ntwo", "\n\r\n", "\r", '"""\r\n\\r'])
def test_line_breaks_stay_as_they_are(title: str) -> None:
    before, after = Experiment(**BASE), Experiment(**BASE, title=title)
    assert experiment_of(written(after), Path()) == after
    assert experiment_of(merged(TEXT, before, after), Path()) == after


def test_a_new_text_has_its_keys_in_order() -> None:
    parts = {**BASE, "title": "A line", "dtype": "float64", "training": {"zero_grad": "zero"}}
    assert written(Experiment(**parts)) == (
        'title = "A line"\ndtype = "float64"\nformula = "y = a*x"\n\n[parameters]\na = 1.0\n\n'
        "[data]\nx = [1, 2]\ny = [3, 4]\n\n"
        '[training]\nzero_grad = "zero"\nsteps = 1000\n'
    )


# -- a field that somebody adds ----------------------------------------------------


class LongerTraining(Training):
    patience: int = 0


class Longer(Experiment):
    author: str = ""
    tags: tuple[str, ...] = ()
    limits: dict[str, float] = Field(default_factory=dict)
    training: LongerTraining = Field(default_factory=LongerTraining)


class LongerChange(Change):
    note: str | None = None


ADDED: dict[str, Any] = {
    "author": "Ada",
    "tags": ("one", "two"),
    "limits": {"seconds": 2.5},
    "training": {"patience": 4},
}


def test_added_keys_are_saved() -> None:
    before, after = Longer(**BASE), Longer(**BASE, **ADDED)
    for text in (written(after), merged(TEXT, before, after)):
        assert Longer(**tomllib.loads(text)) == after
    assert Longer(**plain(after), data=after.data) == after


def test_an_added_key_of_a_change_is_saved() -> None:
    table: dict[str, Any] = {"step": 2, "lr": 0.5, "note": "slower"}
    assert LongerChange(**table).as_dict() == table
    assert "note" in LongerChange.known_keys()
