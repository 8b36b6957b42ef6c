"""The trace of any `torch.nn.Module`, on copies of its parameters and buffers.

`torch.func.functional_call` runs the module with tensors put in place of its own, so neither
`.grad` nor a buffer of the module is touched. The same trace as a formula's, with the module's
own names (`layers.0.weight`).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from explorer.engine.trace.tracing import trace
from explorer.explain.trace_records import Trace


def trace_module(
    module: nn.Module,
    *inputs: torch.Tensor,
    objective: Callable[[Any], torch.Tensor] | None = None,
    step: int = 1,
) -> Trace:
    """The graph of `objective(module(*inputs))`, a tensor of one element.

    Without `objective` the module's own output must be one. Inputs are called `input`, or
    `input1`, `input2`, … if there are several. A parameter with two names is one tensor.
    """
    buffers = dict(module.named_buffers(remove_duplicate=False))
    own = {**dict(module.named_parameters(remove_duplicate=False)), **buffers}
    names = ["input"] if len(inputs) == 1 else [f"input{place + 1}" for place in range(len(inputs))]
    kinds = {**dict.fromkeys(names, "input"), **dict.fromkeys(buffers, "buffer")}

    def function(*leaves: torch.Tensor) -> Any:
        replaced = dict(zip(own, leaves, strict=False))
        output = torch.func.functional_call(module, replaced, leaves[len(own) :])
        return output if objective is None else objective(output)

    return trace(function, {**own, **dict(zip(names, inputs, strict=True))}, kinds=kinds, step=step)
