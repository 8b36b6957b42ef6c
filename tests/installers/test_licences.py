"""Everything carried has its licence text, and what has none is refused."""

import sys
import zipfile
from pathlib import Path

import pytest

import licences
from explorer import __version__


@pytest.fixture(scope="module")
def bundled() -> list[licences.Carried]:
    if found := licences.never_bundled():
        pytest.skip(f"the bundle is made of PyTorch's CPU build; here it requires {found[0]}")
    return licences.bundled()


def installed(folder: Path, name: str, *requires: str) -> None:
    """A distribution with metadata alone."""
    about = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    about.mkdir()
    lines = [f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {each}" for each in requires)]
    (about / "METADATA").write_text("\n".join(lines), encoding="utf-8")


def wheel(folder: Path, name: str, texts: dict[str, str], about: str = "") -> Path:
    """A wheel with metadata and these further files."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\n{about}")
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/licences.py", "")
        for place, text in texts.items():
            archive.writestr(place, text)
    return path


def test_the_bundle_carries_texts_for_all_that_is_required(
    bundled: list[licences.Carried],
) -> None:
    carried = {each.name: each for each in bundled}
    wanted = "torch numpy pyqtgraph pydantic tomlkit typer rich graphlay sympy mpmath python"
    assert carried.keys() >= set(wanted.split())
    assert all(each.texts for each in carried.values())
    assert carried["gradient-explorer"].version == __version__
    # torch's own, and those of what is built into it.
    assert len(carried["torch"].texts) > 50


@pytest.mark.parametrize("name", ["pyside6-essentials", "shiboken6"])
def test_qt_comes_with_its_licences_and_a_notice(
    bundled: list[licences.Carried], name: str
) -> None:
    texts = {each.name: each for each in bundled}[name].texts
    assert b"GNU LESSER GENERAL PUBLIC LICENSE" in texts["LGPL-3.txt"]
    assert b"GNU GENERAL PUBLIC LICENSE" in texts["GPL-3.txt"]
    assert b"source code" in texts["qt.txt"]
    assert not any("Commercial" in text for text in texts)


def test_a_distribution_without_a_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(licences.MissingLicenceError, match="bare carries no licence text"):
        licences.of_wheel(wheel(tmp_path, "bare", {}))


@pytest.mark.parametrize("needed", ["cuda-toolkit", "nvidia-cudnn-cu13", "triton"])
def test_pytorch_for_graphics_cards_is_told_from_what_is_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needed: str
) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    marker = 'platform_system == "Linux"'
    installed(tmp_path, needed)
    installed(tmp_path, "torch", "sympy", f"{needed}==1.0; {marker}", f"nvidia-absent; {marker}")
    assert licences.never_bundled() == [needed]
    with pytest.raises(licences.MissingLicenceError, match="carries no licence text"):
        licences.bundled("torch")


def test_pytorch_for_the_cpu_is_what_is_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    installed(tmp_path, "torch", "sympy", "cuda-python-absent; extra == 'cards'")
    assert licences.never_bundled() == []


def test_texts_holders_and_expression_are_found_in_a_wheel(tmp_path: Path) -> None:
    texts = {
        "one-1.0.dist-info/licenses/deep/LICENSE.md": "Copyright (c) 2020 Somebody\nall of it",
        "one/vendored/COPYING": "© 2019 Another",
    }
    got = licences.of_wheel(wheel(tmp_path, "one", texts, "License-Expression: MIT\n"))
    assert got.holders == ("2020 Somebody", "2019 Another")
    assert got.licence == "MIT"
    assert got.names == ("one",)
    assert set(got.texts) == {"deep/LICENSE.md", "one/vendored/COPYING"}


def test_all_texts_are_written_and_listed(tmp_path: Path) -> None:
    texts = {"one-1.0.dist-info/licenses/a/LICENSE": "a", "one-1.0.dist-info/licenses/LICENSE": "b"}
    got = licences.of_wheel(wheel(tmp_path, "one", texts))
    assert licences.write([licences.us(), got], tmp_path / "out") == 2
    assert (tmp_path / "out" / "one-1.0" / "a~LICENSE").read_bytes() == b"a"
    assert (tmp_path / "out" / "one-1.0" / "LICENSE").read_bytes() == b"b"
    assert "one-1.0: " in (tmp_path / "out" / "LICENCES.txt").read_text(encoding="utf-8")


def test_the_copyright_file_is_debians_form(bundled: list[licences.Carried]) -> None:
    text = licences.copyright_file(bundled, "/usr/share/doc/gradient-explorer/licences")
    assert text.startswith("Format: https://www.debian.org/doc/packaging-manuals/copyright-format")
    paragraphs = text.split("\n\n")[1:]
    assert len(paragraphs) == len(bundled)
    for paragraph in paragraphs:
        fields = [line.split(":")[0] for line in paragraph.splitlines() if line[:1].strip()]
        assert fields == ["Files", "Copyright", "License"], paragraph


def test_libraries_of_the_system_need_a_text_too() -> None:
    with pytest.raises(licences.MissingLicenceError, match="no-such-package"):
        licences.of_system("no-such-package", ("libx.so",))
