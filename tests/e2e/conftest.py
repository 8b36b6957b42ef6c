"""An experiment file for the program to be called with."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[str], str]:
    """Write an experiment file; returns its path as typed on a command line."""

    def write(text: str) -> str:
        path = tmp_path / "experiment.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
