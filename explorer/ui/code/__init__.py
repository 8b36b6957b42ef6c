"""The tab Code: the experiment as a PyTorch program, kept in step with the window."""
