"""How a program trains, from what its loop did: optimizer, steps, zero_grad, changes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from explorer.experiment.groups import REST
from explorer.experiment.optimizers import OPTIMIZERS
from explorer.reading import clipping
from explorer.reading.numbers import numbers
from explorer.reading.reader import Reader
from explorer.reading.training import MAX_CHANGES, Clear, Event, Loop, Rate, per_step
from explorer.reading.values import Leaf, Optimizer, PerStep, Scheduler, Tensor


@dataclass
class Run:
    """The training of an experiment; without a loop all but `leaves` is empty."""

    leaves: set[int] = field(default_factory=set)
    steps: int = 0
    optimizer: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    zero_grad: str = "none"
    accumulate: int = 1
    limit: dict[str, float] = field(default_factory=dict)
    clipped: tuple[Leaf, ...] = ()
    changes: list[dict[str, Any]] = field(default_factory=list)
    start: dict[int, bool] = field(default_factory=dict)
    outside: set[int] = field(default_factory=set)

    def has(self, leaf: Leaf) -> bool:
        """Whether it is a parameter of the optimizer."""
        return id(leaf) in self.leaves

    def starts_on(self, leaf: Leaf) -> bool:
        """Whether it requires grad in the first step."""
        return self.start.get(id(leaf), leaf.requires_grad)


def run_of(reader: Reader) -> Run:
    """What the loop did, or nothing where there is none."""
    loop: Loop | None = reader.training
    if loop is None:
        return Run({id(each) for each in reader.leaves if each.name})
    if loop.backward is None:
        raise reader.refuse(loop.node, "program-no-backward")
    optimizer, leaves = _updated(reader, loop)
    run = Run({id(each) for each in leaves}, loop.end or loop.count)
    run.optimizer, run.groups = _options(reader, optimizer)
    run.accumulate = _accumulate(reader, loop, run.steps)
    run.zero_grad = _zero_grad(reader, loop, leaves, run)
    run.outside = _outside(reader, loop, leaves)
    _clip(reader, loop, leaves, run)
    _play(reader, loop, run, optimizer)
    return run


def _updated(reader: Reader, loop: Loop) -> tuple[Optimizer, list[Leaf]]:
    if loop.rates:
        return _by_hand(reader, loop)
    if not loop.stepped:
        raise reader.refuse(loop.node, "program-no-update")
    optimizer, _ = loop.stepped[0]
    leaves = [each.leaf for group in optimizer.groups for each in group["params"]]
    return optimizer, leaves


def _by_hand(reader: Reader, loop: Loop) -> tuple[Optimizer, list[Leaf]]:
    """Updates by hand, as plain SGD."""
    defaults = OPTIMIZERS["sgd"].defaults
    groups: dict[tuple[float, ...], dict[str, Any]] = {}
    for each in loop.rates.values():
        rates = _rates(reader, loop, each)
        if rates not in groups:
            options = {**defaults, "lr": abs(rates[0]), "maximize": rates[0] < 0}
            groups[rates] = {"params": [], **options}
            for count, rate in enumerate(rates[1:], start=1):
                if rate != rates[count - 1]:
                    _change_rate(loop, groups[rates], count, rate)
        groups[rates]["params"].append(Tensor(each.leaf.start, False, leaf=each.leaf))
    made = Optimizer("sgd", dict(defaults), list(groups.values()), loop.node)
    return made, [each.leaf for each in loop.rates.values()]


def _rates(reader: Reader, loop: Loop, found: Rate) -> tuple[float, ...]:
    """The rate in every step; one alone if it stays."""
    if not isinstance(found.rate, PerStep):
        return (found.rate,)
    rates = tuple(float(found.rate.at(count)) for count in range(loop.end or loop.count))
    if any((rate < 0) != (rates[0] < 0) for rate in rates):
        raise reader.refuse(found.node, "program-update-not-sgd", what="-lr")
    return rates


def _change_rate(loop: Loop, group: dict[str, Any], count: int, rate: float) -> None:
    loop.events.append(Event("option", (group, "lr"), abs(rate), [count], False, loop.node))


def _options(
    reader: Reader, optimizer: Optimizer
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The optimizer as the file has it, and its groups; one alone is none."""
    entry, first = OPTIMIZERS[optimizer.kind], optimizer.groups[0]
    base = {key: optimizer.defaults[key] for key in entry.options}
    if len(optimizer.groups) == 1 and not first.get("name"):
        base = {key: first[key] for key in entry.options}
    options = {key: value for key, value in base.items() if value != entry.defaults[key]}
    named = {"name": optimizer.kind, **options}
    groups: dict[str, dict[str, Any]] = {}
    for group in optimizer.groups:
        own = {key: group[key] for key in entry.options if group[key] != base[key]}
        if group is first and not own and not group.get("name"):
            group["name"] = REST
            continue
        group["name"] = _group_name(group, groups)
        leaves = [each.leaf for each in group["params"]]
        tensors = [reader.leaf_name(each) for each in leaves]
        groups[group["name"]] = {"tensors": tensors, **own}
    return named, groups


