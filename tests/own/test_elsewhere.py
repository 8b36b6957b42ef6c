"""`--python FILE`: another Python takes the command line over, or it is said why not."""

import os
import sys
from pathlib import Path

import pytest

from explorer import i18n
from explorer.__main__ import main
from explorer.cli import elsewhere
from explorer.cli.elsewhere import environment_of
from explorer.experiment.problem import BadInput
from explorer.own.loading import load
from explorer.own.reference import referred
from explorer.words.errors import sentence

# That which the tests' environment was made from.
BARE = Path(sys.base_prefix) / "bin" / "python3"


class TakenOver(Exception):  # noqa: N818 (in the place of the process's end)
    """With the program, its arguments and its environment."""


def taken_over(*given: object) -> None:
    raise TakenOver(*given)


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot take another's place there")
def test_all_arguments_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execve", taken_over)
    given = ["run", "--python", sys.executable, "net.py:make", "--language=zh_CN", "--json"]
    with pytest.raises(TakenOver) as raised:
        elsewhere.run_elsewhere(sys.executable, ["run", "a b.py:make", "--json"], i18n.load("en"))
    python, command, environment = raised.value.args
    assert python == sys.executable
    assert command[1:] == [
        *("-P", "-m", "explorer", "--language", "en", "run", "a b.py:make", "--json")
    ]
    assert environment["PATH"] == os.environ["PATH"]
    seen: list[object] = []

    def handed_over(python: str, arguments: list[str], language: i18n.Language) -> int:
        seen.extend((python, arguments, language.code))
        return 0

    monkeypatch.setattr(elsewhere, "run_elsewhere", handed_over)
    assert main(given) == 0
    assert seen == [sys.executable, ["run", "net.py:make", "--json"], "zh_CN"]


@pytest.mark.skipif(not BARE.exists(), reason="there is no other Python here")
def test_a_python_without_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--python", str(BARE), "list"]) == 2
    assert f"{BARE} -m pip install gradient-explorer" in capsys.readouterr().err


def test_no_python_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "x.py:make", "--python", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
    (tmp_path / "text").touch()
    assert main(["run", "x.py:make", f"--python={tmp_path}/text"]) == 2
    assert main(["run", "x.py:make", "--python"]) == 2


def test_a_bundle_takes_back_what_it_set_for_itself() -> None:
    present = {"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/mine", "PATH": "/bin"}
    present["QT_PLUGIN_PATH"] = "/bundle/plugins"
    assert environment_of(present, frozen=True) == {"LD_LIBRARY_PATH": "/mine", "PATH": "/bin"}
    assert environment_of(present, frozen=False) == present


def test_a_bundle_says_what_it_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = tmp_path / "their_own.py"
    path.write_text("import their_library.models\n", encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        load(referred(f"{path}:make"))
    said = sentence(raised.value, i18n.load("en"))
    assert "pip install gradient-explorer their_library" in said
    assert "--python" in said
    assert "their_own.py, line 1" in said
