"""Recovery files: each window's own, whole, private, and there after any death."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from explorer import paths
from explorer.experiment import locking
from explorer.experiment.file import ExperimentFile, read, updated_text
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change
from explorer.live import recovery as recovery_module
from explorer.live.recovery import EARLIER, LOCK, WORK, Offer, Recovery, Slot
from explorer.live.work import Heading, Work, heading_of

CSV = (
    '# mine\ntitle = "Mine"\nformula = "y = a*x"\nparameters.a = 1\n'
    '[data]\nfile = "points.csv"  # measured\n'
)
POSIX = pytest.mark.skipif(os.name == "nt", reason="permissions are other ones there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "user" / "recovery"


@pytest.fixture
def recovery(folder: Path) -> Recovery:
    return Recovery(folder)


def line_fit(title: str = "Line") -> Work:
    file = read(paths.builtin_experiments()["line-fit"])
    return Work(file, file.experiment.replace(title=title))


def kept(recovery: Recovery, work: Work) -> Slot:
    slot = recovery.new_slot()
    slot.keep(work)
    return slot


def titles(recovery: Recovery) -> list[str]:
    return [offer.heading.title for offer in recovery.offers()]


@pytest.mark.parametrize("name", sorted(paths.builtin_experiments()))
@pytest.mark.parametrize(
    "settings", [(), ("training.optimizer='adam'", "training.zero_grad='zero'")]
)
def test_work_comes_back_as_it_was(
    recovery: Recovery, name: str, settings: tuple[str, ...]
) -> None:
    file = read(paths.builtin_experiments()[name], settings)
    changes = (Change.checked(step=3, lr=0.1), Change.checked(step=4, lr=1e-45))
    kept(recovery, Work(file, file.experiment, changes)).release()
    _slot, work = recovery.claim(recovery.offers()[0])
    assert work.experiment == file.experiment.replace(changes=(*file.experiment.changes, *changes))
    assert work.experiment.has_training == file.experiment.has_training
    assert work.file.text == file.text
    assert work.file.path is None
    assert work.file.origin == file.path


def test_the_old_place_is_known_in_any_folder(
    recovery: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text('formula = "y = a"\nparameters.a = 1\nobjective = "y"\n')
    monkeypatch.chdir(tmp_path)
    file = read(Path("mine.toml"))
    kept(recovery, Work(file, file.experiment)).release()
    monkeypatch.chdir(tmp_path.parent)
    _slot, work = recovery.claim(recovery.offers()[0])
    assert work.file.origin == tmp_path / "mine.toml"


@pytest.mark.parametrize("back", [True, False])
def test_numbers_and_comments_need_no_other_file(
    recovery: Recovery, tmp_path: Path, back: bool
) -> None:
    points = tmp_path / "points.csv"
    points.write_text("x,y\n1,0.1\n2,1e-300\n")
    (tmp_path / "mine.toml").write_text(CSV)
    file = read(tmp_path / "mine.toml")
    kept(recovery, Work(file, file.experiment.replace(title="Other"))).release()
    points.unlink()
    (tmp_path / "mine.toml").unlink()
    _slot, work = recovery.claim(recovery.offers()[0])
    assert work.experiment.data == file.experiment.data
    if back:
        points.write_text("x,y\n1,0.1\n2,1e-300\n")
    text = updated_text(work.file, work.whole, tmp_path)
    assert text.startswith('# mine\ntitle = "Other"')
    assert ("# measured" in text) == back


def test_a_living_window_keeps_its_slot_to_itself(recovery: Recovery) -> None:
    slot = kept(recovery, line_fit())
    [path] = slot.path.parent.glob("*" + WORK)
    assert recovery.offers() == ()
    offer = Offer(path, heading(slot))
    with pytest.raises(BadInput, match="recovery-taken"):
        recovery.claim(offer)
    recovery.discard(offer)
    recovery.clear_leftovers()
    assert path.exists()
    slot.keep(line_fit("Later"))
    slot.release()
    assert titles(recovery) == ["Later"]


def heading(slot: Slot) -> Heading:
    return heading_of(slot.path.read_text().partition("\n")[0])


# A window of its own, which is killed when it has said where its work is.
OTHER = """
import sys, time
from pathlib import Path
from explorer import paths
from explorer.experiment.file import read
from explorer.live.recovery import Recovery
from explorer.live.work import Heading, Work, heading_of
slot = Recovery(Path(sys.argv[1])).new_slot()
file = read(paths.builtin_experiments()["line-fit"])
slot.keep(Work(file, file.experiment.replace(title="Killed")))
print(slot.path, flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_left_is_offered_and_not_before(
    recovery: Recovery, folder: Path
) -> None:
    command = [sys.executable, "-c", OTHER, str(folder)]
    mine = kept(recovery, line_fit("Mine"))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        path = process.stdout.readline().strip()
        try:
            assert recovery.offers() == ()
        finally:
            process.kill()
    [offer] = recovery.offers()
    assert (str(offer.path), offer.heading.title) == (path, "Killed")
    slot, work = recovery.claim(offer)
    assert work.title == "Killed"
    assert recovery.offers() == ()
    assert slot.path.exists(), "it stays until it is saved"
    slot.discard()
    mine.discard()
    assert list(folder.iterdir()) == []


def test_discarding(recovery: Recovery, folder: Path) -> None:
    for title in ("one", "two"):
        kept(recovery, line_fit(title)).release()
    assert titles(recovery) == ["two", "one"]
    recovery.discard(recovery.offers()[0])
    assert titles(recovery) == ["one"]
    assert len(list(folder.iterdir())) == 2


def test_a_slot_that_was_left_writes_no_more(recovery: Recovery, folder: Path) -> None:
    slot = kept(recovery, line_fit())
    slot.discard()
    slot.keep(line_fit())
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"{",
        b"[]\n[]\n",
        b"\xff\xfe",
        b'{"format": 2, "title": "x", "time": 1}\n{}\n',
        b'{"format": 1, "title": 3, "time": 1}\n{}\n',
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_read_does_no_harm(recovery: Recovery, folder: Path, content: bytes) -> None:
    kept(recovery, line_fit()).release()
    (folder / f"0{WORK}").write_bytes(content)
    (folder / f"1{WORK}").mkdir()
    assert titles(recovery) == ["Line"]
    recovery.clear_leftovers()
    assert (folder / f"0{WORK}").read_bytes() == content


BODIES = [
    "",
    "{}",
    "{}\n",
    "[]\nnull",
    '{"text": 3}\nnull',
    "[" * 100_000,
    "{}\n" + "[" * 100_000,
    '{"text": "", "path": 3}\n{"x": [1]}',
    '{"text": "", "path": null}\n{"x": [[2], "AAA"]}',
    '{"text": "", "path": null}\n[1]',
    '{"text": "", "path": null, "experiment": {"formula": "="}, "changes": []}\nnull',
]


@pytest.mark.parametrize("body", BODIES)
def test_a_broken_body_is_refused_in_a_sentence(
    recovery: Recovery, folder: Path, body: str
) -> None:
    slot = kept(recovery, line_fit())
    slot.release()
    first = slot.path.read_text().partition("\n")[0]
    slot.path.write_text(f"{first}\n{body}\n")
    [offer] = recovery.offers()
    with pytest.raises(BadInput):
        recovery.claim(offer)
    assert recovery.offers() == (offer,), "it is still there"


@POSIX
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_nobody_else_can_read_it(recovery: Recovery, folder: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        kept(recovery, line_fit())
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    folder.chmod(0o755)
    kept(recovery, line_fit())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@POSIX
def test_the_folder_is_private_from_its_creation_on(
    recovery: Recovery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    recovery.new_slot()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@POSIX
def test_a_lock_that_was_removed_meanwhile_is_none(
    recovery: Recovery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another window clears up between the making of a lock and the locking."""
    taken = locking.try_lock
    removed: list[Path] = []

    def late(handle: int) -> bool:
        if not removed:
            removed.extend(folder.iterdir())
            removed[0].unlink()
        return taken(handle)

    monkeypatch.setattr(recovery_module, "try_lock", late)
    slot = recovery.new_slot()
    assert removed
    assert slot.path.with_suffix(LOCK).exists()


def test_the_file_of_an_earlier_version_is_offered(recovery: Recovery, folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    earlier = folder.parent / EARLIER
    earlier.write_text(paths.builtin_experiments()["line-fit"].read_text())
    [offer] = recovery.offers()
    assert offer.heading.title == "Line fit, two parameters frozen"
    slot, work = recovery.claim(offer)
    assert work.file == ExperimentFile(work.experiment, earlier_text())
    assert not earlier.exists()
    slot.release()
    assert titles(recovery) == ["Line fit, two parameters frozen"]


def earlier_text() -> str:
    return paths.builtin_experiments()["line-fit"].read_text()


@pytest.mark.parametrize("content", ["", "formula =", 'formula = "y = a"\n[data]\nfile="x.csv"\n'])
def test_a_broken_file_of_an_earlier_version(
    recovery: Recovery, folder: Path, content: str
) -> None:
    folder.parent.mkdir(parents=True)
    (folder.parent / EARLIER).write_text(content)
    assert recovery.offers() == ()


def test_a_lock_without_work_is_taken_away(recovery: Recovery, folder: Path) -> None:
    living = recovery.new_slot()
    dead = recovery.new_slot()
    dead.release()
    recovery.clear_leftovers()
    assert [path.name for path in folder.iterdir()] == [living.path.with_suffix(LOCK).name]
    living.release()


def test_work_that_comes_while_leftovers_are_cleared_stays(
    recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = recovery.new_slot()
    taken = recovery_module._taken

    def left_in_between(path: Path) -> int | None:
        slot.keep(line_fit("Just in time"))
        slot.release()
        return taken(path)

    monkeypatch.setattr(recovery_module, "_taken", left_in_between)
    recovery.clear_leftovers()
    assert titles(recovery) == ["Just in time"]


def test_two_windows_that_begin_and_end_at_once(recovery: Recovery, folder: Path) -> None:
    """Each in turn makes slots, keeps, leaves; the other clears up all the time."""
    over = threading.Event()

    def clear() -> None:
        while not over.is_set():
            recovery.clear_leftovers()
            recovery.offers()

    thread = threading.Thread(target=clear)
    thread.start()
    try:
        for number in range(100):
            kept(recovery, line_fit(str(number))).release()
    finally:
        over.set()
        thread.join()
    assert sorted(titles(recovery), key=int) == [str(number) for number in range(100)]
