"""Where in the user's source a parameter or a module is made: the line that assigns it.

A parameter that nothing reaches has no operation whose line could be named. Of
`encoder.layers.0.weight` it is the line of the user's class that assigns `encoder`, or deeper
down `layers`: the last one on the way whose class is the user's own.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from torch import nn

from explorer.engine.frames import is_outside, is_own
from explorer.explain.callsite import CallSite


def definition(model: nn.Module, name: str) -> CallSite | None:
    """The line that makes the parameter, buffer or module of this name; None if not found.

    A line of the user's comes before one of a library, however deep that is.
    """
    found = list(_on_the_way(model, name))
    own = [site for site in found if is_own(site.file)]
    return next(iter(own[::-1] or found[::-1]), None)


def _on_the_way(model: nn.Module, name: str) -> Iterator[CallSite]:
    holder: object = model
    parts = name.split(".") if name else []
    for place, part in enumerate(parts):
        kind: Any = type(holder)
        # What is put into another module (`self.out.weight = …`) is said where that is done.
        for end in range(place + 1, len(parts) + 1) if isinstance(holder, nn.Module) else ():
            site = _assigned(kind, ".".join(parts[place:end]))
            if site is not None:
                yield site
        holder = getattr(holder, part, None)


@lru_cache(maxsize=4096)
def _assigned(kind: type, attribute: str) -> CallSite | None:
    """The line in a class, or in one that it is made of, that assigns the attribute."""
    for each in kind.__mro__:
        file = _file(each)
        if file is None or not is_outside(file):
            continue
        line = _lines(each).get(attribute)
        if line is not None:
            return CallSite(file, line, f"{each.__qualname__}.__init__")
    return None


def class_site(kind: type) -> CallSite | None:
    """Where a class outside PyTorch is defined."""
    file = _file(kind)
    if file is None or not is_outside(file):
        return None
    try:
        return CallSite(file, inspect.getsourcelines(kind)[1], kind.__qualname__)
    except (OSError, TypeError):
        return None


def _file(kind: type) -> str | None:
    try:
        return inspect.getsourcefile(kind)
    except TypeError:
        return None


@lru_cache(maxsize=1024)
def _lines(kind: type) -> dict[str, int]:
    """Attributes of `self`, and of these, by the line of their first assignment in the class."""
    try:
        source, first = inspect.getsourcelines(kind)
        tree = ast.parse(textwrap.dedent("".join(source)))
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        for name in _assigned_names(node):
            line = getattr(node, "lineno", 1) + first - 1
            found[name] = min(line, found.get(name, line))
    return found


# Methods of a module that give it what their first argument names.
_REGISTER = frozenset({"register_buffer", "register_parameter", "register_module", "add_module"})


def _assigned_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        yield from filter(None, map(_of_self, node.targets))
    elif isinstance(node, ast.AnnAssign):
        yield from filter(None, [_of_self(node.target)])
    elif isinstance(node, ast.Call) and node.args and _of_self(node.func) in _REGISTER:
        yield str(getattr(node.args[0], "value", ""))


def _of_self(node: ast.expr) -> str | None:
    """The `name` of `self.name`, and the `name.part` of `self.name.part`."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed(names)) if isinstance(node, ast.Name) and node.id == "self" else None
