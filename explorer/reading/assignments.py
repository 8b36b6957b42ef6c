"""Assignments of a program: names, parts of tensors, attributes, options, updates by hand.

Called by `statements`, and wherever a name is bound.
"""

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from explorer.experiment.problem import BadInput
from explorer.reading import by_hand, carried, modules, operators, tensors, training
from explorer.reading.known import OPERATORS, RANDOM
from explorer.reading.optimizers import Group
from explorer.reading.reader import Reader
from explorer.reading.values import (
    Data,
    GradOf,
    Lines,
    Module,
    Opaque,
    Path,
    Scalar,
    Several,
    Tensor,
)


def assign(reader: Reader, node: ast.stmt) -> None:
    """`name = value`, also with an annotation or several targets."""
    if isinstance(node, ast.AnnAssign):
        if node.value is None:
            return
        targets: list[ast.expr] = [node.target]
        value = node.value
    else:
        assert isinstance(node, ast.Assign)
        targets, value = node.targets, node.value
    if _is_update(reader, targets, value) or _is_own_cut(reader, targets, value):
        reader.report.used(node)
        return
    first = targets[0]
    reader.assigned = first.id if isinstance(first, ast.Name) else ""
    try:
        found = _values(reader, targets, value)
    except BadInput as problem:
        found = later(reader, node, problem)
    if isinstance(found, Opaque):
        reader.report.left_out(node, "not-needed")
    else:
        reader.report.used(node)
        found = _second_name(reader, node, targets[0], found)
    for target in targets:
        bind(reader, target, found, node)


def _values(reader: Reader, targets: list[ast.expr], value: ast.expr) -> Any:
    """What is assigned: of `a, b = 2 * x, x + 1` each part, which has its name at once."""
    target = targets[0]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        plain = not any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
        if plain and len(targets) == 1 and len(target.elts) == len(value.elts):
            return tuple(read(reader, reader.evaluate(each), each) for each in value.elts)
    return read(reader, reader.evaluate(value), value)


def _second_name(reader: Reader, node: ast.stmt, target: ast.expr, found: Any) -> Any:
    """`g = h`, where the formula is computed: a line of it, which gives a tensor another name."""
    assert isinstance(node, ast.Assign | ast.AnnAssign)
    plain = isinstance(node.value, ast.Name | ast.Attribute) and isinstance(target, ast.Name)
    if not plain or not isinstance(found, Tensor) or not reader.computes:
        return found
    assert isinstance(target, ast.Name)
    return reader.second_name(target.id, found, node)


def read(reader: Reader, value: Any, node: ast.expr) -> Any:
    """What `x.data` is where it is read; everything else as it is."""
    if isinstance(value, Data):
        return reader.without_gradient(value.tensor, node)
    return value


