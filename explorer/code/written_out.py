"""A formula as the lines of a program with nothing in them but assignments.

Functions and loops are written out, every tensor has a name of its own. Called by `formula_text`
for what cannot stand as it was written.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from explorer.code.cuts import Cuts, grouped
from explorer.code.literals import constant, number, torch_name
from explorer.code.rolling import rolled
from explorer.experiment.rendering import Spelling, torch_number, written
from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Assignment, Call, Name, Program, walk


def program_lines(
    experiment: Experiment, cuts: Cuts, names: Mapping[str, str], loops: bool
) -> list[str]:
    """All of them, where the formula has `loops` with those again that say the same every time.

    `names` are other texts for the leaves.
    """
    names = {**names, **_plain_names(experiment)}
    spelling = Spelling(
        name=lambda name: names.get(name, name),
        function=torch_name,
        constant=lambda value: constant(number(value), experiment.dtype),
        number=torch_number,
        methods=True,
    )
    part = "part"
    while any(name.startswith(part) for name in (*experiment.tensors, *names.values())):
        part += "_"
    assignments = experiment.program.assignments
    lines = list(_all_written(assignments, cuts, spelling, part))
    if not loops:
        return lines
    made = (spelling.name(each.name) for each in assignments)
    return list(rolled(lines, {*experiment.leaves, *made}))


def _plain_names(experiment: Experiment) -> dict[str, str]:
    """For every tensor of a function, `g.z#2`, a name of Python's that no other has.

    What is assigned again has its own name in the end, and all the time where nothing needs
    what had it before.
    """
    program = experiment.program
    taken: set[str] = {*experiment.tensors}
    again = {name: last for name, last in program.latest.items() if name != last}
    found = {last: name for name, last in again.items() if name not in experiment.leaves}
    found.update(_kept_names(program, set(found.values())))
    for each in program.assignments:
        name = each.name
        if name in found or (name.isidentifier() and name not in found.values()):
            continue
        plain = re.sub(r"\W", "_", f"before{name}" if name.startswith("~") else name)
        while plain in taken:
            plain += "_"
        taken.add(plain)
        found[name] = plain
    return found


def _kept_names(program: Program, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """`h#2` and `h` as `h`, unless one of them is read after the next was made."""
    last_read: dict[str, int] = {}
    versions: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for at, line in enumerate(program.assignments):
        for node in walk(line.expression):
            if isinstance(node, Name):
                last_read[node.name] = at
        base = line.name.partition("#")[0]
        if base in versions:
            versions[base].append((line.name, at))
    for base, made in versions.items():
        pairs = pairwise(made)
        if all(last_read.get(name, 0) <= after for (name, _), (_, after) in pairs):
            yield from ((name, base) for name, _ in made)


def _is_change(each: Assignment) -> bool:
    call = each.expression
    return each.hidden and isinstance(call, Call) and call.in_place and _is_short(call)


def _is_short(call: Call) -> bool:
    """Whether it is written in one line: its arguments have names, or are numbers."""
    return not any(isinstance(each, Call) for each in call.arguments)


def _all_written(
    assignments: Sequence[Assignment], cuts: Cuts, spelling: Spelling, part: str
) -> Iterator[str]:
    read = Program(tuple(assignments)).reads
    for records, group in groupby(assignments, lambda each: each.records):
        lines = (
            # What is only changed in place needs no name.
            line.partition(" = ")[2] if _is_change(each) and each.name not in read else line
            for each in group
            for line in _written(each, cuts, spelling, part)
        )
        if records:
            yield from lines
        else:
            yield "with torch.no_grad():"
            yield from (f"    {line}" for line in lines)


def _written(each: Assignment, cuts: Cuts, spelling: Spelling, part: str) -> Iterator[str]:
    name, detached = spelling.name(each.name), each.detached
    if detached is not None and each.name in cuts.sometimes:
        lines: list[str] = []
        text = written(detached, spelling, lines, part)
        yield from (*lines, f"{name} = {cuts.of(each.name, grouped(text))}")
        return
    lines = []
    text = written(each.expression, spelling, lines, part)
    yield from (*lines, f"{name} = {text}")
    cut = None if detached is not None else cuts.of(each.name, name)
    if cut is not None:
        yield f"{name} = {cut}"
