"""One step's graph of somebody's own model, on the model itself, which is given back untouched.

The same trace as a formula's, with the model's own names (`layers.0.weight`), and of every
operation the line that called it.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from explorer.engine.trace import trace
from explorer.engine.trace.modules import RunningModules
from explorer.explain.trace_records import Trace
from explorer.own.compiled import as_written
from explorer.own.setup import Setup
from explorer.own.untouched import Untouched


def traced(setup: Setup, batch: Any, step: int = 1, cuts: frozenset[str] = frozenset()) -> Trace:
    """The graph of the loss of one batch. What their code raises comes through as it is.

    `cuts` are the modules whose output is detached by `explorer.own.switches`.
    """
    leaves, kinds = _leaves(setup.model, batch)

    def objective(*given: torch.Tensor) -> torch.Tensor:  # noqa: ARG001 (used where they are)
        return setup.objective(batch)

    with as_written(), Untouched(every_module(setup), setup.optimizers, [batch]):
        return trace(
            objective,
            leaves,
            kinds=kinds,
            step=step,
            copied=False,
            running=RunningModules(setup.model, cuts),
        )


def every_module(setup: Setup) -> list[nn.Module]:
    """The model, and the modules that its loss holds."""
    return [setup.model, *_held(setup.loss)]


def _held(function: Any) -> Iterator[nn.Module]:
    """Modules that a function is a method of, closes over or was given beforehand."""
    if isinstance(function, functools.partial):
        held = [*function.args, *function.keywords.values(), function.func]
    else:
        cells = getattr(function, "__closure__", None) or ()
        held = [getattr(function, "__self__", None), function]
        held += [cell.cell_contents for cell in cells if _is_filled(cell)]
    yield from (each for each in held if isinstance(each, nn.Module))


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (asked whether it is there)
    except ValueError:
        return False
    return True


def _leaves(model: nn.Module, batch: Any) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Every tensor that is given, by its name, and the kinds of those that are no parameters."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    buffers = dict(model.named_buffers(remove_duplicate=False))
    inputs = {name: each for name, each in _inputs("batch", batch) if name not in parameters}
    kinds = {**dict.fromkeys(buffers, "buffer"), **dict.fromkeys(inputs, "input")}
    return {**parameters, **buffers, **inputs}, kinds


def _inputs(name: str, part: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of a batch: `batch`, `batch[0]`, or by their keys."""
    if isinstance(part, torch.Tensor):
        yield name, part
    elif isinstance(part, Mapping):
        for key, each in part.items():
            yield from _inputs(f"{key}" if name == "batch" else f"{name}.{key}", each)
    elif isinstance(part, tuple | list):
        for place, each in enumerate(part):
            yield from _inputs(f"{name}[{place}]", each)
