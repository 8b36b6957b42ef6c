"""Programs as people write them give, read as experiments, what they give when they are run."""

from pathlib import Path

import pytest
from against_torch import check

from explorer.experiment.problem import BadInput

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_experiment_has_the_programs_numbers(path: Path) -> None:
    try:
        check(path)
    except BadInput as problem:
        if problem.code not in {"unknown-function", "unknown-method"}:
            raise
        pytest.skip(f"a formula has no {problem.facts['name']}")
