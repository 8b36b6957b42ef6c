"""From the start of the process to the painted window: the frozen program and the checkout.

Prints {"bundle_ratio", …}: the bundle's time divided by that of `python -m explorer` in this
environment. Both are whole processes on a virtual display (Xvfb), in turns; medians. The
clock watches the display's own pixels, so neither program knows of it: the window counts as
painted when its plots are there, which nothing smaller than half the screen can be taken for.

Build the bundle first (`python packaging/build.py bundle`), then, on a quiet machine:
python tests/benchmarks/launch_bundle.py [build/dist/gradient-explorer]
"""

import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "build" / "dist" / "gradient-explorer"
TURNS = 7
WIDTH, HEIGHT = 1280, 800
BYTES_PER_PIXEL = 4
# One byte in so many is looked at, a colour of every 41st pixel.
STEP = 41 * BYTES_PER_PIXEL
LOOK_S = 0.002
PATIENCE_S = 60.0


def main() -> None:
    """Measure in turns and print the ratio."""
    bundle = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else BUNDLE
    commands = {
        "bundle": [str(bundle / "gradient-explorer")],
        "checkout": [sys.executable, "-m", "explorer"],
    }
    with tempfile.TemporaryDirectory() as folder, screen(Path(folder)) as (display, pixels):
        for command in commands.values():  # files into the system's cache
            painted(command, display, pixels)
        turns = [
            {name: painted(command, display, pixels) for name, command in commands.items()}
            for _ in range(TURNS)
        ]
    ratios = [turn["bundle"] / turn["checkout"] for turn in turns]
    seconds = {f"{name}_s": statistics.median(turn[name] for turn in turns) for name in commands}
    report = {"bundle_ratio": statistics.median(ratios), **seconds}
    print(json.dumps({name: round(value, 3) for name, value in report.items()}))


def painted(command: Sequence[str], display: str, pixels: mmap.mmap) -> float:
    """Seconds until the program's window is on the display; then it is ended."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            **{"HOME": home, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
            "QT_LOGGING_RULES": "default.warning=false",
        }
        before = pixels[::STEP]
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            seconds = wait_until(lambda: is_painted(pixels[::STEP], before), start)
        finally:
            process.kill()
            process.wait()
    # The server takes the window away; the mouse's arrow may stand elsewhere than before.
    wait_until(lambda: not is_painted(pixels[::STEP], before), time.perf_counter())
    return seconds


def wait_until(condition: Callable[[], bool], start: float) -> float:
    """Seconds since `start` when it holds."""
    while not condition():
        assert time.perf_counter() - start < PATIENCE_S, "nothing happened on the display"
        time.sleep(LOOK_S)
    return time.perf_counter() - start


def is_painted(now: bytes, before: bytes) -> bool:
    """Whether most of the screen is another than before, and not of one colour only."""
    changed = sum(one != other for one, other in zip(now, before, strict=True))
    return changed > len(now) / 2 and len(set(now)) > 8


@contextmanager
def screen(folder: Path) -> Iterator[tuple[str, mmap.mmap]]:
    """A virtual display as large as the window, and its pixels."""
    size = f"{WIDTH}x{HEIGHT}x24"
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-fbdir", str(folder), "-noreset"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        try:
            number = server.stdout.readline().strip()
            with (folder / "Xvfb_screen0").open("rb") as file:
                pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            yield f":{number}", pixels
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
