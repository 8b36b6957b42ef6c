"""The Windows installer, built on Linux: see `installer.py`."""
