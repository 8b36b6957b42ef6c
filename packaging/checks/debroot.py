"""The Debian package in a clean Debian: installed with its Depends alone, used, upgraded, removed.

The system is made with debootstrap and entered with chroot, so root is needed. The virtual
display runs outside: nothing that it needs can stand in for what the package forgot.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from build import version
from checks.frozen import exact
from checks.surroundings import GateError, Site, run, self_test, tool
from linux import deb, needs
from linux.description import NAME

SUITE = "bookworm"
OLDER = "0.0.1"
LEAST_PICTURE_BYTES = 20_000
EXPERIMENT = "/root/Übung 练习.gx.toml"
MIME_TYPE = "application/x-gradient-experiment+toml"
# Only for the questions about MIME types, asked when all else is done.
UTF8 = {"LC_ALL": "C.UTF-8"}
DESKTOP_TOOLS = ("shared-mime-info", "desktop-file-utils", "libglib2.0-bin")


class Root:
    """A Debian below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self) -> None:
        """Install the smallest Debian there is."""
        if os.geteuid():
            raise GateError("a clean Debian needs root (debootstrap, chroot)")
        command = [tool("debootstrap", "debootstrap"), "--variant=minbase", SUITE]
        mirror = os.environ.get("GATE_MIRROR")
        run(*command, self._folder, *([mirror] if mirror else []))

    def call(
        self, *command: str, quiet: bool = False, variables: Mapping[str, str] | None = None
    ) -> str:
        """Run inside, with nothing of our environment but PATH."""
        path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        values = [f"{name}={value}" for name, value in (variables or {}).items()]
        inside = ["/usr/bin/env", "-i", path, "HOME=/root", *values, *command]
        return run(tool("chroot", "coreutils"), self._folder, *inside, quiet=quiet)

    def apt(self, *arguments: str) -> str:
        """apt-get, without anything that is only recommended."""
        options = ("-y", "-q", "--no-install-recommends")
        silent = {"DEBIAN_FRONTEND": "noninteractive"}
        return self.call("apt-get", *options, *arguments, variables=silent)

    def put(self, source: Path, inside: str) -> None:
        """Copy a file into it."""
        shutil.copy2(source, self.path(inside))

    def path(self, inside: str) -> Path:
        """Where a place inside is seen from here."""
        return self._folder / inside.lstrip("/")

    @contextlib.contextmanager
    def proc(self) -> Iterator[None]:
        """With /proc, which PyTorch and apt look into."""
        place = self.path("/proc")
        run(tool("mount", "mount"), "-t", "proc", "proc", place)
        try:
            yield
        finally:
            run(tool("umount", "mount"), place)


def check(site: Site) -> None:
    """See the module's docstring."""
    work = site.job.work / "gate"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    packages = _packages(site, work)
    root = Root(work / "root")
    site.say(f"deb: a clean Debian ({SUITE})")
    root.make()
    with root.proc():
        for place, package in packages.items():
            root.put(package, place)
        _try_all(site, root, *packages)
    shutil.rmtree(work)


def _packages(site: Site, work: Path) -> dict[str, Path]:
    """The older package (the same, but for its number) and the one of this release."""
    present = site.job.dist / f"{NAME}_{version()}_amd64.deb"
    if not present.exists():
        deb.build(site.job.bundle, site.job.work, site.job.dist, version(), site.say)
    depends = needs.depends(needs.of(site.job.bundle))
    older = deb.pack(site.job.work / "deb", work, OLDER, depends, deb.QUICK, site.say)
    return {f"/root/{older.name}": older, f"/root/{present.name}": present}


