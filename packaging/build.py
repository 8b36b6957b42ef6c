"""Build what a release offers: `python packaging/build.py linux|deb|rpm|tar|wheel|windows|all`.

Each target leaves its file in dist/ and says its size and SHA-256. One bundle, made once,
serves all of Linux. See packaging/README.md.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import folder
from basics import NAME, ROOT, BuildError, Say


@dataclass
class Job:
    """One run of the driver: where files go, and the bundle once it is there."""

    dist: Path
    work: Path
    say: Say
    reuse: bool = False

    @cached_property
    def bundle(self) -> Path:
        """The one-folder bundle, built when it is first asked for."""
        ready = self.work / "dist" / NAME
        if self.reuse and ready.is_dir():
            folder.check(ready)
            self.say(f"using the bundle that is there: {ready}")
            return ready
        return folder.build(self.work, self.say)


def version() -> str:
    """The one place of the version: explorer/__init__.py."""
    text = (ROOT / "explorer" / "__init__.py").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("__version__"))
    return line.split('"')[1]


def _deb(job: Job) -> list[Path]:
    from linux import deb

    return [deb.build(job.bundle, job.work, job.dist, version(), job.say)]


def _rpm(job: Job) -> list[Path]:
    from linux import rpm

    return [rpm.build(job.bundle, job.work, job.dist, version(), job.say)]


def _tar(job: Job) -> list[Path]:
    from linux import tar

    return [tar.build(job.bundle, job.work, job.dist, version(), job.say)]


def _wheel(job: Job) -> list[Path]:
    """The wheel and the source archive."""
    out = job.work / "python"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return [Path(shutil.copy2(path, job.dist)) for path in sorted(out.iterdir())]


def _windows(job: Job) -> list[Path]:
    """Made by packaging/windows, without the bundle: its Python is another."""
    from windows import installer

    return [installer.build(job.dist, job.say)]


def _linux(job: Job) -> list[Path]:
    return [path for make in (_wheel, _deb, _tar, _rpm) for path in make(job)]


def _all(job: Job) -> list[Path]:
    return [*_linux(job), *_windows(job)]


TARGETS: Mapping[str, Callable[[Job], list[Path]]] = {
    "linux": _linux,
    "deb": _deb,
    "rpm": _rpm,
    "tar": _tar,
    "wheel": _wheel,
    "windows": _windows,
    "all": _all,
}


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sayer() -> Say:
    """Says things with the seconds since now."""
    start = time.monotonic()
    return lambda text: print(f"[{time.monotonic() - start:6.1f} s] {text}", flush=True)


def _bundle_only(job: Job) -> list[Path]:
    _ = job.bundle
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the targets; 1 where one could not be made."""
    parser = argparse.ArgumentParser(description="Build what a release offers, into dist/.")
    parser.add_argument("target", nargs="+", choices=[*TARGETS, "bundle"])
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--work", type=Path, default=ROOT / "build", help="for what is between")
    parser.add_argument("--reuse-bundle", action="store_true", help="do not build it again")
    options = parser.parse_args(arguments)
    options.dist.mkdir(parents=True, exist_ok=True)
    job = Job(options.dist.resolve(), options.work.resolve(), sayer(), options.reuse_bundle)
    try:
        for target in options.target:
            job.say(f"target: {target}")
            made = {**TARGETS, "bundle": _bundle_only}[target](job)
            for path in made:
                job.say(f"{path.name}  {path.stat().st_size / 1e6:.1f} MB  sha256 {digest(path)}")
    except (BuildError, subprocess.CalledProcessError) as error:
        print(f"build: FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
