"""Temporary files of killed writes go; those of a living writer, and of others, stay."""

import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from explorer.experiment.file import write
from explorer.experiment.leftovers import clear_beside, clear_in
from explorer.experiment.locking import try_lock
from explorer.experiment.textfile import write_text

# Killed in the midst of a write: the temporary file is there, the move is not made.
KILLED = """
import os, sys
from pathlib import Path
from explorer.experiment.textfile import write_text
def stop(handle):
    print("now", flush=True)
    sys.stdin.read()
os.fsync = stop
write_text(Path(sys.argv[1]), "new")
"""


def test_what_a_killed_write_left_goes_at_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 60 + ".toml")
    path.write_text("old")
    others = [tmp_path / ".other.toml.abcdefgh.part", tmp_path / (".mine.part")]
    for each in others:
        each.write_text("not ours")
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            [part] = set(tmp_path.iterdir()) - {path, *others}
            clear_beside(path)
            clear_in(tmp_path)
            assert part.exists(), "its writer lives"
        finally:
            process.kill()
    others[0].write_text("not ours")
    assert path.read_text() == "old"
    write(path, "newer")
    assert set(tmp_path.iterdir()) == {path, *others}
    assert path.read_text() == "newer"


def test_many_writers_of_one_file_do_not_disturb_one_another(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    failed: list[BaseException] = []

    def often(text: str) -> None:
        try:
            for _ in range(100):
                write(path, text)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=often, args=(text * 1000,)) for text in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() in {text * 1000 for text in "abc"}


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
@pytest.mark.parametrize("removed", [False, True])
def test_who_looks_at_a_file_before_its_writer_has_it_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: bool
) -> None:
    """Between a temporary file's creation and its lock, another process may look at it."""
    make, looks = tempfile.mkstemp, list[threading.Timer]()

    def looked_at(*arguments: Any) -> tuple[int, str]:
        handle, name = make(*arguments)
        if not looks:
            look = os.open(name, os.O_RDWR)
            assert try_lock(look)
            if removed:
                os.unlink(name)
            looks.append(threading.Timer(0.2, os.close, [look]))
            looks[0].start()
        return handle, name

    def looked_at_again(handle: int) -> None:
        looks[0].join()
        clear_in(tmp_path)

    monkeypatch.setattr(tempfile, "mkstemp", looked_at)
    monkeypatch.setattr(os, "fsync", looked_at_again)
    write(tmp_path / "mine.toml", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]
    assert (tmp_path / "mine.toml").read_text() == "whole"


def test_a_private_file_is_private_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []

    def look(handle: int) -> None:
        # The folder reaches the disk too.
        if stat.S_ISREG(mode := os.fstat(handle).st_mode):
            modes.append(mode & 0o777)

    monkeypatch.setattr(os, "fsync", look)
    write_text(tmp_path / "mine", "secret", private=True)
    modes.append((tmp_path / "mine").stat().st_mode & 0o777)
    if os.name != "nt":
        assert [modes[0], modes[-1]] == [0o600, 0o600]


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be synchronised there")
def test_the_new_name_has_reached_the_disk_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is told that a file is saved may pull out the stick that it is on."""
    synced = []
    path = tmp_path / "mine"

    def look(handle: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), path.exists()))

    monkeypatch.setattr(os, "fsync", look)
    write_text(path, "text")
    assert synced == [(False, False), (True, True)]
