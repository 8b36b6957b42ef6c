"""The first start of a version shows a sign before the window; a system without fonts is told."""

from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer import __version__, i18n
from explorer.experiment.problem import BadInput
from explorer.ui import app, application, opening
from explorer.ui.settings import Settings


@pytest.fixture(autouse=True)
def _a_program(qapp: QApplication) -> None:
    """What `opened` names stays named so in the tests that follow."""
    application.opened(i18n.load("en"))


@pytest.mark.parametrize("code", ["en", "zh_CN"])
@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_a_first_start_is_told_once(
    qtbot: QtBot, tmp_path: Path, code: str, appearance: str
) -> None:
    settings = Settings(tmp_path / "window.ini")
    settings.appearance = appearance
    sign = opening.first_sign(i18n.load(code), settings)
    assert sign is not None
    qtbot.addWidget(sign)
    assert sign.painted
    # The words are there: more than the icon's colours on the right of it.
    right = sign.grab().toImage().copy(144, 30, 300, 90)
    assert len({right.pixel(x, y) for x in range(300) for y in range(90)}) > 8
    again = Settings(tmp_path / "window.ini")
    assert again.started == __version__
    assert opening.first_sign(i18n.load(code), again) is None


def test_another_version_is_a_first_start_again(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "window.ini")
    settings.started = "0.0.1"
    sign = opening.first_sign(i18n.load("en"), settings)
    assert sign is not None
    qtbot.addWidget(sign)


@pytest.fixture
def signs(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> list[QWidget | None]:
    """What the window was handed, instead of opening it."""
    handed: list[QWidget | None] = []

    def show(path: Path, wanted: object, language: object, sign: QWidget | None) -> int:
        assert path.is_file()
        if sign is not None:
            qtbot.addWidget(sign)
        handed.append(sign)
        return 0

    monkeypatch.setattr(app, "show", show)
    return handed


def test_only_a_person_is_told(signs: list[QWidget | None], tmp_path: Path) -> None:
    script = opening.Wanted(quit_when_done=True)
    assert opening.open_window(script, i18n.load("en")) == 0
    assert opening.open_window(opening.Wanted(), i18n.load("en")) == 0
    assert opening.open_window(opening.Wanted(), i18n.load("en")) == 0
    assert [sign is not None for sign in signs] == [False, True, False]


def test_what_cannot_be_opened_is_refused_without_a_sign(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        opening.open_window(opening.Wanted(str(tmp_path / "no.toml")), i18n.load("en"))
    assert Settings().started == ""


def test_a_system_without_fonts_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    application.opened(i18n.load("en"))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(QFontDatabase, "families", list)
    application.opened(i18n.load("zh_CN"))
    assert "fonts-noto-cjk" in capsys.readouterr().err
