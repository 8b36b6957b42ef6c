"""The gate: everything that is offered is installed, started, used and removed, as users do.

    python packaging/gate.py                        all parts
    python packaging/gate.py wheel frozen           these parts
    python packaging/gate.py --without deb-root     all others; the name says what was left out

A part that cannot run here fails; it is left out only by name. Called by .ci/run.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from basics import ROOT, BuildError
from build import Job, sayer
from checks import debroot, frozen, lint, readme, wheel, wine
from checks.surroundings import GateError, Site

Part = Callable[[Site], None]
PARTS: Mapping[str, Part] = {
    "readme": readme.check,
    "wheel": wheel.check,
    "frozen": frozen.check,
    "archive": frozen.check_archive,
    "deb-root": debroot.check,
    "lint": lint.check,
    "windows": wine.check,
}


def chosen(names: Sequence[str], without: Sequence[str], parts: Mapping[str, Part]) -> list[str]:
    """The parts to go through, in their order. Raises GateError for a name that is none."""
    unknown = sorted({*names, *without} - set(parts))
    if unknown:
        raise GateError(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}")
    return [name for name in parts if (not names or name in names) and name not in without]


def go_through(names: Sequence[str], parts: Mapping[str, Part], site: Site) -> list[str]:
    """Run every part, whatever became of the others; the names of those that failed."""
    failed = []
    for name in names:
        start = time.monotonic()
        site.say(f"--- {name}")
        try:
            parts[name](site)
        except (GateError, BuildError, subprocess.SubprocessError, OSError) as error:
            site.say(f"--- {name}: FAILED: {error}")
            failed.append(name)
        else:
            site.say(f"--- {name}: passed in {time.monotonic() - start:.0f} s")
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Go through the parts; 0 if all passed, and something was tried."""
    parser = argparse.ArgumentParser(description="Try everything that is offered.")
    parser.add_argument("part", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--without", action="append", default=[], metavar="PART")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--work", type=Path, default=ROOT / "build")
    parser.add_argument("--reuse-bundle", action="store_true", help="do not build it again")
    options = parser.parse_args(arguments)
    options.dist.mkdir(parents=True, exist_ok=True)
    job = Job(options.dist.resolve(), options.work.resolve(), sayer(), options.reuse_bundle)
    site = Site(job, options.dist.resolve() / "gate")
    try:
        names = chosen(options.part, options.without, PARTS)
    except GateError as error:
        parser.error(str(error))
    failed = go_through(names, PARTS, site)
    left_out = [name for name in PARTS if name not in names]
    if left_out:
        print(f"gate: NOT tried: {', '.join(left_out)}")
    print(f"gate: FAILED: {', '.join(failed)}" if failed else f"gate: passed: {', '.join(names)}")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
