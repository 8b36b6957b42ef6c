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
    "gradients": ["--language", "zh_CN", "gradients", hostile.EXPERIMENT],
    "graph": ["graph", hostile.EXPERIMENT, "--json"],
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


def environment(**more: str) -> dict[str, str]:
    # What pytest was given for itself is not what is tried.
    return {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | more


# What others could foresee in the folder for temporary files: PyTorch's compiler works there.
FORESEEN = f"torchinductor_{getpass.getuser()}"
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the commands are called otherwise there"
)


@dataclass(frozen=True)
class Ran:
    """How a program ended that was started in the folder, and what of the folder was run.

    `temporary` is what it left where temporary files are.
    """

    status: int
    out: str
    err: str
    marks: list[str]
    temporary: list[str]


Outcomes = Ahead[tuple[str, str], Ran]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    """What comes of the cases, in two folders for all: to plant one takes seconds."""
    with tempfile.TemporaryDirectory() as place:
        whole, library = Path(place, "whole"), Path(place, "library")
        for folder in (whole, library):
            folder.mkdir()
        hostile.plant(whole)
        hostile.plant(library, READ_BY_US)

        def ran(case: tuple[str, str]) -> Ran:
            return run_in(library if case[0] == "python -m" else whole, *case)

        yield Ahead(ran, CASES)


def run_in(folder: Path, program: str, name: str) -> Ran:
    command = [*PROGRAMS[program], *COMMANDS[name]]
    with tempfile.TemporaryDirectory() as place:
        temporary = Path(place)
        (temporary / FORESEEN).touch()
        done = hostile.run_in(folder, command, environment(TMPDIR=place))
        left = [each.name for each in temporary.iterdir()]
    return Ran(done.returncode, done.stdout, done.stderr, hostile.marks(folder), left)


@pytest.mark.parametrize(("program", "name"), CASES)
def test_nothing_of_it_is_run(outcomes: Outcomes, program: str, name: str) -> None:
    outcome = outcomes((program, name))
    # Of the other cases too: they share the folder.
    assert outcome.marks == []
    assert outcome.err == ""
    assert outcome.status == 0
    assert "lanted" not in outcome.out
    assert outcome.temporary == [FORESEEN]


def test_what_is_planted_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        # Without a compiler no libraries are planted, which nothing here would load.
        patch.setenv("PATH", "")
        hostile.plant(tmp_path)
    looking = [sys.executable, "-c", "import explorer, torch, numpy, os; os.system('./uname')"]
    subprocess.run(looking, cwd=tmp_path, env=environment(), check=True)
    ran = {"explorer+__init__.py", "torch+__init__.py", "numpy.py", "uname"}
    assert set(hostile.marks(tmp_path)) >= ran
