"""Programs as people write them give, read as experiments, what they give when they are run."""

from pathlib import Path

import pytest
from against_torch import check

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_experiment_has_the_programs_numbers(path: Path) -> None:
    check(path)
