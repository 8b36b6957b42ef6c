"""Parameters that lie in one buffer, so that they are updated and read as one tensor.

Of small parameters a step's time is the number of calls, not of numbers. An `Arena` holds
some of them: each is a view into its buffer, their gradients are gathered into one tensor,
and what the optimizer keeps is one tensor of each kind. Made by
`explorer.engine.optimizers`, read by `explorer.engine.recorder`.

Where gradients are cleared before a backward pass, there is nothing to gather: a parameter that
had a gradient gets as its `.grad` a place in a buffer of -0.0, to which autograd adds. That
leaves every number what it is, to the bit. Which of them it added to it tells by the versions
of the places: the others have no gradient, as if they had been cleared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter, is_, ne

import torch

from explorer.engine.updates import Options, Rule, State

# What is added to it stays as it is: 0 would make 0 of -0.
NOTHING = -0.0
# More than these are not written twice, to spare the calls for one tensor.
LENT_ELEMENTS = 4_096
# BLAS rounds by where a matrix starts; torch's own tensors start at a multiple of 64 bytes.
ALIGNMENT_BYTES = 64


@dataclass(slots=True)
class Group:
    """Neighbours that have a gradient and are updated in one call.

    `members` are places among the arena's parameters, `fillings` the zeros that fill the gap
    behind each (None: there is none);
    `count` is the number of updates so far, as far as the update depends on it, `made` how
    many of them since the group is there; `gradient` is what was gathered last, `place` where
    autograd may add it up.
    """

    start: int
    members: list[int]
    fillings: list[torch.Tensor | None]
    values: torch.Tensor
    state: State
    count: int
    close: bool
    gradient: torch.Tensor
    place: torch.Tensor | None = None
    made: int = 0

    def gather(self, grads: Sequence[torch.Tensor | None]) -> None:
        """Bring them into one tensor, in the order of the values; `grads` are the arena's."""
        parts: list[torch.Tensor] = [grads[place] for place in self.members]  # type: ignore[misc]
        if not self.close:
            both = zip(parts, self.fillings, strict=True)
            parts = [each for pair in both for each in pair if each is not None]
        self.gradient = flattened(parts)


def _flattening() -> Callable[[list[torch.Tensor]], torch.Tensor]:
    """All elements of some tensors in a row, as one new tensor; of one tensor it may be a view.

    The kernel is what PyTorch flattens gradients with itself. Should a later one not have it,
    the public way is taken, which takes twice as long.
    """
    kernel = getattr(getattr(torch._C, "_nn", None), "flatten_dense_tensors", None)
    if kernel is not None:
        found: Callable[[list[torch.Tensor]], torch.Tensor] = kernel
        return found
    return lambda tensors: torch.cat([tensor.reshape(-1) for tensor in tensors])


flattened = _flattening()
# PyTorch counts with it how often a tensor was written to. Without it, all is gathered.
HAS_VERSIONS = hasattr(torch.Tensor, "_version")
GRAD, VERSION = attrgetter("grad"), attrgetter("_version")


