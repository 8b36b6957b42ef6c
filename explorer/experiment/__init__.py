"""What to run: the experiment file, its formula and its data. No torch, no Qt."""
