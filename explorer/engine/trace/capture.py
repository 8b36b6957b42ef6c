"""Sees every operation of a forward pass, through PyTorch's own override protocol.

A `TorchFunctionMode` (documented under torch.overrides) is called for every function on
tensors, with grad mode as it is there, whoever calls: a formula, a module, a function of
torch.nn.functional, which counts as one operation. After each call the backward functions
it left (`grad_fn` and what hangs below it) are assigned to the operation. Used by
`explorer.engine.trace.tracing`.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from explorer.engine.frames import innermost
from explorer.engine.trace.figures import figure
from explorer.engine.trace.functions import CUTS, READS, SHARES, UNVERSIONED, depends, name_of
from explorer.engine.trace.givers import Givers
from explorer.engine.trace.modules import RunningModules
from explorer.explain.callsite import CallSite
from explorer.explain.figures import Figure

Node = Any  # torch.autograd.graph.Node: its C++ instances have no common Python type
Key = tuple[Node, int]
Arguments = tuple[Sequence[Any], Mapping[str, Any]]

# What every call of a `torch.autograd.Function` goes through.
_APPLY = torch.autograd.Function.apply.__func__.__code__  # type: ignore[attr-defined]


@dataclass(slots=True)
class SeenTensor:
    """A tensor, or a version of it. The reference keeps its id from being given away."""

    index: int
    tensor: torch.Tensor
    kind: str
    value: Figure
    requires_grad: bool
    producer: int | None
    mutations: int
    node: Node | None
    names: list[str] = field(default_factory=list)

    @property
    def stays(self) -> bool:
        """Whether autograd still has it in the same place, though its numbers changed."""
        return self.tensor.requires_grad and _backward_of(self.tensor) is self.node


@dataclass(slots=True)
class SeenEdge:
    """A tensor's use by an operation; `depends` as in `TracedEdge`.

    Of an operation in place, a tensor on which it does not depend is one that it changed
    behind autograd's back: see `Capture._keep`.
    """

    tensor: int
    operation: int
    slot: int
    depends: bool
    read_as: str | None = None
    givers: tuple[str, ...] = ()


class Called(NamedTuple):
    """What was called, to be called again; `versions` are those of the tensors given."""

    function: Callable[..., Any]
    arguments: Arguments
    versions: list[int]

    @property
    def unchanged(self) -> bool:
        """Whether the arguments still are as they were given."""
        return _versions(tensors_in(self.arguments)) == self.versions


@dataclass(slots=True)
class SeenOperation:
    """A call. `nodes` are the backward functions it left, outermost first.

    `called` is None for what no call was seen of. `site` and `module` as in `TracedOperation`.
    """

    index: int
    name: str
    grad_mode: bool
    in_place: bool
    called: Called | None = None
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    site: CallSite | None = None
    module: str = ""
    switch: str | None = None


class Capture(TorchFunctionMode):
    """Records while it is entered (`with capture:`). `leaves` are known by name from the start.

    `calls` has one entry for every call that gave back a tensor, or took numbers out of one:
    the operation's index, or None if it only handed an input back (`contiguous`, dropout
    outside training). With `running` every operation knows the line that called it, and the
    module it ran in.
    """

    def __init__(
        self,
        leaves: Mapping[str, torch.Tensor],
        kinds: Mapping[str, str],
        running: RunningModules | None = None,
    ) -> None:
        super().__init__()
        self._running = running
        self.givers = Givers() if running is None else Givers(running.cuts)
        if running is not None:
            running.follow(lambda: len(self.tensors), self._module_gave)
        self.tensors: list[SeenTensor] = []
        self.edges: list[SeenEdge] = []
        self.operations: list[SeenOperation] = []
        self.calls: list[int | None] = []
        self.owners: dict[Node, int] = {}
        self.by_key: dict[Key, int] = {}
        self.leaf_keys: dict[Key, torch.Tensor] = {}
        self._current: dict[int, int] = {}
        self._mutators: dict[int, list[int]] = {}
        self._shared: set[int] = set()
        for name, leaf in leaves.items():
            index = self._current.get(id(leaf))
            index = self._add(leaf, kinds.get(name, "parameter")) if index is None else index
            self.tensors[index].names.append(name)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the function and record what it did. PyTorch turns the mode off inside."""
        kwargs = kwargs or {}
        if torch._C._are_functorch_transforms_active():
            # Tensors inside torch.vmap have no numbers of their own: `_unseen` has the result.
            return func(*args, **kwargs)
        name = name_of(func)
        given = tensors_in((args, kwargs) if kwargs else args)
        inputs = [self.find(tensor) for tensor in given]
        versions = _versions(given)
        grad_mode = torch.is_grad_enabled() or _in_a_function()
        called = _called(func, (args, kwargs), versions, in_place=name[-1] == "_")
        result = func(*args, **kwargs)
        mutated = _mutated(name, given, versions)
        if name in SHARES:
            self._shared.update(map(_storage, given))
        made = self._record(name, grad_mode, inputs, mutated, result)
        if made is not None:
            made.called = called
        return result

    def changes_of(self, index: int) -> list[int]:
        """The operations that changed the tensor's memory in place, by their numbers."""
        return self._mutators.get(_storage(self.tensors[index].tensor), [])

    def use_number(self, read: int, user: int) -> None:
        """The operation `user` was given the number that the operation `read` took out.

        No call tells that: numbers of Python's have no identity. A formula does.
        """
        operation = self.operations[read]
        if not operation.outputs:
            source = self.tensors[self.edges[operation.inputs[0]].tensor].tensor
            with torch.no_grad():
                number = source.detach().double().clone()
            operation.outputs.append(self._add(number, "intermediate", read))
        self._edge(operation.outputs[0], self.operations[user])

    def find(self, tensor: torch.Tensor) -> int:
        """The tensor's present version.

        A view changes when its base is changed in place, and no call names it: so once
        something was changed, every tensor is asked whether its storage was.
        """
        index = self._current.get(id(tensor))
        if index is None:
            return self._unseen(tensor)
        seen = self.tensors[index]
        mutators = self._mutators.get(_storage(tensor), []) if self._mutators else []
        if len(mutators) > seen.mutations:
            return self._renewed(index, mutators[-1])
        if seen.node is None and _backward_of(tensor) is not None:
            self._given_a_backward(seen)
        return index

    def _unseen(self, tensor: torch.Tensor) -> int:
        """A tensor that no call gave: a constant, or made where the mode cannot look.

        What autograd recorded there, inside torch.vmap or in C++, is one operation.
        """
        node = _backward_of(tensor)
        if node is not None and self._is_ours(node):
            return self._output(tensor, self._operation(node.name(), True, []))
        if self._shared and _storage(tensor) in self._shared:
            return self._output(tensor, self._operation("from_numpy", True, []))
        return self._add(tensor, "constant")

    def _is_ours(self, top: Node) -> bool:
        """Whether the backward function leads to a leaf or to an operation of the trace."""
        met, pending = set(), [top]
        while pending:
            node = pending.pop()
            owner = self.owners.get(node)
            if owner is not None and owner >= 0:
                return True
            if node in met or owner is not None:
                continue
            met.add(node)
            index = self._current.get(id(getattr(node, "variable", None)))
            if index is not None and self.tensors[index].kind != "constant":
                return True
            pending += [below for below, _ in node.next_functions if below is not None]
        return False

    def _given_a_backward(self, seen: SeenTensor) -> None:
        """A `torch.autograd.Function` ran: whatever it did inside is one operation backward."""
        node: Node = seen.tensor.grad_fn
        seen.node = node
        seen.requires_grad = True
        if seen.producer is None:
            return
        operation = self.operations[seen.producer]
        operation.name = node.name().removesuffix("Backward")
        operation.grad_mode = True
        self.by_key.setdefault((node, seen.tensor.output_nr), seen.index)
        self._adopt(node, operation)

    # -- one call ------------------------------------------------------------

    def _record(
        self,
        name: str,
        grad_mode: bool,
        inputs: list[int],
        mutated: list[torch.Tensor],
        result: Any,
    ) -> SeenOperation | None:
        """The operation; None if it made nothing."""
        given = tensors_in(result)
        fresh = [tensor for tensor in given if id(tensor) not in self._current]
        if not (fresh or mutated):
            if given:
                self.calls.append(None)
            elif name in READS and inputs:
                self.calls.append(self._operation(name, grad_mode, inputs).index)
            return None
        operation = self._operation(name, grad_mode, inputs, in_place=bool(mutated))
        self.calls.append(operation.index)
        for tensor in mutated:
            self._mutate(tensor, operation)
        for tensor in fresh:
            if id(tensor) not in self._current:
                self._output(tensor, operation)
        return operation

    def _operation(
        self, name: str, grad_mode: bool, inputs: list[int], in_place: bool = False
    ) -> SeenOperation:
        operation = SeenOperation(len(self.operations), name, grad_mode, in_place)
        if self._running is not None:
            operation.site = innermost(_applied() or sys._getframe(1))
            operation.module = self._running.innermost
        self.operations.append(operation)
        for place, tensor in enumerate(inputs):
            self._edge(tensor, operation, depends(name, place))
        if name == "detach" and inputs:
            operation.switch = self.givers.switch_behind(inputs[0])
            self.edges[operation.inputs[0]].read_as = operation.switch
        return operation

    def _module_gave(self, module: str, first_made: int, result: Any) -> None:
        indices = (self._current.get(id(tensor), -1) for tensor in tensors_in(result))
        self.givers.gave(module, indices, first_made)

    def _edge(self, tensor: int, operation: SeenOperation, depends: bool = True) -> None:
        slot = len(operation.inputs)
        operation.inputs.append(len(self.edges))
        givers = self.givers.of.get(tensor, ())
        self.edges.append(SeenEdge(tensor, operation.index, slot, depends, givers=givers))

    def _mutate(self, tensor: torch.Tensor, operation: SeenOperation) -> None:
        if operation.name not in CUTS:
            # Those change no number in memory that others have, too.
            self._mutators.setdefault(_storage(tensor), []).append(operation.index)
        before = self.tensors[self._current[id(tensor)]]
        if before.stays:
            self._keep(before, operation)
        else:
            self._renew(before, operation)

    def _keep(self, before: SeenTensor, operation: SeenOperation) -> int:
        """Changed under no_grad or through .data, it stays the tensor that gets the gradient.

        So it is no output of the operation, but an input on which nothing depends.
        """
        before.mutations = self._count_mutators(before.tensor)
        before.value = figure(before.tensor)
        uses = [edge for edge in operation.inputs if self.edges[edge].tensor == before.index]
        for edge in uses:
            self.edges[edge].depends = False
        if not uses:
            self._edge(before.index, operation, depends=False)
        return before.index

    def _renew(self, before: SeenTensor, operation: SeenOperation) -> int:
        index = self._output(before.tensor, operation)
        if before.kind in ("buffer", "input"):
            # A buffer that a module updates goes by its name before and after.
            self.tensors[index].kind = "intermediate"
        return index

    def _renewed(self, index: int, mutator: int) -> int:
        """A new version of a tensor whose memory an operation changed through another."""
        before, operation = self.tensors[index], self.operations[mutator]
        if before.stays:
            return self._keep(before, operation)
        self._edge(index, operation)
        return self._renew(before, operation)

    def _output(self, tensor: torch.Tensor, operation: SeenOperation) -> int:
        index = self._add(tensor, "intermediate", operation.index)
        operation.outputs.append(index)
        node = self.tensors[index].node
        if node is not None:
            self._adopt(node, operation)
        return index

    # -- tensors and backward functions ------------------------------------------

    def _add(self, tensor: torch.Tensor, kind: str, producer: int | None = None) -> int:
        index = len(self.tensors)
        mutations = self._count_mutators(tensor) if self._mutators else 0
        node = _backward_of(tensor)
        value, requires_grad = figure(tensor), tensor.requires_grad
        self.tensors.append(
            SeenTensor(index, tensor, kind, value, requires_grad, producer, mutations, node)
        )
        self._current[id(tensor)] = index
        if node is not None:
            self.by_key.setdefault((node, tensor.output_nr), index)
            if producer is None:
                # It comes from before the trace: what lies below it is not ours.
                self.owners[node] = -1
        return index

    def _count_mutators(self, tensor: torch.Tensor) -> int:
        return len(self._mutators.get(_storage(tensor), ()))

    def _adopt(self, top: Node, operation: SeenOperation) -> None:
        """Assign the backward functions below `top` that nobody has yet to the operation."""
        pending = [top]
        while pending:
            node = pending.pop()
            if node in self.owners:
                continue
            self.owners[node] = operation.index
            operation.nodes.append(node)
            for key in node.next_functions:
                below = key[0]
                if below is None or key in self.by_key:
                    self._reach(key, operation)
                elif hasattr(below, "variable"):
                    self.meet_leaf(key)
                    self._reach(key, operation)
                else:
                    pending.append(below)

    def meet_leaf(self, key: Key) -> None:
        """Note a leaf by the node that accumulates its gradient."""
        leaf = self.leaf_keys[key] = key[0].variable
        index = self._current.get(id(leaf))
        self.by_key[key] = self._add(leaf, "constant") if index is None else index

    def _reach(self, key: Key, operation: SeenOperation) -> None:
        """An input that autograd saw but no argument named: a closure, or a view's base."""
        index = self.by_key.get(key)
        if index is None:
            return
        edges = self.edges
        if not any(edges[edge].tensor == index for edge in operation.inputs):
            self._edge(index, operation)


