"""The parts of the gate: what is built is installed and used as its users will.

Each module has one function that takes a `surroundings.Site` and raises `GateError`.
"""
