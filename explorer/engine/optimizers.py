"""What updates the parameters: torch.optim's optimizers on flat tensors.

Same arithmetic, same state, same bits as the classes, which a test holds them to; but what
a class does once for each parameter is done once for all small ones together, and none of
the classes has to be imported (more than a second, for torch._dynamo comes with them).
Made by `explorer.engine.trainer`.
"""

from collections.abc import Mapping, Sequence

import torch

from explorer.engine.flat import Arena
from explorer.engine.snapshot import Numbers, OptimizerState, numbers
from explorer.engine.tensors import all_finite
from explorer.engine.updates import RULES, Options, State

# Curves nobody could tell apart are not recorded one by one.
MOST_ELEMENTS = 16
# Four such updated by Adam as one take half the time; of 65,536 elements nine tenths, for
# there the gradients' copies cost nearly what the calls spare. Larger ones are not copied.
LARGE_ELEMENTS = 4_096


class Optimizer:
    """Updates the parameters in place from their `.grad`, by the rule of that name.

    The parameters move into the buffers of `arenas`, but stay the same leaves; `indices` says
    which of them are in which. Those that are recorded element by element share the first.
    `rule` is the arithmetic.
    """

    def __init__(self, name: str, parameters: Sequence[torch.Tensor], options: Options) -> None:
        self.rule = RULES[name]
        self._options = dict(options)
        self._parameters = tuple(parameters)
        sizes = [parameter.numel() for parameter in parameters]
        small = [index for index, size in enumerate(sizes) if size <= MOST_ELEMENTS]
        middle = [i for i, size in enumerate(sizes) if MOST_ELEMENTS < size <= LARGE_ELEMENTS]
        large = [[index] for index, size in enumerate(sizes) if size > LARGE_ELEMENTS]
        self.indices = [each for each in (small, middle, *large) if each]
        self.arenas = [self._arena(each) for each in self.indices]

    def _arena(self, indices: list[int]) -> Arena:
        return Arena([self._parameters[index] for index in indices], self.rule, self._options)

    def update(self) -> None:
        """One update; parameters whose `.grad` is None are left alone, as torch.optim does."""
        for arena in self.arenas:
            arena.update(self._options)

    def set_options(self, options: Options) -> None:
        """Used from the next update on, as when assigned to `param_groups`."""
        self._options.update(options)
        for arena in self.arenas:
            arena.settle()
            arena.keep_kinds(self._options)

    @property
    def options(self) -> Options:
        """Those of the next update."""
        return dict(self._options)

    def before_update(self, parameter: torch.Tensor) -> tuple[State, int]:
        """What the next update finds of that parameter: its state, copied, and its number."""
        index = next(i for i, each in enumerate(self._parameters) if each is parameter)
        arena, place = next(
            (arena, members.index(index))
            for members, arena in zip(self.indices, self.arenas, strict=True)
            if index in members
        )
        kept = {name: arena.part(flat, place).clone() for name, flat in arena.state.items()}
        return kept, arena.count(place) + 1

    def state(self) -> OptimizerState:
        """What it keeps from step to step (velocities, moments, step counts), copied."""
        found = {}
        for indices, arena in zip(self.indices, self.arenas, strict=True):
            arena.settle()
            for place, index in enumerate(indices):
                found[index] = self._kept(arena, place)
        return tuple(found[index] for index in range(len(self._parameters)))

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
        for indices, arena in zip(self.indices, self.arenas, strict=True):
            arena.settle()
            arena.state.clear()
            arena.keep_kinds(self._options)
            for place, index in enumerate(indices):
                self._keep(arena, place, state[index])

    def _keep(self, arena: Arena, place: int, kept: Mapping[str, Numbers]) -> None:
        arena.counts[place] = int(kept.get("step", 1)) if kept else 0
        for name, value in kept.items():
            if name != "step":
                if name not in arena.state:
                    arena.state[name] = torch.zeros_like(arena.values)
                arena.part(arena.state[name], place).copy_(torch.tensor(value))
