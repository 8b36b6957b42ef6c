"""The trace: one step's real graph, from PyTorch itself, as plain records.

`trace` takes any callable on tensors, `trace_module` an nn.Module, `Tracer` (in `formula`) a
formula's model. For commands once, for the window at most a few times a second; never part of
a training step.

What is listed here is imported when first used. The records themselves, and what is read from
them without torch, are in `explorer.explain`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.engine.trace.module import trace_module
    from explorer.engine.trace.tracing import Outcome, trace

__all__ = [
    "Outcome",
    "trace",
    "trace_module",
]

if not TYPE_CHECKING:  # a type checker sees the imports above, and refuses misspelt names
    _HOMES = {
        "Outcome": "tracing",
        "trace": "tracing",
        "trace_module": "module",
    }

    def __getattr__(name: str) -> object:
        """Import what is listed above when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        home = f"{__name__}.{_HOMES[name]}"
        return getattr(importlib.import_module(home), name)
