"""Every operation knows the user's line that called it, and the module it ran in."""

import inspect

import torch
from torch import nn

from explorer.explain.callsite import CallSite
from explorer.own.definitions import definition
from explorer.own.explaining import told
from explorer.own.setup import Setup
from explorer.own.tracing import traced


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)  # assigned: first
        self.second = nn.Linear(8, 8)
        self.unused = nn.ModuleList([nn.Linear(3, 3)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = nn.functional.relu(self.first(x))
        h = h.detach()  # the cut
        return self.second(h)  # type: ignore[no-any-return]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.norm = nn.LayerNorm(8)
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.encoder(x)) * self.scale  # type: ignore[no-any-return]


def line(text: str) -> int:
    """Of this file: that which contains the text."""
    lines = inspect.getsource(inspect.getmodule(line)).splitlines()  # type: ignore[arg-type]
    return next(number for number, each in enumerate(lines, 1) if text in each)


def setup() -> Setup:
    x = torch.randn(5, 4)
    return Setup(Net(), [x], lambda model, x: model(x).square().mean())


def test_an_operation_has_its_line_function_and_module() -> None:
    mine = setup()
    trace = traced(mine, mine.first_batch())
    found = {each.name: each for each in trace.operations}
    cut = found["detach"]
    assert cut.site == CallSite(__file__, line("# the cut"), "Encoder.forward")
    assert cut.module == "encoder"
    assert [each.module for each in trace.operations if each.name == "linear"] == [
        "encoder.first",
        "encoder.second",
    ]
    assert found["layer_norm"].module == "norm"
    assert found["mul"].module == ""
    assert found["mean"].site is not None
    assert found["mean"].site.function == "setup.<locals>.<lambda>"


def test_a_site_is_said_as_somebody_would() -> None:
    site = CallSite(__file__, 7, "Encoder.forward")
    assert str(site).endswith("test_sites.py:7 in Encoder.forward")
    assert str(CallSite("a.py", 3, "<module>")) == "a.py:3"


def test_the_line_of_a_reason_is_that_of_the_cut_or_where_it_is_made() -> None:
    mine = setup()
    report = told(mine.model, traced(mine, mine.first_batch()))
    assert report.sites["encoder.first.weight"].line == line("# the cut")
    assert report.sites["encoder.unused.0.weight"].line == line("self.unused = ")
    assert "norm.weight" not in report.sites


def test_a_module_that_is_called_by_one_that_raised_has_its_own_name() -> None:
    class Raises(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ArithmeticError

    class Catches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Raises()
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            try:
                return self.inner(x)  # type: ignore[no-any-return]
            except ArithmeticError:
                return (x * self.scale).mean()

    x = torch.ones(2)
    trace = traced(Setup(Catches(), [x]), x)
    assert {each.module for each in trace.operations} == {""}


def test_the_definition_is_in_the_users_own_class() -> None:
    model = nn.Sequential(Net(), nn.Linear(8, 8))
    site = definition(model, "0.encoder.first.weight")
    assert site == CallSite(__file__, line("# assigned: first"), "Encoder.__init__")
    buffer = definition(model, "0.scale")
    assert buffer is not None
    assert buffer.line == line('self.register_buffer("scale"')
    assert definition(model, "1.weight") is None
