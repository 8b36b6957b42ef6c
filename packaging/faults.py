"""Faults planted on purpose: a gate that passes with one of them is no gate.

    python packaging/faults.py                 every fault; each has to make its part fail
    python packaging/faults.py stripped-blas   this one
    python packaging/faults.py --list

Needs what gate.py needs, and a bundle (`build.py bundle`), which it leaves as it is. Packages
are packed quickly; the clean Debian is made once. Tried by hand before a release, and
whenever the gate itself was changed.
"""

import argparse
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import build
import gate
from basics import ROOT, BuildError, Say, needed
from build import Job, sayer
from checks import debroot, readme, wine
from checks.cleanroot import Root
from checks.surroundings import Site
from linux import deb, needs, share, tar, tree
from linux.description import NAME
from windows import installer
from windows import tree as windows_tree
from windows.parts import Parts

Plant = Callable[[Site], AbstractContextManager[object]]
RESOURCE = "explorer/resources/experiments/line-fit.toml"


@dataclass(frozen=True)
class Fault:
    """What is planted, in which part of the gate, and what that part has to say of it."""

    part: str
    said: str
    plant: Plant


# -- in the bundle -----------------------------------------------------------------------


def without(*patterns: str) -> Plant:
    """The bundle lacks these files."""

    def plant(site: Site) -> AbstractContextManager[object]:
        for path in _found(site.job.bundle, patterns):
            path.unlink()
        return ExitStack()

    return plant


def stripped(*patterns: str) -> Plant:
    """These libraries went through `strip`."""

    def plant(site: Site) -> AbstractContextManager[object]:
        for path in _found(site.job.bundle, patterns):
            own(path)
            subprocess.run([needed("strip", "binutils"), str(path)], check=True)
        return ExitStack()

    return plant


def without_enum(site: Site) -> AbstractContextManager[object]:
    """The standard library's archive has no source of `enum`."""
    _rewrite(own(site.job.bundle / "_internal" / "base_library.zip"), "enum.py")
    return ExitStack()


def _found(folder: Path, patterns: Sequence[str]) -> list[Path]:
    paths = [path for pattern in patterns for path in folder.rglob(pattern)]
    if not paths:
        raise BuildError(f"nothing to spoil: {patterns}")
    return paths


def own(path: Path) -> Path:
    """Make a hard link a file of its own, so that the real bundle stays as it is."""
    copy = path.with_name(f"{path.name}.own")
    shutil.copy2(path, copy)
    return copy.replace(path)