def _group_name(group: dict[str, Any], taken: Collection[str]) -> str:
    """The name that the program gave it, or one by its place."""
    own = str(group.get("name") or "")
    if own and own != REST and own not in taken:
        return own
    count = len(taken) + 1
    while f"group{count}" in taken:
        count += 1
    return f"group{count}"


def _accumulate(reader: Reader, loop: Loop, steps: int) -> int:
    """How many steps make an update."""
    when = loop.update_steps
    if when is None:
        return 1
    found = [count for count in when if count < steps]
    period = found[0] + 1 if found else steps + 1
    if found != list(range(period - 1, steps, period)):
        raise reader.refuse(loop.node, "program-update-sometimes")
    return period


def _zero_grad(reader: Reader, loop: Loop, leaves: list[Leaf], run: Run) -> str:
    """The kind of zero_grad(): it has to clear all that the optimizer moves, or nothing."""
    kinds = [each.kind for each in loop.clears]
    if "lost" in kinds:
        raise reader.refuse(loop.backward.node, "program-cleared-too-soon")  # type: ignore[union-attr]
    if not kinds:
        return "never"
    switched = _switched(loop)
    live = {id(leaf) for leaf in leaves if leaf.requires_grad or id(leaf) in switched}
    if not live <= set().union(*(each.leaves for each in loop.clears)):
        raise reader.refuse(loop.node, "program-cleared-in-part")
    wanted = set(range(run.accumulate, run.steps, run.accumulate))
    moments = [(each.leaves, _cleared_at(each, run.steps)) for each in loop.clears]
    for leaf in live:
        if set().union(*(when for members, when in moments if leaf in members)) != wanted:
            raise reader.refuse(loop.node, "program-cleared-sometimes")
    return "none" if "none" in kinds else "zero"


def _cleared_at(clear: Clear, steps: int) -> set[int]:
    """The steps, counted from 0, whose backward() adds to nothing; the first has nothing before."""
    when = range(steps) if clear.steps is None else clear.steps
    return {count + clear.after for count in when} & set(range(1, steps))


def _clip(reader: Reader, loop: Loop, leaves: list[Leaf], run: Run) -> None:
    """The limit from the start, and its changes."""
    switched = _switched(loop)
    live = {id(each): each for each in reader.leaves if _may_have_grad(each, leaves, switched)}
    updates = range(run.accumulate - 1, run.steps, run.accumulate)
    key, limits = clipping.limits(reader, loop, updates, live)
    if not key:
        return
    run.clipped = loop.clips[0].leaves
    said = clipping.as_set(loop)
    if said is None:
        run.limit = {key: limits.pop(1)} if 1 in limits else {}
        run.changes += [{"step": step, key: each} for step, each in limits.items()]
        return
    first, events = said
    run.limit = {} if first is None else {key: first}
    for event in events:
        # In the program's order among the others of a step.
        later = (i for i, each in enumerate(loop.events) if _line(each) > _line(event))
        loop.events.insert(next(later, len(loop.events)), event)


def _line(event: Event) -> int:
    return getattr(event.node, "lineno", 0)


def _may_have_grad(leaf: Leaf, leaves: list[Leaf], switched: set[int]) -> bool:
    used = bool(leaf.name) or leaf in leaves
    return used and (leaf.requires_grad or id(leaf) in switched)


def _switched(loop: Loop) -> set[int]:
    found = (each for each in loop.events if each.kind == "requires_grad" and each.value)
    return {id(each.subject) for each in found}


