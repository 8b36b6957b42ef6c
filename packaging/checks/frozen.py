"""The bundle and the archive, on this machine: no environment, a home that cannot be written."""

import json
from pathlib import Path

from checks import hostile
from checks.surroundings import (
    ARTICLE,
    GateError,
    Site,
    as_nobody,
    give_to_nobody,
    public_folder,
    run,
    self_test,
    tool,
)
from linux import tar, tree

# Spaces and other scripts in the path of the program and of the user.
FOLDER = "Программы 程序 two words"
HOME = "Übung 用户"


def check(site: Site) -> None:
    """Self-test and window from a foreign path, with an empty environment, as nobody."""
    with public_folder() as top:
        program = top / FOLDER / "gradient-explorer"
        tree.link_tree(site.job.bundle, program.parent)
        home = top / HOME
        home.mkdir(mode=0o555)
        bare = [*as_nobody(), tool("env", "coreutils"), "-i", f"HOME={home}"]
        site.say("bundle: self-test with an empty environment and a read-only home")
        site.say(f"bundle: {self_test(run(*bare, program, '--self-test'))}")
        window = ["open", "line-fit", "--play", "--steps=20", "--quit"]
        run(*bare, "QT_QPA_PLATFORM=offscreen", program, *window)
        exact(run(*bare, program, "run", "line-fit", "--json", quiet=True))
        trapped = top / "trapped"
        trapped.mkdir()
        offscreen = [*bare, "QT_QPA_PLATFORM=offscreen", str(program)]
        site.say(f"bundle: {hostile.run_nothing(offscreen, trapped, {})}")
        if list(home.iterdir()):
            raise GateError(f"written into a read-only home: {list(home.iterdir())}")
        site.say("bundle: the window opened there too, and line-fit is exact")


def exact(document: str) -> None:
    """Raise GateError unless this is the line fit's result, to the last bit."""
    tensors = json.loads(document)["tensors"]
    found = {name: tensors[name]["value"] for name in ARTICLE}
    if found != ARTICLE:
        raise GateError(f"line-fit came out as {found}, not {ARTICLE}")


def check_archive(site: Site) -> None:
    """The unpacked archive: into the user's menu without root, run from there, out again."""
    with public_folder() as top:
        folder, home = top / FOLDER, top / HOME
        tar.lay_out(site.job.bundle, folder, site.job.work / "gate-tar", site.say)
        home.mkdir()
        give_to_nobody(home)
        path = "PATH=/usr/bin:/bin"
        bare = [*as_nobody(), tool("env", "coreutils"), "-i", f"HOME={home}", path]
        site.say(run(*bare, folder / "install.sh", quiet=True).strip())
        entry = home / ".local/share/applications/gradient-explorer.desktop"
        run(tool("desktop-file-validate", "desktop-file-utils"), entry)
        _starts(bare, entry)
        exact(run(*bare, home / ".local/bin/gradient-explorer", "run", "line-fit", "--json"))
        site.say(run(*bare, folder / "install.sh", "--remove", quiet=True).strip())
        left = [path for path in home.rglob("*gradient-explorer*") if ".config" not in path.parts]
        if left:
            raise GateError(f"left behind by install.sh --remove: {left}")


def _starts(bare: list[str], entry: Path) -> None:
    """The entry's own command runs, read as a desktop reads it."""
    line = next(line for line in entry.read_text("utf-8").splitlines() if line.startswith("Exec="))
    program = line.removeprefix('Exec="').removesuffix('" %f')
    run(*bare, program, "--version", quiet=True)
