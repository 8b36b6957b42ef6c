"""Goes through the checks, one line each, away from the user's own files.

    ok      the window opens
    FAILED  torch.func: jacfwd, hessian and vmap: OSError: could not get source code

The words `ok` and `FAILED` are the same in every language: other programs look for them.
"""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

from explorer import __version__
from explorer.experiment.problem import BadInput
from explorer.experiment.visible import visible_line
from explorer.i18n import N_, Language
from explorer.selftest import engine, program, window
from explorer.selftest.checks import LATE, Bench, Check, CommandLine, FaultError
from explorer.words.errors import sentence

DEBUG = "GRADIENT_EXPLORER_DEBUG"
OK, FAILED = "ok", "FAILED"
CHECKS: Sequence[Check] = (*program.CHECKS, *window.CHECKS, *engine.CHECKS)
ALL_WELL = N_("All {count} checks passed.")
SOME_FAILED = N_("{failed} of {count} checks failed.")
# Where programs keep what is the user's, on all systems.
_USER_FOLDERS = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"),
    # PyTorch makes this one as soon as its compiler is imported.
    "TORCHINDUCTOR_CACHE_DIR",
)


def run(language: Language, command_line: CommandLine, checks: Sequence[Check] = CHECKS) -> int:
    """Try everything and report on standard output; 0 if all went well, else 1."""
    _say(f"Gradient Explorer {__version__}, Python {platform.python_version()}, {sys.platform}")
    with isolated(os.environ) as folder:
        bench = Bench(language, folder, command_line)
        failed = sum(not _passes(check, bench) for check in checks)
    template = SOME_FAILED if failed else ALL_WELL
    _say(language.text(template).format(failed=failed, count=len(checks)))
    return 1 if failed else 0


def _passes(check: Check, bench: Bench) -> bool:
    name = bench.language.text(check.name)
    bench.give_up = partial(_give_up, bench, name)
    try:
        check.try_it(bench)
    except Exception as error:
        _say(f"{FAILED}  {name}: {_reason(error, bench.language)}")
        if os.environ.get(DEBUG) == "1":
            import traceback

            traceback.print_exception(error)
        return False
    _say(f"{OK:<{len(FAILED)}}  {name}")
    return True


def _give_up(bench: Bench, name: str, reason: str) -> NoReturn:
    """Qt cannot go on and nothing can be raised through it: this check is the last."""
    _say(f"{FAILED}  {name}: {reason}")
    shutil.rmtree(bench.folder, ignore_errors=True)
    os._exit(1)


def _reason(error: Exception, language: Language) -> str:
    """One line, without a traceback."""
    if isinstance(error, FaultError):
        return language.text(error.message).format(**error.facts)
    if isinstance(error, BadInput):
        return sentence(error, language)
    if isinstance(error, TimeoutError) and error.args:
        return language.text(LATE).format(seconds=error.args[0])
    # numpy says only in the cause which library it could not load.
    first = error.__cause__ or error
    lines = str(first).strip().splitlines()
    return f"{type(first).__name__}: {lines[0] if lines else ''}"


def _say(line: str) -> None:
    # At once: the next check may take the whole process with it.
    print(visible_line(line), flush=True)


@contextmanager
def isolated(environment: MutableMapping[str, str]) -> Iterator[Path]:
    """A folder for everything that is written; offscreen where there is no display."""
    # Windows keeps files open for a moment longer than we do.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        changes = dict.fromkeys(_USER_FOLDERS, folder) | _platform(environment)
        before = {name: environment.get(name) for name in changes}
        environment.update(changes)
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                del environment[name]
                if value is not None:
                    environment[name] = value


def _platform(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Qt ends the process where it finds no display; offscreen it needs none."""
    if sys.platform in {"win32", "darwin"}:
        return {}
    chosen = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    return {} if any(environment.get(name) for name in chosen) else {chosen[0]: "offscreen"}
