"""Started in somebody's folder, the program runs nothing of what stands in it."""

import getpass
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ahead import Ahead

from checks import hostile

BIN = Path(sys.executable).parent
# With `python -m` Python itself has read the rest before us.
READ_BY_US = hostile.LIBRARIES
COMMANDS = {
    "gradients": ["gradients", hostile.EXPERIMENT],
    "graph": ["graph", hostile.EXPERIMENT, "--json"],
    "check": ["--language", "zh_CN", "check", hostile.EXPERIMENT],
    "window": ["open", hostile.EXPERIMENT, "--play", "--graph", "--quit"],
    "self-test": ["--self-test"],
}
PROGRAMS = {
    "gradient-explorer": [str(BIN / "gradient-explorer")],
    "gradient-explorer-window": [str(BIN / "gradient-explorer-window")],
    "python -m": [sys.executable, "-m", "explorer"],
    "python -P -m": [sys.executable, "-P", "-m", "explorer"],
}
# The programs differ only in how they begin; what is begun with shows in any command.
CASES = [
    *(("gradient-explorer", name) for name in COMMANDS),
    *((program, "gradients") for program in list(PROGRAMS)[1:]),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def environment(**more: str) -> dict[str, str]:
    # What pytest was given for itself is not what is tried.
    return {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | more


@dataclass(frozen=True)
class Ran:
    """How a program ended that was started in the folder, and what of the folder was run."""

    status: int
    out: str
    err: str
    marks: list[str]


def ran(case: tuple[str, str]) -> Ran:
    program, name = case
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        hostile.plant(folder, *([READ_BY_US] if program == "python -m" else []))
        command = [*PROGRAMS[program], *COMMANDS[name]]
        outcome = hostile.run_in(folder, command, environment())
        return Ran(outcome.returncode, outcome.stdout, outcome.stderr, hostile.marks(folder))


RAN = Ahead(ran, CASES)


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are called otherwise there")
@pytest.mark.parametrize(("program", "name"), CASES)
def test_nothing_of_it_is_run(program: str, name: str) -> None:
    outcome = RAN((program, name))
    assert outcome.marks == []
    assert outcome.err == ""
    assert outcome.status == 0
    assert "lanted" not in outcome.out


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are called otherwise there")
def test_what_is_planted_would_be_seen(folder: Path) -> None:
    hostile.plant(folder)
    looking = [sys.executable, "-c", "import explorer, torch, numpy, os; os.system('./uname')"]
    subprocess.run(looking, cwd=folder, env=environment(), check=True)
    ran = {"explorer+__init__.py", "torch+__init__.py", "numpy.py", "uname"}
    assert set(hostile.marks(folder)) >= ran


def test_nobody_can_foresee_a_folder_of_ours(folder: Path, tmp_path: Path) -> None:
    hostile.plant(tmp_path, ())
    shared = folder / "tmp"
    shared.mkdir()
    (shared / f"torchinductor_{getpass.getuser()}").touch()
    command = [*PROGRAMS["gradient-explorer"], "open", "--play", "--quit", hostile.EXPERIMENT]
    outcome = hostile.run_in(tmp_path, command, environment(TMPDIR=str(shared)))
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert len(list(shared.iterdir())) == 1
