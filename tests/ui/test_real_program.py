"""The real program in a process of its own, offscreen and on a virtual X display."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from explorer import i18n
from explorer.ui import application
from explorer.ui.settings import Settings

from .conftest import Write

FIRST_SIZE = (1280, 800)
PATIENCE_S = 200


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "explorer", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, **environment},
    )


def colors(image: QImage) -> set[int]:
    """The colours at every seventh pixel."""
    return {
        image.pixel(x, y)
        for x in range(0, image.width(), 7)
        for y in range(0, image.height(), 7)
    }  # fmt: skip


def test_play_picture_and_quit(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    looks = ["--size", "900x600", "--scale", "1.5", "--theme", "dark", "--language", "zh_CN"]
    done = program("open", "line-fit", "--play", "--screenshot", str(picture), "--quit", *looks)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1350, 900)
    assert len(colors(image)) > 20, "the picture is blank"
    assert image.pixelColor(5, 5).lightness() < 60
    # It was for this picture alone.
    assert (Settings().appearance, Settings().notch) == ("system", None)


@pytest.mark.parametrize("text", ["formula = ", 'formula = "y = b"\ndata.y = [1]\n', "\0", ""])
def test_a_broken_file_on_the_command_line(write: Write, text: str) -> None:
    path = write(text)
    done = program("open", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_fails_says_so(write: Write) -> None:
    path = write(
        'formula = "y = a*x"\nparameters.a = 1\ndata.x = [1, 2]\ndata.y = [2, 4]\n'
        'training.optimizer = { name = "sgd", lr = 1e30 }\n'
    )
    done = program("open", str(path), "--play", "--quit")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) >= 1
    assert "Traceback" not in done.stderr


def test_shapes_that_do_not_fit_say_so(write: Write) -> None:
    path = write(
        'formula = "y = W @ x"\nparameters.W = [[1, 2], [3, 4]]\n'
        "data.x = [1, 2, 3]\ndata.y = [1, 2, 3]\n"
    )
    done = program("open", str(path), "--play", "--quit")
    assert done.returncode == 2
    assert done.stderr != ""
    assert "Traceback" not in done.stderr


def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    place = str(tmp_path / "no such folder" / "window.png")
    done = program("open", "line-fit", "--screenshot", place, "--quit")
    assert done.returncode == 2
    assert place in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="devices of Linux")
def test_a_picture_goes_through_links_and_into_streams(tmp_path: Path) -> None:
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    target.touch()
    link.symlink_to(target)
    assert program("open", "line-fit", "--screenshot", str(link), "--quit").returncode == 0
    assert link.is_symlink()
    assert QImage(str(target)).width() > 700
    full = program("open", "line-fit", "--screenshot", "/dev/full", "--quit")
    assert full.returncode == 2
    assert full.stderr.startswith("/dev/full: This cannot be written to: ")
    assert not list(tmp_path.glob(".*"))


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual X display with a screen larger than the window."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb and xdotool are not installed")
    # The server chooses a free number and says it when it is ready.
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"
        server.terminate()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt always has a display")
@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("xcb", "There is no display to open a window on: DISPLAY=:4999."),
        (
            "nonsense",
            'Qt cannot open a window here: Could not find the Qt platform plugin "nonsense"',
        ),
    ],
)
def test_where_no_window_can_be_opened_one_sentence_says_why(platform: str, said: str) -> None:
    done = program(
        "open", "line-fit", DISPLAY=":4999", WAYLAND_DISPLAY="", QT_QPA_PLATFORM=platform
    )
    assert (done.returncode, done.stdout) == (74, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="libraries are called otherwise")
def test_a_library_that_the_platform_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def loader(file: str) -> None:
        assert Path(file).is_file()
        cause = OSError("libxcb-cursor.so.0: cannot open shared object file")
        raise OSError("not found when the application was frozen") from cause

    monkeypatch.setattr("ctypes.CDLL", loader)
    # As Qt says it, in this order.
    said = [
        "Qt depends on a UTF-8 locale, and has switched to C.UTF-8 instead.",
        "From 6.5.0, xcb-cursor0 or libxcb-cursor0 is needed to load the Qt xcb platform plugin.",
        'Could not load the Qt platform plugin "offscreen" in "" even though it was found.',
    ]
    sentence = application.sentence(said, i18n.load("en"))
    assert sentence == (
        "Qt cannot open a window here: libxcb-cursor.so.0: cannot open shared object file"
    )
    monkeypatch.undo()
    # Where the plugin itself is not there, it is what is said of it.
    sentence = application.sentence(said, i18n.load("en"))
    assert sentence == f"Qt cannot open a window here: {said[2]}"


def xdotool(display: str, *arguments: str) -> str:
    """What xdotool says; nothing if it fails."""
    done = subprocess.run(
        ["xdotool", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "DISPLAY": display},
    )
    return done.stdout if done.returncode == 0 else ""


def shown_window(display: str) -> str:
    """The number of the program's window, once it is on the screen."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = xdotool(display, "search", "--onlyvisible", "--name", "Gradient Explorer").split()
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("no window came")


def test_on_a_display_by_keys(display: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
    )
    try:
        window = shown_window(display)
        assert "x".join(map(str, FIRST_SIZE)) in xdotool(display, "getwindowgeometry", window)
        # There is no window manager here that would give it the keyboard.
        xdotool(display, "windowfocus", "--sync", window)
        xdotool(display, "key", "--window", window, "F5")
        time.sleep(3)
        xdotool(display, "key", "--window", window, "ctrl+q")
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "")
    assert re.sub(r"(?m)^.*(dbus|propagateSizeHints).*\n?", "", err) == ""


def test_a_picture_on_a_display(display: str, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = program(
        "open", "line-fit", "--play", "--steps", "800", "--screenshot", str(picture), "--quit",
        DISPLAY=display, QT_QPA_PLATFORM="xcb",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == FIRST_SIZE
    assert len(colors(image)) > 20, "the picture is blank"
