"""The real program is killed at random moments: no file is damaged, no work lost.

A handful of kills here; GRADIENT_EXPLORER_KILLS=200 for as many. Each user edits, trains,
saves, opens and quits as their seed says; each start of the program is on what the kills
before it left.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import explorer
from explorer.experiment.leftovers import clear_beside
from explorer.experiment.problem import BadInput
from explorer.live.recovery import Offer, Recovery

KILLS = int(os.environ.get("GRADIENT_EXPLORER_KILLS", "6"))
# In one folder, one after the other.
AT_ONCE = 20
KILLED_BY = ("SIGTERM", "SIGHUP", "SIGKILL")
# In the place of five seconds, by the same code.
PERIOD_MS = 300
PATIENCE_S = 120
FIRST = '# mine\ntitle = "Mine"\nformula = "y = a*x + b"\nparameters = { a = 1, b = 0 }\n[data]\n'
TEXT = FIRST + 'file = "points.csv"\n[training]\nsteps = 100000000\n'

# The user: does something every few milliseconds, and says what, and how it stands then.
USER = """
import json, os, random, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from explorer.__main__ import main
from explorer.experiment.problem import BadInput
from explorer.live.recovery import Slot
from explorer.ui import keeper
from explorer.ui.program import Program
from explorer.ui.questions import Choosers, Leave, Leaving, Way
from explorer.ui.speed import FULL_SPEED
from explorer.ui.workbench import RunState

seed, period_ms, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
keeper.Keeper.__init__.__kwdefaults__["period_ms"] = period_ms
chance = random.Random(seed)
choosers = Choosers(
    open_path=lambda: folder / "mine.toml",
    save_path=lambda present: folder / chance.choice(["mine.toml", "other.toml"]),
    include=lambda count: True,
    outside=lambda outside: Way.OVERWRITE,
    program_path=lambda proposed: None,
    program=lambda program, name: None,
    leaving=lambda title, kept: Leaving(Leave.QUIT),
    picture_path=lambda proposed: None,
    model=lambda path: None,
)
Program.__init__.__kwdefaults__["choosers"] = lambda window, language, theme: choosers
show = Program.show

def say(what, **facts):
    # In one piece: the keeper's thread says something too.
    sys.stdout.write(json.dumps({"what": what, "time": time.time(), **facts}) + "\\n")
    sys.stdout.flush()

sync = os.fsync
def sync_and_say(handle):
    say("writing")
    sync(handle)
os.fsync = sync_and_say

keep = Slot.keep
def keep_and_say(slot, work):
    keep(slot, work)
    say("kept", steps=work.experiment.training.steps)
Slot.keep = keep_and_say

def begin(program):
    show(program)
    bench, window = program.workbench, program.window
    strip = window.strip
    say("start", offers=[each.heading.title for each in strip.offers])
    window.bar.speed.slider.setValue(FULL_SPEED)
    bench.problem_arose.connect(lambda problem: say("problem", code=problem.code))
    def act():
        if not window.isVisible():
            return
        actions = [flip, flip, value, steps, play, save, save, save_as, reset, other]
        if strip.isVisible():
            actions += [strip.recover.click, discard]
        if seed % 3 == 0:
            actions += [quit] if chance.random() < 0.2 else []
        chance.choice(actions)()
        QTimer.singleShot(chance.randrange(1, 120), act)
    def flip():
        bench.change(tensor=chance.choice("ab"), requires_grad=chance.random() < 0.6)
    def value():
        bench.change(tensor=chance.choice("ab"), value=chance.random())
    def steps():
        number = chance.randrange(10_000_000, 90_000_000)
        bench.set_steps(number)
        say("steps", steps=number, file=str(bench.file.path))
    def play():
        bench.toggle()
    def save():
        window.files.save()
        say("saved", steps=bench.experiment.training.steps, modified=bench.is_modified)
    def save_as():
        window.files.save_as()
        say("saved", steps=bench.experiment.training.steps, modified=bench.is_modified)
    def reset():
        bench.reset()
    def other():
        window.files.open_path(folder / "mine.toml")
        say("opened")
    def discard():
        strip.discard.click()
        say("opened")
    def quit():
        say("quit")
        window.close()
    QTimer.singleShot(chance.randrange(1, 300), act)

