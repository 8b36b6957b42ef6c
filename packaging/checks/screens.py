"""A virtual display, a Wayland compositor on it, and a program's window handled as a user does.

The display runs outside the system that is tried, so nothing that it needs can stand in for
what a package forgot. What is on it is read from the server's own memory: neither the
program nor its toolkit has a say in whether a window counts as painted. Called by `debroot`
and `readme`.
"""

import contextlib
import mmap
import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from checks.surroundings import GateError, run, tool

LOOK_PERIOD_S = 0.2
# For a window to come or to go, on a busy machine.
PATIENCE_S = 300
# So long the pointer of a compositor may take to follow that of the display it runs on.
POINTER_S = 0.5
# So long a key may stay without effect: PyTorch is imported behind the painted window.
KEY_PATIENCE_S = 10
# The curves and numbers of a run; a panel's clock or a moved arrow change far fewer.
PLAYED_PIXELS = 3_000
WIDTH, HEIGHT, BYTES_PER_PIXEL = 1400, 900, 4
SOCKET = "wayland-gate"


@dataclass(frozen=True)
class Screen:
    """A display of WIDTH × HEIGHT; `name` reaches it from another root, `here` from this one."""

    number: str
    memory: mmap.mmap

    @property
    def name(self) -> str:
        """By the network, which needs no file."""
        return f"127.0.0.1:{self.number}"

    @property
    def here(self) -> str:
        """By its socket; with memory that is shared."""
        return f":{self.number}"

    def pixels(self) -> bytes:
        """What is on it now: four bytes a pixel, line by line."""
        # The server keeps an XWD file: its header names its own size and the colours after it.
        header, colours = (struct.unpack(">I", self.memory[at : at + 4])[0] for at in (0, 76))
        start = header + 12 * colours
        return self.memory[start : start + WIDTH * HEIGHT * BYTES_PER_PIXEL]

    def changed(self, before: bytes) -> int:
        """How many pixels are another than before."""
        now, then = (np.frombuffer(each, np.uint32) for each in (self.pixels(), before))
        return int((now != then).sum())

    def is_filled(self, before: bytes) -> bool:
        """Whether most of it is another than before: something as large as a window came."""
        return self.changed(before) > WIDTH * HEIGHT // 2

    def is_at_rest(self) -> bool:
        """Whether nothing moves on it, for a second."""
        before = self.pixels()
        time.sleep(1)
        return self.changed(before) < PLAYED_PIXELS

    def picture(self, file: Path) -> None:
        """Write what is on it as PNG. Raises GateError if that cannot be done."""
        from PySide6.QtGui import QImage  # noqa: TID251 (the program itself is elsewhere)

        image = QImage(self.pixels(), WIDTH, HEIGHT, QImage.Format.Format_RGB32)
        if not image.save(str(file)):
            raise GateError(f"no picture could be written to {file}")


