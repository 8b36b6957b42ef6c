"""The trace: one step's real graph, from PyTorch itself, as plain records.

`trace` takes any callable on tensors, `trace_module` an nn.Module, `Tracer` and
`trace_experiment` the formula of an experiment. Asked for by the command line, and by the
window at most a few times a second; never part of a training step.
"""

from explorer.engine.trace.formula import Tracer, trace_experiment
from explorer.engine.trace.module import trace_module
from explorer.engine.trace.records import (
    Figure,
    Mismatch,
    Trace,
    TracedEdge,
    TracedOperation,
    TracedTensor,
)
from explorer.engine.trace.tracing import Outcome, trace

__all__ = [
    "Figure",
    "Mismatch",
    "Outcome",
    "Trace",
    "TracedEdge",
    "TracedOperation",
    "TracedTensor",
    "Tracer",
    "trace",
    "trace_experiment",
    "trace_module",
]