Program.show = begin
sys.exit(main(["open", str(folder / "mine.toml")]))
"""


@dataclass
class Life:
    """What one start of the program said before it was killed, and how it ended."""

    said: list[dict[str, Any]] = field(default_factory=list)
    killed_at: float = 0.0
    status: int = 0
    errors: str = ""

    def last(self, what: str) -> dict[str, Any] | None:
        return next((each for each in reversed(self.said) if each["what"] == what), None)


def live(seed: int, folder: Path, number: int) -> Life:
    """Start the program, kill it at a moment of this seed's."""
    chance = random.Random(seed)
    command = [sys.executable, "-c", USER, str(seed), str(PERIOD_MS), str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline()]
        if chance.random() < 0.5:
            # While torch is loaded, in training, at rest.
            time.sleep(chance.choice([0.1, 0.5, 2, 4, 6]) * chance.random())
        else:
            # In the midst of writing a file.
            writings = chance.randrange(1, 20)
            while writings and lines[-1]:
                lines.append(process.stdout.readline())
                writings -= '"writing"' in lines[-1]
            time.sleep(0.02 * chance.random())
        life = Life(killed_at=time.time())
        process.send_signal(number)
        rest, life.errors = process.communicate(timeout=PATIENCE_S)
    lines = [*lines, *rest.splitlines(keepends=True)]
    # The last line may be half one.
    life.said = [json.loads(line) for line in lines if line.endswith("}\n")]
    life.status = process.returncode
    return life


def whole(path: Path) -> None:
    """The file is an experiment, with the comment and the numbers it had."""
    experiment = explorer.load(path)
    assert path.read_text().startswith("# mine\n"), path.read_text()
    assert list(experiment.columns["y"]) == [2, 4, 6]


def leftovers(folder: Path) -> list[str]:
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    locks = {name for name in names if name.endswith(".lock")}
    slots = {name.replace(".unsaved", ".lock") for name in names if name.endswith(".unsaved")}
    return [name for name in names if name.endswith(".part")] + sorted(locks - slots)


def kept_steps(offer: Offer, recovery: Recovery) -> int:
    slot, work = recovery.claim(offer)
    slot.release()
    return work.experiment.training.steps


def check_steps(life: Life, folder: Path, kept: list[int]) -> None:
    """What was set last is in a file or kept; after SIGKILL, what was kept by then."""
    in_order = life.status >= 0
    wanted = life.last("steps" if in_order else "kept")
    if wanted is None:
        return
    later = life.said[life.said.index(wanted) :]
    if any(each["what"] == "opened" for each in later):
        # Left on purpose since then, or discarded.
        return
    known = {*kept, *(explorer.load(each).training.steps for each in folder.glob("*.toml"))}
    fitting = {each["steps"] for each in later if "steps" in each}
    assert fitting & known, (wanted, known, later[-5:])


@pytest.mark.usefixtures("heard_signals")
@pytest.mark.parametrize("first", range(0, KILLS, AT_ONCE))
def test_no_kill_damages_a_file_or_loses_work(tmp_path: Path, first: int) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "points.csv").write_text("x,y\n1,2\n2,4\n3,6\n")
    path = folder / "mine.toml"
    path.write_text(TEXT)
    user = tmp_path / "user"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(user))
        patch.setenv("XDG_CONFIG_HOME", str(user))
        for count in range(first, min(first + AT_ONCE, KILLS)):
            once(count, folder, user / "gradient-explorer" / "recovery")


def once(count: int, folder: Path, slots: Path) -> None:
    """One life and what it left."""
    recovery = Recovery(slots)
    before = [offer.heading.title for offer in recovery.offers()]
    name = KILLED_BY[count % len(KILLED_BY)]
    number = getattr(signal, name)
    life = live(1000 + count, folder, number)
    context = f"kill {count} by {name}: {life.said[-3:]}"
    assert life.errors == "", context
    ended = {0} if life.last("quit") else set()
    assert life.status in ended | {-number if name == "SIGKILL" else 128 + number}, context
    started = life.said[0]
    assert started["offers"] == before, f"{context}: offered were {started['offers']}"
    for each in folder.glob("*.toml"):
        whole(each)
    offers = recovery.offers()
    kept = []
    for offer in offers:
        assert offer.heading.title == "Mine"
        try:
            kept.append(kept_steps(offer, recovery))
        except BadInput as problem:
            raise AssertionError(f"{context}: {problem}") from None
    check_steps(life, folder, kept)
    problems = [each["code"] for each in life.said if each["what"] == "problem"]
    assert set(problems) <= {"recovery-taken"}, context
    # As at the next start, and the next saving to the same places.
    recovery.clear_leftovers()
    for place in ("mine.toml", "other.toml"):
        clear_beside(folder / place)
    assert leftovers(folder) == []
    assert leftovers(slots) == []
    for offer in offers[5:]:
        recovery.discard(offer)