def _called(
    function: Callable[..., Any], arguments: Arguments, versions: list[int], in_place: bool
) -> Called:
    """The call; of an operation that changes its arguments with copies of them."""
    if not in_place:
        return Called(function, arguments, versions)
    with torch.no_grad():
        copies: Arguments = rebuilt(arguments, torch.clone)
    return Called(function, copies, [0] * len(versions))


def rebuilt(container: Any, replace: Callable[[torch.Tensor], Any]) -> Any:
    """The same nested tuples, lists and dictionaries with other tensors."""
    if isinstance(container, torch.Tensor):
        return replace(container)
    if type(container) in (tuple, list):
        return type(container)(rebuilt(part, replace) for part in container)
    if isinstance(container, dict):
        return {key: rebuilt(part, replace) for key, part in container.items()}
    return container


def tensors_in(container: Any) -> list[torch.Tensor]:
    """Every tensor in nested tuples, lists and dictionaries, in order."""
    if isinstance(container, torch.Tensor):
        return [container]
    found, pending = [], [container]
    while pending:
        part = pending.pop()
        if isinstance(part, torch.Tensor):
            found.append(part)
        elif isinstance(part, tuple | list):
            pending.extend(part[::-1])
        elif isinstance(part, dict):
            pending.extend(reversed(part.values()))
    return found


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _backward_of(tensor: torch.Tensor) -> Node | None:
    try:
        return tensor.grad_fn
    except RuntimeError:
        # A view made under no_grad, whose memory was changed since: autograd has none for it.
        return None


