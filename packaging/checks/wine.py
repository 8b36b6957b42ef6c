"""The Windows installer in Wine: made and tried by packaging/windows."""

from importlib import import_module
from importlib.util import find_spec

from build import TARGETS
from checks.surroundings import GateError, Site


def check(site: Site) -> None:
    """Build the installer unless it is there already, and try it."""
    if find_spec("windows") is None:
        raise GateError("there is no packaging/windows")
    there = sorted(site.job.dist.glob("*windows*.exe"))
    for installer in there or TARGETS["windows"](site.job):
        import_module("windows.gate").check(installer, site.say)
