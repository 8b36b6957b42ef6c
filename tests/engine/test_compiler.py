"""What the compiled formula must not depend on."""

import subprocess
import sys

COMPARING = """
from explorer import Experiment, Session
formula = "out = torch.where(x > 0, x, 2 * x)"
experiment = Experiment(formula=formula, objective="out", parameters={"x": 2.0})
print([record.loss for record in Session(experiment, steps=1)])
"""


def test_the_first_comparison_of_a_process_may_import_what_it_needs() -> None:
    # PyTorch imports parts of itself from within the compiled formula's frame, but only
    # once a process: hence a process of its own.
    done = subprocess.run(
        [sys.executable, "-c", COMPARING], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[2.0]\n", "")
