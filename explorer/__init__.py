"""Gradient Explorer: PyTorch's autograd made visible.

The Python interface is `load`, `Experiment` and `Session`; they are imported
when first used, so that `--version` costs no torch.
"""

__version__ = "0.1.0"
