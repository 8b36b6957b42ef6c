"""Small graphs to draw: traces of formulas and of functions written by hand."""

from collections.abc import Callable
from pathlib import Path

import torch

from explorer.engine.session import prepared
from explorer.engine.trace import Outcome, trace
from explorer.experiment.file import parse_text
from explorer.experiment.spec import Experiment
from explorer.explain.trace_records import Trace
from explorer.picture.elements import EchoNode, Node, Scene, SceneEdge, TensorNode

ARTICLE = """
objective = "out"
formula = '''
def f(z):
    return z ** 2

def g(x, y):
    z = x + y
    {cut}
    return f({name}) + y ** 3

out = g(x, y)
'''
parameters = {{ x = 2.0, y = 3.0 }}
"""


def experiment(text: str) -> Experiment:
    return parse_text(text, "test", Path()).experiment


def formula(text: str) -> Trace:
    return prepared(experiment(text)).trace()


def connected() -> Trace:
    return formula(ARTICLE.format(cut="", name="z"))


def detached() -> Trace:
    return formula(ARTICLE.format(cut="z_no_grad = z.detach()", name="z_no_grad"))


def scalar(value: float, requires_grad: bool = True) -> torch.Tensor:
    return torch.tensor(value, requires_grad=requires_grad)


def chain(operations: int) -> Trace:
    """Three operations a name, and one weight that all of them share."""

    def function(x: torch.Tensor, w: torch.Tensor) -> Outcome:
        named = {}
        for step in range(operations // 3):
            x = torch.sin(x * w + 0.1)
            named[f"z{step}"] = x
        return Outcome(x, named)

    return trace(function, {"x": scalar(1.0), "w": scalar(0.9)})


def of(function: Callable[..., torch.Tensor], **leaves: torch.Tensor) -> Trace:
    return trace(function, leaves)


def box(scene: Scene, name: str) -> TensorNode:
    [found] = [node for node in tensors(scene) if node.name == name]
    return found


def tensors(scene: Scene) -> list[TensorNode]:
    return [node for node in scene.nodes if isinstance(node, TensorNode)]


def echoes(scene: Scene) -> list[EchoNode]:
    return [node for node in scene.nodes if isinstance(node, EchoNode)]


def node(scene: Scene, symbol: str) -> Node:
    [found] = [each for each in scene.nodes if getattr(each, "symbol", "") == symbol]
    return found


def line(scene: Scene, source: Node, target: Node) -> SceneEdge:
    [found] = [
        edge for edge in scene.edges if (edge.source, edge.target) == (source.key, target.key)
    ]
    return found
