"""Gradients clipped before the update: `torch.nn.utils.clip_grad_norm_` and its like."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer.reading import carried, tensors
from explorer.reading.reader import Reader
from explorer.reading.training import Event, Loop, per_step
from explorer.reading.values import Leaf, Opaque, PerStep, Tensor

# As the file has them.
NORM, VALUE = "clip_grad_norm", "clip_grad_value"
_LIMITS = {NORM: "max_norm", VALUE: "clip_value"}


@dataclass(frozen=True, eq=False)
class Clip:
    """The gradients of these leaves are clipped at these steps; at all if `steps` is None."""

    kind: str
    leaves: tuple[Leaf, ...]
    limit: Any
    steps: Sequence[int] | None
    node: ast.AST
    # The name that has the limit, if it only holds numbers.
    name: carried.Carried | None = None

    def at(self, count: int) -> float | None:
        """The limit at a step."""
        return None if self.steps is not None and count not in self.steps else self._limit(count)

    def _limit(self, count: int) -> float | None:
        found = per_step(self.limit, count)
        return None if found is None else float(found)


def utility(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """torch.nn.utils: `clip_grad_norm_(model.parameters(), 1.0)`; the norm is not looked at."""
    kind = dotted.rpartition(".")[2].removesuffix("_")
    if kind not in _LIMITS:
        raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")
    given = {**dict(zip(("parameters", _LIMITS[kind], "norm_type"), args, strict=False)), **kwargs}
    parameters, limit = given["parameters"], given[_LIMITS[kind]]
    if given.get("norm_type", 2.0) != 2.0 or given.get("error_if_nonfinite"):
        option = "norm_type" if given.get("norm_type", 2.0) != 2.0 else "error_if_nonfinite"
        raise reader.refuse(node, "program-unknown-option", name=f"{kind}_", option=option)
    members = [parameters] if isinstance(parameters, Tensor) else None
    clip(reader, kind, members or tensors.items(reader, parameters, node), limit, node)
    name = node.args[1] if len(node.args) > 1 else ast.Pass()
    loop: Loop = reader.training
    loop.clips[-1] = replace(loop.clips[-1], name=carried.settings(reader, name))
    return Opaque(reader.refuse(node, "program-gradient-used", what=reader.shown(node)))


def clip(reader: Reader, kind: str, members: Iterable[Any], limit: Any, node: ast.AST) -> None:
    """Between backward and update: the gradients of these parameters."""
    loop: Loop | None = reader.training
    leaves = tuple(each.leaf for each in members if isinstance(each, Tensor) and each.leaf)
    if not isinstance(limit, int | float | PerStep | None):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    if loop is None or loop.backward is None or loop.updated:
        raise reader.refuse(node, "program-clip-elsewhere")
    loop.clips.append(Clip(kind, leaves, limit, loop.when, node))


def limits(
    reader: Reader, loop: Loop, updates: Sequence[int], live: Mapping[int, Leaf]
) -> tuple[str, dict[int, float]]:
    """Which key clips, and its limit from a step on, counted from 1; all that moves must be."""
    clips: list[Clip] = loop.clips
    if not clips or not updates:
        return "", {}
    first = clips[0]
    if any(each.kind != first.kind for each in clips):
        raise reader.refuse(clips[-1].node, "program-clipped-twice")
    _check_moment(reader, loop, clips)
    covered = {id(leaf) for each in clips for leaf in each.leaves}
    if not set(live) <= covered or (first.kind == NORM and len(clips) > 1):
        raise reader.refuse(first.node, "program-clipped-in-part")
    found: dict[int, float] = {}
    now: float | None = None
    for count in updates:
        limit = _common(reader, clips, count)
        if limit is None and now is not None:
            raise reader.refuse(first.node, "program-clipped-sometimes")
        if limit is not None and limit != now:
            found[1 if count == updates[0] else count + 1] = limit
        now = limit
    return first.kind, found


def as_set(loop: Loop) -> tuple[float | None, list[Event]] | None:
    """The limit from the start and the moments at which the program sets another, as it says it."""
    clips: list[Clip] = loop.clips
    if len(clips) != 1 or clips[0].name is None or not clips[0].name.settings:
        return None
    kind, name = clips[0].kind, clips[0].name
    assert name.settings is not None
    first = None if name.first is None else float(name.first)
    events = [
        Event("limit", kind, float(value), steps, False, node)
        for steps, value, node in name.settings
    ]
    return first, events


def _common(reader: Reader, clips: Sequence[Clip], count: int) -> float | None:
    """The limit of a step, which is that of all parameters."""
    limit, *others = (each.at(count) for each in clips)
    if any(each != limit for each in others):
        raise reader.refuse(clips[0].node, "program-clipped-in-part")
    return limit


def _check_moment(reader: Reader, loop: Loop, clips: Sequence[Clip]) -> None:
    """Gradients that go on piling up after they were clipped are others than an experiment's."""
    updates = loop.update_steps
    for each in clips:
        extra = updates is not None and (each.steps is None or not set(each.steps) <= set(updates))
        if extra:
            raise reader.refuse(each.node, "program-clipped-sometimes")
