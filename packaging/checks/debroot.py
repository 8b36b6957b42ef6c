"""The Debian package in a clean Debian: installed with its Depends alone, used, upgraded, removed.

On X11 and on Wayland. Bad cases too: a full disk while it is unpacked, an upgrade under an
open window, a user with a name in other scripts whose home cannot be written. The unpacked
archive is tried in the same system, without the libraries that it brings for systems which
lack them.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from build import version
from checks.cleanroot import SUITE, Root
from checks.frozen import FOLDER, HOME, exact
from checks.screens import SOCKET, Screen, WaylandWindow, Window, compositor, display
from checks.surroundings import NOBODY, GateError, Site, self_test
from linux import deb, needs, tar, tree
from linux.description import NAME, TITLE

OLDER = "0.0.1"
LEAST_PICTURE_BYTES = 20_000
# Where every user can read it.
EXPERIMENT = "/home/Übung 练习.gx.toml"
MIME_TYPE = "application/x-gradient-experiment+toml"
# Only for what a desktop does, when all else is done.
UTF8 = {"LC_ALL": "C.UTF-8"}
DESKTOP_TOOLS = ("shared-mime-info", "desktop-file-utils", "libglib2.0-bin")
# Far less than the package unpacks.
SMALL_DISK = ("-o", "size=60m")


def check(site: Site) -> None:
    """See the module's docstring."""
    work = site.job.work / "gate"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    packages = _packages(site, work)
    root = Root(work / "root")
    site.say(f"deb: a clean system ({SUITE})")
    root.make()
    with root.proc():
        for place, package in packages.items():
            root.put(package, place)
        _try_all(site, root, *packages)
    shutil.rmtree(work)


def _packages(site: Site, work: Path) -> dict[str, Path]:
    """The older package (the same, but for its number) and the one of this release."""
    present = of_release(site)
    depends = needs.depends(needs.of(site.job.bundle))
    older = deb.pack(site.job.work / "deb", work, OLDER, depends, deb.QUICK, site.say)
    return {f"/root/{older.name}": older, f"/root/{present.name}": present}


def of_release(site: Site) -> Path:
    """The package, built unless it is in dist/ already, with its files laid out in `work`."""
    present = site.job.dist / f"{NAME}_{version()}_amd64.deb"
    if not present.exists():
        return deb.build(site.job.bundle, site.job.work, site.job.dist, version(), site.say)
    if not (site.job.work / "deb").is_dir():
        tree.lay_out(site.job.bundle, site.job.work / "deb", site.say)
    return present


def _try_all(site: Site, root: Root, older: str, present: str) -> None:
    before = root.packages()
    said = root.apt("install", older)
    site.say(f"deb: installed {OLDER} with {said.count('Setting up') - 1} packages it depends on")
    with display() as screen:
        on_display = {"DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb"}
        _upgrade_under_a_window(site, root, present, screen)
        site.say(f"deb: {self_test(root.call(NAME, '--self-test'))} (offscreen)")
        exact(root.call(NAME, "run", "line-fit", "--json", quiet=True))
        site.say("deb: line-fit is exact")
        site.say(f"deb: {self_test(root.call(NAME, '--self-test', variables=on_display))} (X11)")
        _take_picture(site, root, on_display)
        _as_another_user(site, root, on_display)
        _click(site, root, screen)
        _on_wayland(site, root, screen)
        _remove(site, root)
        _fill_disk(site, root, older)
        _try_archive(site, root, on_display)
    root.apt("autoremove", "--purge")
    more = root.packages() - before
    if more:
        raise GateError(f"packages left behind: {', '.join(sorted(more))}")


def _fill_disk(site: Site, root: Root, package: str) -> None:
    """On a full disk the installation says so, and nothing of it stays."""
    with root.mounted("tmpfs", f"/usr/lib/{NAME}", *SMALL_DISK):
        try:
            root.apt("install", package)
        except GateError as error:
            if "No space left on device" not in str(error):
                raise
        else:
            raise GateError("installed on a disk that is too small")
        left = [path for path in root.path(f"/usr/lib/{NAME}").rglob("*") if not path.is_dir()]
        left += [path for path in root.path("/usr").rglob(f"*{NAME}*") if not path.is_mount()]
        if left:
            raise GateError(f"left behind by an installation that failed: {left[:20]}")
    root.path(f"/usr/lib/{NAME}").rmdir()
    site.say("deb: a full disk is said, and nothing stays on it")


def _upgrade_under_a_window(site: Site, root: Root, present: str, screen: Screen) -> None:
    """The window of the older version is open, goes on, and closes in peace."""
    window = Window(root.line(NAME, variables={"DISPLAY": screen.name}), screen, TITLE)
    try:
        root.apt("install", present)
        expect_version(root, version())
        with _another_program(root):
            # The graph is imported when it is first looked at.
            window.press("alt+g")
            window.press("F5")
            window.end("ctrl+q")
    finally:
        window.kill()
    site.say(f"deb: upgraded to {version()}; the window that was open went on")