def _outside(reader: Reader, loop: Loop, leaves: list[Leaf]) -> set[int]:
    """What requires grad, now or later, and is not the optimizer's: its gradients pile up."""
    moved, switched = {id(each) for each in leaves}, _switched(loop)
    wanting = (each for each in reader.leaves if each.requires_grad or id(each) in switched)
    return {id(each) for each in wanting} - moved


# -- changes -----------------------------------------------------------------------------------


def _play(reader: Reader, loop: Loop, run: Run, optimizer: Optimizer) -> None:
    """Go through the steps at which something happens, and note what is different then."""
    counts: dict[int, int] = {}
    for step, event in _in_order(reader, loop, run.steps):
        if step > run.steps:
            continue
        if len(run.changes) > MAX_CHANGES:
            raise reader.refuse(event.node, "program-too-many-changes", limit=MAX_CHANGES)
        _happen(run, event, step, counts)
    changes = _for_all(run.changes, [each["name"] for each in optimizer.groups])
    run.changes = _together(changes)


def _together(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Options that are set one after another are one change: they may have to fit together."""
    found: list[dict[str, Any]] = []
    for change in changes:
        last = found[-1] if found else {}
        same = all(last.get(key) == change.get(key) for key in ("step", "group"))
        options = change.keys() - {"step", "group"}
        if same and not (last.keys() | options) & _NO_OPTIONS and not last.keys() & options:
            last.update(change)
        else:
            found.append(dict(change))
    return found


_NO_OPTIONS = frozenset({"tensor", "switch", "clip_grad_norm", "clip_grad_value"})


def _for_all(changes: list[dict[str, Any]], groups: list[str]) -> list[dict[str, Any]]:
    """What is set in every group, one after another, is one change without a group."""
    found: list[dict[str, Any]] = []
    for change in changes:
        found.append(change)
        last = found[-len(groups) :]
        plain = [{key: each for key, each in one.items() if key != "group"} for one in last]
        if [each.get("group") for each in last] == groups and plain.count(plain[0]) == len(groups):
            del found[-len(groups) :]
            found.append(plain[0])
    return found


def _in_order(reader: Reader, loop: Loop, steps: int) -> Iterator[tuple[int, Event]]:
    found: list[tuple[int, int, Event]] = []
    for order, event in enumerate(loop.events):
        when = range(steps) if event.steps is None else event.steps
        if event.steps is None and event.kind not in {"option", "schedule"}:
            # In every step the same: it happens once.
            when = range(1)
        if len(when) > MAX_CHANGES * 50:
            raise reader.refuse(event.node, "program-too-many-changes", limit=MAX_CHANGES)
        found += [(at + 1 + event.after, order, event) for at in when]
    found.sort(key=lambda each: (each[0], not each[2].after, each[1]))
    for step, _, event in found:
        yield step, event


def _happen(run: Run, event: Event, step: int, counts: dict[int, int]) -> None:
    match event.kind:
        case "requires_grad":
            if event.steps is None and step == 1:
                run.start[id(event.subject)] = event.value
            else:
                change = {"tensor": event.subject.name, "requires_grad": event.value}
                run.changes.append({"step": step, **change})
        case "value":
            change = {"tensor": event.subject.name, "value": numbers(event.value)}
            run.changes.append({"step": step, **change})
        case "flip":
            run.changes.append({"step": step, "switch": event.subject, "detach": event.value})
        case "limit":
            run.changes.append({"step": step, event.subject: event.value})
        case "schedule":
            _scheduled(run, event.subject, step, counts)
        case _:
            _option(run, event, step)


def _scheduled(run: Run, scheduler: Scheduler, step: int, counts: dict[int, int]) -> None:
    count = counts[id(scheduler)] = counts.get(id(scheduler), 0) + 1
    for group in scheduler.optimizer.groups:
        rate = scheduler.rate(count, group["lr"])
        if rate != group["lr"]:
            group["lr"] = rate
            run.changes.append({"step": step, "group": group["name"], "lr": rate})


def _option(run: Run, event: Event, step: int) -> None:
    group, key = event.subject
    value = per_step(event.value, step - 1 - event.after)
    value = value(group[key]) if callable(value) else value
    if event.steps is not None or value != group[key]:
        run.changes.append({"step": step, "group": group["name"], key: value})
    group[key] = value
