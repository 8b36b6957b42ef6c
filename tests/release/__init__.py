"""The building and the gate: `packaging/`."""
