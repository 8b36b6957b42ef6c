"""What all parts of the gate share: where things are, and running programs strictly."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from basics import ROOT, BuildError, Say
from build import Job

# To the last bit, as the reference article prints them.
ARTICLE = {"a": 1.5000202655792236, "c": 0.4999275505542755}
NOBODY = 65534
PATIENCE_S = 900


class GateError(BuildError):
    """A part of the gate did not pass; the message says what was found."""


@dataclass
class Site:
    """`job` builds what is to be tried; `shots` is where pictures are left for people."""

    job: Job
    shots: Path
    say: Say = field(init=False)

    def __post_init__(self) -> None:
        self.say = self.job.say
        self.shots.mkdir(parents=True, exist_ok=True)


def tool(name: str, package: str) -> str:
    """The full path of a program of the system. Raises GateError where it is missing."""
    found = shutil.which(name)
    if found is None:
        raise GateError(f"{name} is not installed (package {package})")
    return found


def run(
    *command: str | Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    quiet: bool = False,
) -> str:
    """What the command prints. Raises GateError if it fails or, `quiet`, prints errors."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=None if environment is None else dict(environment),
        cwd=cwd,
        check=False,
        timeout=PATIENCE_S,
    )
    if done.returncode or (quiet and done.stderr):
        line = " ".join(str(part) for part in command)
        said = f"{done.stdout}{done.stderr}".strip()[-3000:]
        raise GateError(f"status {done.returncode} of: {line}\n{said}")
    return done.stdout


def self_test(said: str) -> str:
    """Raise GateError unless this is the report of a passed self-test; its last line."""
    lines = said.strip().splitlines()
    failed = [line for line in lines if line.startswith("FAILED")]
    passed = [line for line in lines if line.startswith("ok ")]
    if failed or not passed:
        raise GateError("\n".join(failed) or f"not a self-test's report: {said!r}")
    return lines[-1]


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A temporary folder that any user may enter."""
    with tempfile.TemporaryDirectory(prefix="gate-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_nobody() -> list[str]:
    """What to put before a command so that it runs without root's powers."""
    if os.geteuid():
        return []
    ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [tool("setpriv", "util-linux"), *ids]


def give_to_nobody(*paths: Path) -> None:
    """Let the user of `as_nobody` write there."""
    for path in paths:
        if not os.geteuid():
            os.chown(path, NOBODY, NOBODY)


CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
