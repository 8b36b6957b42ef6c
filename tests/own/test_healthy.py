"""Healthy models are silent, and nothing of them is changed by the audit."""

import warnings

import pytest
import torch
from healthy import HEALTHY
from healthy_libraries import OF_LIBRARIES, installed
from own_models import differences, everything

from explorer.explain.audit.rules import findings
from explorer.own.observing import observe
from explorer.own.setup import Setup


def alarms(setup: Setup) -> list[str]:
    found = findings(observe(setup))
    return [
        f"{each.rule} {each.subject} {each.reason and each.reason.code}"
        for each in found
        if each.level != "note"
    ]


@pytest.mark.parametrize("name", HEALTHY)
def test_silent(name: str) -> None:
    torch.manual_seed(0)
    setup = HEALTHY[name]()
    before = everything(setup)
    assert alarms(setup) == []
    assert differences(before, everything(setup)) == []


@pytest.mark.parametrize("name", OF_LIBRARIES)
# Of the libraries themselves.
@pytest.mark.filterwarnings("ignore")
def test_silent_of_libraries(name: str) -> None:
    library, make = OF_LIBRARIES[name]
    if not installed(library):
        pytest.skip(f"{library} is not installed")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setup = make()
    before = everything(setup)
    assert alarms(setup) == []
    assert differences(before, everything(setup)) == []