@contextlib.contextmanager
def _another_program(root: Root) -> Iterator[None]:
    """The two packages are alike but for their number: let the program's file differ."""
    file = root.path(f"/usr/lib/{NAME}/{NAME}")
    kept = file.with_name("kept")
    file.rename(kept)
    file.write_bytes(b"another version" * 10_000_000)
    yield
    kept.replace(file)


def _as_another_user(site: Site, root: Root, on_display: dict[str, str]) -> None:
    """Not root: a name and a home in other scripts, and the home cannot be written."""
    home, user = f"/home/{HOME}", "zoë用户"
    root.path(home).mkdir(mode=0o555)
    with root.path("/etc/passwd").open("a", encoding="utf-8") as file:
        file.write(f"{user}:x:{NOBODY - 1}:{NOBODY}::{home}:/bin/sh\n")
    ids = ("setpriv", f"--reuid={NOBODY - 1}", f"--regid={NOBODY}", "--clear-groups")
    variables = {"HOME": home, "USER": user, "LOGNAME": user, **on_display}
    said = root.call(NAME, "--self-test", variables=variables, before=ids)
    options = ("--play", "--steps=20", "--quit")
    root.call(NAME, "open", EXPERIMENT, *options, variables=variables, before=ids)
    if list(root.path(home).iterdir()):
        raise GateError(f"written into a home that cannot be written: {home}")
    root.path(home).rmdir()
    site.say(f"deb: {self_test(said)} ({user}, whose home cannot be written)")


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


def _click(site: Site, root: Root, screen: Screen) -> None:
    """What a desktop does at a click on the menu entry, and at a double click on a file."""
    root.apt("install", *DESKTOP_TOOLS)
    attribute = "standard::content-type"
    kind = root.call("gio", "info", "-a", attribute, EXPERIMENT, variables=UTF8)
    opener = root.call("gio", "mime", MIME_TYPE, variables=UTF8)
    if MIME_TYPE not in kind or f"{NAME}.desktop" not in opener:
        raise GateError(f"*.gx.toml is not opened by {NAME}:\n{kind}\n{opener}")
    entry = f"/usr/share/applications/{NAME}.desktop"
    # xdotool finds titles in ASCII only.
    for title, given in {TITLE: (), "gx.toml": (EXPERIMENT,)}.items():
        variables = {**UTF8, "DISPLAY": screen.name}
        window = Window(
            root.line("gio", "launch", entry, *given, variables=variables), screen, title
        )
        window.end("ctrl+q")
    site.say(f"deb: a click on the entry and one on {MIME_TYPE} open the window")
    root.apt("purge", *DESKTOP_TOOLS)


def _on_wayland(site: Site, root: Root, screen: Screen) -> None:
    """On a desktop of the other kind, without X: open, played by a key, a picture, closed."""
    folder = "/run/wayland"
    session = {
        "XDG_RUNTIME_DIR": folder,
        "WAYLAND_DISPLAY": SOCKET,
        "XDG_SESSION_TYPE": "wayland",
    }
    with compositor(screen, root.path(folder)):
        window = WaylandWindow(root.line(NAME, variables=session), screen)
        try:
            window.play()
            kept = site.shots / "deb-wayland.png"
            screen.picture(kept)
            window.end("ctrl+q")
        finally:
            window.kill()
    shutil.rmtree(root.path(folder))
    site.say(f"deb: trained in a window on Wayland (weston), which is in {kept}")


def _remove(site: Site, root: Root) -> None:
    files = [line for line in root.call("dpkg", "-L", NAME).splitlines() if NAME in line]
    root.apt("remove", NAME)
    # By now apt knows no package of that name any more.
    root.call("dpkg", "--purge", NAME)
    left = [name for name in files if os.path.lexists(root.path(name))]
    places = (root.path(place) for place in ("/etc", "/usr", "/var/lib", "/var/cache", "/opt"))
    left += [str(path) for place in places for path in place.rglob(f"*{NAME}*")]
    if left:
        raise GateError(f"left behind: {', '.join(left[:20])}")
    site.say(f"deb: removed and purged; none of its {len(files)} files is left")


def _try_archive(site: Site, root: Root, on_display: dict[str, str]) -> None:
    """The unpacked archive, where what it brings is nowhere else."""
    brought = sorted({needs.PACKAGES[name] for name in tar.BROUGHT})
    root.call("dpkg", "--purge", "--force-depends", *brought)
    program = f"/srv/{FOLDER}/{NAME}"
    tar.lay_out(site.job.bundle, root.path(program).parent, site.job.work / "gate-tar", site.say)
    said = root.call(program, "--self-test", variables=on_display)
    shutil.rmtree(root.path("/srv"))
    site.say(f"archive: {self_test(said)} (X11, without {', '.join(brought)})")


def expect_version(root: Root, wanted: str) -> None:
    """Raise GateError unless this version is installed."""
    found = root.call("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", NAME)
    if found != f"installed {wanted}":
        raise GateError(f"{NAME} is {found!r}, not {wanted}")
