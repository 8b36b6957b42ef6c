"""A clean Debian below a folder, made with debootstrap and entered with chroot: root only.

Another system of the family is chosen by the environment: GATE_SUITE and, where it is not
Debian's, GATE_MIRROR and GATE_COMPONENTS. For Ubuntu 22.04:

    GATE_SUITE=jammy GATE_MIRROR=http://archive.ubuntu.com/ubuntu GATE_COMPONENTS=main,universe

A virtual display for it runs outside: nothing that the display needs can stand in for what
a package forgot.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from checks.surroundings import GateError, run, tool

SUITE = os.environ.get("GATE_SUITE", "bookworm")
LOOK_PERIOD_S = 0.2
# For a window to come or to go, on a busy machine.
PATIENCE_S = 300
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


class Root:
    """The Debian below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self) -> None:
        """Install the smallest system there is."""
        if os.geteuid():
            raise GateError("a clean Debian needs root (debootstrap, chroot)")
        options = ["--variant=minbase"]
        if components := os.environ.get("GATE_COMPONENTS"):
            options.append(f"--components={components}")
        mirror = [value for value in (os.environ.get("GATE_MIRROR"),) if value]
        run(tool("debootstrap", "debootstrap"), *options, SUITE, self._folder, *mirror)

    def line(
        self,
        *command: str,
        variables: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> list[str]:
        """The command line that runs a command inside, with nothing of our environment.

        `before` stands before the command's environment is made, as setpriv does.
        """
        values = [
            f"{name}={value}" for name, value in {"HOME": "/root", **(variables or {})}.items()
        ]
        inside = [*before, "/usr/bin/env", "-i", PATH, *values, *command]
        return [tool("chroot", "coreutils"), str(self._folder), *inside]

    def call(
        self,
        *command: str,
        quiet: bool = False,
        variables: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> str:
        """What a command inside prints. Raises GateError if it fails."""
        return run(*self.line(*command, variables=variables, before=before), quiet=quiet)

    def apt(self, *arguments: str) -> str:
        """apt-get, without anything that is only recommended."""
        options = ("-y", "-q", "--no-install-recommends")
        silent = {"DEBIAN_FRONTEND": "noninteractive"}
        return self.call("apt-get", *options, *arguments, variables=silent)

    def packages(self) -> set[str]:
        """What is installed."""
        return set(self.call("dpkg-query", "-W", "-f", "${Package}\\n").split())

    def put(self, source: Path, inside: str) -> None:
        """Copy a file into it."""
        shutil.copy2(source, self.path(inside))

    def path(self, inside: str) -> Path:
        """Where a place inside is seen from here."""
        return self._folder / inside.lstrip("/")

    @contextlib.contextmanager
    def mounted(self, kind: str, inside: str, *options: str) -> Iterator[None]:
        """With a file system at a place inside, which is made if it is not there."""
        place = self.path(inside)
        place.mkdir(parents=True, exist_ok=True)
        run(tool("mount", "mount"), "-t", kind, *options, kind, place)
        try:
            yield
        finally:
            run(tool("umount", "mount"), place)

    def proc(self) -> contextlib.AbstractContextManager[None]:
        """With /proc, which PyTorch and apt look into."""
        return self.mounted("proc", "/proc")


@contextlib.contextmanager
def display() -> Iterator[str]:
    """A virtual display that can be reached from inside the other system, by the network."""
    reader, writer = os.pipe()
    command = [tool("Xvfb", "xvfb"), "-displayfd", str(writer), "-screen", "0", "1400x900x24"]
    server = subprocess.Popen(
        [*command, "-ac", "-listen", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise GateError("Xvfb did not start")
        yield f"127.0.0.1:{number}"
    finally:
        server.terminate()
        server.wait()


class Window:
    """A program's window on a display, handled by xdotool as by a user's keyboard.

    `command` starts the program, and may end before it, as a desktop's launcher does.
    """

    def __init__(self, command: Sequence[str], shown_on: str, title: str) -> None:
        # No pipe: what a launcher leaves running would keep it open.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the window)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._errors)
        self._display = {**os.environ, "DISPLAY": shown_on}
        self._title = title
        self._wait_for(bool)
        self._number = self._numbers()[0]

    def press(self, key: str) -> None:
        """Press a key, as xdotool names it."""
        # There is no window manager that would give it the keyboard. The key goes to the display
        # and not to the window, which may be gone before the key is let go.
        run(*self._xdotool, "windowfocus", "--sync", self._number, environment=self._display)
        run(*self._xdotool, "key", key, environment=self._display)

    def end(self, key: str) -> None:
        """Close it with a key. Raises GateError unless it ends well."""
        self.press(key)
        self._wait_for(lambda numbers: not numbers)
        if status := self._process.wait(PATIENCE_S):
            raise GateError(f"the window ended with {status}: {self._said()}")

    def kill(self) -> None:
        """End it whatever it does; once more does no harm."""
        self._process.kill()
        self._process.wait()

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def _wait_for(self, condition: Callable[[list[str]], bool]) -> None:
        """Until it holds for the numbers of the windows with the title."""
        end = time.monotonic() + PATIENCE_S
        while not condition(self._numbers()):
            if self._process.poll() or time.monotonic() > end:
                self.kill()
                said = self._said()
                raise GateError(f"no window came, or did not go; the program said: {said}")
            time.sleep(LOOK_PERIOD_S)

    def _numbers(self) -> list[str]:
        search = [*self._xdotool, "search", "--onlyvisible", "--name", self._title]
        asked = subprocess.run(
            search, env=self._display, capture_output=True, text=True, check=False
        )
        return asked.stdout.split()

    @property
    def _xdotool(self) -> list[str]:
        return [tool("xdotool", "xdotool")]
