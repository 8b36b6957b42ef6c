"""The window is on the screen, with everything in it, before torch is imported."""

import runpy
from pathlib import Path

LAUNCH = Path(__file__).parent / "benchmarks" / "launch.py"


def seen(home: Path, before: str = "") -> list[str]:
    """What the benchmark's witness says about one start of the program."""
    launch = runpy.run_path(str(LAUNCH))
    program = before + launch["PROGRAM"]
    return [name for name, _ in launch["moments"](program, launch["quiet"](str(home)))]


def test_the_window_is_painted_before_torch_is_imported(tmp_path: Path) -> None:
    """At the first start a sign of it comes before; at the second nothing is in its way."""
    assert seen(tmp_path) == ["sign", "window", "point"]
    assert seen(tmp_path) == ["window", "point"]


def test_the_witness_itself_sees_torch(tmp_path: Path) -> None:
    assert "window" not in seen(tmp_path, "import torch\n")
