"""What updates the parameters: torch.optim's optimizers on flat tensors.

Same arithmetic, same state, same bits as the classes, which a test holds them to; but what
a class does once for each parameter is done once for all small ones together, and none of
the classes has to be imported (more than a second, for torch._dynamo comes with them).
Made by `explorer.engine.trainer`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from explorer.engine.flat import Arena
from explorer.engine.snapshot import Numbers, OptimizerState, numbers
from explorer.engine.tensors import all_finite
from explorer.engine.updates import RULES, Options, State
from explorer.experiment.groups import REST

# Curves nobody could tell apart are not recorded one by one.
MOST_ELEMENTS = 16
# Four such updated by Adam as one take half the time; of 65,536 elements nine tenths, for
# there the gradients' copies cost nearly what the calls spare. Larger ones are not copied.
LARGE_ELEMENTS = 4_096


@dataclass(slots=True)
class OptionGroup:
    """Parameters with the same options, by their places; `indices` says which lie in which arena.

    As in torch.optim's `param_groups`, where the options are looked up at every update.
    """

    options: dict[str, Any]
    indices: list[list[int]]
    arenas: list[Arena]


class Optimizer:
    """Updates the parameters in place from their `.grad`, by the rule of that name.

    `groups` are those with options of their own, by name, and the places of their parameters;
    the others are the group `REST`, with `options`. The parameters move into the buffers of
    `arenas`, but stay the same leaves. Those of a group that are recorded element by element
    share the group's first. `rule` is the arithmetic.
    """

    def __init__(
        self,
        name: str,
        parameters: Sequence[torch.Tensor],
        options: Options,
        groups: Mapping[str, tuple[Sequence[int], Options]] = MappingProxyType({}),
    ) -> None:
        self.rule = RULES[name]
        self.parameters = tuple(parameters)
        named = {index for indices, _ in groups.values() for index in indices}
        rest = [index for index in range(len(self.parameters)) if index not in named]
        self._groups = {REST: self._group(rest, options)}
        self._groups.update({key: self._group(*each) for key, each in groups.items()})
        self._updated = [
            (arena, group.options) for group in self._groups.values() for arena in group.arenas
        ]
        self.arenas = [arena for arena, _ in self._updated]

    def _group(self, places: Sequence[int], options: Options) -> OptionGroup:
        sizes = {place: self.parameters[place].numel() for place in places}
        small = [index for index, size in sizes.items() if size <= MOST_ELEMENTS]
        middle = [i for i, size in sizes.items() if MOST_ELEMENTS < size <= LARGE_ELEMENTS]
        large = [[index] for index, size in sizes.items() if size > LARGE_ELEMENTS]
        indices = [each for each in (small, middle, *large) if each]
        parameters = self.parameters
        arenas = [Arena([parameters[i] for i in each], self.rule, options) for each in indices]
        return OptionGroup(dict(options), indices, arenas)

    def update(self) -> None:
        """One update; parameters whose `.grad` is None are left alone, as torch.optim does."""
        for arena, options in self._updated:
            arena.update(options)

    def clear(self) -> None:
        """No parameter has a gradient, as after `zero_grad()`."""
        for arena in self.arenas:
            arena.clear()

    def zero(self) -> None:
        """All gradients are zero, as after `zero_grad(set_to_none=False)`."""
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad.zero_()

    def take_back(self) -> None:
        """After a backward pass: every `.grad` is what it has left, before `update` asks."""
        for arena in self.arenas:
            arena.take_back()

    def gather(self) -> None:
        """No update: the gradients as they stand, for whoever reads them in the arenas."""
        for arena, options in self._updated:
            arena.gather(options)

    def set_options(self, options: Options, group: str | None = None) -> None:
        """Used from the next update on, as when assigned to `param_groups`: to all, or to one."""
        for each in self._groups.values() if group is None else [self._groups[group]]:
            each.options.update(options)
            for arena in each.arenas:
                arena.settle()
                arena.keep_kinds(each.options)

    def options_of(self, parameter: torch.Tensor) -> Options:
        """Those by which the next update moves that parameter."""
        return dict(self._place(parameter)[0].options)

    def _place(self, parameter: torch.Tensor) -> tuple[OptionGroup, Arena, int]:
        """Its group, its arena and its place there."""
        index = next(i for i, each in enumerate(self.parameters) if each is parameter)
        return next(
            (group, arena, members.index(index))
            for group, members, arena in self._everywhere()
            if index in members
        )

    def _everywhere(self) -> Iterator[tuple[OptionGroup, list[int], Arena]]:
        for group in self._groups.values():
            for members, arena in zip(group.indices, group.arenas, strict=True):
                yield group, members, arena

    def before_update(self, parameter: torch.Tensor) -> tuple[State, int]:
        """What the next update finds of that parameter: its state, copied, and its number."""
        _, arena, place = self._place(parameter)
        kept = {name: arena.part(flat, place).clone() for name, flat in arena.state.items()}
        return kept, arena.count(place) + 1

    def state(self) -> OptimizerState:
        """What it keeps from step to step (velocities, moments, step counts), copied."""
        found = {}
        for _, indices, arena in self._everywhere():
            arena.settle()
            for place, index in enumerate(indices):
                found[index] = self._kept(arena, place)
        return tuple(found[index] for index in range(len(self.parameters)))

    def _kept(self, arena: Arena, place: int) -> dict[str, Numbers]:
        count = arena.counts[place]
        if not count and not self.rule.from_start:
            return {}
        kept = {name: numbers(arena.part(flat, place)) for name, flat in arena.state.items()}
        return {"step": numbers(torch.tensor(float(count))), **kept} if self.rule.step else kept

    def is_finite(self) -> bool:
        """Whether all that it keeps is."""
        return all(all_finite(flat) for arena in self.arenas for flat in arena.state.values())

    def set_state(self, state: OptimizerState) -> None:
        """Keep what `state()` once gave, and nothing else."""
        for group, indices, arena in self._everywhere():
            arena.settle()
            arena.state.clear()
            arena.keep_kinds(group.options)
            for place, index in enumerate(indices):
                self._keep(arena, place, state[index])

    def _keep(self, arena: Arena, place: int, kept: Mapping[str, Numbers]) -> None:
        arena.counts[place] = int(kept.get("step", 1)) if kept else 0
        for name, value in kept.items():
            if name != "step":
                if name not in arena.state:
                    arena.state[name] = torch.zeros_like(arena.values)
                arena.part(arena.state[name], place).copy_(torch.tensor(value))
