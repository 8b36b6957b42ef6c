"""Local derivatives: of one operation's output by one of its inputs, as numbers.

The operation's own backward functions are called alone, once with ones where the operation
works element by element, else with one unit after another, which is what
`torch.autograd.functional.jacobian` does with a whole program. Only for small tensors;
called by `explorer.engine.trace.assembly` while autograd's graph is still there.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch

from explorer.engine.trace.capture import Key, Node
from explorer.engine.trace.figures import MOST_NUMBERS, numbers
from explorer.explain.figures import Nested

# A matrix larger than this explains nothing to anybody.
MOST_ROWS = 8
MOST_ENTRIES = 64

Arrived = dict[Key, list[torch.Tensor]]


@lru_cache(maxsize=1024)
def is_pointwise(name: str) -> bool:
    """Whether PyTorch itself says that the operation works element by element.

    The tag is documented in aten/src/ATen/native/tags.yaml.
    """
    packet = getattr(torch.ops.aten, name, None)
    overloads = packet.overloads() if packet is not None else ()
    return any(torch.Tag.pointwise in getattr(packet, each).tags for each in overloads)


def derivatives(
    name: str, output: torch.Tensor, nodes: Sequence[Node], uses: Mapping[Key, int]
) -> dict[Key, list[Nested]]:
    """The derivatives of `output` by its inputs, one for every use of each.

    `name` is the operation's, `nodes` its backward functions in the order in which autograd
    ran them, `uses` how often it has each input. Inputs are left out if too large or if
    they cannot be reached alone. A derivative has the output's shape where the operation is
    pointwise, else the output's followed by the input's; complex numbers are pairs of real
    ones. To be called under no_grad.
    """
    if not nodes or output.output_nr:
        return {}
    try:
        return (_diagonals if is_pointwise(name) else _jacobians)(output, nodes, uses)
    except (RuntimeError, TypeError, NotImplementedError):
        # A function of several outputs, or one written in Python, may not be called alone.
        return {}


def _diagonals(
    output: torch.Tensor, nodes: Sequence[Node], uses: Mapping[Key, int]
) -> dict[Key, list[Nested]]:
    if output.numel() > MOST_NUMBERS:
        return {}
    call = _straight if len(nodes) == 1 else _through
    arrived = call(output, torch.ones_like(output), nodes)
    return {
        key: [numbers(part) for part in parts]
        for key, parts in arrived.items()
        if uses.get(key) == len(parts) and all(part.shape == output.shape for part in parts)
    }


def _jacobians(
    output: torch.Tensor, nodes: Sequence[Node], uses: Mapping[Key, int]
) -> dict[Key, list[Nested]]:
    rows = output.numel()
    if not 0 < rows <= MOST_ROWS:
        return {}
    small = {key: shape for key in uses if rows * math.prod(shape := _shape(key)) <= MOST_ENTRIES}
    if not small:
        return {}
    call = _straight if len(nodes) == 1 else _through
    found = [call(output, _unit(output, row), nodes) for row in range(rows)]
    return {
        key: _matrices([row[key] for row in found], uses[key], output.shape, shape)
        for key, shape in small.items()
        if key in found[0]
    }


def _matrices(
    rows: list[list[torch.Tensor]], uses: int, output: torch.Size, target: torch.Size
) -> list[Nested]:
    if uses == 1:
        rows = [[sum(parts[1:], parts[0])] for parts in rows]
    if len(rows[0]) != uses:
        return []
    return [_matrix([parts[use] for parts in rows], output, target) for use in range(uses)]


def _matrix(rows: Sequence[torch.Tensor], output: torch.Size, target: torch.Size) -> Nested:
    parts = [fitted(row, target) for row in rows]
    whole = torch.stack(parts).reshape(*output, *target) if output else parts[0]
    return numbers(whole)


def _unit(output: torch.Tensor, row: int) -> torch.Tensor:
    if not output.shape:
        return torch.ones_like(output)
    unit = torch.zeros_like(output)
    unit.view(-1)[row] = 1.0
    return unit


def _straight(_output: torch.Tensor, seed: torch.Tensor, nodes: Sequence[Node]) -> Arrived:
    """The same as `_through` for the usual case of a single backward function."""
    [node] = nodes
    gave = node(seed)
    arrived: Arrived = {}
    parts = gave if isinstance(gave, tuple) else (gave,)
    for key, part in zip(node.next_functions, parts, strict=True):
        if part is not None:
            arrived.setdefault(key, []).append(part)
    return arrived


def _through(output: torch.Tensor, seed: torch.Tensor, nodes: Sequence[Node]) -> Arrived:
    """What arrives below the operation, part by part, when its output gets the gradient `seed`."""
    return passed_back(nodes, {(output.grad_fn, 0): seed})


def passed_back(nodes: Sequence[Node], seeds: Mapping[Key, torch.Tensor]) -> Arrived:
    """What arrives below the backward functions, part by part, when its outputs get `seeds`.

    `nodes` are in the order in which autograd runs them.
    """
    arrived: Arrived = {key: [seed] for key, seed in seeds.items()}
    for node in nodes:
        keys = [(node, place) for place in range(len(node._input_metadata))]
        if arrived.keys().isdisjoint(keys):
            continue
        given = [_total(key, arrived.pop(key, None), key in seeds) for key in keys]
        gave = node(*given)
        gave = gave if isinstance(gave, tuple) else (gave,)
        for key, part in zip(node.next_functions, gave, strict=True):
            if part is not None and key[0] is not None:
                arrived.setdefault(key, []).append(part)
    return arrived


def _total(key: Key, parts: list[torch.Tensor] | None, whole: bool) -> torch.Tensor | None:
    if parts is None:
        return None
    total = sum(parts[1:], parts[0])
    return total if whole else fitted(total, _shape(key))


def fitted(part: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """Summed over what was broadcast, as autograd does between two functions."""
    return part if part.shape == shape else part.sum_to_size(shape)


def _shape(key: Key) -> torch.Size:
    shape: torch.Size = key[0]._input_metadata[key[1]].shape
    return shape
