"""The experiment file: read, overridden, and saved into its author's own text."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiment.file import ExperimentFile, parse_text, read, updated_text, write
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Experiment, Optimizer, Parameter

BUILT_IN = Path(__file__).resolve().parents[2] / "resources" / "experiments"
TEXT = """# A line
title = "Fit"  # the title
formula = "y = a*x + b*x"

[parameters]
a = 1.0   # slope
b = { value = 0.5, requires_grad = false }  # frozen

[data]
x = [1, 2, 3]  # where
y = [3, 5, 7]

[training]
optimizer = "sgd"  # plain
steps = 50

# Wake b up.
[[changes]]
step = 2
tensor = "b"  # who
requires_grad = true
"""


def parsed(text: str = TEXT, *overrides: str) -> ExperimentFile:
    return parse_text(text, "fit.toml", Path(), overrides)


def reread(text: str) -> Experiment:
    return parsed(text).experiment


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.toml")), ids=lambda path: path.stem)
def test_built_in_experiment_is_read_and_kept(path: Path) -> None:
    file = read(path)
    assert file.path == path
    assert updated_text(file, file.experiment) == file.text
    assert 0 < len(file.experiment.title) < 40


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "fit.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert read(path).experiment == parsed().experiment


def test_overrides() -> None:
    experiment = parsed(
        TEXT,
        "training.optimizer.lr=0.01",
        "parameters.a.requires_grad=false",
        "parameters.b.value=[1, 2]",
        "data.x=[[1, 2], [3, 4], [5, 6]]",
        "training.loss.name=huber",
        "training.loss.delta=2",
        "changes.0.step = 7",
        "title=plain words",
        "dtype=float64",
    ).experiment
    assert experiment.training.optimizer == Optimizer("sgd", {"lr": 0.01})
    assert experiment.parameters["a"] == Parameter(value=1.0, requires_grad=False)
    assert experiment.parameters["b"].dimensions == (2,)
    assert experiment.columns["x"].shape == (3, 2)
    assert experiment.changes[0].step == 7
    assert experiment.title == "plain words"
    assert experiment.dtype == "float64"
    assert experiment.training.loss is not None
    assert experiment.training.loss.options["delta"] == 2


def test_override_of_a_short_list_and_of_an_index() -> None:
    text = 'formula = "z = a.sum()"\nobjective = "z"\nparameters = { a = [1, 2] }'
    assert (
        not parsed(text, "parameters.a.requires_grad=false")
        .experiment.parameters["a"]
        .requires_grad
    )
    assert parsed(text, "parameters.a.value.1=5").experiment.parameters["a"].value == (1.0, 5.0)


def test_an_override_is_one_value_and_no_more_toml() -> None:
    assert parsed(TEXT, 'title="x"\nformula="y = a"').experiment.title == '"x"\nformula="y = a"'


def test_nothing_differs_nothing_changes() -> None:
    file = parsed()
    assert updated_text(file, file.experiment) == TEXT


CHANGED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"title": "New"}, [('title = "Fit"', 'title = "New"')]),
    (
        {"parameters": {"a": 1.0, "b": {"value": 0.5}}},
        [("requires_grad = false }", "requires_grad = true }")],
    ),
    (
        {"parameters": {"a": 2.0, "b": {"value": 0.5, "requires_grad": False}}},
        [("a = 1.0 ", "a = 2.0 ")],
    ),
    ({"training": {"steps": 60}}, [("steps = 50", "steps = 60")]),
    (
        {"training": {"steps": 50, "optimizer": {"name": "sgd", "lr": 0.5}}},
        [('optimizer = "sgd"', 'optimizer = {name = "sgd", lr = 0.5}')],
    ),
    ({"detach": ["y"]}, [('b*x"\n', 'b*x"\ndetach = ["y"]\n')]),
    (
        {"changes": [{"step": 2, "tensor": "b", "requires_grad": True}, {"step": 3, "lr": 1}]},
        [("requires_grad = true\n", "requires_grad = true\n\n[[changes]]\nstep = 3\nlr = 1.0\n")],
    ),
]


@pytest.mark.parametrize(("parts", "edits"), CHANGED, ids=range(len(CHANGED)))
def test_only_what_differs_is_written(parts: dict[str, Any], edits: list[tuple[str, str]]) -> None:
    file = parsed()
    changed = file.experiment.replace(**parts)
    expected = TEXT
    for old, new in edits:
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    assert updated_text(file, changed) == expected
    assert reread(expected) == changed


def test_first_change_and_taking_the_last_away() -> None:
    file = parsed()
    without = file.experiment.replace(changes=[])
    text = updated_text(file, without)
    assert "[[changes]]" not in text
    assert "# slope" in text
    again = without.replace(changes=[Change(step=4, tensor="a", value=2.0)])
    text = updated_text(ExperimentFile(without, text), again)
    assert text.endswith('[[changes]]\nstep = 4\ntensor = "a"\nvalue = 2.0\n')
    assert reread(text) == again


def test_changes_in_one_line() -> None:
    file = parsed(TEXT.partition("# Wake")[0].replace("[training]", "[training]\n", 1))
    text = "changes = [{ step = 2, lr = 0.1 }]\n" + file.text
    file = parsed(text)
    more = file.experiment.replace(
        changes=[*file.experiment.changes, Change(step=3, tensor="a", detach=True)]
    )
    assert reread(updated_text(file, more)) == more


def test_an_override_is_saved_with_the_rest() -> None:
    file = parsed(TEXT, "training.optimizer.lr=0.25")
    assert "lr = 0.25" in updated_text(file, file.experiment)


def test_a_fresh_file_says_all_that_is_no_default() -> None:
    experiment = parsed(
        TEXT, "dtype=float64", 'training.optimizer={name="adam", betas=[0.5, 0.9]}'
    ).experiment.replace(detach=("y",))
    assert reread(updated_text(ExperimentFile(experiment), experiment)) == experiment


def test_dotted_keys_and_tables_of_their_own() -> None:
    text = (
        'formula = "y = a*x"\ndata.x = [1]\ndata.y = [2]\n'
        "[parameters.a]  # the slope\nvalue = 1.0\n[training.optimizer]\nname = 'sgd'\nlr = 0.5\n"
    )
    file = parsed(text)
    changed = file.experiment.replace(
        parameters={"a": Parameter(value=3.0, detach=True)},
        training={"optimizer": {"name": "sgd", "lr": 0.25, "momentum": 0.5}},
    )
    saved = updated_text(file, changed)
    assert reread(saved) == changed
    assert "# the slope" in saved
    assert "lr = 0.25\nmomentum = 0.5" in saved


_FLOATS = st.floats(-1e6, 1e6)
_CHANGES = st.one_of(
    st.builds(
        Change, step=st.integers(1, 50), tensor=st.sampled_from("abxy"), detach=st.booleans()
    ),
    st.builds(
        Change, step=st.integers(1, 50), tensor=st.sampled_from("abx"), requires_grad=st.booleans()
    ),
    st.builds(Change, step=st.integers(1, 50), tensor=st.sampled_from("ab"), value=_FLOATS),
    st.builds(
        Change,
        step=st.integers(1, 50),
        options=st.fixed_dictionaries({"lr": st.floats(0, 10), "maximize": st.booleans()}),
    ),
)
_PARAMETERS = st.builds(Parameter, value=_FLOATS, requires_grad=st.booleans(), detach=st.booleans())


@settings(max_examples=150, deadline=None)
@given(
    title=st.text(max_size=20),
    comment=st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=20),
    parameters=st.fixed_dictionaries({"a": _PARAMETERS, "b": _PARAMETERS}),
    changes=st.lists(_CHANGES, max_size=5),
    optimizer=st.sampled_from(["sgd", "adam", "adagrad"]),
    steps=st.integers(50, 10**9),
)
def test_what_is_saved_is_read_back(
    *,
    title: str,
    comment: str,
    parameters: dict[str, Parameter],
    changes: list[Change],
    optimizer: str,
    steps: int,
) -> None:
    file = parsed()
    experiment = file.experiment.replace(
        title=title,
        formula=f"# {comment}\ny = a*x + b*x",
        parameters=parameters,
        changes=[*file.experiment.changes, *changes],
        training={"optimizer": optimizer, "steps": steps},
    )
    text = updated_text(file, experiment)
    assert reread(text) == experiment
    assert "# slope" in text
    assert reread(updated_text(ExperimentFile(experiment), experiment)) == experiment


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refused(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT)))
    end = data.draw(st.integers(start, min(len(TEXT), start + 30)))
    put = data.draw(
        st.text(max_size=5) | st.sampled_from(["nan", "[", "{", '"', "= ", "\n", "9" * 50])
    )
    _read_or_refused(TEXT[:start] + put + TEXT[end:])


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_PLACES = """
    title formula objective dtype detach parameters data training changes parameters.a
    parameters.b data.x training.loss training.optimizer training.steps changes.0
