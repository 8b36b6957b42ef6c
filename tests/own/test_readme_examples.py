"""The examples of the README: a program that is read, and a model that is audited."""

import io
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from explorer.__main__ import main

README = Path(__file__).resolve().parents[2] / "README.md"


def block(begin: str) -> str:
    found = re.search(
        rf"^```\w*\n({re.escape(begin)}.*?)^```$",
        README.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert found, f"no example {begin}"
    return found[1]


def said(*arguments: str) -> tuple[int, str]:
    with redirect_stdout(io.StringIO()) as out:
        status = main(arguments)
    return status, out.getvalue()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)


def test_the_program_is_read_and_its_gradient_explained() -> None:
    Path("program.py").write_text(block("# program.py"), encoding="utf-8")
    assert said("import", "program.py", "-o", "program.toml")[0] == 0
    quoted = "w has no gradient because detach() on w * v cuts it off"
    assert f"“{quoted}”" in README.read_text(encoding="utf-8")
    assert quoted in said("gradients", "program.toml")[1]


def test_the_audit_says_what_is_printed() -> None:
    source = block("# model.py")
    Path("model.py").write_text(source, encoding="utf-8")
    command, _, shown = block("$ gradient-explorer audit").partition("\n")
    assert said(*command.split()[2:]) == (1, shown)
    Path("mended.py").write_text(source.replace(".detach()", ""), encoding="utf-8")
    assert said("audit", "mended.py:make")[0] == 0
