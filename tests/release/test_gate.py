"""The gate's own logic: it sees planted faults and never passes by skipping."""

import contextlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import basics
import build
import explorer
import faults
import gate
from checks import frozen, lint, readme, surroundings, wine
from checks.surroundings import GateError, Site
from linux import deb, description

Part = Callable[[Site], None]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    job = build.Job(tmp_path / "dist", tmp_path / "work", lambda _text: None)
    return Site(job, tmp_path / "shots")


def nothing(_site: Site) -> None:
    """A part that passes."""


def broken(_site: Site) -> None:
    raise GateError("libgl1 is not in Depends")


def without_tool(_site: Site) -> None:
    surroundings.tool("no-such-program", "no-such-package")


@pytest.mark.parametrize("fault", [broken, without_tool])
def test_a_part_that_fails_or_cannot_run_fails_the_gate(site: Site, fault: Part) -> None:
    parts: dict[str, Part] = {"one": fault, "two": nothing}
    assert gate.go_through(["one", "two"], parts, site) == ["one"]
    assert gate.go_through(["two"], parts, site) == []


def test_parts_are_left_out_only_by_name() -> None:
    parts: dict[str, Part] = {"one": nothing, "two": nothing}
    assert gate.chosen([], [], parts) == ["one", "two"]
    assert gate.chosen([], ["one"], parts) == ["two"]
    with pytest.raises(GateError, match="deb-rot"):
        gate.chosen([], ["deb-rot"], parts)


def test_what_was_left_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gate, "PARTS", {"one": nothing, "two": nothing})
    place = [f"--dist={tmp_path}", f"--work={tmp_path}"]
    assert gate.main([*place, "--without", "one"]) == 0
    assert "NOT tried: one" in capsys.readouterr().out
    assert gate.main([*place, "--without", "one", "--without", "two"]) == 1


REPORT = "Gradient Explorer\nok      the window opens\nAll 1 checks passed."


def test_only_a_passed_self_test_passes() -> None:
    assert surroundings.self_test(REPORT) == "All 1 checks passed."
    for said in ("", "Gradient Explorer", f"{REPORT}\nFAILED  icons: play.svg is missing"):
        with pytest.raises(GateError):
            surroundings.self_test(said)


def test_a_changed_last_bit_is_seen() -> None:
    values = {"a": 1.5000202655792236, "c": 0.4999275505542755}
    document = {"tensors": {name: {"value": value} for name, value in values.items()}}
    frozen.exact(json.dumps(document))
    document["tensors"]["a"]["value"] = math.nextafter(values["a"], 2)
    with pytest.raises(GateError, match="line-fit"):
        frozen.exact(json.dumps(document))


def test_a_program_that_complains_is_seen() -> None:
    command = ("sh", "-c", "echo warning >&2")
    assert surroundings.run(*command) == ""
    with pytest.raises(GateError, match="warning"):
        surroundings.run(*command, quiet=True)
    with pytest.raises(GateError, match="status 3"):
        surroundings.run("sh", "-c", "exit 3")


def test_a_part_that_is_left_out_is_the_one_that_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "packaging/windows/requirements.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("torch==1\n")
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setattr(wine, "ROOT", tmp_path)
    monkeypatch.setattr(wine, "PASSED", lock.with_name("passed.txt"))
    assert wine.main() == 1
    wine.PASSED.write_text(f"{wine.digest(tmp_path)} 2026-11-24\n")
    assert wine.main() == 0
    assert "2026-11-24" in capsys.readouterr().out
    (tmp_path / "packaging/linux").mkdir()
    (tmp_path / "packaging/linux/deb.py").write_text("")
    assert wine.main() == 0
    (tmp_path / "packaging/windows/gate.py").write_text("")
    assert wine.main() == 1
    (tmp_path / "packaging/windows/gate.py").unlink()
    lock.write_text("torch==2\n")
    assert wine.main() == 1


def test_every_part_of_the_gate_has_faults_to_see() -> None:
    assert {fault.part for fault in faults.FAULTS.values()} == set(gate.PARTS)


@pytest.mark.parametrize(
    ("found", "said", "missed"),
    [(broken, "libgl1", False), (broken, "libegl1", True), (nothing, "", True)],
)
def test_a_fault_is_seen_only_if_its_part_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch, found: Part, said: str, missed: bool
) -> None:
    site.job.bundle = site.job.work / "bundle"
    site.job.bundle.mkdir(parents=True)
    monkeypatch.setattr(gate, "PARTS", {"part": found})
    planted: list[Site] = []

    def plant(trial: Site) -> contextlib.ExitStack:
        planted.append(trial)
        return contextlib.ExitStack()

    monkeypatch.setattr(faults, "FAULTS", {"f": faults.Fault("part", said, plant)})
    assert faults.gets_through("f", site, site.shots / "debian", lambda _text: None) is missed
    assert len(planted) == 1


