"""Tries the Windows installer in Wine: install, use, upgrade, refuse, remove.

    python packaging/windows/gate.py INSTALLER.exe

Needs Debian's `wine64` and `binutils-mingw-w64-x86-64`. It proves that the files are
there and fit together, that the numbers are right and the window paints offscreen; not
that the window works on a Windows desktop, for Wine 8 cannot run Qt's own plugin for
that. `check` is called by the gate of all packages; every failure raises.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from basics import BuildError, Say
from windows.wine import Wine

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "gradient-explorer"
MARKS = ("GradientExplorer", "Gradient Explorer", PROGRAM)
# Kept when the program goes: what the user made with it.
USERS_OWN = ("AppData/Roaming/gradient-explorer", "AppData/Local/gradient-explorer")
RUNNING, DONE = 3, 0


def check(installer: Path, say: Say) -> None:
    """All of it, in a new Windows of its own. Raises BuildError."""
    with tempfile.TemporaryDirectory() as scratch, Wine(Path(scratch) / "prefix") as wine:
        trial = _Trial(wine, installer.resolve(), say)
        chosen = wine.drive / "Class room 教室" / "Gradient Explorer"
        with trial.installed("/CurrentUser", f"/D={wine.inside(chosen)}", folder=chosen):
            trial.use(chosen)
            trial.refuses_while_running(chosen)
            trial.upgrade(chosen)
        everyone = wine.drive / "Program Files" / "Gradient Explorer"
        with trial.installed("/AllUsers", folder=everyone):
            trial.numbers(everyone)
    say("Windows installer: passed (in Wine, offscreen)")


class _Trial:
    """One installer in one Windows."""

    def __init__(self, wine: Wine, installer: Path, say: Say) -> None:
        self._wine = wine
        self._installer = wine.drive / "setup.exe"
        shutil.copy(installer, self._installer)
        self._say = say

    @contextmanager
    def installed(self, *options: str, folder: Path) -> Iterator[None]:
        """Install before, remove after, and find nothing left."""
        before = self._wine.files()
        self._install(*options)
        _demand((folder / f"{PROGRAM}-window.exe").is_file(), f"nothing was put into {folder}")
        _demand(PROGRAM in self._wine.registry(), "the registry knows nothing of it")
        yield
        self._wine.run(folder / "uninstall.exe", options[0], "/S")
        self._wine.settle()
        left = {name for name in self._wine.files() - before if not _is_users_own(name)}
        left.discard(folder.parent.relative_to(self._wine.drive).as_posix())
        _demand(not left, f"left behind: {sorted(left)[:20]}")
        lines = self._wine.registry().splitlines()
        marked = [line for line in lines if any(mark in line for mark in MARKS)]
        _demand(not marked, f"left in the registry: {marked[:20]}")
        self._say(f"removed without a trace ({options[0]})")

    def _install(self, *options: str) -> None:
        start = time.monotonic()
        # Through cmd: a program of NSIS wants its /D= without quotes, whatever is in it.
        self._wine.run("cmd", "/c", " ".join((r"C:\setup.exe /S", *options)))
        self._say(f"installed in {time.monotonic() - start:.0f} s ({' '.join(options)})")

    def use(self, folder: Path) -> None:
        """Numbers, the window with a file of a difficult name, and the self-test."""
        self.numbers(folder)
        self._window(folder)
        console = folder / f"{PROGRAM}.exe"
        if "--self-test" in self._wine.run(console, "--help"):
            self._wine.run(console, "--self-test")
            self._say("self-test passed")
        names = self._wine.run(console, "list")
        _demand("line-fit" in names, f"list said: {names}")

    def numbers(self, folder: Path) -> None:
        """The same run as in this checkout, to the last bit."""
        line = ("run", "line-fit", "--json")
        here = subprocess.run(
            [sys.executable, "-m", "explorer", *line], cwd=ROOT, capture_output=True, check=True
        )
        there = self._wine.run(folder / f"{PROGRAM}.exe", *line)
        expected, got = json.loads(here.stdout), json.loads(there)
        _demand(expected == got, f"the run differs: {got}, here: {expected}")
        self._say("run line-fit: the same bits")

    def _window(self, folder: Path) -> None:
        experiment = folder.parent / "直线 拟合.gx.toml"
        source = ROOT / "resources" / "experiments" / "line-fit.toml"
        experiment.write_bytes(source.read_bytes())
        picture = folder.parent / "窗口.png"
        self._wine.run(
            *(folder / f"{PROGRAM}-window.exe", "open", self._wine.inside(experiment), "--play"),
            *("--steps", "50", "--screenshot", self._wine.inside(picture), "--quit"),
        )
        _demand(picture.is_file(), "the window left no picture")
        size = picture.stat().st_size
        _demand(size > 10_000, f"the picture of the window has {size} bytes only")
        for file in (experiment, picture):
            file.unlink()
        self._say(f"window opened {experiment.name} offscreen, picture of {size} bytes")

    def refuses_while_running(self, folder: Path) -> None:
        """Installing over a program in use changes nothing and says so by its status."""
        python = folder / "program" / "python.exe"
        process = self._wine.start(
            python, "-c", "import time; print('up', flush=True); time.sleep(600)"
        )
        try:
            assert process.stdout is not None
            _demand(process.stdout.readline().strip() == "up", "Python did not start")
            status, _output, _errors = self._wine.status(self._installer, "/S", "/CurrentUser")
            _demand(status == RUNNING, f"installed over a running program: status {status}")
        finally:
            process.kill()
            process.wait()
        self._say("refused to install over a running program")

    def upgrade(self, folder: Path) -> None:
        """Installed over itself: nothing stale is left, everything is there."""
        stale = folder / "program" / "site-packages" / "stale.py"
        stale.touch()
        self._install("/CurrentUser")
        _demand(not stale.exists(), "an upgrade leaves old files")
        version = self._wine.run(folder / f"{PROGRAM}.exe", "--version")
        _demand(PROGRAM in version, f"after an upgrade --version says {version!r}")


def _is_users_own(name: str) -> bool:
    return any(mark in name for mark in USERS_OWN)


def _demand(truth: bool, otherwise: str) -> None:
    if not truth:
        raise BuildError(otherwise)


def main() -> int:
    """Check the installer named on the command line."""
    check(Path(sys.argv[1]), print)
    return 0


if __name__ == "__main__":
    sys.exit(main())
