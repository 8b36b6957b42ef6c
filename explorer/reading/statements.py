"""A program's statements in their order: what each does to the names, the formula, the run."""

import ast
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from explorer.experiment.problem import BadInput
from explorer.reading import assignments, calls, loops, operators, tensors, training
from explorer.reading.functions import Returned
from explorer.reading.reader import Reader
from explorer.reading.values import (
    Class,
    Function,
    Opaque,
    Path,
    PerStep,
)

# Names of calls whose effect is nothing that an experiment has.
_SHOWS = frozenset({"print", "display", "pprint"})
_CLIPS = frozenset({"clip_grad_norm_", "clip_grad_value_"})
_NO_GRAD = frozenset({"torch.no_grad", "torch.autograd.no_grad"})
_GRAD = frozenset({"torch.enable_grad", "torch.autograd.enable_grad"})
# They look for mistakes, and change no number.
_SAME = frozenset({"torch.autograd.set_detect_anomaly", "torch.autograd.detect_anomaly"})


class LoopEnd(Exception):  # noqa: N818 (control flow)
    """`break` or `continue`."""

    def __init__(self, node: ast.stmt) -> None:
        super().__init__()
        self.node = node
        self.breaks = isinstance(node, ast.Break)


def run(reader: Reader, body: Sequence[ast.stmt]) -> None:
    """One statement after the other."""
    for position, node in enumerate(body):
        reader.burn(node)
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
        reader.before, reader.now = (body[position - 1] if position else None), node
        try:
            handler(reader, node)
        except training.Finished:
            reader.report.used(node)
            loops.check_rest(reader, body[position + 1 :])
            raise


# -- definitions -------------------------------------------------------------------------------


def _import(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.Import)
    for each in node.names:
        root = each.name.partition(".")[0]
        bound = each.asname or root
        reader.frame.names[bound] = Path(each.name if each.asname else root)
    _note_import(reader, node, [each.name for each in node.names])


def _import_from(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.ImportFrom)
    home = node.module or ""
    for each in node.names:
        if each.name == "*":
            raise reader.refuse(node, "program-star-import", name=home)
        reader.frame.names[each.asname or each.name] = calls.path(home, each.name)
    _note_import(reader, node, [home])


def _note_import(reader: Reader, node: ast.stmt, names: list[str]) -> None:
    if all(name.partition(".")[0] in {"torch", "numpy", "math"} for name in names):
        reader.report.used(node)
    else:
        reader.report.left_out(node, "import")


def _define(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.FunctionDef)
    reader.report.left_out(node, "not-called")
    if node.decorator_list:
        problem = reader.refuse(node.decorator_list[0], "program-decorator")
        reader.frame.names[node.name] = Opaque(problem)
        return
    reader.frame.names[node.name] = Function(node.name, node.args, node.body, reader.frame, node)


def _class(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.ClassDef)
    reader.report.left_out(node, "not-called")
    try:
        reader.frame.names[node.name] = _class_of(reader, node)
    except BadInput as problem:
        reader.frame.names[node.name] = Opaque(problem)


def _class_of(reader: Reader, node: ast.ClassDef) -> Class:
    bases: list[Class] = []
    for each in node.bases:
        base = reader.needed(each)
        if isinstance(base, Class):
            bases.append(base)
        elif not isinstance(base, Path) or base.dotted not in _BASES:
            raise reader.refuse(node, "program-other-class", name=reader.shown(each))
    if not node.bases:
        raise reader.refuse(node, "program-other-class", name="object")
    made = Class(node.name, bases, {}, node)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            made.members[statement.name] = Function(
                statement.name, statement.args, statement.body, reader.frame, statement, home=made
            )
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            made.members[statement.targets[0].id] = reader.needed(statement.value)
    return made


_BASES = frozenset({"torch.nn.Module", "torch.nn.modules.Module"})


# -- flow ----------------------------------------------------------------------------------------


def _expression(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.Expr)
    value = node.value
    if isinstance(value, ast.Constant):
        reader.report.left_out(node, "text")
        return
    if not isinstance(value, ast.Call):
        reader.report.left_out(node, "shown")
        return
    if isinstance(value.func, ast.Name) and value.func.id in _SHOWS:
        _shown(reader, node, value)
        return
    try:
        found = reader.evaluate(value)
    except BadInput as problem:
        called = tensors.node_name(value)
        if reader.in_step and called == "append":
            # A list of what was seen: nothing of the experiment depends on it.
            found = assignments.later(reader, node, problem)
        elif problem.code != "program-other-library" or called in calls.TRAINS:
            raise
        else:
            found = Opaque(problem)
    if isinstance(found, Opaque) and tensors.node_name(value) not in _CLIPS:
        reader.report.left_out(node, "not-needed")
    elif tensors.node_name(value) in {"train", "eval", "to", "cuda", "append"}:
        reader.report.left_out(node, "device" if "to" in reader.shown(node) else "bookkeeping")
    else:
        reader.report.used(node)


