"""The RPM package, from the same tree and description, packed by nfpm.

Dependencies are the libraries' own names (`libGL.so.1()(64bit)`), which all distributions
with RPM share; their packages' names differ. Not tested on any of them.
"""

import json
import os
import subprocess
from pathlib import Path

from basics import Say, needed, source_time
from linux import needs, tree
from linux.description import LICENCE, MAINTAINER, NAME, RPM_GROUP, SUMMARY, TEXT


def build(bundle: Path, work: Path, dist: Path, version: str, say: Say) -> Path:
    """The package, in `dist`."""
    root = work / "rpm"
    tree.lay_out(bundle, root, say)
    recipe = work / "nfpm.json"
    found = description(root, version, needs.requires(needs.of(bundle)))
    # JSON is YAML too.
    recipe.write_text(json.dumps(found, indent=1), encoding="utf-8")
    made = dist / f"{NAME}-{version}-1.x86_64.rpm"
    say("rpm: packing (zstd)")
    subprocess.run(
        [needed("nfpm", "nfpm"), "package", "--packager=rpm", "-f", str(recipe), "-t", str(made)],
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(source_time())},
        stdout=subprocess.DEVNULL,
    )
    return made


def description(root: Path, version: str, requires: list[str]) -> dict[str, object]:
    """What nfpm is told."""
    return {
        "name": NAME,
        "arch": "amd64",
        "platform": "linux",
        "version": version,
        "release": "1",
        "maintainer": MAINTAINER,
        "description": f"{SUMMARY}\n{' '.join(TEXT)}",
        "license": LICENCE,
        "depends": requires,
        "contents": [{"src": f"{root}/", "dst": "/", "type": "tree"}],
        "rpm": {
            "group": RPM_GROUP,
            "summary": SUMMARY,
            "compression": "zstd",
            # Else it is the name of the machine that packed it.
            "buildhost": "localhost",
        },
    }
