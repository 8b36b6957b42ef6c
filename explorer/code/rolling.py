"""Lines that repeat word for word, as the loop that they are.

A formula's loops are written out before anything else knows of them. Called by
`explorer.code.formula_text` for a formula that has some.
"""

from collections.abc import Collection, Iterator, Sequence

# The most statements in the body of a loop.
_LONGEST = 40


def rolled(lines: Sequence[str], taken: Collection[str]) -> Iterator[str]:
    """The lines, with a loop where the same statements follow one another.

    `taken` are names that its variable cannot have.
    """
    variable = "i"
    while variable in taken:
        variable += "_"
    statements = list(_statements(lines))
    at = 0
    while at < len(statements):
        length, count = _repeats(statements, at)
        if count > 1:
            yield f"for {variable} in range({count}):"
            yield from (f"    {line}" for each in statements[at : at + length] for line in each)
        else:
            yield from statements[at]
        at += length * count


def _statements(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Each with the lines below it."""
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or not lines[at].startswith((" ", ")")):
            yield tuple(lines[start:at])
            start = at


def _repeats(statements: Sequence[tuple[str, ...]], at: int) -> tuple[int, int]:
    """How many statements from here on come how often; those that come once are one."""
    for length in range(1, min(_LONGEST, (len(statements) - at) // 2) + 1):
        body, count = statements[at : at + length], 1
        while statements[at + count * length : at + (count + 1) * length] == body:
            count += 1
        if count > 1:
            return length, count
    return 1, 1
