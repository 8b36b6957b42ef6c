"""The trace: one step's real graph, from PyTorch itself, as plain records.

`trace` takes any callable on tensors, `trace_module` an nn.Module, `Tracer` and
`trace_experiment` the formula of an experiment. Asked for by the command line, and by the
window at most a few times a second; never part of a training step.

What is listed here is imported when first used. The records themselves, and what is read from
them without torch, are in `explorer.explain`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.engine.trace.formula import Tracer, trace_experiment
    from explorer.engine.trace.module import trace_module
    from explorer.engine.trace.tracing import Outcome, trace

__all__ = [
    "Outcome",
    "Tracer",
    "trace",
    "trace_experiment",
    "trace_module",
]

if not TYPE_CHECKING:  # a type checker sees the imports above, and refuses misspelt names
    _HOMES = {
        "Outcome": "tracing",
        "Tracer": "formula",
        "trace": "tracing",
        "trace_experiment": "formula",
        "trace_module": "module",
    }

    def __getattr__(name: str) -> object:
        """Import what is listed above when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        home = f"{__name__}.{_HOMES[name]}"
        return getattr(importlib.import_module(home), name)
