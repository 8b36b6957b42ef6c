"""What is written for a Linux desktop: all of the command line, in both languages, and valid."""

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import completions
import icons
from command_table import Command, CommandLine, Item, command_line
from explorer import __version__
from explorer.cli.usage import PROGRAM
from linux import changes, desktop, manual

XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def every_item() -> list[Item]:
    line = command_line()
    return [item for each in (line.program, *line.commands) for item in each.options]


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    desktop.install(folder, lambda _line: None)
    return folder


@pytest.mark.parametrize("code", manual.LANGUAGES)
def test_the_manual_names_every_command_and_option(code: str) -> None:
    page = manual.manual(code)
    for each in command_line().commands:
        assert f'.SS "{each.name}"' in page
    for name in (name for item in every_item() for name in item.names):
        assert f"\\fB{manual.escaped(name)}\\fR" in page


def test_the_manual_takes_any_text() -> None:
    assert manual.escaped(".hidden 'x' a\\b --c") == "\\&.hidden \\(aqx\\(aq a\\eb \\-\\-c"


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_completions_name_every_command_and_option(shell: str) -> None:
    script = completions.completion(shell)
    for each in command_line().commands:
        assert each.name in script
    for name in (name for item in every_item() for name in item.names):
        assert (f"-l {name[2:]}" if shell == "fish" else name) in script


def test_an_option_nobody_has_decided_about_is_refused() -> None:
    item = Item(("--colour",), "COLOUR", "", required=False, repeated=False)
    program = Command("", "", (), (item,))
    with pytest.raises(completions.UnknownMetavarError, match="COLOUR"):
        completions.bash(CommandLine(program, ()))


def complete(folder: Path, *words: str) -> set[str]:
    """What bash offers for the last of the words."""
    script = folder / "completion"
    script.write_text(completions.completion("bash"), encoding="utf-8")
    line = f"""
        source {script}
        compopt() {{ :; }}
        COMP_WORDS=({PROGRAM} "$@"); COMP_CWORD=$#
        _gradient_explorer {PROGRAM} "${{@: -1}}" "${{COMP_WORDS[$# - 1]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    command = ["bash", "-uc", line, "bash", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    assert not done.stderr
    return set(done.stdout.splitlines())


def test_bash_completes_commands_names_options_and_files(tmp_path: Path) -> None:
    (tmp_path / "直线 拟合.gx.toml").touch()
    (tmp_path / "notes.txt").touch()
    assert complete(tmp_path, "gra") == {"gradients", "graph"}
    assert complete(tmp_path, "run", "line") == {"line-fit"}
    assert complete(tmp_path, "run", "直") == {"直线 拟合.gx.toml"}
    assert "notes.txt" not in complete(tmp_path, "open", "")
    assert complete(tmp_path, "run", "line-fit", "--cs") == {"--csv"}
    assert complete(tmp_path, "run", "line-fit", "--csv", "n") == {"notes.txt"}
    assert complete(tmp_path, "--language", "zh") == {"zh_CN"}


def test_the_changelog_begins_with_this_version() -> None:
    newest = changes.releases()[0]
    assert newest.version == __version__
    assert newest.changes
    with pytest.raises(changes.StaleChangelogError, match="not 9"):
        changes.releases(version="9")
    with pytest.raises(changes.StaleChangelogError, match="nothing"):
        changes.releases(text="")


def test_the_metainfo_tells_the_releases_and_speaks_both_languages() -> None:
    root = ET.fromstring(desktop.metainfo("https://pictures.example"))
    versions = [each.get("version") for each in root.iter("release")]
    assert versions == [each.version for each in changes.releases()]
    assert [each.text for each in root.iter("image")] == [
        "https://pictures.example/window.png",
        "https://pictures.example/graph.png",
    ]
    for tag in ("summary", "p", "caption"):
        spoken = [each.get(XML_LANGUAGE) for each in root.iter(tag)]
        assert spoken.count("zh_CN") == spoken.count(None) > 0


def test_the_pictures_told_of_exist() -> None:
    root = ET.fromstring(desktop.metainfo("resources/screenshots"))
    checkout = Path(__file__).resolve().parents[2]
    for each in root.iter("image"):
        assert (checkout / str(each.text)).is_file()


def test_a_double_click_hands_over_the_file(share: Path) -> None:
    entry = (share / desktop.DESKTOP).read_text(encoding="utf-8").splitlines()
    kind = "application/x-gradient-experiment+toml"
    assert f"Exec={PROGRAM} %f" in entry
    assert f"MimeType={kind};" in entry
    mime = ET.parse(share / desktop.MIME).getroot()
    assert [each.get("type") for each in mime] == [kind]


def test_all_files_are_there_for_everybody_and_alike_each_time(share: Path, tmp_path: Path) -> None:
    again = desktop.install(tmp_path, lambda _line: None)
    for file in again:
        first = share / file.relative_to(tmp_path)
        assert first.read_bytes() == file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o644


def test_icons_are_pictures_of_their_size() -> None:
    picture = icons.png(48)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 48
    icon = icons.ico((16, 256))
    assert icon[:6] == b"\0\0\1\0\2\0"
    assert icon.endswith(icons.png(256))


@pytest.mark.qt_log_ignore("Cannot read file")
def test_a_broken_drawing_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "broken.svg").write_text("<svg", encoding="utf-8")
    with pytest.raises(OSError, match="no picture"):
        icons.png(16, tmp_path / "broken.svg")


def test_a_missing_validator_is_no_success(monkeypatch: pytest.MonkeyPatch, share: Path) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(desktop.InvalidError, match="not installed"):
        desktop.validate(share, lambda _line: None)
