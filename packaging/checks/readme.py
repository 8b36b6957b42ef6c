"""The README's lines as they stand, in a clean Debian: a user who follows them gets there.

A root with nothing but Python and git gets the packages that the README names, and an
ordinary user of it runs the two commands: the window opens, trains and closes, and all tests
pass. There is no compiler, no Xvfb, no xdotool inside; which tests were passed over for want of
them is left in a file beside the pictures. GATE_SUITE chooses another Debian (see `cleanroot`);
with GATE_TORCH=default pip is not told of PyTorch's CPU build and takes what the public index has
for Linux.
"""

import ast
import contextlib
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from basics import ROOT
from checks.cleanroot import SUITE, Root
from checks.screens import Window, display
from checks.surroundings import GateError, Site, run
from linux.description import TITLE

USER = "learner"
PROJECT = f"/home/{USER}/gradient-explorer"
# What pytest says of each test, for programs.
RAN = f"/home/{USER}/ran.xml"
# What a user has before reading the README.
PRESENT = ("python3", "python3-venv", "git")
# What is no part of a fresh clone.
LEFTOVERS = (".git", ".venv", "build", "dist", "*.egg-info", "*.mo", "__pycache__", ".*_cache")
# Where files of this machine are seen from inside.
OUTSIDE = "/outside"
# PyTorch is downloaded and unpacked first.
INSTALL_PATIENCE_S = 1800
_SETTING = re.compile(r"^(?::env:\.|global\.|user\.|install\.|site\.)([a-z-]+)=(.*)$")


@dataclass(frozen=True)
class Lines:
    """What the README tells to type: packages of the system, the window, the tests."""

    packages: str
    window: str
    tests: str


def lines(text: str) -> Lines:
    """Those of a README. Raises GateError unless each is there just once."""
    return Lines(
        packages=_only(r"`sudo (apt-get install [^`]+)`", text),
        window=_only(r"^(python3 -m venv .*/gradient-explorer)$", text),
        tests=_only(r"^(python3 -m venv .* -m pytest)$", text),
    )


def _only(pattern: str, text: str) -> str:
    found = re.findall(pattern, text, re.MULTILINE)
    if len(found) != 1:
        raise GateError(f"README.md should have one line like {pattern}, not {found}")
    return str(found[0])


def check(site: Site) -> None:
    """See the module's docstring."""
    told = lines((ROOT / "README.md").read_text(encoding="utf-8"))
    work = site.job.work / "gate-readme"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    root = Root(work / "root")
    site.say(f"readme: a clean system ({SUITE})")
    root.make()
    with root.proc(), pip_settings(root) as settings:
        root.apt("install", *PRESENT)
        site.say(f"readme: {told.packages}")
        root.apt(*told.packages.removeprefix("apt-get ").split())
        root.call("useradd", "--create-home", USER)
        shutil.copytree(ROOT, root.path(PROJECT), ignore=shutil.ignore_patterns(*LEFTOVERS))
        root.call("chown", "-R", f"{USER}:", PROJECT)
        _open_window(site, root, told.window, settings)
        _run_tests(site, root, told.tests, settings)
    shutil.rmtree(work)


def _open_window(site: Site, root: Root, line: str, settings: Mapping[str, str]) -> None:
    """The first command, by a user with a display: played by a key, a picture, closed."""
    site.say(f"readme: {line}")
    with display() as screen:
        command = as_user(root, line, {**settings, "DISPLAY": screen.name})
        window = Window(command, screen, TITLE, INSTALL_PATIENCE_S)
        try:
            window.play()
            kept = site.shots / f"readme-{SUITE}.png"
            screen.picture(kept)
            window.end("ctrl+q")
        finally:
            window.kill()
    site.say(f"readme: trained in the window, which is in {kept}")


def _run_tests(site: Site, root: Root, line: str, settings: Mapping[str, str]) -> None:
    """The second command, in a clone of its own; what pytest says is seen, and what it skipped."""
    site.say(f"readme: {line}")
    root.call("rm", "-rf", f"{PROJECT}/.venv")
    sys.stdout.flush()
    noted = {**settings, "PYTEST_ADDOPTS": f"--junitxml={RAN} -o junit_family=xunit1"}
    status = subprocess.run(as_user(root, line, noted), check=False).returncode
    if status:
        raise GateError(f"the README's test command ended with {status} in {SUITE}")
    passed_over = skipped(root.path(RAN).read_text(encoding="utf-8"))
    listed = site.shots / f"skipped-{SUITE}.txt"
    listed.write_text("".join(f"{test}\n" for test in passed_over), encoding="utf-8")


def skipped(ran: str) -> list[str]:
    """The tests that were passed over, as pytest takes them on its command line."""
    return [
        f"{case.get('file')}::{case.get('name')}"
        for case in ET.fromstring(ran).iter("testcase")
        if case.find("skipped") is not None
    ]


def as_user(root: Root, line: str, settings: Mapping[str, str]) -> list[str]:
    """The command that has the user type this line in the project's folder."""
    ids = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups")
    variables = {**settings, "HOME": f"/home/{USER}", "USER": USER}
    typed = f"cd {PROJECT} && {line}"
    return root.line("sh", "-c", typed, variables=variables, before=ids)


@contextlib.contextmanager
def pip_settings(root: Root) -> Iterator[dict[str, str]]:
    """How pip reaches its packages from this machine, as variables, with the files they name."""
    said = run(sys.executable, "-m", "pip", "config", "list")
    settings = reachable(said, default_torch=os.environ.get("GATE_TORCH") == "default")
    with contextlib.ExitStack() as stack:
        places = local_places(settings)
        for place in places:
            # Not where the system inside has files of its own, as its certificates.
            stack.enter_context(root.bound(place, f"{OUTSIDE}{place}"))
        yield {name: seen_inside(value, places) for name, value in settings.items()}


def reachable(said: str, *, default_torch: bool) -> dict[str, str]:
    """pip's variables from what `pip config list` said; what is from the environment counts more.

    With `default_torch` only how the index is reached, not what else is to be found where.
    """
    found: dict[str, str] = {}
    # Sorted by pip, with the environment first.
    for name, value in (
        match.groups() for match in map(_SETTING.match, said.splitlines()) if match
    ):
        found.setdefault(name, " ".join(str(ast.literal_eval(value)).split()))
    if default_torch:
        found = {name: found[name] for name in found if name in {"cert", "index-url", "proxy"}}
    return {f"PIP_{name.upper().replace('-', '_')}": value for name, value in found.items()}


def local_places(settings: Mapping[str, str]) -> list[Path]:
    """The files and folders of this machine that the settings name, outermost only."""
    words = [word.removeprefix("file://") for value in settings.values() for word in value.split()]
    there = {Path(word) for word in words if word.startswith("/") and Path(word).exists()}
    # An index refers to files beside its own folder.
    there = {place.parent if place.name == "simple" else place for place in there}
    return sorted(place for place in there if not there & set(place.parents))


def seen_inside(value: str, places: Iterable[Path]) -> str:
    """A setting with the places of this machine as they are named inside."""
    for place in places:
        value = re.sub(
            rf"(^|\s|file://){re.escape(str(place))}(?=[/\s]|$)", rf"\1{OUTSIDE}{place}", value
        )
    return value
