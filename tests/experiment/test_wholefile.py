"""Files in whole or not at all; streams, devices and links as any Unix program treats them."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest

from explorer.__main__ import main
from explorer.experiment import wholefile
from explorer.experiment.problem import BadInput
from explorer.experiment.textfile import write_text
from explorer.experiment.wholefile import replacing, replacing_bytes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files of POSIX systems")
PROGRAM = [sys.executable, "-P", "-m", "explorer"]
RUN = ["run", "line-fit", "--steps", "40", "--every", "1", "--json"]


def listed(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_links_stay_and_their_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    target = tmp_path / "away" / "file"
    target.write_text("old")
    (tmp_path / "hop").symlink_to("away/file")
    (tmp_path / "link").symlink_to(tmp_path / "hop")
    (tmp_path / "dangling").symlink_to("away/new")
    write_text(tmp_path / "link", "new")
    write_text(tmp_path / "dangling", "newer")
    assert (target.read_text(), (tmp_path / "away" / "new").read_text()) == ("new", "newer")
    assert all((tmp_path / name).is_symlink() for name in ("hop", "link", "dangling"))
    assert listed(tmp_path / "away") == ["file", "new"]


def test_links_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(BadInput, match="cannot-write"):
        write_text(tmp_path / "round", "x")


@pytest.mark.parametrize(
    "name", ["k" * 244 + ".toml", "目" * 80, os.fsdecode(b"\xff\xfe.csv"), "k"]
)
def test_every_name_that_the_system_takes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    write_text(tmp_path / name, "content")
    assert (tmp_path / name).read_text() == "content"
    assert listed(tmp_path) == [name]


def test_a_fifo_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "through")
        assert os.read(reading, 100) == b"through"
    finally:
        os.close(reading)
    assert pipe.is_fifo()


@pytest.mark.parametrize("way", ["/dev/fd/1", "/proc/self/fd/1", "link", "/dev/stdout"])
def test_standard_output_by_name(tmp_path: Path, way: str) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    out = tmp_path / "out"
    out.write_text("before\n")
    with out.open("ab") as file, standard_output(file.fileno()):
        assert main([*RUN, "--csv", str(tmp_path / way)]) == 0
    before, *rows = out.read_text().split("\n")
    assert before == "before"
    check_rows(rows)
    assert listed(tmp_path) == ["link", "out"]


def test_standard_output_by_name_of_a_process(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    command = [*PROGRAM, *RUN, "--csv", "link"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr == ""
    check_rows(done.stdout.split("\n"))
    assert listed(tmp_path) == ["link"]


@contextmanager
def standard_output(descriptor: int) -> Iterator[None]:
    """Lead this process's own one there, for the system and for Python."""
    kept = os.dup(1)
    os.dup2(descriptor, 1)
    try:
        with open(1, "w", encoding="utf-8", closefd=False) as stream, redirect_stdout(stream):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def check_rows(rows: list[str]) -> None:
    """The rows first, then the document."""
    assert rows[0].startswith("step,loss,")
    assert [row.split(",")[0] for row in rows[1:41]] == [str(step) for step in range(1, 41)]
    assert (rows[41], rows[-2]) == ("{", "}")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root makes them")
def test_a_device_is_never_replaced(tmp_path: Path) -> None:
    null = tmp_path / "null"
    try:
        os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        null.open("wb").close()
    except OSError:
        pytest.skip("no devices can be made here")
    (tmp_path / "link").symlink_to("null")
    for name in ("null", "link"):
        write_text(tmp_path / name, "gone")
    assert stat.S_ISCHR(null.stat().st_mode)
    assert listed(tmp_path) == ["link", "null"]


@pytest.mark.parametrize(
    ("option", "command"), [("--csv", ["run", "line-fit"]), ("--svg", ["graph", "line-fit"])]
)
def test_a_full_device_is_said_in_a_sentence(option: str, command: list[str]) -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("the system has no /dev/full")
    line = [*PROGRAM, *command, option, "/dev/full"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=200)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "/dev/full: This cannot be written to: No space left on device. "
        "Part of it may have been written already."
    ]
    assert Path("/dev/full").is_char_device()


def test_a_reader_that_went_away(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with pytest.raises(BadInput, match="reader-gone"):
            write_text(Path(f"/dev/fd/{writing}"), "x" * 1_000_000)
    finally:
        os.close(writing)


def test_a_broken_pipe_of_somebody_elses_is_not_ours(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError), replacing(tmp_path / "file"):
        raise BrokenPipeError
    assert listed(tmp_path) == []


def test_a_defect_in_the_block_is_no_bad_input(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="defect"), replacing(tmp_path / "file"):
        raise ValueError("defect")
    assert listed(tmp_path) == []


def test_hard_links_stay_one_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("a longer old content")
    second.hardlink_to(first)
    write_text(second, "new")
    assert (first.read_text(), first.stat().st_nlink) == ("new", 2)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENAMETOOLONG])
def test_in_a_folder_that_takes_no_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    file = tmp_path / "file"
    file.write_text("a longer old content")
    make = tempfile.mkstemp

    def refuse(suffix: str, prefix: str, folder: Path | None = None) -> tuple[int, str]:
        if folder == tmp_path:
            raise OSError(number, os.strerror(number))
        return make(suffix, prefix, folder)

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    write_text(file, "new")
    assert file.read_text() == "new"
    with pytest.raises(BadInput, match="cannot-write"):
        write_text(tmp_path / "another", "new")
    assert listed(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["chown", "replace"])
def test_what_cannot_be_moved_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    file = tmp_path / "file"
    file.write_text("a longer old content")
    number = file.stat().st_ino

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(wholefile, "_give" if call == "chown" else "_mode", refuse)
    write_text(file, "new")
    assert (file.read_text(), file.stat().st_ino) == ("new", number)
    assert listed(tmp_path) == ["file"]


def test_written_over_in_vain_it_gets_its_old_content_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first"
    first.write_text("old content")
    (tmp_path / "second").hardlink_to(first)
    fill = wholefile._fill
    calls: list[bytes] = []

    def full(file: object, content: bytes) -> None:
        fill(file, content[:3] if not calls else content)  # type: ignore[arg-type]
        calls.append(content)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(wholefile, "_fill", full)
    with pytest.raises(BadInput, match="cannot-write"):
        write_text(first, "something new")
    assert first.read_text() == "old content"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_owner_and_permissions_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    os.chown(file, 12345, 54321)
    file.chmod(0o640)
    write_text(file, "new")
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 54321, 0o640)


def test_a_file_that_may_not_be_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    # Root may write everything: the answer for anybody else.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(BadInput, match="cannot-write"):
        write_text(file, "newer")
    assert file.read_text() == "old"


def test_bytes_and_new_files_have_ordinary_permissions(tmp_path: Path) -> None:
    with replacing_bytes(tmp_path / "file") as file:
        file.write(b"\xff\0")
    assert (tmp_path / "file").read_bytes() == b"\xff\0"
    mask = os.umask(0o027)
    try:
        write_text(tmp_path / "other", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o640


def test_what_has_no_utf8_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot-write"):
        write_text(tmp_path / "file", "\udcff")
    assert listed(tmp_path) == []
