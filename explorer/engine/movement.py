"""What moved a parameter in an update: every cause is taken away in turn, and the update repeated.

A cause is named if the parameter goes elsewhere without it. The arithmetic is that of
`explorer.engine.updates`, on copies; nothing of this is part of a step. Called for
`gradients --after`, and for the tensors that go on moving without a gradient.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from explorer.engine.updates import Made, Options, Parts, Rule, State

GRADIENT, STALE_GRADIENT, WEIGHT_DECAY = "gradient", "stale-gradient", "weight_decay"


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """One update of one parameter, as it was found: nothing here is changed.

    `written`: backward() wrote the gradient in this very step; else it is an old one.
    `count` is the number of the update, from 1.
    """

    values: torch.Tensor
    gradient: torch.Tensor
    written: bool
    state: State
    count: int
    options: Options

    def result(self, rule: Rule) -> torch.Tensor:
        """The values after it."""
        return self._made(rule)[0]

    def made(self, rule: Rule) -> Made:
        """The update with the state that it leaves."""
        after = self._made(rule)[1]
        return Made(self.values, self.gradient, self.state, after, self.count, self.options)

    def _made(self, rule: Rule) -> tuple[torch.Tensor, State]:
        values = self.values.clone()
        state = {name: kept.clone() for name, kept in self.state.items()}
        rule.update(values, self.gradient, state, self.count, self.options)
        return values, state


def moved_by(rule: Rule, update: Update) -> tuple[str, ...]:
    """The causes of the move; none if not a bit of the values changes.

    Where several would each have moved it to the same place, so that none can be missed, they
    are those that move it when alone.
    """
    with torch.no_grad():
        after = update.result(rule)
        if same(after, update.values):
            return ()
        present = _present(rule, update)
        needed = [cause for cause in present if not same(_without(rule, update, [cause]), after)]
        return tuple(needed or _sufficient(rule, update, present) or present)


def parts(rule: Rule, update: Update, causes: Sequence[str]) -> Parts:
    """What each of the causes adds to the move, in the shape of the values; empty: not split.

    Running squares only scale what pushes, and are as the update left them: so the parts of all
    that pushed add up to the move, but for rounding.
    """
    if rule.parts is None:
        return {}
    with torch.no_grad():
        found = dict(rule.parts(update.made(rule)))
        found[_gradient(update)] = found.pop(GRADIENT)
    return {cause: found[cause] for cause in causes}


def _sufficient(rule: Rule, update: Update, present: Iterable[str]) -> list[str]:
    return [
        cause
        for cause in present
        if not same(
            _without(rule, update, [each for each in present if each != cause]), update.values
        )
    ]


def _present(rule: Rule, update: Update) -> list[str]:
    """What could have moved it: what is there and not zero."""
    kinds = [rule.pushes[name] for name in update.state if name in rule.pushes]
    decays = [WEIGHT_DECAY] if update.options["weight_decay"] else []
    gradient = [_gradient(update)] if update.gradient.count_nonzero() else []
    pushing = [kind for kind in kinds if _pushes(rule, update, kind)]
    return [*gradient, *dict.fromkeys(pushing), *decays]


def _pushes(rule: Rule, update: Update, kind: str) -> bool:
    return any(
        bool(kept.count_nonzero())
        for name, kept in update.state.items()
        if rule.pushes.get(name) == kind
    )


def _gradient(update: Update) -> str:
    return GRADIENT if update.written else STALE_GRADIENT


def _without(rule: Rule, update: Update, causes: Iterable[str]) -> torch.Tensor:
    """Where the parameter would be without these causes."""
    taken = set(causes)
    gradient = update.gradient
    state = {
        name: torch.zeros_like(kept) if rule.pushes.get(name) in taken else kept
        for name, kept in update.state.items()
    }
    options: Mapping[str, object] = update.options
    if WEIGHT_DECAY in taken:
        options = {**options, WEIGHT_DECAY: 0.0}
    if _gradient(update) in taken:
        gradient = torch.zeros_like(gradient)
    return replace(update, gradient=gradient, state=state, options=options).result(rule)


def same(left: torch.Tensor, right: torch.Tensor) -> bool:
    """Whether all numbers are equal; NaN equals NaN here."""
    return bool(((left == right) | (left.isnan() & right.isnan())).all())
