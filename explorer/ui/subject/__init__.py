"""The window on somebody's own PyTorch model."""