class Arena:
    """Some parameters in one buffer, `values`, and `state`, what is kept for them.

    `starts` says where each of them begins. Those that have no gradient lie behind the others,
    which are in `groups`; a group is made anew only when that changes. One parameter alone
    stays where it is, so that a large one is never copied.
    """

    def __init__(self, parameters: Sequence[torch.Tensor], rule: Rule, options: Options) -> None:
        self.parameters = tuple(parameters)
        self.starts: list[int] = [0] * len(self.parameters)
        self.groups: list[Group] = []
        self.state: dict[str, torch.Tensor] = {}
        self.counts = [0] * len(self.parameters)
        self._rule = rule
        self._live: list[bool] | None = None
        self._group_of: dict[int, Group] = {}
        # For each parameter the place that it has as its `.grad`, and the version of that when
        # it was cleared; None: it has no place. And as long as none has.
        self._lent: list[torch.Tensor | None] | None = None
        self._given: list[torch.Tensor] = []
        self._versions: list[int] = []
        self._gradients = torch.empty(0)
        self.values = self.parameters[0].detach().view(-1)
        if len(self.parameters) > 1:
            self._lay_out([list(range(len(self.parameters)))])
        self.keep_kinds(options)

    def clear(self) -> None:
        """Before a backward pass: the parameters have no gradient, or a place for one.

        What that pass leaves is to be taken by `take_back`, `gather` or `update`.
        """
        if self._lent is None and self._live is not None:
            self._lend(self._live)
        if self._lent is None:
            for parameter in self.parameters:
                parameter.grad = None
            return
        if not all(map(is_, map(GRAD, self.parameters), self._lent)):
            for parameter, place in zip(self.parameters, self._lent, strict=True):
                parameter.grad = place
        self._gradients.fill_(NOTHING)
        self._versions = list(map(VERSION, self._given))

    def take_back(self) -> None:
        """Those that backward() added nothing to have no gradient."""
        if self._lent is None:
            return
        unused = [
            place
            for place, before in zip(self._given, self._versions, strict=True)
            if place._version == before
        ]
        for parameter in self.parameters if unused else ():
            if any(parameter.grad is place for place in unused):
                parameter.grad = None

    def gather(self, options: Options) -> None:
        """Bring the gradients of those that have one together, without an update."""
        if self._all_came():
            for group in self.groups:
                assert group.place is not None
                group.gradient = group.place
            return
        self.take_back()
        grads = self._grads(options)
        for group in self.groups:
            group.gather(grads)

    def update(self, options: Options) -> None:
        """One update of those that have a gradient."""
        self.gather(options)
        counts = self._rule.counts(options)
        for group in self.groups:
            count = group.count + group.made + 1
            self._rule.update(group.values, group.gradient, group.state, count, options)
            group.made += counts

    def settle(self) -> None:
        """Bring `counts` up to date; the next update makes the groups anew."""
        self.take_back()
        for index, group in self._group_of.items():
            self.counts[index] += group.made
        self._group_of, self._live, self._lent = {}, None, None

    def count(self, index: int) -> int:
        """How many updates that count the parameter has had."""
        group = self._group_of.get(index)
        return self.counts[index] + (0 if group is None else group.made)

    def keep_kinds(self, options: Options) -> None:
        """Make room for what the rule keeps with these options."""
        for name, start in self._rule.kinds(options).items():
            if name not in self.state:
                self.state[name] = torch.full_like(self.values, start)

    def part(self, flat: torch.Tensor, index: int) -> torch.Tensor:
        """The parameter's own part of `values` or of a tensor of `state`, in its shape."""
        parameter, start = self.parameters[index], self.starts[index]
        return flat[start : start + parameter.numel()].view(parameter.shape)

    def _lend(self, live: Sequence[bool]) -> None:
        """Make a place for the gradient of each that had one in the last update."""
        is_large = len(self.parameters) == 1 and self.values.numel() > LENT_ELEMENTS
        if is_large or not any(live) or not HAS_VERSIONS:
            return
        self._gradients = torch.empty_like(self.values)
        # With a version of its own each, not that of the buffer.
        self._lent = [
            self.part(self._gradients, index).data if alive else None
            for index, alive in enumerate(live)
        ]
        self._given = [place for place in self._lent if place is not None]
        for group in self.groups:
            group.place = self._gradients[group.start : group.start + group.values.numel()]

    def _all_came(self) -> bool:
        """Whether all that have a place have their gradient there, and the others none."""
        return (
            self._lent is not None
            and all(map(is_, map(GRAD, self.parameters), self._lent))
            and all(map(ne, map(VERSION, self._given), self._versions))
        )

    def _grads(self, options: Options) -> list[torch.Tensor | None]:
        """Those of all parameters, which are in their groups from now on."""
        # Once: PyTorch makes a new object of it for everybody who asks.
        grads = [parameter.grad for parameter in self.parameters]
        live = [grad is not None for grad in grads]
        if live != self._live:
            self._regroup(live, options)
        return grads

    def _regroup(self, live: list[bool], options: Options) -> None:
        self.settle()
        self._live = live
        by_count: dict[int, list[int]] = {}
        for index, alive in enumerate(live):
            if alive:
                key = self._rule.together(self.counts[index], options)
                by_count.setdefault(key, []).append(index)
        rest = [index for index, alive in enumerate(live) if not alive]
        if len(self.parameters) > 1:
            self._lay_out([*by_count.values(), rest])
        self.groups = [self._group(count, members) for count, members in by_count.items()]

    def _group(self, count: int, members: list[int]) -> Group:
        members = self._in_place(members)
        start, last = self.starts[members[0]], members[-1]
        stop = self.starts[last] + self.parameters[last].numel()
        ends = [*(self.starts[index] for index in members[1:]), stop]
        sizes = [self.parameters[index].numel() for index in members]
        gaps = [
            end - self.starts[i] - size for i, end, size in zip(members, ends, sizes, strict=True)
        ]
        group = Group(
            start=start,
            members=members,
            fillings=[self.values.new_zeros(gap) if gap else None for gap in gaps],
            values=self.values[start:stop],
            state={name: kept[start:stop] for name, kept in self.state.items()},
            count=count,
            close=not any(gaps),
            gradient=self.values,
        )
        self._group_of.update(dict.fromkeys(members, group))
        return group

    def _in_place(self, members: list[int]) -> list[int]:
        # One without elements begins where its neighbour does.
        return sorted(members, key=lambda i: (self.starts[i], self.parameters[i].numel()))

    def _lay_out(self, groups: list[list[int]]) -> None:
        """Move the parameters into a new buffer, group after group."""
        starts, size = self._places(groups)
        old_starts, old_state = list(self.starts), self.state
        kept = {
            name: [self.part(flat, index) for index in range(len(starts))]
            for name, flat in old_state.items()
        }
        if starts == old_starts and size == self.values.numel():
            return
        self.starts, self.values = starts, self.parameters[0].new_zeros(size)
        self.values = self.values.detach()
        self.state = {name: torch.zeros_like(self.values) for name in old_state}
        for index, parameter in enumerate(self.parameters):
            place = self.part(self.values, index)
            place.copy_(parameter.detach())
            # Not a view in autograd's eyes: the leaf stays the leaf it is.
            parameter.data = place
            for name, parts in kept.items():
                self.part(self.state[name], index).copy_(parts[index])

    def _places(self, groups: list[list[int]]) -> tuple[list[int], int]:
        """Where each parameter starts, and the size of the whole; scalars last and close."""
        starts, end = [0] * len(self.parameters), 0
        step = ALIGNMENT_BYTES // self.parameters[0].element_size()
        for group in groups:
            for index in sorted(group, key=lambda index: self.parameters[index].dim() == 0):
                parameter = self.parameters[index]
                starts[index] = end if parameter.dim() == 0 else -(-end // step) * step
                end = starts[index] + parameter.numel()
        return starts, end
