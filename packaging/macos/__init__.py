"""The macOS application, untested: see `app.py`."""
