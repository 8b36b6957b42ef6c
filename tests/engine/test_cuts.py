"""What cut a gradient off: picture, way, listing, JSON and sentence name the same cause.

And the cause is the true one. Each body gives a number, truth value or tensor made of `x`; it runs
as it is and inside what records no gradients. Where the body alone lets a gradient through, it
is the mode that cuts; where it does not, the body would cut without the mode as well.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
import torch

from explorer.engine.trace import Outcome, trace
from explorer.explain.reasons import reasons
from explorer.explain.route import route
from explorer.explain.trace_records import Trace
from explorer.export.graphdocument import Explained, graph_document
from explorer.picture.elements import TensorNode
from explorer.picture.flow import cut_edges
from explorer.picture.scene import scene

Tensor = torch.Tensor
Mode = Callable[[], AbstractContextManager[Any]]

# The body, and the code of its own cut; None where a gradient passes.
BODIES: dict[str, tuple[Callable[[Tensor], Any], str | None]] = {
    "a product": (lambda x: x * 2, None),
    "a comparison": (lambda x: x > 0, "integer"),
    "a cast to whole numbers": (lambda x: x.long(), "integer"),
    "a place": (lambda x: x.argmax(), "integer"),
    "a sign bit": (torch.signbit, "integer"),
    "a number taken out": (lambda x: x.item(), "rewrapped"),
    "a list taken out": (lambda x: torch.tensor(x.tolist()), "rewrapped"),
    "a new tensor of it": (lambda x: torch.scalar_tensor(x.item()), "rewrapped"),
    "as numpy": (lambda x: torch.from_numpy(x.detach().numpy()), "detached"),
    "detach": (lambda x: x.detach(), "detached"),
    "data": (lambda x: x.data, "data-access"),
}
MODES: dict[str, Mode] = {
    "as it is": nullcontext,
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
}


def traced(body: Callable[[Tensor], Any], mode: Mode) -> Trace:
    def function(x: Tensor, y: Tensor) -> Outcome:
        with mode():
            made = body(x)
        return Outcome(y + torch.as_tensor(made))

    return trace(function, {name: torch.tensor(1.5, requires_grad=True) for name in "xy"})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", BODIES)
def test_all_name_the_true_cause(body: str, mode: str) -> None:
    function, own = BODIES[body]
    wanted = own if own or mode == "as it is" else "no-grad"
    found = traced(function, MODES[mode])
    assert found.mismatches == ()
    reason = reasons(found)["x"]
    assert (None if reason is None else reason.code) == wanted
    first = {wanted} - {None}
    assert {stop.cut for stop in route(found, found.named["x"])} - {None} == first
    listed = cut_edges(found)
    assert {listed[edge] for edge in found.uses[found.named["x"]] if edge in listed} == first
    drawn = scene(found)
    [key] = [node.key for node in drawn.nodes if isinstance(node, TensorNode) and node.name == "x"]
    assert {edge.cut for edge in drawn.edges if edge.source == key} - {None} == first
    document: Any = graph_document(found, "", Explained(reasons(found)))
    x = f"t{found.named['x']}"
    assert {edge["cut"] for edge in document["edges"] if edge["from"] == x} - {None} == first
