"""A clean Debian below a folder, made with debootstrap and entered with chroot: root only.

Another system of the family is chosen by the environment: GATE_SUITE and, where it is not
Debian's, GATE_MIRROR and GATE_COMPONENTS. For Ubuntu 22.04:

    GATE_SUITE=jammy GATE_MIRROR=http://archive.ubuntu.com/ubuntu GATE_COMPONENTS=main,universe
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from checks.surroundings import GateError, run, tool

SUITE = os.environ.get("GATE_SUITE", "bookworm")
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


class Root:
    """The Debian below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self) -> None:
        """Install the smallest system there is."""
        if os.geteuid():
            raise GateError("a clean Debian needs root (debootstrap, chroot)")
        options = ["--variant=minbase"]
        if components := os.environ.get("GATE_COMPONENTS"):
            options.append(f"--components={components}")
        mirror = [value for value in (os.environ.get("GATE_MIRROR"),) if value]
        run(tool("debootstrap", "debootstrap"), *options, SUITE, self._folder, *mirror)

    def line(
        self,
        *command: str,
        variables: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> list[str]:
        """The command line that runs a command inside, with nothing of our environment.

        `before` stands before the command's environment is made, as setpriv does.
        """
        values = [
            f"{name}={value}" for name, value in {"HOME": "/root", **(variables or {})}.items()
        ]
        inside = [*before, "/usr/bin/env", "-i", PATH, *values, *command]
        return [tool("chroot", "coreutils"), str(self._folder), *inside]

    def call(
        self,
        *command: str,
        quiet: bool = False,
        variables: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> str:
        """What a command inside prints. Raises GateError if it fails."""
        return run(*self.line(*command, variables=variables, before=before), quiet=quiet)

    def apt(self, *arguments: str) -> str:
        """apt-get, without anything that is only recommended."""
        options = ("-y", "-q", "--no-install-recommends")
        silent = {"DEBIAN_FRONTEND": "noninteractive"}
        return self.call("apt-get", *options, *arguments, variables=silent)

    def packages(self) -> set[str]:
        """What is installed."""
        return set(self.call("dpkg-query", "-W", "-f", "${Package}\\n").split())

    def put(self, source: Path, inside: str) -> None:
        """Copy a file into it."""
        shutil.copy2(source, self.path(inside))

    def path(self, inside: str) -> Path:
        """Where a place inside is seen from here."""
        return self._folder / inside.lstrip("/")

    @contextlib.contextmanager
    def mounted(self, kind: str, inside: str, *options: str) -> Iterator[None]:
        """With a file system at a place inside, which is made if it is not there."""
        place = self.path(inside)
        place.mkdir(parents=True, exist_ok=True)
        run(tool("mount", "mount"), "-t", kind, *options, kind, place)
        try:
            yield
        finally:
            run(tool("umount", "mount"), place)

    @contextlib.contextmanager
    def bound(self, outside: Path, inside: str) -> Iterator[None]:
        """With a file or folder of this system at a place inside, to be read."""
        place = self.path(inside)
        if outside.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        run(tool("mount", "mount"), "--bind", "-o", "ro", outside, place)
        try:
            yield
        finally:
            run(tool("umount", "mount"), place)

    def proc(self) -> contextlib.AbstractContextManager[None]:
        """With /proc, which PyTorch and apt look into."""
        return self.mounted("proc", "/proc")
