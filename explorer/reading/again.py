"""Names that a program assigns again, and its loops, as the formula has them too.

While a program is read every tensor of the formula has a name of its own. Here, where all lines
are known, a later `h` takes the place of an earlier one that nothing needs any more, and lines
that a loop repeats word for word become the loop that they were.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from explorer.reading.naming import usable
from explorer.reading.values import Line


@dataclass
class Renaming:
    """The lines with their author's names; `tensors` are those names as an experiment has them."""

    lines: list[Line]
    texts: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, str] = field(default_factory=dict)


def renamed(lines: Sequence[Line], kept: Collection[str], blocked: Collection[str]) -> Renaming:
    """Give names again where nothing needs what had them before.

    `kept` are needed to the end, `blocked` are no names for lines at all.
    """
    last = _last_uses(lines, kept)
    fixed = {*blocked, *(line.name for line in lines if line.in_place)}
    owners: dict[str, str] = {}
    texts: dict[str, str] = {}
    for at, line in enumerate(lines):
        for name, wanted in _targets(line):
            before = owners.get(wanted)
            free = before is None or last.get(before, -1) <= at
            if name != wanted and free and not {name, wanted, before} & fixed:
                texts[name] = wanted
            owners[texts.get(name, name)] = name
    made = [_line(line, texts) for line in lines]
    return Renaming(made, texts, dict(_numbered(lines, texts)))


def _last_uses(lines: Sequence[Line], kept: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, line in enumerate(lines):
        found.update(dict.fromkeys(names(line.text), at))
    return {**found, **dict.fromkeys(kept, len(lines))}


def _targets(line: Line) -> Iterator[tuple[str, str]]:
    """What it assigns, each with the name that its author wanted."""
    if line.in_place:
        return
    own = [each.strip() for each in line.name.split(",")]
    wanted = line.wanted or own
    yield from zip(own, map(usable, wanted), strict=True)


def _line(line: Line, texts: Mapping[str, str]) -> Line:
    own = ", ".join(texts.get(each.strip(), each.strip()) for each in line.name.split(","))
    return replace(line, name=own, text=substituted(line.text, texts))


def _numbered(lines: Sequence[Line], texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The tensors as an experiment calls them: `h`, then `h#2`."""
    counts: dict[str, int] = {}
    for line in lines:
        for name, _ in _targets(line):
            own = texts.get(name, name)
            counts[own] = counts.get(own, 0) + 1
            yield name, own if counts[own] == 1 else f"{own}#{counts[own]}"


def names(text: str) -> list[str]:
    """The names in an expression or a statement."""
    return [each.id for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name)]


def substituted(text: str, texts: Mapping[str, str]) -> str:
    """The text with other names in it."""
    found = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name)]
    data = text.encode()
    for each in sorted(found, key=lambda node: -node.col_offset):
        if each.id in texts:
            end = each.end_col_offset or each.col_offset
            data = data[: each.col_offset] + texts[each.id].encode() + data[end:]
    return data.decode()


# -- loops ---------------------------------------------------------------------------------------


def loops(lines: Sequence[Line], taken: Collection[str]) -> Iterator[tuple[str, list[Line]]]:
    """The lines in runs: those of a loop under its head, all others under none."""
    at = 0
    while at < len(lines):
        end = at
        turn = lines[at].turn
        while turn and end < len(lines) and lines[end].turn[:1] == turn[:1]:
            end += 1
        head, body = _rolled(lines[at:end], taken) if turn else ("", [])
        if head:
            yield head, body
            at = end
        else:
            yield "", [lines[at]]
            at += 1


def _rolled(lines: Sequence[Line], taken: Collection[str]) -> tuple[str, list[Line]]:
    """The loop that has these lines, if every turn of it has the same."""
    count, loop = lines[0].turn[2], lines[0].loop
    turns = [[each for each in lines if each.turn[1] == turn] for turn in range(count)]
    same = [[(each.name, each.text, each.no_grad) for each in turn] for turn in turns]
    variable = loop.target.id if loop is not None and isinstance(loop.target, ast.Name) else ""
    named = variable == usable(variable) if variable else False
    if count < 2 or not named or variable in taken or any(each != same[0] for each in same):
        return "", []
    return f"for {variable} in range({count}):", turns[0]