def _try_all(site: Site, root: Root, older: str, present: str) -> None:
    before = packages_of(root)
    said = root.apt("install", older)
    site.say(f"deb: installed {OLDER} with {said.count('Setting up') - 1} packages it depends on")
    root.apt("install", present)
    expect_version(root, version())
    site.say(f"deb: upgraded to {version()}")
    site.say(f"deb: {self_test(root.call(NAME, '--self-test'))} (offscreen)")
    exact(root.call(NAME, "run", "line-fit", "--json", quiet=True))
    site.say("deb: line-fit is exact")
    with display() as name:
        on_display = {"DISPLAY": name, "QT_QPA_PLATFORM": "xcb"}
        site.say(f"deb: {self_test(root.call(NAME, '--self-test', variables=on_display))} (X11)")
        _take_picture(site, root, on_display)
    _ask_mime(site, root)
    _remove(site, root, before)


def _take_picture(site: Site, root: Root, on_display: dict[str, str]) -> None:
    """Open a file whose name is in other scripts, train, and keep a picture of the window."""
    line_fit = root.path(f"/usr/lib/{NAME}/_internal/explorer/resources/experiments/line-fit.toml")
    shutil.copy2(line_fit, root.path(EXPERIMENT))
    shot = "/root/window.png"
    options = ("--play", "--steps", "400", "--screenshot", shot, "--quit")
    root.call(NAME, "open", EXPERIMENT, *options, variables=on_display)
    size = root.path(shot).stat().st_size
    if size < LEAST_PICTURE_BYTES:
        raise GateError(f"the picture of the window has {size} bytes: is it empty?")
    kept = site.shots / "deb-window.png"
    shutil.copy2(root.path(shot), kept)
    site.say(f"deb: the window is in {kept}")


def _ask_mime(site: Site, root: Root) -> None:
    """A double click on the file would open it with this program."""
    root.apt("install", *DESKTOP_TOOLS)
    attribute = "standard::content-type"
    kind = root.call("gio", "info", "-a", attribute, EXPERIMENT, variables=UTF8)
    opener = root.call("gio", "mime", MIME_TYPE, variables=UTF8)
    if MIME_TYPE not in kind or f"{NAME}.desktop" not in opener:
        raise GateError(f"*.gx.toml is not opened by {NAME}:\n{kind}\n{opener}")
    site.say(f"deb: {MIME_TYPE} is opened by {NAME}.desktop")
    root.apt("purge", *DESKTOP_TOOLS)


def _remove(site: Site, root: Root, before: set[str]) -> None:
    files = [line for line in root.call("dpkg", "-L", NAME).splitlines() if NAME in line]
    root.apt("remove", NAME)
    # By now apt knows no package of that name any more.
    root.call("dpkg", "--purge", NAME)
    left = [name for name in files if os.path.lexists(root.path(name))]
    places = (root.path(place) for place in ("/etc", "/usr", "/var/lib", "/var/cache", "/opt"))
    left += [str(path) for place in places for path in place.rglob(f"*{NAME}*")]
    if left:
        raise GateError(f"left behind: {', '.join(left[:20])}")
    root.apt("autoremove", "--purge")
    more = packages_of(root) - before
    if more:
        raise GateError(f"packages left behind: {', '.join(sorted(more))}")
    site.say(f"deb: removed and purged; none of its {len(files)} files is left")


def packages_of(root: Root) -> set[str]:
    """What is installed."""
    return set(root.call("dpkg-query", "-W", "-f", "${Package}\\n").split())


def expect_version(root: Root, wanted: str) -> None:
    """Raise GateError unless this version is installed."""
    found = root.call("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", NAME)
    if found != f"installed {wanted}":
        raise GateError(f"{NAME} is {found!r}, not {wanted}")


@contextlib.contextmanager
def display() -> Iterator[str]:
    """A virtual display that can be reached from inside the other system, by the network."""
    reader, writer = os.pipe()
    command = [tool("Xvfb", "xvfb"), "-displayfd", str(writer), "-screen", "0", "1400x900x24"]
    server = subprocess.Popen(
        [*command, "-ac", "-listen", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise GateError("Xvfb did not start")
        yield f"127.0.0.1:{number}"
    finally:
        server.terminate()
        server.wait()
