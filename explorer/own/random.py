"""The random numbers of a run: as a program that has just been started has them.

So a model that seeds nothing is the same one in the window, where it may be loaded several
times, on the command line, and in a program that trains it.
"""

import random
import sys

import torch

SEED = 0


def start_afresh() -> None:
    """Put the generators where they are at a program's start.

    Python's and NumPy's are somewhere else at each start: they get a seed.
    """
    # The seed that PyTorch's own generator begins with.
    torch.manual_seed(torch.Generator().initial_seed())
    random.seed(SEED)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(SEED)
