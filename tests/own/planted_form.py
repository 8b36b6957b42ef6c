"""Modules with a planted fault, each with a mended twin: programs of one shape with parts to fill.

`# here` marks the line that is to be named. A fault says which rule has to find it and of what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PROGRAM = """
import torch
from torch import nn
import torch.utils.checkpoint as checkpoints

{extra}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)  # body
        self.head = nn.Linear(4, 3)  # head
{init}
    def forward(self, x):
{forward}

def make():  # make
    torch.manual_seed(0)
    model = Net()
{make}
    batches = [torch.randn(6, 4) for _ in range(3)]
{loss}
    optimizer = {optimizer}
{after}
    return {{"model": model, "batches": batches, "loss": loss, "optimizer": optimizer}}
"""
DEFAULTS: Mapping[str, str] = {
    "extra": "",
    "init": "",
    "forward": "return self.head(torch.tanh(self.body(x)))",
    "make": "",
    "loss": "loss = lambda model, batch: (model(batch) - 1).square().mean()",
    "optimizer": "torch.optim.SGD(model.parameters(), lr=0.1)",
    "after": "",
}
INDENTS = {"extra": 0, "init": 8, "forward": 8, "make": 4, "loss": 4, "after": 4, "optimizer": 0}
MARK = "# here"


def program(parts: Mapping[str, str]) -> str:
    """The program with these parts; the line `# body`, `# head` or `# make` may be marked."""
    filled = {}
    for name, text in {**DEFAULTS, **parts}.items():
        if name == "mark":
            continue
        lines = text.strip("\n").splitlines()
        filled[name] = "\n".join(" " * INDENTS[name] + line if line else "" for line in lines)
    source = PROGRAM.format(**filled)
    return source.replace(f"# {parts['mark']}", MARK) if "mark" in parts else source


@dataclass(frozen=True)
class Fault:
    """What is planted, and who has to find it: `rule`, of `subject`, at the marked line."""

    rule: str
    subject: str
    faulty: Mapping[str, str]
    mended: Mapping[str, str] = field(default_factory=dict)
