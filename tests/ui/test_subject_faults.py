"""The window on a model whose code raises, hangs, prints or ends: what it says, and lives on."""

from pathlib import Path

import pytest

from explorer.ui.bench import RunState

from .subject_desk import BATCHES, LOSS_OF_ALL, MODEL, Sit

FAULTS = {
    "raises": ("def make():\n    raise KeyError('lost')", "Your code raised KeyError: 'lost'"),
    "leaves": ("import sys\ndef make():\n    sys.exit(3)", "SystemExit: 3"),
    "returns nonsense": ("def make():\n    return 3", "an object of type int"),
    "is no Python": ("def make(:", "cannot be read as Python"),
    "no such function": ("def other():\n    pass", "Did you mean"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_loaded_is_said(sit: Sit, name: str) -> None:
    source, said = FAULTS[name]
    if name == "no such function":
        source = source.replace("other", "maker")
    desk = sit(source)
    assert desk.state is RunState.REFUSED
    assert said in desk.message
    assert "explorer" not in desk.message
    assert [each.text() for each in desk.window.message.buttons] == ["Reload"]


STEPS = {
    "raises": (
        "if calls.append(1) or len(calls) > 2: raise OSError('gone')",
        "raised OSError: gone",
    ),
    "prints, and changes the folder": ("print('loud'); __import__('os').chdir('/')", ""),
    "is not finite": ("return model(batch).sum() / 0", "the loss became"),
    "is no scalar": ("return model(batch)", "must be a tensor of one element"),
    "depends on nothing": ("return model(batch).detach().sum()", "requires grad"),
}


@pytest.mark.parametrize("name", STEPS)
def test_what_a_step_does_is_said(sit: Sit, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    line, said = STEPS[name]
    loss = f"def loss(model, batch):\n    {line}\n    return (model(batch) - 1).square().mean()\n"
    source = f"calls = []\n{loss}{MODEL.replace(LOSS_OF_ALL, 'loss')}"
    folder = Path.cwd()
    desk = sit(source, steps=3)
    desk.play_to_rest()
    assert desk.state is (RunState.FAILED if said else RunState.FINISHED)
    assert said in desk.message
    assert "explorer/" not in desk.message
    assert Path.cwd() == folder
    assert capfd.readouterr().out == ""


def test_batches_that_end_begin_again_and_none_at_all_is_said(sit: Sit) -> None:
    of_generator = MODEL.replace(BATCHES, "(torch.randn(n, 3) for n in (5, 2, 7))")
    desk = sit(of_generator, steps=7)
    desk.play_to_rest()
    assert (desk.state, desk.frame.step) == (RunState.FINISHED, 7)
    desk = sit(MODEL.replace(BATCHES, "[]"))
    desk.play_to_rest()
    assert "There is no batch" in desk.message


HANGS = """
import time, pathlib
def hang():
    pathlib.Path(__file__).with_name("hanging").touch()
    while True: time.sleep(0.01)
"""


@pytest.mark.parametrize("where", ["file", "factory", "forward"])
def test_what_hangs_is_given_up(
    sit: Sit, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.ui.subject.window.PATIENCE_MS", 50)
    source = (
        HANGS
        + {
            "file": f"hang()\n{MODEL}",
            "factory": MODEL.replace('print("made")', "hang()"),
            "forward": MODEL.replace(
                "return self.head",
                "if calls.append(1) or len(calls) > 3: hang()\n        return self.head",
            )
            + "\ncalls = []",
        }[where]
    )
    desk = sit(source, start=False)
    desk.window.begin()
    if where == "forward":
        desk.wait_for(RunState.READY)
        desk.click("play")
    desk.until((tmp_path / "hanging").exists)
    desk.until(lambda: [each.text() for each in desk.window.message.buttons] == ["Give up"])
    desk.window.message.buttons[0].click()
    desk.until(lambda: desk.state in (RunState.REFUSED, RunState.FAILED))
    assert "interrupted" in desk.message


def test_a_window_is_closed_in_the_midst_of_a_forward_pass(sit: Sit) -> None:
    desk = sit(
        HANGS
        + MODEL.replace(
            "return self.head",
            "if len(calls) > 1: hang()\n        calls.append(1)\n        return self.head",
        )
        + "\ncalls = []"
    )
    desk.click("play")
    desk.until(lambda: desk.state is RunState.RUNNING)
    desk.window.close()
    assert desk.bench.has_stopped


def test_code_that_comes_back_late_is_no_longer_waited_for(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.ui.subject.window.PATIENCE_MS", 20)
    late = HANGS.replace("while True", 'while not pathlib.Path(__file__).with_name("on").exists()')
    desk = sit(
        late + MODEL.replace("return self.head", "hang()\n        return self.head"), start=False
    )
    desk.window.begin()
    desk.until(lambda: [each.text() for each in desk.window.message.buttons] == ["Give up"])
    (tmp_path / "on").touch()
    desk.until(lambda: "6 of 8 parameters receive a gradient" in desk.message)
    # There is nothing to be given up.
    desk.bench.give_up()
    assert desk.look().failure is None