def _rewrite(archive: Path, dropped: str) -> None:
    """Take one file out of a zip archive."""
    with zipfile.ZipFile(archive) as whole:
        contents = {each: whole.read(each) for each in whole.infolist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as less:
        for each, content in contents.items():
            if each.filename != dropped:
                less.writestr(each, content)


# -- in the packages -----------------------------------------------------------------------


def wheel_without_resource(_site: Site) -> AbstractContextManager[object]:
    """The wheel lost an experiment."""
    make = build.TARGETS["wheel"]

    def spoiled(job: Job) -> list[Path]:
        made = make(job)
        for path in made:
            if path.suffix == ".whl":
                _rewrite(path, RESOURCE)
        return made

    return patch.dict(build.TARGETS, wheel=spoiled)


def not_depending_on(package: str) -> Plant:
    """Depends forgets a package."""
    depends = needs.depends

    def forgetful(found: needs.Needs) -> str:
        return ", ".join(name for name in depends(found).split(", ") if name != package)

    return lambda _site: patch.object(needs, "depends", forgetful)


def changed(place: str, old: str, new: str) -> Plant:
    """A text below usr/share says something else."""
    install = share.install

    def spoiled(folder: Path, system: Mapping[str, tuple[str, ...]], say: Say) -> None:
        install(folder, system, say)
        file = folder / place
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return lambda _site: patch.object(share, "install", spoiled)


def leaving(place: str) -> Plant:
    """Installing the .deb makes a file that no one removes."""

    def plant(site: Site) -> AbstractContextManager[object]:
        def spoiled(tool: str, package: str) -> str:
            # Asked for when all else is laid out.
            hook = site.job.work / "deb" / "DEBIAN" / "postinst"
            hook.write_text(f"#!/bin/sh\nset -e\ntouch {place}\n", encoding="utf-8")
            hook.chmod(0o755)
            return needed(tool, package)

        return patch.object(deb, "needed", spoiled)

    return plant


def readme_without(package: str) -> Plant:
    """The README forgets a package of the system."""
    told = readme.lines

    def forgetful(text: str) -> readme.Lines:
        return told(text.replace(f" {package} ", " "))

    return lambda _site: patch.object(readme, "lines", forgetful)


def newer_before(_site: Site) -> AbstractContextManager[object]:
    """What is to be upgraded has a higher number."""
    return patch.object(debroot, "OLDER", "99.0")


@contextmanager
def archive_that_stays(site: Site) -> Iterator[None]:
    """install.sh removes nothing."""
    here = site.job.work / "spoiled"
    here.mkdir(parents=True)
    text = (tar.HERE / "install.sh").read_text(encoding="utf-8")
    (here / "install.sh").write_text(text.replace("rm -f", "true"), encoding="utf-8")
    with patch.object(tar, "HERE", here):
        yield


@contextmanager
def archive_bringing_nothing(_site: Site) -> Iterator[None]:
    """The archive lacks the libraries that many systems lack."""
    lay_out = tar.lay_out

    def spoiled(bundle: Path, folder: Path, scratch: Path, say: Say) -> None:
        lay_out(bundle, folder, scratch, say)
        for name in tar.BROUGHT:
            (folder / "_internal" / name).unlink()

    with patch.object(tar, "lay_out", spoiled):
        yield


@contextmanager
def windows_without_resource(_site: Site) -> Iterator[None]:
    """The Windows installer lost an experiment."""
    lay_out = windows_tree.build

    def spoiled(got: Parts, folder: Path, say: Say) -> None:
        lay_out(got, folder, say)
        for path in _found(folder, [Path(RESOURCE).name]):
            path.unlink()

    with patch.object(windows_tree, "build", spoiled):
        yield


FAULTS: Mapping[str, Fault] = {
    "readme-libglib": Fault("readme", "libgthread", readme_without("libglib2.0-0")),
    "readme-fontconfig": Fault("readme", "libfontconfig", readme_without("libfontconfig1")),
    "wheel-resource": Fault("wheel", "line-fit", wheel_without_resource),
    "dropped-resource": Fault("frozen", "line-fit", without("line-fit.toml")),
    "dropped-icon-plugin": Fault(
        "frozen", "cannot be drawn", without("libqsvgicon.so", "imageformats/libqsvg.so")
    ),
    "dropped-platform": Fault("frozen", "Qt cannot open a window", without("libqoffscreen.so")),
    "dropped-catalogue": Fault("frozen", "zh_CN", without("zh_CN/LC_MESSAGES/explorer.mo")),
    "stripped-blas": Fault("frozen", "page-aligned", stripped("libscipy_openblas*.so*")),
    "no-enum": Fault("frozen", "torch.func", without_enum),
    "archive-stays": Fault("archive", "left behind", archive_that_stays),
    "archive-libraries": Fault("deb-root", "libxcb-cursor", archive_bringing_nothing),
    "no-libegl1": Fault("deb-root", "libEGL", not_depending_on("libegl1")),
    "no-libgl1": Fault("deb-root", "libGL", not_depending_on("libgl1")),
    "no-libxcb-icccm4": Fault("deb-root", "libxcb-icccm", not_depending_on("libxcb-icccm4")),
    "no-mime": Fault("deb-root", "is not opened by", changed(share.MIME, "*.gx.toml", "*.gx")),
    "no-upgrade": Fault("deb-root", "downgraded", newer_before),
    "leaves-behind": Fault("deb-root", "left behind", leaving("/var/lib/gradient-explorer.left")),
    "desktop-entry": Fault(
        "lint", "desktop-file-validate", changed(share.DESKTOP, "Categories=", "Categorie=")
    ),
    "lintian": Fault("lint", "lintian", changed(share.OVERRIDES, f"{NAME}:", "another:")),
    "windows-resource": Fault("windows", "line-fit", windows_without_resource),
}


def gets_through(name: str, site: Site, base: Path, say: Say) -> bool:
    """Plant the fault and run its part: whether the part passed, or failed of something else."""
    fault = FAULTS[name]
    heard: list[str] = []

    def listen(text: str) -> None:
        heard.append(text)
        say(f"{name}: {text}")

    job = Job(site.job.dist / name, site.job.work / name, listen)
    shutil.rmtree(job.work, ignore_errors=True)
    shutil.rmtree(job.dist, ignore_errors=True)
    job.dist.mkdir(parents=True)
    job.bundle = job.work / "bundle"
    tree.link_tree(site.job.bundle, job.bundle)
    trial = Site(job, job.dist)
    quick = {"windows": lambda job: [installer.build(job.dist, job.say, press=installer.QUICK)]}
    with ExitStack() as stack:
        stack.enter_context(patch.dict(build.TARGETS, quick))
        stack.enter_context(patch.multiple(deb, BEST=deb.QUICK, LARGEST_MB=sys.maxsize))
        stack.enter_context(patch.object(wine, "PASSED", job.work / "passed.txt"))
        stack.enter_context(patch.object(Root, "make", lambda root: _copied(base, root)))
        stack.enter_context(fault.plant(trial))
        failed = gate.go_through([fault.part], gate.PARTS, trial)
    shutil.rmtree(job.work, ignore_errors=True)
    reasons = [text for text in heard if text.startswith(f"--- {fault.part}: FAILED")]
    return not failed or not any(fault.said in text for text in reasons)


def _copied(base: Path, root: Root) -> None:
    """A clean Debian, made when the first one is wanted."""
    if not base.is_dir():
        unfinished = base.with_name(f"{base.name}.part")
        shutil.rmtree(unfinished, ignore_errors=True)
        MAKE(Root(unfinished))
        unfinished.rename(base)
    subprocess.run(["cp", "-a", str(base), str(root.path("/"))], check=True)


MAKE = Root.make


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant the faults that are named, or all; 0 if the gate saw every one."""
    parser = argparse.ArgumentParser(description="Plant faults and see the gate fail.")
    parser.add_argument("fault", nargs="*", help="see --list")
    parser.add_argument("--list", action="store_true", help="name all faults, with their parts")
    parser.add_argument("--work", type=Path, default=ROOT / "build")
    options = parser.parse_args(arguments)
    if options.list:
        for name, fault in FAULTS.items():
            print(f"{name:20} {fault.part}")
        return 0
    if unknown := sorted(set(options.fault) - set(FAULTS)):
        parser.error(f"no such fault: {', '.join(unknown)}; see --list")
    say = sayer()
    work = options.work.resolve()
    site = Site(Job(work / "faults", work, say, reuse=True), work / "faults")
    base = work / "faults" / "debian"
    names = options.fault or list(FAULTS)
    unseen = [name for name in names if gets_through(name, site, base, say)]
    shutil.rmtree(base, ignore_errors=True)
    print(f"faults: NOT seen: {', '.join(unseen)}" if unseen else f"faults: seen: {len(names)}")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
