"""From the start of the process to the first painted window and to the first trained point.

Prints {"window_ratio", "first_point_ratio"}. `window_ratio`: the program's window, with the
line fit's table and axes in it, against a bare pyqtgraph window with an empty plot.
`first_point_ratio`: the first painted frame of a run that is played as soon as it can be,
against that bare window and `import torch` one after the other. Whole processes, in turns;
medians. The program is the real one, entered through `explorer.__main__`.

Beside these, which are of a second start, the first: nothing compiled to bytecode and, for
root, nothing in the system's cache. `first_sign_ratio` is what first shows on the screen, and
`first_window_ratio` the window, against the bare window in the same state.

Run it on a quiet machine: python tests/benchmarks/launch.py
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TURNS = 7
FIRST_STARTS = 3
TIMEOUT_S = 30.0
CACHES = Path("/proc/sys/vm/drop_caches")

# Each says a word when it has got there; the clock is on this side of the pipe. A window
# counts as painted when the event loop goes on after its plot's first paint event.
BARE_WINDOW = """
import pyqtgraph as pg
from PySide6.QtCore import QTimer

class Plot(pg.PlotWidget):
    seen = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.seen:
            self.seen = True
            QTimer.singleShot(0, report)

def report():
    print("window", flush=True)
    application.quit()

application = pg.mkQApp()
plot = Plot()
plot.resize(1280, 800)
plot.show()
application.exec()
"""

TORCH = """
import time
start = time.perf_counter()
import torch
print(time.perf_counter() - start, flush=True)
"""

PROGRAM = """
import sys
import explorer.__main__ as entry
from explorer.ui import application

class Witness:
    def __init__(self):
        self.program = None
        self.painted = False

    def begin(self, program, show):
        self.program = program
        program.workbench.state_changed.connect(self.play)
        program.window.display_clock.shown.connect(self.shown)
        show(program)

    def paint(self, panel, event, paint):
        paint(panel, event)
        if not self.painted:
            self.painted = True
            check(self.program.window)
            from PySide6.QtCore import QTimer
            QTimer.singleShot(0, self.report)

    def report(self):
        print("window", flush=True)

    def play(self):
        from explorer.ui.workbench import RunState
        if self.program.workbench.state is RunState.READY:
            self.program.workbench.play()

    def shown(self, frame):
        if frame.step:
            # A slow machine has the next frame on its way by now.
            self.program.window.display_clock.shown.disconnect(self.shown)
            print("point", flush=True)
            self.program.window.close()

def check(window):
    assert "torch" not in sys.modules, "torch was imported before the first paint"
    table = window.table.model()
    names = [table.index(row, 0).data() for row in range(table.rowCount())]
    assert names[:4] == ["a", "b", "c", "d"], names
    panel = window.panel
    for plot in panel.plots.values():
        assert plot.isVisible() and plot.grid._lines and plot.vb.height() > 100
    low, high = panel.plots["parameters"].viewRange()[1]
    assert low < 0 and high > 1, (low, high)
    from explorer.ui.plots.timeaxis import FIRST_STEPS
    assert panel.plots["loss"].viewRange()[0] == [0, FIRST_STEPS]

def install(witness):
    from explorer.ui.plots.panel import PlotPanel
    from explorer.ui.program import Program
    show, paint = Program.show, PlotPanel.paintEvent
    Program.show = lambda program: witness.begin(program, show)
    PlotPanel.paintEvent = lambda panel, event: witness.paint(panel, event, paint)

def noticed(language):
    if "explorer.ui.app" in sys.modules:
        # The program has imported all it needs by now, in its own order.
        install(Witness())
    return opened(language)

def signed(language):
    sign = first_sign(language)
    if sign is not None:
        assert sign.painted
        print("sign", flush=True)
    return sign

opened, application.opened = application.opened, noticed
from explorer.ui import opening
first_sign, opening.first_sign = opening.first_sign, signed
sys.exit(entry.main([]))
"""


def main() -> None:
    """Measure in turns and print the ratios."""
    turn()  # files into the system's cache, modules compiled
    turns = [turn() for _ in range(TURNS)]
    firsts = [first_start() for _ in range(FIRST_STARTS)]
    window = [each["window"] / each["bare"] for each in turns]
    point = [each["point"] / (each["bare"] + each["torch"]) for each in turns]
    report: dict[str, float] = {
        "window_ratio": round(statistics.median(window), 3),
        "first_point_ratio": round(statistics.median(point), 3),
        **{f"{name}_s": median(each[name] for each in turns) for name in turns[0]},
        **{
            f"first_{name}_ratio": median(each[name] / each["bare"] for each in firsts)
            for name in ("sign", "window")
        },
        **{f"first_{name}_s": median(each[name] for each in firsts) for name in firsts[0]},
    }
    print(json.dumps(report))


def turn() -> dict[str, float]:
    """Seconds for each goal, one process after the other."""
    # A fresh home: a window that was open before comes back in the size of this screen.
    with tempfile.TemporaryDirectory() as home:
        environment = quiet(home)
        be_second(Path(home))
        ((_, bare),) = moments(BARE_WINDOW, environment)
        ((imported, _),) = moments(TORCH, environment)
        reached = dict(moments(PROGRAM, environment))
    # An exception while painting ends no process: a window that was wrong is not reported.
    assert reached.keys() == {"window", "point"}, reached
    return {
        "bare": bare,
        "torch": float(imported),
        "window": reached["window"],
        "point": reached["point"],
    }


def first_start() -> dict[str, float]:
    """Seconds for the bare window, the sign and the window, each in a fresh state."""
    ((_, bare),) = uncompiled(BARE_WINDOW)
    reached = dict(uncompiled(PROGRAM))
    return {"bare": bare, "sign": reached["sign"], "window": reached["window"]}


def uncompiled(program: str) -> list[tuple[str, float]]:
    """As `moments`, where nothing has run before."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as bytecode:
        if os.access(CACHES, os.W_OK):
            os.sync()
            CACHES.write_text("3")
        return moments(program, {**quiet(home), "PYTHONPYCACHEPREFIX": bytecode})


def be_second(home: Path) -> None:
    """As if this version had been started from this home before."""
    file = home / "gradient-explorer" / "window.ini"
    file.parent.mkdir()
    file.write_text(f"[General]\nstarted={version()}\n", encoding="ascii")


def version() -> str:
    """The version of the checkout, which need not be importable here."""
    text = (ROOT / "explorer" / "__init__.py").read_text(encoding="utf-8")
    return next(line for line in text.splitlines() if "__version__" in line).split('"')[1]


def moments(program: str, environment: Mapping[str, str]) -> list[tuple[str, float]]:
    """Each line that the process says, with the seconds since it was started."""
    start = time.perf_counter()
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        seen = [(line.strip(), time.perf_counter() - start) for line in process.stdout]
        status = process.wait(TIMEOUT_S)
    assert status == 0, status
    return seen


def quiet(home: str) -> dict[str, str]:
    """No screen, settings of their own, English; modules compiled once, as an installer does."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    folders = ("HOME", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    return {
        **inherited,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_LOGGING_RULES": "default.warning=false",
        "GRADIENT_EXPLORER_LANGUAGE": "en",
        **dict.fromkeys(folders, home),
    }


def median(seconds: Iterator[float]) -> float:
    """In seconds, to the millisecond."""
    return round(statistics.median(seconds), 3)


if __name__ == "__main__":
    main()
