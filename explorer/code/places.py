"""In which line of a program each tensor of its experiment is made.

Told from the lines as `explorer.code.script` writes them, not from a syntax tree: a program
may be megabytes of data. Called by the tab Code (`explorer.ui.code`), which marks the line.
"""

import re
from collections.abc import Collection, Iterator, Mapping

# What a line makes: an attribute of the model, a function, or a name.
_MADE = re.compile(
    r"(?P<indent> *)(?:self\.(?P<attribute>\w+) = |def (?P<function>\w+)\((?P<arguments>.*)\):$"
    r"|(?P<name>[^\W\d]\w*) = )"
)
_INDENTED = re.compile(r" *(?=\S)")
# The scopes that are no function of the formula.
_TOP, _MODEL, _FORWARD = "", "self.", "forward()"


def places(program: str, tensors: Collection[str], leaves: Collection[str]) -> dict[str, int]:
    """The line of each tensor, from 1 on; those that no line makes are not in it.

    A leaf is made where its numbers stand, what is computed where it is assigned first, and
    `g.z` in the function `g`. A line that only cuts a tensor does not make it.
    """
    first: dict[tuple[str, str], int] = {}
    for scope, name, line in _made(program):
        first.setdefault((scope, name), line)
    found = {name: _place(name, first, name in leaves) for name in tensors}
    return {name: line for name, line in found.items() if line is not None}


def _place(name: str, first: Mapping[tuple[str, str], int], is_leaf: bool) -> int | None:
    function, _, local = name.partition("#")[0].rpartition(".")
    scopes = (_MODEL, _TOP) if is_leaf else (_FORWARD, _TOP)
    # Of a function that was written out, `g.z#2` is `g_z_2`.
    plain = re.sub(r"\W", "_", name)
    ways = [(function, local)] if function else []
    ways += [(scope, plain) for scope in scopes]
    return next((first[way] for way in ways if way in first), None)


def _made(program: str) -> Iterator[tuple[str, str, int]]:
    """Scope, name and line of all that is made, in order."""
    # The functions around a line, from the outermost: indentation and scope.
    around: list[tuple[int, str]] = []
    for number, line in enumerate(program.split("\n"), start=1):
        indented = _INDENTED.match(line)
        while around and indented is not None and indented.end() <= around[-1][0]:
            around.pop()
        found = _MADE.match(line)
        if found is None:
            continue
        if found["function"]:
            arguments = found["arguments"].split(", ")
            is_method = arguments[0] == "self"
            scope = _FORWARD if is_method else found["function"]
            around.append((len(found["indent"]), scope))
            yield from ((scope, name, number) for name in arguments if not is_method)
        elif found["attribute"]:
            yield _MODEL, found["attribute"], number
        else:
            yield around[-1][1] if around else _TOP, found["name"], number