"""
_KEYS = st.sampled_from(_PLACES.split())


@settings(max_examples=500, deadline=None)
@given(_KEYS, _VALUES)
def test_any_value_anywhere_is_taken_or_refused(key: str, value: Any) -> None:
    table: dict[str, Any] = {
        "formula": "y = a*x + b*x",
        "parameters": {"a": 1.0, "b": {"value": 0.5}},
        "data": {"x": [1, 2], "y": [3, 4]},
        "training": {"loss": "mse", "optimizer": {"name": "sgd"}},
        "changes": [{"step": 1, "lr": 0.5}],
    }
    *path, last = key.split(".")
    inner: Any = table
    for part in path:
        inner = inner[part]
    inner[int(last) if last.isdigit() else last] = value
    try:
        Experiment(**table)
    except BadInput as problem:
        assert problem.place.key  # noqa: PT017 (most examples raise, some do not)


def _read_or_refused(text: str) -> None:
    try:
        parsed(text)
    except BadInput as problem:
        assert problem.place.file == "fit.toml"  # noqa: PT017 (some examples are right)


def test_writing_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fit.toml"
    write(path, "old")
    write(path, "new é")
    assert path.read_text(encoding="utf-8") == "new é"

    def broken(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(BadInput) as caught:
        write(path, "lost")
    assert caught.value.code == "cannot-write"
    assert "space" in str(caught.value.facts["reason"])
    assert path.read_text(encoding="utf-8") == "new é"
    assert [each.name for each in tmp_path.iterdir()] == ["fit.toml"]


def test_writing_where_nothing_can_be(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "folder.toml", Path("a\0b")):
        with pytest.raises(BadInput, match="cannot-write"):
            write(path, "x")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX systems")
def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "fit.toml", tmp_path / "link.toml"
    write(target, "old")
    target.chmod(0o640)
    link.symlink_to(target)
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert target.stat().st_mode & 0o777 == 0o640
