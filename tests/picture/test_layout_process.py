"""Large pictures are laid out by a process of their own, with the same result."""

import math
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from graphs import chain, connected

from explorer.__main__ import LAY_OUT
from explorer.picture import layout_process
from explorer.picture.layout import layout
from explorer.picture.layout_process import layout_aside
from explorer.picture.scene import every_group, scene


def test_the_process_gives_the_same_picture() -> None:
    trace = chain(600)
    whole = scene(trace, every_group(trace))
    assert len(whole.nodes) > layout_process.MOST_NODES_HERE
    assert layout_aside(whole, roomy=True) == layout(whole, roomy=True)


def test_a_small_picture_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    small = scene(connected())
    assert layout_aside(small) == layout(small)


def test_without_a_process_it_is_laid_out_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    trace = chain(600)
    whole = scene(trace, every_group(trace))
    assert layout_aside(whole) == layout(whole)


@pytest.mark.parametrize("answer", ["", "no layout", "[null]", "[{}]"])
def test_what_is_no_layout_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    trace = chain(600)
    whole = scene(trace, every_group(trace))
    says = [sys.executable, "-c", f"print({answer!r})"]
    monkeypatch.setattr(layout_process, "_command", lambda home: says)
    assert layout_aside(whole) == layout(whole)


def test_a_module_beside_a_model_is_not_taken_for_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dataclasses.py").write_text("raise OSError('not this one')", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    small = scene(connected())
    assert layout_process.answered(small, True, bool) == layout(small, roomy=True)


@pytest.mark.parametrize("magnitude", [math.nan, math.inf, -math.inf, None, -0.0, 5e-324])
def test_every_number_comes_back_as_it_went(magnitude: float | None) -> None:
    small = scene(connected())
    edges = tuple(replace(edge, magnitude=magnitude) for edge in small.edges)
    placed = layout_process.answered(replace(small, edges=edges), True, bool)
    # NaN is unlike itself, and 5 is like 5.0: the texts tell.
    assert repr(placed) == repr(layout(replace(small, edges=edges), roomy=True))


def test_who_waits_no_longer_gets_nothing_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = chain(3000)
    whole = scene(trace, every_group(trace))
    killed: list[bool] = []
    kill = subprocess.Popen.kill

    def noted(process: subprocess.Popen[bytes]) -> None:
        killed.append(process.returncode is None)
        kill(process)

    monkeypatch.setattr(subprocess.Popen, "kill", noted)
    # Asked before the process is waited for, and once more.
    answers = iter([False, True])
    assert layout_aside(whole, interrupted=lambda: next(answers)) is None
    assert killed == [True], "it was waited for to the end"


def test_other_threads_go_on_meanwhile() -> None:
    trace = chain(3000)
    whole = scene(trace, every_group(trace))
    gaps: list[float] = []
    done = threading.Event()

    def watch() -> None:
        before = time.perf_counter()
        while not done.wait(0.005):
            now = time.perf_counter()
            gaps.append(now - before)
            before = now

    thread = threading.Thread(target=watch)
    thread.start()
    layout_aside(whole)
    done.set()
    thread.join()
    # With the layout in this process the longest gap is as long as the layout.
    assert max(gaps) < 0.7 * sum(gaps)


def test_both_ends_agree_on_the_argument() -> None:
    assert LAY_OUT == layout_process.ARGUMENT
