"""The random numbers of a run, and PyTorch's settings: as a program just started has them.

So a model that seeds nothing is the same one in the window, where it may be loaded several
times, on the command line, and in a program that trains it.
"""

import random
import sys

import torch

SEED = 0


def start_afresh() -> None:
    """Put the generators where they are at a program's start, and settings that code changes.

    Python's and NumPy's are somewhere else at each start: they get a seed.
    """
    # What an earlier run of somebody's code has set stays for the whole process.
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.use_deterministic_algorithms(False)
    torch.autograd.set_detect_anomaly(False)
    # The seed that PyTorch's own generator begins with.
    torch.manual_seed(torch.Generator().initial_seed())
    random.seed(SEED)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(SEED)