@contextlib.contextmanager
def display() -> Iterator[Screen]:
    """A virtual display that can be reached from inside the other system."""
    reader, writer = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        command = [tool("Xvfb", "xvfb"), "-displayfd", str(writer), "-screen", "0", size]
        server = subprocess.Popen(
            [*command, "-fbdir", folder, "-ac", "-listen", "tcp", "-noreset"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        try:
            with os.fdopen(reader) as answer:
                number = answer.readline().strip()
            if not number:
                raise GateError("Xvfb did not start")
            with (Path(folder) / "Xvfb_screen0").open("rb") as file:
                memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            yield Screen(number, memory)
        finally:
            server.terminate()
            server.wait()


@contextlib.contextmanager
def compositor(screen: Screen, folder: Path) -> Iterator[None]:
    """weston on the whole display, with its socket SOCKET in `folder`.

    Its headless backend has no keyboard; on an X display it has that of the display.
    """
    folder.mkdir(mode=0o700)
    empty = screen.pixels()
    size = (f"--width={WIDTH}", f"--height={HEIGHT}")
    errors = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the compositor)
    # No panel: a click that its pointer has not come up with yet would start a terminal there.
    settings = folder / "weston.ini"
    settings.write_text("[shell]\npanel-position=none\n", encoding="utf-8")
    command = [tool("weston", "weston"), "--backend=x11-backend.so", "--use-pixman", *size]
    server = subprocess.Popen(
        [*command, f"--config={settings}", f"--socket={SOCKET}", "--idle-time=0"],
        env={**os.environ, "DISPLAY": screen.here, "XDG_RUNTIME_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
    try:
        until(lambda: screen.is_filled(empty) or server.poll() is not None, PATIENCE_S)
        if server.poll() is not None:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")
            raise GateError(f"weston ended with {server.returncode}: {said[-2000:]}")
        # Its desktop fades in: whatever changes later is a window's.
        until(screen.is_at_rest, PATIENCE_S)
        yield
    finally:
        server.terminate()
        server.wait()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to hold within so long."""
    end = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(LOOK_PERIOD_S)
    return holds


class Started:
    """A program with a window on a screen. It is ended by `kill`, whatever happens.

    `command` may end before the program, as a desktop's launcher does.
    """

    def __init__(
        self, command: Sequence[str], screen: Screen, environment: Mapping[str, str] | None = None
    ) -> None:
        self.screen = screen
        # No pipe: what a launcher leaves running would keep it open.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the window)
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=self._errors, env=environment
        )
        self._xdotool = tool("xdotool", "xdotool")
        self._display = {**os.environ, "DISPLAY": screen.name}

    def press(self, key: str) -> None:
        """Press a key, as xdotool names it."""
        run(self._xdotool, "key", key, environment=self._display)

    def play(self) -> None:
        """Press F5 until the run is seen on the screen. Raises GateError if nothing comes."""
        before = self.screen.pixels()
        for _ in range(PATIENCE_S // KEY_PATIENCE_S):
            self.press("F5")
            if until(lambda: self.screen.changed(before) > PLAYED_PIXELS, KEY_PATIENCE_S):
                break
        else:
            self.fail("F5 starts no run")
        # The button and the table have changed; what follows are the curves.
        started = self.screen.pixels()
        self.wait_for(lambda: self.screen.changed(started) > PLAYED_PIXELS)

    def end(self, key: str) -> None:
        """Close it with a key. Raises GateError unless it goes, and ends well."""
        self.press(key)
        self.wait_for(self.is_gone)
        if status := self._process.wait(PATIENCE_S):
            self.fail(f"the window ended with {status}")

    def is_gone(self) -> bool:
        """Whether there is no window any more."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it whatever it does; once more does no harm."""
        self._process.kill()
        self._process.wait()

    def wait_for(self, condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        """Until it holds. Raises GateError if it does not, or if the program fails meanwhile."""
        if not until(lambda: bool(self._process.poll()) or condition(), seconds):
            self.fail("no window came, or did not go")
        if self._process.poll():
            self.fail(f"status {self._process.returncode}")

    def fail(self, what: str) -> None:
        """End it and raise GateError with what it said."""
        self.kill()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace")
        raise GateError(f"{what}; the program said: {said[-3000:]}")


class Window(Started):
    """A window on the display itself, found by its title; `seconds` is how long it may take."""

    def __init__(
        self, command: Sequence[str], screen: Screen, title: str, seconds: float = PATIENCE_S
    ) -> None:
        super().__init__(command, screen)
        self._title = title
        self.wait_for(lambda: bool(self._numbers()), seconds)
        self._number = self._numbers()[0]

    def press(self, key: str) -> None:
        """Press a key, as xdotool names it."""
        # There is no window manager that would give it the keyboard. The key goes to the display
        # and not to the window, which may be gone before the key is let go.
        focus = [self._xdotool, "windowfocus", "--sync", self._number]
        run(*focus, environment=self._display)
        super().press(key)

    def is_gone(self) -> bool:
        """Whether there is no window any more."""
        return not self._numbers()

    def _numbers(self) -> list[str]:
        search = [self._xdotool, "search", "--onlyvisible", "--name", self._title]
        asked = subprocess.run(
            search, env=self._display, capture_output=True, text=True, check=False
        )
        return asked.stdout.split()


class WaylandWindow(Started):
    """A window in the compositor, which alone knows its title: it is there once it is painted."""

    def __init__(self, command: Sequence[str], screen: Screen) -> None:
        before = screen.pixels()
        super().__init__(command, screen)
        self.wait_for(lambda: screen.is_filled(before))
        # The compositor hands the keyboard on to the window that was clicked.
        middle = (str(WIDTH // 2), str(HEIGHT // 2))
        run(self._xdotool, "mousemove", *middle, environment=self._display)
        # The click is where the compositor's own pointer is, which follows.
        time.sleep(POINTER_S)
        run(self._xdotool, "click", "1", environment=self._display)
