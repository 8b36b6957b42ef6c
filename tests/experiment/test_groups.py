"""The optimizer's groups in the file: what is taken, what is refused, what is saved."""

from pathlib import Path
from typing import Any

import pytest

from explorer.code.script import script
from explorer.experiment.changes import Change
from explorer.experiment.file import ExperimentFile, parse_text, updated_text
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment, Group
from explorer.words.changes import change_text

TEXT = """
formula = "y = a*x + b + c"
parameters = { a = 1.0, b = 0.5, c = { value = 0.0, optimize = false } }
data = { x = [1, 2, 3], y = [3, 5, 7] }

[training]
optimizer = { name = "sgd", lr = 0.1 }

# The offset is to creep.
[training.groups.slow]
tensors = ["b"]  # not a
lr = 0.01

[[changes]]
step = 3
group = "slow"
lr = 0.02
"""


def read(text: str = TEXT, *overrides: str) -> Experiment:
    return parse_text(text, "fit.toml", Path(), overrides).experiment


def test_a_group_differs_from_the_rest() -> None:
    experiment = read()
    assert experiment.param_groups == {"rest": ("a",), "slow": ("b",)}
    options = experiment.update_options
    assert [each.options["lr"] for each in options.groups.values()] == [0.1, 0.01]
    after = options.after(experiment.changes[0])
    assert [each.options["lr"] for each in after.groups.values()] == [0.1, 0.02]
    everywhere = after.after(Change(step=4, options={"lr": 0.3}))
    assert [each.options["lr"] for each in everywhere.groups.values()] == [0.3, 0.3]
    assert change_text(experiment.changes[0]) == "slow lr=0.02"


def test_there_is_no_rest_where_groups_have_all() -> None:
    experiment = read(TEXT, 'training.groups.slow.tensors=["b", "a"]')
    assert list(experiment.update_options.groups) == ["slow"]
    with pytest.raises(BadInput, match="unknown-group"):
        experiment.check_change(Change(step=1, group="rest", options={"lr": 0.1}))


@pytest.mark.parametrize(
    ("override", "code", "key"),
    [
        ("training.groups.slow=1", "wrong-type", "training.groups.slow"),
        ("training.groups=1", "wrong-type", "training.groups"),
        ("training.groups.slow={lr=1.0}", "missing-key", "training.groups.slow.tensors"),
        ("training.groups.slow.tensors=[]", "list-empty", "training.groups.slow.tensors"),
        ("training.groups.slow.tensors='b'", "wrong-type", "training.groups.slow.tensors"),
        ("training.groups.slow.tensors=[1]", "wrong-type", "training.groups.slow.tensors"),
        ("training.groups.slow.tensors=['bb']", "unknown-tensor", "training.groups.slow.tensors"),
        ("training.groups.slow.tensors=['y']", "unknown-tensor", "training.groups.slow.tensors"),
        (
            "training.groups.slow.tensors=['c']",
            "group-not-optimized",
            "training.groups.slow.tensors",
        ),
        ("training.groups.slow.tensors=['b', 'b']", "two-groups", "training.groups.slow.tensors"),
        ("training.groups.fast.tensors=['b']", "two-groups", "training.groups.fast.tensors"),
        ("training.groups.rest.tensors=['a']", "group-name-taken", "training.groups.rest"),
        ("training.groups.slow.momentun=0.9", "unknown-key", "training.groups.slow.momentun"),
        ("training.groups.slow.lr=-1", "negative", "training.groups.slow.lr"),
        ("training.groups.slow.lr=1e39", "too-large-for-float32", "training.groups.slow.lr"),
        (
            "training.groups.slow.nesterov=true",
            "nesterov-needs-momentum",
            "training.groups.slow.nesterov",
        ),
        ("changes.0.group=slower", "unknown-group", "changes.0.group"),
        ("changes.0={step=2,group='slow'}", "change-of-group-without-option", "changes.0"),
        ("changes.0={step=2,group='slow',eps=1.0}", "option-of-other-optimizer", "changes.0.eps"),
    ],
)
def test_what_does_not_fit_is_refused(override: str, code: str, key: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(TEXT, override)
    assert (refused.value.code, refused.value.place.key) == (code, key)


def test_what_the_class_reads_once_is_no_option_of_a_group() -> None:
    with pytest.raises(BadInput, match="option-not-of-group"):
        read(
            TEXT,
            "training.optimizer.name=adagrad",
            "training.groups.slow.initial_accumulator_value=0.1",
        )


def saved(**training: Any) -> str:
    file = parse_text(TEXT, "fit.toml", Path())
    changed = file.experiment.training.model_copy(update=training)
    return updated_text(
        ExperimentFile(file.experiment, TEXT), file.experiment.replace(training=changed)
    )


def test_comments_stay_when_a_group_is_changed() -> None:
    other = Group(("b",), {"lr": 0.5, "momentum": 0.9})
    text = saved(groups={"slow": other})
    assert "# The offset is to creep." in text
    assert 'tensors = ["b"]  # not a\nlr = 0.5\nmomentum = 0.9\n' in text
    text = saved(groups={"slow": Group(("b",)), "fast": Group(("a",), {"lr": 1.0})})
    assert 'tensors = ["b"]  # not a\n' in text
    assert read(text).training.groups["fast"] == Group(("a",), {"lr": 1.0})


def test_the_program_has_the_groups() -> None:
    text = script(read())
    assert (
        "optimizer = torch.optim.SGD(\n    [\n"
        '        {"params": [model.a]},\n'
        '        {"params": [model.b], "lr": 0.01, "name": "slow"},\n    ],\n    lr=0.1,\n)\n'
    ) in text
    assert '        optimizer.param_groups[1]["lr"] = 0.02\n' in text
    text = script(read(TEXT, "changes.0={step=3,lr=0.5}"))
    assert "        for group in optimizer.param_groups:\n" in text
