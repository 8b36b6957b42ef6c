"""The window shows escaped what a file's text hides."""

import json

import pytest

from explorer.experiment.problem import BadInput, Place

from .conftest import Seat, Write

HIDDEN = "\x1b[31mRED \u202eevil\u202c"
SHOWN = r"\x1b[31mRED \u202eevil\u202c"
EXPERIMENT = """title = {title}
formula = "y = a*x  # \u202ereversed"
parameters = {{ a = 1.0 }}
data = {{ x = [1, 2, 3], y = [3, 5, 7] }}
training = {{ optimizer = "sgd", steps = 5 }}
"""


def test_title_formula_and_messages(seat: Seat, write: Write) -> None:
    desk = seat(write(EXPERIMENT.format(title=json.dumps(HIDDEN))))
    window = desk.program.window
    assert window.windowTitle().startswith(SHOWN)
    assert window.formula.toPlainText() == r"y = a*x  # \u202ereversed"
    problem = BadInput("not-toml", Place(file=f"/{HIDDEN}.toml"), message=HIDDEN)
    desk.program.workbench.problem_arose.emit(problem)
    assert window.message.text == f"/{SHOWN}.toml: This is not TOML: {SHOWN}. Correct the line."


def test_a_long_title_leaves_room_for_the_files_name(seat: Seat, write: Write) -> None:
    desk = seat(write(EXPERIMENT.format(title=json.dumps("word " * 1000))))
    title = desk.program.window.windowTitle()
    assert len(title) < 250
    assert ".toml" in title


def test_a_title_is_not_taken_for_qts_own_mark(seat: Seat, write: Write) -> None:
    window = seat(write(EXPERIMENT.format(title='"star [*]"'))).program.window
    window.setWindowModified(False)
    # As a window system would show it.
    shown = window.windowTitle().replace("[*][*]", "\0").replace("[*]", "").replace("\0", "[*]")
    assert shown == "star [*] (experiment.toml) — Gradient Explorer"


# The offscreen platform says so of every dialog.
@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_details_of_a_defect(seat: Seat) -> None:
    desk = seat()
    crashes = desk.program.crashes
    crashes._show(f"ValueError: {HIDDEN}\nsecond line")
    assert crashes.dialog is not None
    assert crashes.dialog.detailedText() == f"ValueError: {SHOWN}\nsecond line"
    crashes.dialog.close()
