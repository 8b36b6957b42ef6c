"""The whole program, started as a user does: through `main`, with the arguments he types."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from explorer.__main__ import main


@dataclass(frozen=True)
class Outcome:
    """What a user sees of a call."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        assert self.err == ""
        return json.loads(self.out)


Program = Callable[..., Outcome]


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    """Call the program with these arguments."""

    def call(*arguments: str) -> Outcome:
        status = main(arguments)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[str], str]:
    """Write an experiment file; returns its path as typed on a command line."""

    def write(text: str) -> str:
        path = tmp_path / "experiment.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
