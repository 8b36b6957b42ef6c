"""Which operations belong together: functions of a formula, modules, stretches of a long one.

A tensor called `g.z` was made in function g, `g.z#2` in its second call; `layers.0.weight`
belongs to module `layers.0`. An operation without a name of its own belongs where its result
goes (formula), or to the module around its neighbours (modules). Whatever still has too
many members side by side is cut into stretches of consecutive operations, so that any graph
can be shown small. Called by `explorer.picture.scene`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from explorer.picture.texts import shortened

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace, TracedTensor

# More nodes than this beside each other are not looked at one by one.
MOST_MEMBERS = 60
FEWEST_IN_STRETCH = 25
MOST_STRETCHES = 12

Path = tuple[str, ...]


@dataclass(frozen=True)
class Grouping:
    """For every operation and tensor the keys of the groups it is in, outermost first.

    `names` are the groups' names as shown, `sections` those that are only stretches.
    """

    operations: tuple[Path, ...]
    tensors: tuple[Path, ...]
    names: dict[str, str] = field(default_factory=dict)
    sections: frozenset[str] = frozenset()


def group(trace: "Trace") -> Grouping:
    """The groups of a trace. Takes time in proportion to its size."""
    modules = any(tensor.leaf and "." in name for tensor in trace.tensors for name in tensor.names)
    paths = _module_paths(trace) if modules else _function_paths(trace)
    names = {key: key for path in paths for key in path}
    sections = _Sections(trace, paths, names)
    paths = sections.divided()
    return Grouping(tuple(paths), tuple(_tensor_paths(trace, paths)), names, sections.keys)


# -- functions of a formula ------------------------------------------------------


def _function_paths(trace: "Trace") -> list[Path]:
    """By the name of the result. Calls inside a call are found by their being in between."""
    homes = [""] * len(trace.operations)
    for place, operation in reversed(list(enumerate(trace.operations))):
        made_by = operation.switch and _home(operation.switch)
        homes[place] = made_by or _home_of_outputs(trace, operation.outputs, homes)
    spans: dict[str, list[int]] = {}
    for place, home in enumerate(homes):
        if home:
            spans.setdefault(home, [place, place])[1] = place
    parents = _nesting(spans)
    return [parents[home] if home else () for home in homes]


def _home_of_outputs(trace: "Trace", outputs: Sequence[int], homes: Sequence[str]) -> str:
    for output in outputs:
        names = trace.tensors[output].names
        if names:
            return _home(names[0])
        for edge in trace.uses[output]:
            return homes[trace.edges[edge].operation]
    return ""


def _home(name: str) -> str:
    """`g.z#2` -> `g#2`, `z` -> ``."""
    bare, mark, count = name.partition("#")
    return f"{bare.rpartition('.')[0]}{mark}{count}" if "." in bare else ""


def _nesting(spans: dict[str, list[int]]) -> dict[str, Path]:
    """A call whose operations lie among those of another was made by it."""
    found: dict[str, Path] = {}
    around: list[str] = []
    for home, (first, last) in sorted(spans.items(), key=lambda item: (item[1][0], -item[1][1])):
        while around and spans[around[-1]][1] < last:
            around.pop()
        around = around if not around or spans[around[-1]][1] >= first else []
        around.append(home)
        found[home] = tuple(around)
    return found


# -- modules ---------------------------------------------------------------------


def _module_paths(trace: "Trace") -> list[Path]:
    """By the parameters read; what reads none lies in the module around its neighbours."""
    known = [_module_of_inputs(trace, place) for place in range(len(trace.operations))]
    after: list[Path | None] = []
    following: Path | None = None
    for path in reversed(known):
        following = path if path is not None else following
        after.append(following)
    paths: list[Path] = []
    before: Path = ()
    for path, later in zip(known, reversed(after), strict=True):
        before = path if path is not None else before
        paths.append(path if path is not None else _common(before, later or ()))
    return list(_calls(paths))


def _module_of_inputs(trace: "Trace", operation: int) -> Path | None:
    for edge in trace.operations[operation].inputs:
        tensor = trace.tensors[trace.edges[edge].tensor]
        if tensor.leaf and tensor.names and "." in tensor.names[0]:
            parts = tensor.names[0].split(".")[:-1]
            return tuple(".".join(parts[: depth + 1]) for depth in range(len(parts)))
    return None


def _calls(paths: Sequence[Path]) -> Iterator[Path]:
    """A module gone into a second time is another group, `encoder#2`."""
    counts: Counter[str] = Counter()
    opened: list[tuple[str, str]] = []
    for path in paths:
        shared = len(_common(tuple(name for name, _ in opened), path))
        del opened[shared:]
        for name in path[shared:]:
            counts[name] += 1
            opened.append((name, name if counts[name] == 1 else f"{name}#{counts[name]}"))
        yield tuple(key for _, key in opened)


def _common(one: Path, other: Path) -> Path:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return one[:length]


# -- stretches -------------------------------------------------------------------


class _Sections:
    """Cuts groups with too many members into stretches of consecutive operations."""

    def __init__(self, trace: "Trace", paths: list[Path], names: dict[str, str]) -> None:
        self._trace = trace
        self._paths = paths
        self._names = names
        self._keys: list[str] = []

    @property
    def keys(self) -> frozenset[str]:
        """The groups that are stretches."""
        return frozenset(self._keys)

    def divided(self) -> list[Path]:
        """The paths with the stretches in them."""
        result: list[Path] = [()] * len(self._paths)
        everything = list(range(len(self._paths)))
        pending: list[tuple[Path, list[int], int]] = [((), everything, 0)]
        while pending:
            prefix, members, depth = pending.pop()
            for key, run in self._units(prefix, members, depth):
                if isinstance(key, str):
                    inside = 0 if key in self._keys else 1
                    pending.append(((*prefix, key), run, depth + inside))
                else:
                    result[run[0]] = prefix
        return result

    def _units(
        self, prefix: Path, members: list[int], depth: int
    ) -> Iterator[tuple[str | int, list[int]]]:
        """What stands side by side in a group: single operations, groups, or stretches."""
        units = [
            (key, list(run)) for key, run in groupby(members, lambda each: self._unit(each, depth))
        ]
        if len(units) <= MOST_MEMBERS:
            yield from units
            return
        size = max(FEWEST_IN_STRETCH, -(-len(units) // MOST_STRETCHES))
        for start in range(0, len(units), size):
            run = [member for _, part in units[start : start + size] for member in part]
            yield self._stretch(prefix, run), run

    def _unit(self, member: int, depth: int) -> str | int:
        path = self._paths[member]
        return path[depth] if len(path) > depth else member

    def _stretch(self, prefix: Path, run: list[int]) -> str:
        inside = prefix[-1] if prefix else ""
        key = f"{inside}[{run[0]}:{run[-1] + 1}]"
        self._keys.append(key)
        called = self._called(run)
        ends = dict.fromkeys((called[0], called[-1]))
        self._names[key] = " … ".join(map(shortened, ends))
        return key

    def _called(self, run: list[int]) -> list[str]:
        """The names of what a stretch computes, or else of its operations."""
        operations = [self._trace.operations[place] for place in run]
        outputs = (self._trace.tensors[output] for each in operations for output in each.outputs)
        names = [tensor.names[0] for tensor in outputs if tensor.names]
        return names or [operation.name for operation in operations]


# -- tensors ---------------------------------------------------------------------


def _tensor_paths(trace: "Trace", paths: Sequence[Path]) -> Iterator[Path]:
    """A result is where it was made. A leaf is inside only if all its uses are."""
    named = sum(tensor.leaf and _plainly_named(tensor) for tensor in trace.tensors)
    for place, tensor in enumerate(trace.tensors):
        if tensor.producer is not None:
            yield paths[tensor.producer]
        elif _plainly_named(tensor) and named <= MOST_MEMBERS:
            yield ()
        else:
            yield _shared([paths[trace.edges[edge].operation] for edge in trace.uses[place]])


def _plainly_named(tensor: "TracedTensor") -> bool:
    """A parameter of a formula: one of the things the picture is about."""
    return bool(tensor.names) and "." not in tensor.names[0]


def _shared(paths: Sequence[Path]) -> Path:
    if not paths:
        return ()
    shared = paths[0]
    for path in paths[1:]:
        shared = _common(shared, path)
    return shared
