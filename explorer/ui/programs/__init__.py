"""The dialog that makes an experiment of a PyTorch program."""
