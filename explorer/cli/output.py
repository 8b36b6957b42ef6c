"""Standard output and standard error: JSON for programs, tables for people.

Called by the commands and the guard. Text that the terminal's encoding does not
know is replaced, never an error.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from explorer.experiment.visible import visible

if TYPE_CHECKING:
    from explorer.export.tables import Json
    from explorer.words.tables import Table

UNLIMITED_COLUMNS = 100_000
PROGRESS_PERIOD_S = 0.1


def prepare_streams() -> None:
    """Make both streams safe to write any text to.

    A Windows console may speak an encoding without Chinese; a program started
    without a console has no streams at all.
    """
    sys.stdout = _safe(sys.stdout)
    sys.stderr = _safe(sys.stderr)


def _safe(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    return stream


def abandon_stdout() -> None:
    """Our output cannot be written any more: let the interpreter's last flush go nowhere."""
    # A stream that is no real file has no number, and no last flush that could fail.
    with suppress(OSError), open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def print_json(document: "Json") -> None:
    """One JSON document and nothing else; ASCII, so that no encoding can spoil it."""
    print(json.dumps(document, indent=2, allow_nan=False))


def tell(text: str) -> None:
    """Say something on standard output; what a file's text hides in it is shown."""
    print(visible(text))


def complain(sentence: str) -> None:
    """The same on standard error."""
    print(visible(sentence), file=sys.stderr)


def print_table(table: "Table") -> None:
    """A table for people; in a pipe nothing is cut off."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=UNLIMITED_COLUMNS)
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, heading in enumerate(table.headings):
        right = position in table.numbers
        wraps = position in table.prose
        grid.add_column(Text(heading), justify="right" if right else "left", no_wrap=not wraps)
    for row in table.rows:
        grid.add_row(*(Text(visible(cell)) for cell in row))
    console.print(grid)


@contextmanager
def progress(total: int, label: str, shown: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; yields what to call with the steps done.

    Without a terminal, or when not to be `shown`, there is none.
    """
    if not (shown and sys.stderr.isatty()):
        yield lambda done: None  # noqa: ARG005 (same form as below)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield _seldom(lambda done: bar.update(task, completed=done))


def _seldom(update: Callable[[int], None]) -> Callable[[int], None]:
    """Update only as often as anybody sees: a step may be shorter than an update."""
    due = 0.0

    def tick(done: int) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + PROGRESS_PERIOD_S
            update(done)

    return tick
