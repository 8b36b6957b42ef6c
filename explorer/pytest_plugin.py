"""A fixture for pytest: `gradient_audit` fails a test where a model's audit finds something.

pytest loads it by the entry point in pyproject.toml, without torch:

    def test_my_model(gradient_audit):
        gradient_audit(model, batches, loss, optimizer, expect_frozen=["backbone"])
"""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def gradient_audit() -> Callable[..., Any]:
    """`explorer.audit`, whose findings from "warning" on are the test's failure."""

    def audit(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        import explorer

        found = explorer.audit(*arguments, **options)
        if not found:
            pytest.fail(str(found), pytrace=False)
        return found

    return audit
