"""What Debian's and freedesktop's own checkers say of the files and of the package."""

from pathlib import Path

from checks import debroot
from checks.surroundings import GateError, Site, run, tool
from linux import desktop

OVERRIDES = Path(__file__).resolve().parent.parent / "linux" / "lintian-overrides"


def check(site: Site) -> None:
    """Desktop entry, AppStream, and lintian with every override explained."""
    unexplained = unexplained_overrides(OVERRIDES.read_text(encoding="utf-8"))
    if unexplained:
        raise GateError(f"without a reason above it in {OVERRIDES.name}: {unexplained}")
    package = debroot.of_release(site)
    share = site.job.work / "deb/usr/share"
    desktop.validate(share, site.say)
    site.say("lint: lintian reads the package (a minute)")
    options = ["--fail-on=error,warning", "--tag-display-limit=0", "--allow-root"]
    run(tool("lintian", "lintian"), *options, package)
    site.say("lint: lintian has no error or warning that is not explained")


def unexplained_overrides(text: str) -> list[str]:
    """Overrides with no comment in the lines above, up to the last blank line."""
    found: list[str] = []
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if lines and not lines[0].startswith("#"):
            found += [line for line in lines if not line.startswith("#")]
    return found
