"""What somebody agrees to when a model is opened: that this very code is run.

`digest` tells one content of one file from another, so that the question is asked once for each.
`factories` reads what could be named in a file, without running it. No torch.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from explorer.experiment.textfile import Limits, read_text
from explorer.own.reference import Reference

LIMITS = Limits(mib=16, lines=500_000)
# Names that people give such a function, the most usual first.
USUAL = ("make", "setup", "build", "create", "get", "main", "model", "net")


def digest(named: Reference) -> str:
    """Of the file's place and content; of a module by its name, of the file it is found in."""
    whole = hashlib.sha256()
    file = named.home if named.is_file else _file_of(named.home)
    whole.update(f"{Path(file).resolve() if file else named.home}\n".encode())
    if file:
        try:
            whole.update(Path(file).read_bytes())
        except OSError:
            # It cannot be run either, which is then said.
            return ""
    return whole.hexdigest()


def _file_of(module: str) -> str | None:
    """Where the outermost package is: to find what is in it, it would have to be run."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    return spec.origin if spec is not None and spec.has_location else None


def factories(path: Path) -> list[str]:
    """The names in a file that may be a factory, the likeliest first. Raises BadInput."""
    text = read_text(path, LIMITS)
    try:
        names = list(dict.fromkeys(_names(ast.parse(text))))
    except (SyntaxError, ValueError, RecursionError):
        return []
    return sorted(names, key=_rank)


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = node.args
            needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
            if needed <= 0 and all(each is not None for each in given.kw_defaults):
                yield node.name


def _rank(name: str) -> tuple[int, int]:
    """Those that are called as people call them come first; the order is kept else."""
    plain = name.lower()
    found = [place for place, usual in enumerate(USUAL) if plain.startswith(usual)]
    return (0, found[0]) if found else (1, 0)
