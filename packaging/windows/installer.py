"""Builds the Windows installer on Linux, from locked parts and this checkout.

    python packaging/windows/installer.py [--quick]

Needs Python 3.11, Debian's `nsis`, and the build tools of `pip install -e '.[dev]'`;
no compiler. `--quick` compresses less and is meant for trying things out.
The driver calls `build`; the result is unsigned and was never run on Windows itself:
`gate.py` tries it in Wine.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import licences
from basics import BuildError, Say
from explorer import __version__
from windows import parts, tree

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MOST_BYTES = 110 * 10**6
HARD, QUICK = "lzma", "zlib"


class InstallerError(BuildError):
    """The installer could not be built, or is larger than was promised."""


def build(dist: Path, say: Say, *, press: str = HARD) -> Path:
    """Build `dist/gradient-explorer-VERSION-windows-x64.exe`; returns its path.

    Downloads are kept in `build/windows/parts`. Raises `InstallerError`,
    `parts.PartsError`, `licences.MissingLicenceError`.
    """
    if shutil.which("makensis") is None:
        raise InstallerError("makensis is not installed (Debian: nsis)")
    dist.mkdir(parents=True, exist_ok=True)
    output = dist.resolve() / f"{tree.PROGRAM}-{__version__}-windows-x64.exe"
    with tempfile.TemporaryDirectory(dir=_work()) as scratch:
        folder = Path(scratch) / "tree"
        got = parts.fetch(_work() / "parts", say)
        tree.build(got, folder, say)
        count = licences.write(carried(got), folder / "licences")
        say(f"licences of {count} things carried along")
        _pack(folder, output, press, say)
    if press == HARD and output.stat().st_size > MOST_BYTES:
        raise InstallerError(f"{output.name} has {output.stat().st_size} bytes: too many")
    return output


def carried(got: parts.Parts) -> list[licences.Carried]:
    """Everything in the installer that has a licence."""
    return [
        licences.us(),
        *(licences.of_wheel(wheel) for wheel in (*got.wheels, got.launchers)),
        licences.python(got.runtime["LICENSE.txt"], parts.PYTHON),
        licences.own_notice("msvc-runtime", "Microsoft's Distributable Code", tree.MSVC),
    ]


def _work() -> Path:
    work = ROOT / "build" / "windows"
    work.mkdir(parents=True, exist_ok=True)
    return work


def _pack(folder: Path, output: Path, press: str, say: Say) -> None:
    """Run makensis on the tree."""
    size_kb = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1024
    say(f"packing {size_kb // 1024} MB with {press}: minutes")
    defined = {
        "VERSION": __version__,
        "TREE": folder,
        "OUTPUT": output,
        "SIZE_KB": size_kb,
        "PRESS": press,
    }
    options = [f"-D{name}={value}" for name, value in defined.items()]
    start = time.monotonic()
    command = ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *options, "installer.nsi"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallerError(done.stdout + done.stderr)
    megabytes = output.stat().st_size / 10**6
    say(f"{output.name}: {megabytes:.1f} MB in {time.monotonic() - start:.0f} s")


def main() -> int:
    """Build into `dist/`."""
    parser = argparse.ArgumentParser(description="Build the Windows installer.")
    parser.add_argument("--quick", action="store_true", help="compress less, in a minute")
    quick = parser.parse_args().quick
    build(ROOT / "dist", print, press=QUICK if quick else HARD)
    return 0


if __name__ == "__main__":
    sys.exit(main())
