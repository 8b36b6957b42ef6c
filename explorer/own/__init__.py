"""People's own PyTorch models: loading what a file names, looking at it, putting it back.

The command line and the Python interface are the callers. Whatever of theirs is run, is run
under `explorer.own.theirs`, and `explorer.own.untouched` gives everything back as it was.
"""
