"""What a Linux desktop wants to know of the program: see `desktop.py`."""