def _shown(reader: Reader, node: ast.stmt, value: ast.Call) -> None:
    """A print: what stands in it is not read, unless it draws random numbers."""
    reader.report.left_out(node, "print")
    names = [each for each in ast.walk(value) if isinstance(each, ast.Name | ast.Attribute)]
    if any(assignments.is_random(each) for each in names):
        for each in value.args:
            reader.evaluate(each)


def _return(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.Return)
    reader.report.used(node)
    value = (
        None
        if node.value is None
        else assignments.read(reader, reader.evaluate(node.value), node.value)
    )
    raise Returned(value, node)


def _if(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.If)
    if _asks_for_gradient(node.test):
        reader.report.used(node)
        run(reader, node.body)
        return
    if loops.only_shows(node):
        reader.report.left_out_all(node, "print")
        return
    reader.report.used(node)
    holds = operators.truth(reader, reader.needed(node.test), node.test)
    if isinstance(holds, PerStep):
        loops.sometimes(reader, node, holds)
    else:
        run(reader, node.body if holds else node.orelse)


def _asks_for_gradient(test: ast.expr) -> bool:
    """`w.grad is not None`, `w.grad`: whether there is one to clear."""
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot):
        test = test.left
    return isinstance(test, ast.Attribute) and test.attr == "grad"


def _for(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.For)
    if loops.trains(reader, node):
        reader.report.used(node)
        loops.train(reader, node)
        return
    if loops.only_shows(node):
        reader.report.left_out_all(node, "print")
        return
    reader.report.used(node)
    before, loop = reader.turn, reader.loop
    try:
        _write_out(reader, node)
    finally:
        reader.turn, reader.loop = before, loop


def _write_out(reader: Reader, node: ast.For) -> None:
    """Go through the body as often as the loop does."""
    items, first = tensors.items(reader, reader.needed(node.iter), node.iter), reader.turn
    for turn, each in enumerate(items):
        reader.burn(node)
        if not first:
            # A loop inside of one is written out.
            reader.turn, reader.loop = (id(items), turn, len(items)), node
        assignments.bind(reader, node.target, each, None)
        try:
            run(reader, node.body)
        except LoopEnd as end:
            if end.breaks:
                return
    run(reader, node.orelse)


def _while(reader: Reader, node: ast.stmt) -> None:
    raise reader.refuse(node, "program-while")


def _with(reader: Reader, node: ast.stmt) -> None:
    assert isinstance(node, ast.With)
    reader.report.used(node)
    contexts: list[str] = []
    for item in node.items:
        context = item.context_expr
        if not isinstance(context, ast.Call):
            raise reader.refuse(node, "program-with", what=reader.shown(context))
        callee = reader.evaluate(context.func)
        known = isinstance(callee, Path) and callee.dotted in (_NO_GRAD | _GRAD | _SAME)
        if not known:
            raise reader.refuse(node, "program-with", what=reader.shown(context))
        contexts.append(callee.dotted)
    before = reader.no_grad
    reader.no_grad = _without_graph(contexts, before)
    try:
        run(reader, node.body)
    finally:
        reader.no_grad = before


def _without_graph(contexts: list[str], before: int) -> int:
    """Whether what stands inside is computed without a graph."""
    for each in contexts:
        before = 1 if each in _NO_GRAD else 0 if each in _GRAD else before
    return before


def _end(reader: Reader, node: ast.stmt) -> None:
    if reader.in_step and reader.training.when is not None:
        loops.stop(reader, node, isinstance(node, ast.Break))
        return
    raise LoopEnd(node)


def _nothing(reader: Reader, node: ast.stmt) -> None:
    reader.report.left_out(node, "text")


_HANDLERS: Mapping[type, Callable[[Reader, ast.stmt], None]] = MappingProxyType(
    {
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.FunctionDef: _define,
        ast.ClassDef: _class,
        ast.Assign: assignments.assign,
        ast.AnnAssign: assignments.assign,
        ast.AugAssign: assignments.augmented,
        ast.Expr: _expression,
        ast.Return: _return,
        ast.If: _if,
        ast.For: _for,
        ast.While: _while,
        ast.With: _with,
        ast.Break: _end,
        ast.Continue: _end,
        ast.Pass: _nothing,
        ast.Assert: _nothing,
        ast.Delete: _nothing,
        ast.Global: _nothing,
        ast.Nonlocal: _nothing,
    }
)
