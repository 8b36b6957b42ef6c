"""What is said of a name, function or method that a formula does not have.

Called by `language` where a look-up has found nothing.
"""

from collections.abc import Iterator

from explorer.experiment.names import nearest, shortened
from explorer.experiment.operations import ALIASES, ENTRIES, NAMES, Operation, find
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import RawCall, Spelling, at
from explorer.experiment.tree import Name
from explorer.experiment.values import Function, Scope


def unknown_name(raw: Name, scope: Scope, top: Scope) -> BadInput:
    """The refusal of a name that means nothing here."""
    place, name = at(raw.position), shortened(raw.name)
    if scope.awaits(raw.name):
        return BadInput("name-before-assignment", place, name=name)
    if raw.name in MODULES:
        return BadInput("not-in-language", place, construct=MODULES[raw.name])
    if find(raw.name):
        return BadInput("function-not-called", place, name=name)
    close = nearest(raw.name, (*scope.names, *top.names))
    return BadInput("unknown-name", place, name=name, nearest=close)


def unknown_function(raw: RawCall, found: Operation | None, scope: Scope, top: Scope) -> BadInput:
    """The refusal of a call; `found` may be the operation that is not called that way."""
    place, name = at(raw.position), shortened(raw.function)
    method = raw.spelling is Spelling.METHOD
    if found is not None:
        return BadInput("not-a-method" if method else "not-a-function", place, name=name)
    if raw.function in KNOWN:
        return BadInput("not-in-language", place, construct=KNOWN[raw.function])
    subject = raw.arguments[0] if method else None
    if isinstance(subject, Name) and scope.lookup(subject.name) is None:
        return unknown_name(subject, scope, top)
    if method:
        known = [each.name for each in ENTRIES.values() if each.method]
        return BadInput("unknown-method", place, name=name, nearest=nearest(raw.function, known))
    if scope.awaits(raw.function):
        return BadInput("name-before-assignment", place, name=name)
    close = nearest(raw.function, (*_functions(scope, top), *NAMES, *ALIASES))
    return BadInput("unknown-function", place, name=name, nearest=close)


def _functions(*scopes: Scope) -> Iterator[str]:
    for scope in scopes:
        yield from (name for name, value in scope.names.items() if isinstance(value, Function))


# Modules that stand before a name in programs, and not in a formula.
MODULES = {
    **dict.fromkeys(("nn", "optim", "model", "net"), "module-layers"),
    **dict.fromkeys(("np", "numpy"), "module-numpy"),
    **dict.fromkeys(("plt", "pyplot"), "call-plot"),
}

# Functions and methods that are known, and are no part of a formula for a reason.
KNOWN = {
    **dict.fromkeys(("backward", "grad"), "call-backward"),
    **dict.fromkeys(("step", "zero_grad"), "call-optimizer"),
    **dict.fromkeys(("cuda", "cpu", "to", "pin_memory"), "call-device"),
    **dict.fromkeys(("numpy", "tolist"), "call-numpy"),
    **dict.fromkeys(("nonzero", "argwhere", "unique"), "call-nonzero"),
    **dict.fromkeys(("print", "display", "show"), "call-print"),
    **dict.fromkeys(("plot", "savefig"), "call-plot"),
    **dict.fromkeys(("manual_seed", "rand", "randn", "randint", "randperm"), "call-random"),
    **dict.fromkeys(("register_hook", "retain_grad"), "call-hook"),
    **dict.fromkeys(("no_grad", "enable_grad", "set_grad_enabled"), "call-no-grad"),
}
