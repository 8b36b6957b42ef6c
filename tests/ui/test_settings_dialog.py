"""Everything that a file can say of title, objective and training has a field in the window."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLineEdit

from explorer.experiment.checking import Part
from explorer.experiment.losses import LOSSES
from explorer.experiment.optimizers import OPTIMIZERS
from explorer.experiment.parameter import Buffer, Parameter
from explorer.experiment.spec import Batch, Change, Experiment, Training
from explorer.ui.editor.experimentsettings import ExperimentSettings
from explorer.words.settings import HELP, OPTIONS

from .conftest import Seat, Write
from .desk import LEFT, Desk
from .test_accessibility import unnamed

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
# Where else in the window it is set; what has no control there yet is said so.
ELSEWHERE: dict[type[Part], dict[str, str]] = {
    Experiment: {
        "formula": "the formula's editor",
        "parameters": "the table and its dialog",
        "detach": "a switch of the table",
        "training": "here",
        "changes": "the list of changes takes them away; by hand they are made",
        "data": "no control yet",
        "buffers": "removed and renamed in the table; none is added yet",
    },
    Training: {"steps": "the tool bar", "groups": "no control yet"},
    Parameter: {
        **dict.fromkeys(("value", "shape", "init", "seed", "scale", "optimize"), "its dialog"),
        **dict.fromkeys(("requires_grad", "detach"), "switches of the table"),
    },
    Buffer: dict.fromkeys(("value", "shape", "init", "seed", "scale"), "its dialog"),
    Change: {
        **dict.fromkeys(("step", "tensor", "requires_grad", "detach", "value"), "made by hand"),
        "options": "the learning rate alone is in the tool bar",
        **dict.fromkeys(("group", "clip_grad_norm", "clip_grad_value"), "no control yet"),
    },
    Batch: {},
}
PREFIX: dict[type[Part], str] = {Experiment: "", Training: "training.", Batch: "training.batch."}


def opened(desk: Desk) -> ExperimentSettings:
    desk.action("settings").trigger()
    found = [each for each in desk.window.findChildren(ExperimentSettings) if each.isVisible()]
    return found[-1]


def press_ok(dialog: ExperimentSettings) -> None:
    QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), LEFT)


def test_every_key_has_a_control_or_is_known_to_have_none() -> None:
    for part, elsewhere in ELSEWHERE.items():
        here = {key for key in part.model_fields if f"{PREFIX.get(part, '?')}{key}" in HELP}
        nested = {"batch"} if part is Training else set()
        assert here | nested | elsewhere.keys() == part.model_fields.keys()
        assert not here & elsewhere.keys()
    options = {key for entry in OPTIMIZERS.values() for key in entry.options}
    assert OPTIONS.keys() == options | {key for entry in LOSSES.values() for key in entry.options}


def fields(dialog: ExperimentSettings, **texts: object) -> None:
    for key, value in texts.items():
        control = dialog.controls[key.replace("__", ".")]
        if isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, QComboBox):
            control.setCurrentIndex(control.findData(value))
        else:
            assert isinstance(control, QLineEdit)
            control.setText(str(value))


def test_all_of_it_is_set_in_one_go_and_undone(seat: Seat) -> None:
    desk = seat()
    first = desk.workbench.experiment
    dialog = opened(desk)
    assert unnamed(dialog) == set()
    assert dialog.controls.keys() >= HELP.keys() - {"objective"}
    fields(
        dialog, title="Mine", dtype="float64", training__loss="huber", training__optimizer="adam"
    )
    fields(dialog, training__loss__delta="2", training__optimizer__betas="(0.5, 0.6)")
    fields(dialog, training__optimizer__amsgrad=True, training__zero_grad="never")
    fields(dialog, training__clip_grad_norm="1.5", training__accumulate="2")
    fields(
        dialog, training__batch__size="2", training__batch__shuffle=True, training__batch__seed="3"
    )
    press_ok(dialog)
    desk.until(lambda: desk.workbench.experiment is not first)
    by_hand = first.replace(
        title="Mine",
        dtype="float64",
        training={
            "loss": {"name": "huber", "delta": 2.0},
            "optimizer": {"name": "adam", "betas": [0.5, 0.6], "amsgrad": True},
            "steps": first.training.steps,
            "zero_grad": "never",
            "clip_grad_norm": 1.5,
            "accumulate": 2,
            "batch": {"size": 2, "shuffle": True, "seed": 3},
        },
    )
    assert desk.workbench.experiment == by_hand
    assert desk.window.windowTitle().startswith("Mine")
    desk.click("undo")
    assert desk.workbench.experiment is first


def test_what_does_not_fit_is_said_there(seat: Seat, write: Write) -> None:
    desk = seat(write('objective = "y"\nformula = "z = a*2\\ny = z*a"\nparameters.a = 1.0\n'))
    dialog = opened(desk)
    assert "training.loss" not in dialog.controls
    fields(dialog, training__optimizer__lr="fast", objective="z")
    press_ok(dialog)
    assert dialog.said.text().startswith("key training.optimizer.lr")
    fields(dialog, training__optimizer__lr="0.5")
    press_ok(dialog)
    desk.until(lambda: desk.workbench.experiment.objective == "z")
    assert desk.workbench.experiment.training.optimizer.options["lr"] == 0.5