def _versions(given: list[torch.Tensor]) -> list[int]:
    try:
        return [tensor._version for tensor in given]
    except RuntimeError:
        # Those made in torch.inference_mode() have none.
        return [0 if tensor.is_inference() else tensor._version for tensor in given]


def _mutated(name: str, given: list[torch.Tensor], versions: list[int]) -> list[torch.Tensor]:
    """What the call changed, each once; `versions` are those from before it."""
    now = _versions(given)
    if now == versions and name not in UNVERSIONED and name[-1] != "_":
        return []
    found = {
        id(tensor): tensor
        for tensor, before, after in zip(given, versions, now, strict=True)
        if before != after
    }
    if given and (name in UNVERSIONED or (name[-1] == "_" and given[0].is_inference())):
        found.setdefault(id(given[0]), given[0])
    return list(found.values())


def _in_a_function() -> bool:
    """Whether a `torch.autograd.Function` runs that autograd takes note of.

    It turns grad mode off in there, which is not the program's doing. PyTorch gives the
    function's context `next_functions` only if grad mode was on where it was called.
    """
    inner: FrameType = sys._getframe(1)
    frame = inner.f_back
    while frame is not None:
        if frame.f_code is _APPLY:
            first = inner.f_locals.get(next(iter(inner.f_code.co_varnames), ""))
            is_context = isinstance(first, torch.autograd.function.FunctionCtx)
            return not is_context or bool(getattr(first, "next_functions", True))
        inner, frame = frame, frame.f_back
    return False


def _applied() -> FrameType | None:
    """Where the `torch.autograd.Function` that runs was applied: what it does is done there.

    Grad mode is off in there, and only then the frames are gone through.
    """
    frame = None if torch.is_grad_enabled() else sys._getframe(1)
    while frame is not None and frame.f_code is not _APPLY:
        frame = frame.f_back
    return frame
