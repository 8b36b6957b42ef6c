"""Names that a program assigns again, and its loops: kept where the formula means the same."""

import pytest

from explorer.reading.program import read_program

HEAD = """import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([0.5, 0.25])
"""


def formula(lines: str) -> str:
    reading = read_program(f"{HEAD}{lines}\nout.backward()\n")
    assert reading.experiment is not None, reading.problem
    return reading.experiment.formula.strip()


@pytest.mark.parametrize(
    "lines",
    [
        "h = x * 2\nh = torch.tanh(h)\nh = h + x\nout = h.sum()",
        "h = x * 2\nfor i in range(3):\n    h = torch.sin(h) + x\nout = h.sum()",
        "h = x * 2\nfor k in range(2):\n    g = h * x\n    h = g - x\nout = (h + g).sum()",
        "h = x * 2\ng = h\nh = h.sin()\nout = (g * h).sum()",
        "h = x * 2\nwith torch.no_grad():\n    h = h + 1\nh = h * x\nout = h.sum()",
    ],
)
def test_the_authors_lines_are_the_formula(lines: str) -> None:
    assert formula(lines) == lines


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # In place: which of two is changed has to be plain.
        ("h = x * 2\nh = h.sin()\nh += x\nout = h.sum()", "h_2 += x"),
        # The turns of a loop are not the same.
        ("h = x * 2\nfor i in range(2):\n    h = h * i\nout = h.sum()", "h = h * 1"),
        ("h = x * 2\nfor i in range(1):\n    h = h * x\nout = h.sum()", "h = h * x"),
        # The variable is a tensor, too.
        ("h = x * 2\nfor x_ in range(2):\n    h = h * x\nout = h.sum()", "in range(2):"),
        ("h = x * 2\nfor b in [b, b]:\n    h = h * b\nout = h.sum()", "h = h * b"),
        # A loop that is left early has fewer turns.
        (
            "h = x * 2\nfor i in range(4):\n    h = h * x\n    if i == 1:\n        break\n"
            "out = h.sum()",
            "h = h * x\nh = h * x",
        ),
        ("w = x\nx = x * 2\nx = x * w\nout = x.sum()", "x_2 = x * 2"),
    ],
)
def test_where_it_would_mean_something_else(lines: str, expected: str) -> None:
    assert expected in formula(lines)
