"""PyTorch programs, read without being run, as experiments."""
