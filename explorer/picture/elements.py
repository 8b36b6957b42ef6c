"""What a picture of the graph consists of: nodes, edges and groups, all plain and frozen.

Made by `explorer.picture.scene`, placed by `explorer.picture.layout`, drawn by
`explorer.picture.svg` and by the window. Nothing here is a sentence or of a language:
states, cuts and roles are codes, numbers are text as it stands in the picture. Keys are the
same from trace to trace as long as the formula is (`explorer.picture.keys`), so that a
view can keep what is selected or expanded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

TRAINING = "training"
FROZEN = "frozen"
DETACHED = "detached"
INPUT = "input"
TARGET = "target"
BUFFER = "buffer"
CONSTANT = "constant"
INTERMEDIATE = "intermediate"

LOCK = "lock"
SCISSORS = "scissors"

TOP = ""


@dataclass(frozen=True, slots=True)
class TensorNode:
    """A tensor's box.

    `tensor` is its place in `Trace.tensors`. `name` is what fits into the box, `label` the
    whole name, `also` its further names. `gradient` is the text
    of its total gradient, "None" included; empty where none is to be expected (constants and
    targets). `state` is one of the words above; `icons` may hold LOCK and SCISSORS, both for a
    frozen tensor whose uses are detached. `color` counts the parameters in order, for the
    colour the tensor has everywhere; None for other tensors.
    """

    key: str
    group: str
    tensor: int
    name: str
    label: str
    also: tuple[str, ...]
    value: str
    gradient: str
    has_gradient: bool
    state: str
    icons: tuple[str, ...]
    color: int | None
    objective: bool


@dataclass(frozen=True, slots=True)
class EchoNode:
    """The name of a node (`of`, its key) once more, beside a use far away from it.

    The line from there would cover half the picture. `tensor` is what is used, `color` as in
    `TensorNode`.
    """

    key: str
    group: str
    of: str
    tensor: int
    name: str
    color: int | None


@dataclass(frozen=True, slots=True)
class OperationNode:
    """An operation's small node: `symbol` is `+`, `** 2`, `mean`, as it fits into it.

    `text` is the operation as the formula writes it, or empty. `cut` is the code of the reason
    if the operation exists to cut ("detached", "data-access"), `switch` the tensor whose detach
    switch put it there. `backward` is its place in autograd's order, None if it was not
    gone through.
    """

    key: str
    group: str
    operation: int
    name: str
    symbol: str
    text: str
    cut: str | None
    switch: str | None
    grad_mode: bool
    backward: int | None


@dataclass(frozen=True, slots=True)
class GroupNode:
    """A function, a module or a stretch of a long formula, closed or expanded.

    Closed it is a node that stands for all it holds; expanded it is a frame around its
    members, which name it as their `group`. `name` is "g", "layers.0" or, for a stretch
    (`section`), "z1 … z500". The counts are of everything inside, at any depth; `objective`
    says that the objective is inside, too.
    """

    key: str
    group: str
    name: str
    section: bool
    expanded: bool
    operations: int
    training: int
    frozen: int
    cuts: int
    objective: bool


Node = TensorNode | OperationNode | GroupNode | EchoNode


@dataclass(frozen=True, slots=True)
class SceneEdge:
    """A line from `source` to `target` (keys of nodes), in the forward direction.

    `uses` are the edges of the trace it stands for: none from an operation to the tensor it
    made, several into or out of a closed group. `role` and `cut` are those of
    `explorer.explain.cuts`. `contribution` is the number that flows, as text; empty if there is
    none, or several. `magnitude` is its norm; `width` the flow's width from 0 to 1, by the
    logarithm of the magnitude. `zero`: what flows is zero; `finite`: it is neither NaN nor
    infinite.
    """

    key: str
    source: str
    target: str
    tensor: int
    uses: tuple[int, ...]
    role: str
    cut: str | None = None
    contribution: str = ""
    magnitude: float | None = None
    width: float = 0.0
    zero: bool = False
    finite: bool = True


@dataclass(frozen=True)
class Scene:
    """Everything to be drawn, in the order of the computation.

    `nodes` are visible boxes, among them closed groups; `frames` the expanded groups, outer
    before inner. `objective` is the key of the node that is or holds the objective.
    `operations` counts those of the whole trace, `parameters` those of its named parameters
    that have a gradient, and all of them. `numbers`: the picture is small enough for
    contributions to stand at the edges. `failure` is the code of why there was no backward pass.
    `places` and `operation_places` are the keys of the nodes where every tensor and every
    operation of the trace is to be found.
    """

    nodes: tuple[Node, ...]
    edges: tuple[SceneEdge, ...]
    frames: tuple[GroupNode, ...] = ()
    objective: str | None = None
    operations: int = 0
    parameters: tuple[int, int] = (0, 0)
    numbers: bool = True
    failure: str | None = None
    places: Mapping[int, str] = field(default_factory=dict)
    operation_places: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> Mapping[str, Node]:
        """Nodes and frames by their keys."""
        return {node.key: node for node in (*self.nodes, *self.frames)}
