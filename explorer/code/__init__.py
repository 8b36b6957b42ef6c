"""PyTorch programs as text: an experiment written out. Nothing here is ever executed."""
