"""What every test stands on: no real screen, no real home, English, one thread of PyTorch.

Nothing here imports torch or Qt: some tests are about what is *not* imported.
"""

import os
import runpy
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import Outcome, Program

ROOT = Path(__file__).resolve().parent.parent
LOCALE_VARIABLES = ("GRADIENT_EXPLORER_LANGUAGE", "LANGUAGE", "LC_MESSAGES", "LANG")

# Read once, when Qt or torch starts: too late for a fixture. A test that wants a
# real display or more threads says so in the environment.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """How many processes share the tests: one for each core, unless it is said with `-n`.

    Some files are done sooner in one: every process imports torch and Qt first. So is what is
    to be looked at with `-s`.
    """
    # Not by pathlib, which takes no name of a test that is longer than a file's.
    folders = any(map(os.path.isdir, config.args))
    return None if folders and config.option.capture != "no" else 0


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the translations, so that an edited catalogue is seen without reinstalling."""
    if hasattr(session.config, "workerinput"):
        # The process that shares out the tests has done so.
        return
    driver = runpy.run_path(str(ROOT / "packaging" / "translations.py"))
    driver["compile_catalogues"](ROOT)


@pytest.fixture(scope="session", autouse=True)
def _isolated_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings and user data go to a folder of this session, never to the user's own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        yield


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts in tests are English unless a test asks for another language."""
    for name in LOCALE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def heard_signals() -> Iterator[None]:
    """Let a process that a test starts hear the signals that the tests themselves ignore.

    What a script starts in the background ignores Ctrl+C, what nohup starts the end
    of its terminal; and a process inherits what is ignored.
    """
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    """Call the program with these arguments, in this process: one of its own takes seconds."""
    from explorer.__main__ import main

    def call(*arguments: str) -> Outcome:
        status = main(arguments)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture
def command(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The same in a folder, which comes before the arguments."""

    def call(folder: Path, *arguments: str) -> Outcome:
        monkeypatch.chdir(folder)
        return program(*arguments)

    return call