def test_what_a_fault_spoils_is_a_copy(site: Site) -> None:
    site.job.bundle = site.job.work / "bundle"
    site.job.bundle.mkdir(parents=True)
    real = site.job.bundle / "libq.so"
    real.write_bytes(b"whole")
    spoiled = site.job.work / "spoiled.so"
    spoiled.hardlink_to(real)
    faults.own(spoiled).write_bytes(b"")
    assert real.read_bytes() == b"whole"


def test_every_lintian_override_has_a_reason() -> None:
    assert lint.unexplained_overrides(lint.OVERRIDES.read_text(encoding="utf-8")) == []
    text = "# Because.\npackage: tag-one\n\npackage: tag-two *\n"
    assert lint.unexplained_overrides(text) == ["package: tag-two *"]


def test_the_version_is_in_one_place() -> None:
    assert build.version() == explorer.__version__
    control = description.control("9.8", "libgl1, libc6", 5)
    assert "Version: 9.8\n" in control
    assert "Depends: libgl1, libc6\n" in control
    assert all(len(line) <= 80 for line in control.splitlines() if line.startswith(" "))


def test_checksums_are_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr/a").write_bytes(b"")
    (tmp_path / "usr/b").symlink_to("a")
    assert deb.checksums(tmp_path) == "d41d8cd98f00b204e9800998ecf8427e  usr/a\n"


README = """
```sh
python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/gradient-explorer
```
```sh
python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest
```
- Qt needs `sudo apt-get install libgl1 libegl1`, and for Chinese a font: `fonts-noto-cjk`.
"""


RAN = """
<testsuites><testsuite><testcase classname="tests.test_a" name="test_it[x]" file="tests/test_a.py">
<skipped type="pytest.skip" message="no Xvfb">tests/test_a.py:3: no Xvfb</skipped></testcase>
<testcase classname="tests.test_a" name="test_other" file="tests/test_a.py"/>
</testsuite></testsuites>"""


def test_the_tests_that_were_passed_over_are_named() -> None:
    assert readme.skipped(RAN) == ["tests/test_a.py::test_it[x]"]


def test_the_readmes_own_lines_are_tried() -> None:
    told = readme.lines((basics.ROOT / "README.md").read_text(encoding="utf-8"))
    assert "libglib2.0-0" in told.packages.split()
    told = readme.lines(README)
    assert told.packages == "apt-get install libgl1 libegl1"
    assert told.window.endswith("-e . && .venv/bin/gradient-explorer")
    assert told.tests.endswith("pytest")


@pytest.mark.parametrize("lost", ["apt-get install", "/gradient-explorer", "-m pytest"])
def test_a_readme_without_one_of_its_lines_is_seen(lost: str) -> None:
    with pytest.raises(GateError, match=r"README\.md should have one line"):
        readme.lines(README.replace(lost, "…"))
    with pytest.raises(GateError, match=r"README\.md should have one line"):
        readme.lines(README + README)


def test_pips_settings_go_along_with_the_files_they_name(tmp_path: Path) -> None:
    wheels, index = tmp_path / "wheels", tmp_path / "index" / "simple"
    wheels.mkdir()
    index.mkdir(parents=True)
    said = (
        f":env:.cert='/no/such.crt'\n:env:.find-links='{wheels}'\n"
        f"global.cert='{tmp_path}'\nglobal.extra-index-url='\\nfile://{index} https://i.example'\n"
    )
    settings = readme.reachable(said, default_torch=False)
    assert settings == {
        "PIP_CERT": "/no/such.crt",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_EXTRA_INDEX_URL": f"file://{index} https://i.example",
    }
    assert readme.local_places(settings) == [tmp_path / "index", wheels]
    assert readme.reachable(said, default_torch=True) == {"PIP_CERT": "/no/such.crt"}


def test_places_of_this_machine_are_named_as_they_are_seen_inside() -> None:
    places = [Path("/opt/pypi"), Path("/opt/pypi-more"), Path("/opt/wheels")]
    value = "file:///opt/pypi/simple file:///opt/pypi-more/simple https://i.example/opt/pypi"
    assert readme.seen_inside(value, places) == (
        "file:///outside/opt/pypi/simple file:///outside/opt/pypi-more/simple"
        " https://i.example/opt/pypi"
    )
    assert readme.seen_inside("/opt/wheels", places) == "/outside/opt/wheels"
