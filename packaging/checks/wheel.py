"""The wheel and the source archive, each in a fresh environment without the checkout."""

import os
import sys
import tempfile
import venv
from pathlib import Path

from build import TARGETS
from checks import hostile
from checks.surroundings import CONSTRAINTS, GateError, Site, run, self_test


def check(site: Site) -> None:
    """Install the wheel with what it asks for, and run the self-test far from the checkout."""
    made = {path.suffix: path for path in TARGETS["wheel"](site.job)}
    if set(made) != {".whl", ".gz"}:
        raise GateError(f"wheel and sdist expected: {sorted(map(str, made.values()))}")
    with tempfile.TemporaryDirectory(prefix="gate-") as name:
        folder = Path(name)
        site.say(f"wheel: a fresh environment for {made['.whl'].name}")
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv/bin/python"
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
        run(python, *pip, "-c", CONSTRAINTS, made[".whl"])
        program = folder / "venv/bin/gradient-explorer"
        site.say(f"wheel: {self_test(run(program, '--self-test', cwd=folder))}")
        trapped = folder / "trapped"
        trapped.mkdir()
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        site.say(f"wheel: {hostile.run_nothing([str(program)], trapped, environment)}")
        _source_archive(site, made[".gz"], folder)


def _source_archive(site: Site, archive: Path, folder: Path) -> None:
    """A wheel can be built from the source archive, and has the same files."""
    out = folder / "again"
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run(*command, "-w", out, archive, environment=dict(os.environ), cwd=folder)
    again = next(out.glob("*.whl"))
    ours, theirs = (_names(path) for path in (site.job.dist / again.name, again))
    if ours != theirs:
        raise GateError(f"the source archive makes another wheel: {sorted(ours ^ theirs)}")
    site.say(f"wheel: the source archive makes the same {len(ours)} files")


def _names(path: Path) -> set[str]:
    import zipfile

    return set(zipfile.ZipFile(path).namelist())
