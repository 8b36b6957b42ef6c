"""The window on somebody's own model: its tree, its switches, training, why, files."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from explorer.live.frames import GRADIENTS, LOSS, VALUES
from explorer.own.modelfile import read_model_file
from explorer.ui.bench import RunState
from explorer.ui.subject import launching
from explorer.ui.subject.questions import Leaving
from explorer.ui.subject.treemodel import Column

from .subject_desk import MODEL, ModelAnswers, ModelDesk, Sit


def test_a_model_is_shown_switched_and_trained(sit: Sit, tmp_path: Path) -> None:
    desk = sit()
    assert desk.window.windowTitle() == "their_net.py:make[*] — Gradient Explorer"
    assert desk.cell("body.0.weight", Column.KIND) == "4×3"
    assert desk.cell("", Column.KIND) == "Net"
    assert desk.cell("head", Column.GRAD) == "None"
    assert desk.ticked("", Column.REQUIRES_GRAD) is Qt.CheckState.Checked
    desk.flip("body.0.bias", Column.REQUIRES_GRAD)
    assert desk.ticked("body", Column.REQUIRES_GRAD) is Qt.CheckState.PartiallyChecked
    assert desk.cell("body", Column.STATE) == "partly frozen"
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    desk.flip("body.0", Column.DETACH)
    assert desk.cell("body.0", Column.STATE) == "output detached"
    desk.window.tree.choose("body.0.weight")
    desk.until(lambda: "detach() on body.0" in desk.message)
    assert desk.message.endswith("What the table shows is of the step before.")
    assert len(desk.maker.session.setup.model.body[0]._forward_hooks) == 1  # type: ignore[union-attr, index]
    desk.play_to_rest()
    assert desk.state is RunState.FINISHED
    assert desk.frame.series[LOSS].rows.shape == (1, 6)
    assert desk.frame.series[VALUES].names == ("body.0", "body.3", "head", "spare")
    assert desk.frame.series[GRADIENTS].rows.shape == (4, 6)
    assert desk.cell("spare.weight", Column.STATE) == "no gradient"
    # The bits of the loop written by hand, with the same switches.
    their = sys.modules["their_net"]

    def switch(model: torch.nn.Module, step: int) -> None:
        if step == 1:
            model.body[0].bias.requires_grad_(False)  # type: ignore[index, union-attr]
        if step == 2:
            model.body[0].register_forward_hook(lambda *given: given[2].detach())  # type: ignore[index, union-attr]

    torch.manual_seed(torch.Generator().initial_seed())
    wanted = dict(their.by_hand(6, switch).named_parameters())
    found = dict(desk.maker.session.setup.model.named_parameters())
    assert all(torch.equal(found[name], each) for name, each in wanted.items())
    # Saved beside the model, opened again: the same run, the same bits.
    desk.answers.save_path = tmp_path / "their_net.gx.toml"
    desk.click("save")
    assert desk.answers.asked == ["save their_net.gx.toml"]
    assert not desk.bench.is_modified
    file = read_model_file(tmp_path / "their_net.gx.toml")
    assert [change.step for change in file.plan.changes] == [1, 2]
    again = sit(file, named=False)
    assert again.answers.asked == ["run their_net.py"]
    again.play_to_rest()
    replayed = dict(again.maker.session.setup.model.named_parameters())
    assert all(torch.equal(replayed[name], each) for name, each in wanted.items())


def test_why_names_the_line(sit: Sit) -> None:
    desk = sit()
    desk.window.tree.choose("spare.weight")
    line = next(n for n, text in enumerate(MODEL.splitlines(), 1) if "self.spare" in text)
    desk.until(lambda: f"their_net.py:{line} in Net.__init__" in desk.message)
    desk.flip("body", Column.DETACH)
    desk.window.tree.choose("body.3.weight")
    desk.look()
    desk.until(lambda: "detach() on body cuts it off" in desk.message)
    assert "their_net" not in desk.message, "the switch is no line of theirs"
    (button,) = [each for each in desk.window.message.buttons if each.text() == "Reconnect body"]
    button.click()
    desk.until(lambda: desk.ticked("body", Column.DETACH) is Qt.CheckState.Unchecked)
    desk.window.tree.choose("body")
    desk.until(lambda: "body is a Sequential with 4 parameters" in desk.message)
    desk.window.tree.choose("")
    desk.until(lambda: "• spare.weight" in desk.message)
    cell = desk.window.tree.visualRect(desk.window.tree.rows.index_of("body.3").siblingAtColumn(2))
    QTest.mouseMove(desk.window.tree.viewport(), cell.center())
    desk.until(lambda: "detach on for body.3: body.0.weight," in desk.window.message.note)
    QTest.mouseMove(desk.window.tree.viewport(), QPoint(1, 1))
    # Undone, a module's switch is as it was, one by one.
    desk.flip("body.0.bias", Column.REQUIRES_GRAD)
    desk.flip("body", Column.REQUIRES_GRAD)
    assert desk.ticked("body", Column.REQUIRES_GRAD) is Qt.CheckState.Checked
    desk.click("undo")
    desk.until(lambda: desk.ticked("body.0.bias", Column.REQUIRES_GRAD) is Qt.CheckState.Unchecked)
    assert desk.ticked("body.0.weight", Column.REQUIRES_GRAD) is Qt.CheckState.Checked
    desk.bench.change(lr=0.5)
    desk.until(lambda: desk.maker.session.setup.optimizers[0].param_groups[0]["lr"] == 0.5)
    desk.until(lambda: desk.window.bar.rate.text() == "0.5")


def test_a_changed_source_is_loaded_anew_with_the_switches(sit: Sit, tmp_path: Path) -> None:
    desk = sit()
    desk.flip("head", Column.REQUIRES_GRAD)
    (tmp_path / "their_net.py").write_text(MODEL.replace("self.spare", "self.other"))
    desk.until(lambda: "their_net.py was changed" in desk.message)
    (button,) = desk.window.message.buttons
    button.click()
    desk.until(lambda: desk.window.tree.rows.index_of("other").isValid())
    desk.wait_for(RunState.READY)
    desk.until(lambda: desk.ticked("head", Column.REQUIRES_GRAD) is Qt.CheckState.Unchecked)
    assert not list(tmp_path.rglob("*.pyc"))


def test_the_code_is_run_when_that_is_agreed_to(sit: Sit, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    source = f"open({str(marker)!r}, 'w').close()\n{MODEL}"
    desk = sit(source, named=False, answers=ModelAnswers(may_run=False), start=False)
    desk.window.begin()
    assert desk.answers.asked == ["run their_net.py"]
    assert not desk.window.isVisible()
    assert not marker.exists()
    # Agreed to once: asked again only when it says something else.
    for text, asked in ((source, 1), (source, 0), (f"{source}\n", 1)):
        desk = sit(text, named=False)
        assert len(desk.answers.asked) == asked
        marker.unlink()
    # Whatever would load it anew asks, too.
    desk.play_to_rest()
    (tmp_path / "their_net.py").write_text(f"{source}\n\n", encoding="utf-8")
    desk.answers.may_run = False
    for name in ("play", "reset", "start_over", "reload"):
        desk.click(name)
        assert desk.look().step == desk.bench.experiment.training.steps
    assert desk.answers.asked[1:] == ["run their_net.py"] * 4
    assert not marker.exists()


def test_another_language_goes_on_with_the_run(sit: Sit) -> None:
    desk = sit()
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    desk.window.tree.choose("head")
    desk.window._choose_language("zh_CN")
    desk.until(lambda: desk.window.tree.chosen is not None)
    assert desk.look().step == 1
    assert desk.cell("head", Column.STATE) == "训练中"


def test_unsaved_switches_are_asked_about(sit: Sit, tmp_path: Path) -> None:
    desk = sit()
    desk.flip("head", Column.REQUIRES_GRAD)
    desk.click("quit")
    assert desk.window.isVisible()
    desk.answers.leaving = Leaving.SAVE
    desk.click("quit")
    assert desk.window.isVisible(), "nothing was saved"
    desk.answers.save_path = tmp_path / "run.gx.toml"
    desk.click("quit")
    assert not desk.window.isVisible()
    assert desk.answers.asked[::2] == [
        "leave 1",
        "save their_net.gx.toml",
        "save their_net.gx.toml",
    ]
    assert len(read_model_file(tmp_path / "run.gx.toml").plan.changes) == 1


def test_the_parts_of_the_window_are_as_large_as_last_time(sit: Sit) -> None:
    desk = sit(start=False)
    left, across = desk.window._splitters
    across.setSizes([420, across.width() - 420])
    left.setSizes([300, left.height() - 300])
    sizes = [each.sizes() for each in (left, across)]
    desk.window.close()
    again = sit(start=False)
    assert [each.sizes() for each in again.window._splitters] == sizes


def test_modules_are_folded_and_unfolded(sit: Sit) -> None:
    desk = sit()
    desk.window.show_graph()
    graph = desk.window.graph
    desk.until(lambda: graph.view.layout_shown is not None)
    graph._close_everything()
    desk.until(lambda: frames(desk) == set())
    graph._activate("g:body")
    desk.until(lambda: frames(desk) == {"g:body"})
    # Dropout reads no parameter: it is known by the module that ran.
    assert "g:body.1" in {node.key for node in graph.view.layout_shown.scene.nodes}  # type: ignore[union-attr]
    graph._activate("g:body.0")
    desk.until(lambda: frames(desk) == {"g:body", "g:body.0"})
    desk.window.tree.choose("body.0.weight")
    desk.until(lambda: graph.view.selected is not None)


def frames(desk: ModelDesk) -> set[str]:
    """The groups that are open in the picture."""
    picture = desk.window.graph.view.layout_shown
    return set() if picture is None else {frame.key for frame in picture.scene.frames}


def test_a_model_is_opened_from_any_window(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[str] = []
    monkeypatch.setattr("explorer.ui.subject.opening.launch", launched.append)
    other = tmp_path / "their_other.py"
    other.write_text("def use(x): ...\ndef small(): ...\ndef make_it(n=3): ...\n")
    desk = sit()
    desk.answers.model_path, desk.answers.factory = other, "make_it"
    desk.click("open_model")
    assert desk.answers.asked == ["factory their_other.py make_it small", "run their_other.py"]
    assert launched == [f"{other}:make_it"]
    # By now that is known, and a single function needs no question.
    other.write_text("def make_it(n=3): ...\n")
    desk.click("open_model")
    desk.click("open_model")
    assert desk.answers.asked[2:] == ["run their_other.py"]
    program, arguments = launching.command()
    assert (program, arguments) == (sys.executable, ["-m", "explorer"])


def test_from_the_command_line_to_a_picture(tmp_path: Path) -> None:
    (tmp_path / "their_net.py").write_text(MODEL, encoding="utf-8")
    picture = tmp_path / "window.png"
    line = [sys.executable, "-P", "-m", "explorer", "open", "their_net.py:make", "--play"]
    line += ["--steps", "3", "--screenshot", str(picture), "--quit"]
    done = subprocess.run(
        line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "made\n")
    assert picture.read_bytes()[1:4] == b"PNG"


def test_a_run_is_made_longer_gone_back_in_and_freed_of_a_change(sit: Sit) -> None:
    desk = sit(steps=3)
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    desk.flip("head", Column.REQUIRES_GRAD)
    desk.play_to_rest()
    desk.click("step")
    desk.until(lambda: desk.frame.step == 4)
    assert desk.bench.experiment.training.steps == 4
    desk.click("undo")
    desk.until(lambda: desk.ticked("head", Column.REQUIRES_GRAD) is Qt.CheckState.Checked)
    desk.click("redo")
    desk.until(lambda: [each.step for each in desk.bench.changes_by_hand] == [2, 5, 5])
    desk.bench.go_to(2)
    desk.until(lambda: desk.bench.frame is not None and desk.frame.step == 2)
    desk.until(lambda: desk.ticked("head", Column.REQUIRES_GRAD) is Qt.CheckState.Unchecked)
    # What was set after the end is set from the start.
    assert [each.step for each in desk.bench.changes_by_hand] == [1, 1, 2]
    desk.bench.remove(desk.bench.changes_by_hand[2])
    desk.until(lambda: desk.bench.frame is not None and desk.frame.step == 2)
    assert [each.step for each in desk.bench.changes_by_hand] == [1, 1]


def test_a_reset_is_undone_by_making_the_run_again(sit: Sit) -> None:
    desk = sit()
    desk.click("step")
    desk.until(lambda: desk.frame.step == 1)
    desk.flip("head", Column.REQUIRES_GRAD)
    desk.click("step")
    desk.until(lambda: desk.frame.step == 2)
    before = desk.look()
    desk.click("reset")
    desk.wait_for(RunState.READY)
    assert desk.frame.step == 0
    assert not desk.bench._worker._earlier, "two models in memory"
    desk.click("undo")
    desk.wait_for(RunState.PAUSED)
    again = desk.look()
    assert (again.step, again.loss, again.state) == (2, before.loss, before.state)
    assert again.by_hand == before.by_hand
    desk.click("undo")
    desk.until(lambda: desk.ticked("head", Column.REQUIRES_GRAD) is Qt.CheckState.Checked)
    desk.click("redo")
    desk.until(lambda: desk.ticked("head", Column.REQUIRES_GRAD) is Qt.CheckState.Unchecked)
    desk.click("redo")
    desk.wait_for(RunState.READY)
    assert desk.frame.step == 0


def test_settings_of_an_earlier_run_are_not_those_of_the_next(sit: Sit, tmp_path: Path) -> None:
    desk = sit()
    wanted = desk.frame.state
    sets = "torch.set_grad_enabled(False); torch.set_default_dtype(torch.float64)"
    changed = MODEL.replace('print("made")', sets)
    (tmp_path / "their_net.py").write_text(changed)
    desk.click("reset")
    desk.wait_for(RunState.READY)
    assert desk.frame.state != wanted
    (tmp_path / "their_net.py").write_text(MODEL)
    desk.click("reset")
    desk.wait_for(RunState.READY)
    assert desk.frame.state == wanted
