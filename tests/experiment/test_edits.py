"""Edits of a whole experiment: checked, said everywhere, and saved beside what was there."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiment.edits import Add, Edit, NewSeeds, Put, Remove, Rename, Start
from explorer.experiment.file import ExperimentFile, parse_text, updated_text
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change, Experiment

TEXT = """# A network
title = "Net"  # the title
formula = '''
# a comment about w and x
def act(x, slope=0.5):  # its own x
    return relu(x) + slope * w.sum()

h = act(x * a)  # h once
h = h + act(x=a)
twice = lambda a: a * 2
y = h * w.sum(dim=0) + twice(b)
'''
detach = ["h#2"]  # cut

[parameters]
# the first
a = 1.0   # slope
w = { shape = [2], init = "uniform", seed = 4 }  # random
b = { value = 0.5, requires_grad = false }  # frozen

[data]
x = [1, 2, 3]  # where
y = [3, 5, 7]  # what

[training]
optimizer = "sgd"  # plain
steps = 50

[training.groups.slow]
tensors = ["a", "b"]  # both
lr = 0.1

# Wake b up.
[[changes]]
step = 2
tensor = "b"  # who
requires_grad = true
"""
COMMENTS = ("# A network", "# the title", "# plain", "# a comment about w and x", "# Wake b up.")


def parsed(text: str = TEXT) -> ExperimentFile:
    return parse_text(text, "net.toml", Path())


def saved(file: ExperimentFile, edit: Edit) -> str:
    """The text after the edit, which says what the edit says."""
    experiment = edit.of(file.experiment)
    text = updated_text(file, experiment)
    assert parsed(text).experiment == experiment
    return text


def test_a_name_is_another_one_everywhere_it_is_meant() -> None:
    assert renamed("a", "rate") == text_with(
        ("act(x * a)", "act(x * rate)"),
        ("act(x=a)", "act(x=rate)"),
        ("a = 1.0 ", "rate = 1.0 "),
        ('["a", "b"]', '["rate", "b"]'),
    ), "neither the lambda's own nor any comment"
    assert renamed("b", "beta") == text_with(
        ("twice(b)", "twice(beta)"),
        ("b = { value", "beta = { value"),
        ('["a", "b"]', '["a", "beta"]'),
        ('tensor = "b"', 'tensor = "beta"'),
    )
    assert renamed("x", "time") == text_with(
        ("act(x * a)", "act(time * a)"), ("x = [1", "time = [1")
    ), "a function's parameter is its own"
    assert renamed("h", "out") == text_with(
        ("h = act(x * a)  # h once", "out = act(x * a)  # h once"),
        ("h = h + act", "out = out + act"),
        ("y = h *", "y = out *"),
        ('["h#2"]', '["out#2"]'),
    )


def renamed(old: str, new: str) -> str:
    return saved(parsed(), Rename(old, new))


def text_with(*edits: tuple[str, str]) -> str:
    text = TEXT
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Rename("a", "b"), "name-used-twice"),
        (Rename("a", "slope"), "name-used-twice"),
        (Rename("a", "relu"), "name-used-twice"),
        (Rename("a", "loss"), "name-reserved"),
        (Rename("a", "1a"), "name-invalid"),
        (Rename("q", "r"), "unknown-tensor"),
        (Remove("x"), "unknown-tensor"),
        (Add("a"), "name-used-twice"),
        (Add("if"), "name-reserved"),
        (Add("k", "1"), "wrong-type"),
        (Remove("a"), "tensor-in-use"),
        (Start("a", {"shape": [3], "init": "odd"}), "unknown-choice"),
        (Put("training.steps", 0), "out-of-range"),
        (Put("dtype", "int8"), "unknown-choice"),
    ],
)
def test_what_does_not_fit_is_refused(edit: Edit, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        edit.of(parsed().experiment)
    assert refused.value.code == code


def test_a_parameter_comes_and_goes() -> None:
    file = parsed()
    text = saved(file, Add("k", {"shape": [2, 2], "init": "ones"}))
    assert text == TEXT.replace("# frozen\n", '# frozen\nk = {shape = [2, 2], init = "ones"}\n')
    more = parsed(text)
    changed = Put("training.groups", {"slow": {"tensors": ["a", "k"]}, "alone": {"tensors": ["b"]}})
    grouped = changed.of(more.experiment).replace(changes=[Change(step=3, tensor="k", detach=True)])
    without = Remove("k").of(grouped)
    assert without.changes == ()
    assert {name: group.tensors for name, group in without.training.groups.items()} == {
        "slow": ("a",),
        "alone": ("b",),
    }
    assert saved(more, Remove("k")) == TEXT


def test_starts_keep_switches_and_random_ones_get_other_seeds() -> None:
    file = parsed()
    text = saved(file, Start("b", {"value": [1.0, 2.0]}))
    assert "b = { value = [1.0, 2.0], requires_grad = false }  # frozen" in text
    text = saved(file, Start("a", {"shape": (3,), "init": "normal", "scale": 0.5}))
    assert parsed(text).experiment.parameters["a"].dimensions == (3,)
    text = saved(file, NewSeeds())
    assert text == TEXT.replace("seed = 4", "seed = 5")
    assert NewSeeds().of(parsed('formula="z=q*2"\nobjective="z"\nparameters.q=1').experiment)


def test_renaming_in_changes_made_by_hand_and_in_a_draft() -> None:
    edit = Rename("a", "z")
    assert edit.of_change(Change(step=1, tensor="a#2", detach=True)).tensor == "z#2"
    assert edit.of_change(Change(step=1, tensor="ab", detach=True)).tensor == "ab"
    assert edit.of_draft("y = a + 1  # a") == "y = z + 1  # a"
    with pytest.raises(BadInput):
        edit.of_draft("y = a +")


_NAMES = st.sampled_from(["a", "b", "w", "x", "h", "k", "m", "n"])
_INITS = st.sampled_from(["ones", "normal"])
_STARTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"value": st.floats(-9, 9)}),
    st.fixed_dictionaries({"shape": st.just([2]), "init": _INITS, "seed": st.integers(0, 9)}),
)
_EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Rename, _NAMES, _NAMES),
    st.builds(Add, _NAMES, _STARTS),
    st.builds(Remove, _NAMES),
    st.builds(Start, _NAMES, _STARTS),
    st.just(NewSeeds()),
    st.builds(Put, st.just("training.steps"), st.integers(2, 99)),
    st.builds(Put, st.just("dtype"), st.sampled_from(["float32", "float64"])),
    st.builds(Put, st.just("title"), st.text('ab\n"', max_size=4)),
    st.builds(Put, st.just("training.zero_grad"), st.sampled_from(["none", "never"])),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_EDITS, min_size=1, max_size=6))
def test_any_edits_are_saved_beside_what_the_author_wrote(edits: list[Edit]) -> None:
    file = parsed()
    experiment: Experiment = file.experiment
    for edit in edits:
        try:
            experiment = edit.of(experiment)
        except BadInput:
            continue
        text = updated_text(file, experiment)
        assert parsed(text).experiment == experiment
        assert all(comment in text for comment in COMMENTS if "title" not in comment)