def later(reader: Reader, node: ast.stmt, problem: BadInput) -> Opaque:
    """What is not understood may not be needed; it is in the midst of a step, or random."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]
    if problem.code not in _SOFT or any(map(_has_effect, names)):
        raise problem
    reader.report.left_out(node, "not-needed")
    return Opaque(problem)


# What may stand in a program without being read, as long as nothing needs it.
_SOFT = frozenset(
    {
        *("program-not-understood", "program-unknown-function", "program-other-library"),
        *("program-leaves-torch", "program-gradient-used", "program-grad-of-computed"),
        *("program-data-loader", "program-step-in-formula", "program-no-forward"),
        *("program-unknown-layer",),
    }
)


def _has_effect(node: ast.Name | ast.Attribute) -> bool:
    """Whether calling it would change something: random numbers, or a tensor in place."""
    name = node.id if isinstance(node, ast.Name) else node.attr
    return is_random(node) or (name.endswith("_") and not name.startswith("_") and len(name) > 2)


def is_random(node: ast.Name | ast.Attribute) -> bool:
    """Whether the name is that of a function that draws random numbers."""
    name = node.id if isinstance(node, ast.Name) else node.attr
    # What ends in _ fills a tensor; the names of numpy's and Python's are the same.
    return name in RANDOM


def _is_update(reader: Reader, targets: list[ast.expr], value: ast.expr) -> bool:
    """`w.grad = None`, and updates by hand."""
    if len(targets) != 1 or not isinstance(targets[0], ast.Attribute | ast.Name):
        return False
    target = targets[0]
    if isinstance(target, ast.Attribute) and target.attr in {"grad", "data"}:
        subject = reader.evaluate(target)
        if isinstance(subject, GradOf):
            if isinstance(value, ast.Constant) and value.value is None:
                training.cleared(reader, [subject.leaf], "none")
                return True
            raise reader.refuse(target, "program-gradient-used", what=reader.shown(target))
        return isinstance(subject, Data) and by_hand.reassigned(reader, subject, value)
    if isinstance(target, ast.Name) and reader.in_step:
        try:
            subject = reader.frame.lookup(target.id)
        except KeyError:
            return False
        return by_hand.reassigned(reader, subject, value)
    return False


def _is_own_cut(reader: Reader, targets: list[ast.expr], value: ast.expr) -> bool:
    """`z = z.detach()` right after the line that makes z: a switch that is on from the start."""
    target = targets[0]
    if len(targets) != 1 or not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
        return False
    called = value.func
    is_cut = isinstance(called, ast.Attribute) and called.attr == "detach" and not value.args
    if not is_cut or reader.no_grad:
        return False
    assert isinstance(called, ast.Attribute)
    subject = reader.evaluate(called.value)
    if not isinstance(subject, Tensor) or (subject.known and not subject.text):
        return False
    lines = reader.scope
    text = reader.text(subject, called.value)
    # Outside a class what is cut of a leaf has another name: the leaf is needed as it is.
    names = {text, subject.name, f"{text}_cut"}
    if target.id.rstrip("_") not in names and target.id not in names:
        return False
    is_made = subject.is_leaf or subject.home is not lines
    if _is_used(reader, text) if is_made else not _was_made(reader, lines, text):
        return False
    reader.detached.append((subject, lines))
    reader.frame.names[target.id] = subject
    return True


def _was_made(reader: Reader, lines: Lines, name: str) -> bool:
    """Whether the statement before made it: nothing else can hold it as it was."""
    before, last = reader.before, lines.found[-1] if lines.found else None
    alone = isinstance(before, ast.Assign) and len(before.targets) == 1
    return alone and last is not None and last.name == name and last.node is before


def _is_used(reader: Reader, name: str) -> bool:
    lines = [*reader.lines.found, *reader.scope.found]
    lines += [line for each in reader.definitions for line in each.lines]
    return any(name in line.text for line in lines)


def bind(reader: Reader, target: ast.expr, value: Any, node: ast.stmt | None) -> None:
    """Give the target this value."""
    match target:
        case ast.Name(id=name):
            found = named(reader, name, value, node or target)
            reader.frame.names[name] = carried.stored(reader, target, found)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            _unpack(reader, parts, value, node, target)
        case ast.Attribute():
            _set_attribute(reader, target, value, node or target)
        case ast.Subscript():
            _set_item(reader, target, value, node or target)
        case _:
            raise reader.refuse(target, "program-not-understood", what=reader.shown(target))


def named(reader: Reader, name: str, value: Any, node: ast.AST) -> Any:
    """The value under the name that the author gave it."""
    if isinstance(value, Tensor):
        value.place = min(value.place, next(reader.places))
    match value:
        case Tensor(leaf=leaf) if leaf is not None:
            reader.name_leaf(leaf, name)
        case Tensor(known=True):
            return _constant(reader, name, value, node)
        case Tensor():
            comment = reader.source.comment(node) if isinstance(node, ast.stmt) else ""
            return reader.assign(name, value, node, comment)
        case Scalar():
            return Scalar(reader.assign(name, value.tensor, node))
        case Module():
            modules.name_parameters(reader, value, name)
        case Several():
            return value
        case list() | tuple() | dict():
            for path, leaf in modules._paths(value, name, set()):
                reader.name_leaf(leaf, path)
    return value


def _constant(reader: Reader, name: str, value: Tensor, node: ast.AST) -> Tensor:
    """Numbers keep the name under which the formula may want them."""
    if value.buffer and not value.text and reader.scope is reader.lines and not reader.open:
        # A buffer of the experiment itself, no data: what is computed of it is formula.
        value.name = name
        value.text, value.known, value.home = reader.text(value, node), False, reader.lines
        return value
    written = reader.scope.is_function or reader.in_step
    if written and not value.name and (value.text or value.write is not None):
        comment = reader.source.comment(node) if isinstance(node, ast.stmt) else ""
        return reader.assign(name, value, node, comment)
    if not value.name and not value.text:
        # A file has no tensor without numbers: such a one stays what it is made of.
        value.name, value.write = name, None if value.now.numel() else value.write
        reader.names.reserve(name)
    return value


def _unpack(
    reader: Reader, parts: list[ast.expr], value: Any, node: ast.stmt | None, target: ast.expr
) -> None:
    if isinstance(value, Opaque):
        for each in parts:
            bind(reader, each, value, node)
        return
    if isinstance(value, Several) and len(value.now) != len(parts):
        raise reader.refuse(target, "program-not-understood", what=reader.shown(target))
    if isinstance(value, Several) and all(isinstance(each, ast.Name) for each in parts):
        reader.unpack([each.id for each in parts], value, target)  # type: ignore[attr-defined]
        return
    values = tensors.items(reader, value, target)
    if any(isinstance(each, ast.Starred) for each in parts) or len(values) != len(parts):
        raise reader.refuse(target, "program-not-understood", what=reader.shown(target))
    for each, one in zip(parts, values, strict=True):
        bind(reader, each, one, node)


def _set_attribute(reader: Reader, target: ast.Attribute, value: Any, node: ast.AST) -> None:
    subject = reader.evaluate(target.value)
    match subject, target.attr:
        case Opaque(), _:
            return
        case Module(), name:
            _set_member(reader, subject, name, value)
        case Tensor(), "requires_grad":
            training.set_requires_grad(reader, subject, bool(value), node)
        case Tensor(), "data":
            _set_data(reader, subject, value, target)
        case Path(), _:
            return
        case _:
            raise reader.refuse(target, "program-not-understood", what=reader.shown(target))


def _set_member(reader: Reader, module: Module, name: str, value: Any) -> None:
    if isinstance(value, Tensor) and value.known and not value.name:
        value.name, value.write = name, None
    if isinstance(value, Tensor) and value.is_leaf and reader.in_step:
        return
    module.members[name] = value


def _set_data(reader: Reader, subject: Tensor, value: Any, target: ast.expr) -> None:
    if not isinstance(value, Tensor) or not value.known:
        raise reader.refuse(target, "program-not-understood", what=reader.shown(target))
    if reader.in_step and subject.leaf is not None:
        training.event(reader, "value", subject.leaf, value.now, target)
        return
    subject.now = value.now.clone()
    if subject.leaf is not None:
        subject.leaf.start = subject.now


def _set_item(reader: Reader, target: ast.Subscript, value: Any, node: ast.AST) -> None:
    subject = reader.evaluate(target.value)
    index = reader.needed(target.slice)
    match subject:
        case Opaque():
            return
        case Group() if isinstance(index, str):
            training.set_option(reader, subject, index, value, node)
        case list() | dict():
            reader.attempt(target, "[]", subject.__setitem__, [index, value], {})
            reader.bounded(subject, target)
        case np.ndarray():
            reader.attempt(target, "[]", subject.__setitem__, [index, value], {})
        case Tensor() if tensors.trains([value, index]) or not (subject.known or subject.is_leaf):
            _change_part(reader, subject, (index, value), target, node)
        case Tensor() if subject.known or reader.no_grad:
            _set_part(reader, subject, index, value, target)
        case Data(tensor=tensor):
            _set_part(reader, tensor, index, value, target)
        case _:
            raise reader.refuse(target, "program-in-place", what=reader.shown(target))


def _change_part(
    reader: Reader, subject: Tensor, given: tuple[Any, Any], target: ast.Subscript, node: ast.AST
) -> None:
    """`z[1] = 0`, of a tensor that is computed: a line of the formula."""
    if subject.is_leaf or not isinstance(node, ast.Assign):
        raise reader.refuse(target, "program-in-place", what=reader.shown(target))
    index, value = given
    plain = [tensors.plain(index), tensors.plain(value)]
    parts = [(subject, target.value), *tensors.index_parts(reader, target.slice)]
    text = tensors.Writer(reader, target, parts, True)()
    right = reader.part(value, node.value) or tensors.literal(value)
    if right is None:
        raise reader.refuse(target, "program-in-place", what=reader.shown(target))
    reader.attempt(target, "[]", subject.now.__setitem__, plain, {})
    subject.known = subject.known and not tensors.trains([value])
    reader.change(subject, f"{text} = {right}", node)


def _set_part(
    reader: Reader, subject: Tensor, index: Any, value: Any, target: ast.Subscript
) -> None:
    if reader.in_step or tensors.trains([value, index]):
        raise reader.refuse(target, "program-in-place", what=reader.shown(target))
    plain = [tensors.plain(index), tensors.plain(value)]
    reader.attempt(target, "[]", subject.now.__setitem__, plain, {})


def augmented(reader: Reader, node: ast.stmt) -> None:
    """`a += b`, updates by hand among them."""
    assert isinstance(node, ast.AugAssign)
    target = reader.evaluate(node.target)
    if isinstance(target, Opaque):
        reader.report.left_out(node, "not-needed")
        return
    reader.report.used(node)
    if by_hand.augmented(reader, target, node):
        return
    if isinstance(node.target, ast.Subscript) and _changes_option(reader, node.target, node):
        return
    _combine(reader, node, target)


def _changes_option(reader: Reader, target: ast.Subscript, node: ast.AugAssign) -> bool:
    subject, index = reader.evaluate(target.value), reader.needed(target.slice)
    if not isinstance(subject, Group):
        return False
    factor = reader.needed(node.value)
    function = OPERATORS[type(node.op).__name__]
    training.set_option(reader, subject, index, lambda old: function(old, factor), node)
    return True


def _combine(reader: Reader, node: ast.AugAssign, target: Any) -> None:
    if isinstance(target, Tensor) and target.is_leaf:
        reader.needed(node.value)
        code = "program-update-not-sgd" if reader.no_grad else "program-in-place-on-leaf"
        raise reader.refuse(node, code, what=reader.shown(node))
    try:
        value = reader.needed(node.value)
        if not _is_computed(reader, node, target, value):
            # A sum of losses, a count: nothing of the experiment depends on it.
            found: Any = Opaque(
                reader.refuse(node, "program-not-understood", what=reader.shown(node))
            )
        else:
            binary = ast.BinOp(node.target, node.op, node.value)
            ast.copy_location(binary, node.target)
            binary.end_lineno, binary.end_col_offset = node.end_lineno, node.end_col_offset
            operator = type(node.op).__name__
            found = operators.operate(
                reader, binary, operator, (target, node.target), (value, node.value)
            )
            if _in_place(reader, node, target, value):
                return
            found = _infix(reader, found, node, target, value)
    except BadInput as problem:
        found = later(reader, node, problem)
    bind(reader, node.target, found, node)


def _is_computed(reader: Reader, node: ast.AugAssign, target: Any, value: Any) -> bool:
    """Whether it is a tensor, or a number that is known in every step."""
    computed = bool(tensors.tensors_in([target, value]))
    return computed or not reader.in_step or isinstance(node.target, ast.Name)


def _in_place(reader: Reader, node: ast.AugAssign, target: Any, value: Any) -> bool:
    """`h += x`, of a tensor that is computed: whether it is one, which is then changed."""
    if not isinstance(target, Tensor) or not isinstance(node.target, ast.Name):
        return False
    if target.known and (target.home is None or not reader.in_step):
        return False
    name = reader.text(target, node)
    text = reader.part(value, node.value) or tensors.literal(value)
    sign = _SIGNS.get(type(node.op))
    if not name.isidentifier() or text is None or sign is None:
        return False
    function = getattr(torch.Tensor, _METHODS[sign])
    reader.attempt(node, "", function, [target.now, tensors.plain(value)], {})
    reader.change(target, f"{name} {sign}= {text}", node)
    return True


_METHODS = {"+": "add_", "-": "sub_", "*": "mul_", "/": "div_"}


def _infix(reader: Reader, found: Any, node: ast.AugAssign, target: Any, value: Any) -> Any:
    """`a += b` as `a + b`: the author's text has the sign in another place."""
    if not isinstance(found, Tensor | Scalar):
        return found
    texts = [
        reader.part(each, own) or tensors.literal(each)
        for each, own in ((target, node.target), (value, node.value))
    ]
    sign = _SIGNS.get(type(node.op), "")
    if None in texts or not sign:
        raise reader.refuse(node, "program-in-place", what=reader.shown(node))
    right = f"({texts[1]})" if sign not in {"+"} and not str(texts[1]).isidentifier() else texts[1]
    tensor = found.tensor if isinstance(found, Scalar) else found
    tensor.text = f"{texts[0]} {sign} {right}" if not tensor.known else ""
    tensor.home, tensor.write = reader.scope, None
    return found


_SIGNS: Mapping[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
