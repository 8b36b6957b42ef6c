"""Whether a formula means in a program what it means here, as its author wrote it.

If so, `formula_text` keeps functions, loops and names; else all is written out.
"""

import ast
from collections.abc import Collection, Iterator

from explorer.code.cuts import Cuts
from explorer.experiment.operations import EFFECTS, ENTRIES, find, find_in_place
from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Call, Program, walk

_PREFIXES = frozenset({"torch", "F", "nn.functional", "torch.nn.functional"})
_MODULES = frozenset({"torch.linalg", "linalg", "torch.special", "special", "math"})
# Attributes that are numbers, or parts of a tuple, when the program is written.
_OF_SHAPES = frozenset({"shape", "ndim", "values", "indices", "sign", "logabsdet"})


# Calls that are statements of Python, not operations.
_STATEMENTS = frozenset({"range", "no_grad"})


def stands(experiment: Experiment, cuts: Cuts, tree: ast.Module) -> bool:
    """Whether all lines of the formula may stand in the program."""
    return is_simple(tree) and _is_plain(experiment, cuts, tree)


def _is_plain(experiment: Experiment, cuts: Cuts, tree: ast.Module) -> bool:
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    program, counters = experiment.program, _counters(tree)
    again = {name for name, last in program.latest.items() if name != last} - counters
    changed = {target_of(each) for each in ast.walk(tree) if isinstance(each, ast.AugAssign)}
    if not _may_be_again(experiment, cuts, again | changed | _parts(tree)):
        return False
    if not _are_turns(tree, counters):
        return False
    numbers = {name for name in program.numbers if name.partition("#")[0] not in counters}
    if program.plain or not _known_options(tree, numbers):
        return False
    if (numbers or _folds(tree)) and _has_whole(program):
        return False
    several = {name.partition(".")[0] for name in _all_names(experiment) if "#" in name}
    numbers = {name.partition("#")[0] for name in experiment.program.numbers if "." in name}
    return not any(
        (each.name in several and cuts.inside(each.name))
        or any(f"{each.name}.{argument.arg}" in numbers for argument in each.args.args)
        for each in functions
    )


def _counters(tree: ast.Module) -> set[str]:
    """The variables of its loops."""
    loops = (each for each in ast.walk(tree) if isinstance(each, ast.For))
    return {each.target.id for each in loops if isinstance(each.target, ast.Name)}


def _parts(tree: ast.Module) -> set[str]:
    """What takes a part of a tuple."""
    return {
        name.id
        for each in ast.walk(tree)
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Tuple)
        for name in each.targets[0].elts
        if isinstance(name, ast.Name)
    }


def _may_be_again(experiment: Experiment, cuts: Cuts, names: Collection[str]) -> bool:
    """Whether these are names of tensors alone, none of them a leaf or ever cut."""
    numbers = {each.partition("#")[0] for each in experiment.program.numbers}
    given = {*experiment.leaves, *experiment.columns, *numbers}
    cut = {each.partition("#")[0] for each in (*cuts.always, *cuts.sometimes)}
    return not set(names) & (given | cut)


def _are_turns(tree: ast.Module, counters: Collection[str]) -> bool:
    """Whether the variables of loops, whole numbers in Python, only pick parts or are factors."""
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            fine.add(id(node.slice))
        if isinstance(node, ast.BinOp) and isinstance(node.op, _WITH_COUNTERS):
            pairs = ((node.left, node.right), (node.right, node.left))
            fine.update(id(one) for one, other in pairs if _names(other) - set(counters))
    loads = (each for each in ast.walk(tree) if isinstance(each, ast.Name))
    return all(
        id(each) in fine for each in loads if each.id in counters and isinstance(each.ctx, ast.Load)
    )


_WITH_COUNTERS = (ast.Add, ast.Sub, ast.Mult)


def _known_options(tree: ast.Module, numbers: Collection[str]) -> bool:
    """Whether options and subscripts are written out: the program's numbers are floats.

    So are those in a tuple.
    """
    names = {name.rpartition(".")[2].partition("#")[0] for name in numbers}
    lines = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
    names |= {
        target_of(each)
        for each in lines
        if isinstance(each.value, ast.Tuple | ast.List) and isinstance(each.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Call):
            operation = find(callee_name(node))
            most = 0 if operation is None else operation.tensors[1]
            parts = [
                *all_arguments(node, node.args)[most:],
                *(each.value for each in node.keywords),
            ]
        if any(not is_literal(part) and (_names(part) & names or _counts(part)) for part in parts):
            return False
    return True


def _counts(node: ast.AST) -> bool:
    """Whether it computes with whole numbers, which the writer makes floats."""
    operations = (each for each in ast.walk(node) if isinstance(each, ast.BinOp | ast.UnaryOp))
    parts = (part for each in operations for part in ast.walk(each))
    return any(isinstance(part, ast.Constant) and type(part.value) is int for part in parts)


def _folds(tree: ast.Module) -> bool:
    """Whether whole numbers stand in it where the writer makes floats of them."""
    for node in ast.walk(tree):
        alone = isinstance(node, ast.BinOp) and not any(
            isinstance(each, ast.Name | ast.Call) for each in ast.walk(node)
        )
        is_call = isinstance(node, ast.Call) and callee_name(node) not in _STATEMENTS
        given = node.args if is_call else []  # type: ignore[attr-defined]
        if alone or any(isinstance(each, ast.Constant | ast.UnaryOp) for each in given):
            return True
    return False


def _has_whole(program: Program) -> bool:
    """Whether some tensor of it may hold whole numbers."""
    nodes = (node for line in program.assignments for node in walk(line.expression))
    return any(isinstance(node, Call) and ENTRIES[node.operation].gives_whole for node in nodes)


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def is_literal(node: ast.expr) -> bool:
    """Whether it is a number, a text, a type or several of them."""
    match node:
        case ast.Constant() | ast.Attribute(value=ast.Name(id="torch")):
            return True
        case ast.UnaryOp(operand=operand):
            return is_literal(operand)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(map(is_literal, parts))
        case ast.Slice(lower=lower, upper=upper, step=step):
            return all(each is None or is_literal(each) for each in (lower, upper, step))
    return False


# The statements and expressions that are written as they stand in the formula.
_SIMPLE = (
    *(ast.Module, ast.Assign, ast.FunctionDef, ast.Return, ast.arguments, ast.arg, ast.keyword),
    *(ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Call),
    *(ast.Tuple, ast.List, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop),
    *(ast.Subscript, ast.Slice),
    # Outside functions alone.
    *(ast.For, ast.With, ast.withitem, ast.AugAssign, ast.Expr),
)


def is_simple(tree: ast.Module) -> bool:
    """Whether it is made of lines that stand for themselves."""
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    names = {each.name for each in functions}
    if any(map(_takes_item, ast.walk(tree))):
        return False
    inside = all(_assigns_once(each, [one.arg for one in each.args.args]) for each in functions)
    outside = all(map(_is_simple_statement, tree.body))
    if not inside or not outside or _is_made_again(tree, {*_STATEMENTS, *names}):
        return False
    known = _in_place(tree) | _heads(tree)
    nodes = (each for each in ast.walk(tree) if id(each) not in known)
    return all(_is_simple_node(each, names) for each in nodes)


def _takes_item(node: ast.AST) -> bool:
    """Whether it is a call with a number of a tensor's among its arguments."""
    if not isinstance(node, ast.Call):
        return False
    parts = [*node.args, *(each.value for each in node.keywords)]
    return any(
        isinstance(each, ast.Attribute) and each.attr == "item"
        for part in parts
        for each in ast.walk(part)
    )


def named_functions(tree: ast.Module) -> ast.Module:
    """The formula with `f = lambda u: …` as the function that it is."""
    for place, node in enumerate(tree.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as made):
                result = ast.copy_location(ast.Return(made.body), made.body)
                function = ast.FunctionDef(name, made.args, [result], [])
                tree.body[place] = ast.copy_location(function, node)
    return tree


def _is_made_again(tree: ast.Module, functions: Collection[str]) -> bool:
    """Whether a function is made twice, or its name is a tensor's too."""
    stored = [each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and _stores(each)]
    defined = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
    return bool(set(stored) & set(functions)) or len(set(defined)) < len(defined)


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_simple_statement(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name()]):
            return True
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            return len(names) == len(values) and all(isinstance(each, ast.Name) for each in names)
        case ast.AugAssign(target=ast.Name(), op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
            return True
        case ast.Expr(value=value):
            return _changes_in_place(value)
        case ast.For(target=ast.Name(), body=body, orelse=[]):
            return _is_range(node.iter) and all(map(_is_simple_statement, body))
        case ast.With(items=[ast.withitem(context_expr=context, optional_vars=None)], body=body):
            off = ast.unparse(context) in {"torch.no_grad()", "no_grad()"}
            return off and all(map(_is_simple_statement, body))
    return isinstance(node, ast.FunctionDef)


def _is_range(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="range"), args=bounds, keywords=[]):
            return all(map(is_literal, bounds))
    return False


def _changes_in_place(node: ast.expr) -> bool:
    """`h.mul_(2.0)`, of names and numbers."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr=name), args=given, keywords=[]):
            operation = find_in_place(name)
            return operation is not None and all(
                isinstance(each, ast.Name)
                or (isinstance(each, ast.Constant) and place in operation.scalar_ok)
                for place, each in enumerate(given, start=1)
            )
    return False


def _in_place(tree: ast.Module) -> set[int]:
    """The calls that change a tensor, and what is called."""
    found = (each.value for each in ast.walk(tree) if isinstance(each, ast.Expr))
    calls = [each for each in found if isinstance(each, ast.Call)]
    return {id(each) for each in calls} | {id(each.func) for each in calls}


def _heads(tree: ast.Module) -> set[int]:
    """What stands between `for` or `with` and the colon: `range(3)`, `torch.no_grad()`."""
    heads: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            heads.append(node.iter)
        elif isinstance(node, ast.With):
            heads += [each.context_expr for each in node.items]
    return {id(part) for head in heads for part in ast.walk(head)}


def _assigns_once(block: ast.FunctionDef, others: list[str]) -> bool:
    if not all(isinstance(each, ast.Assign | ast.Return) for each in block.body):
        return False
    targets = [each.targets for each in block.body if isinstance(each, ast.Assign)]
    names = [each[0].id for each in targets if len(each) == 1 and isinstance(each[0], ast.Name)]
    every = [*names, *others]
    return len(names) == len(targets) and len(set(every)) == len(every)


def _is_simple_node(node: ast.AST, functions: Collection[str]) -> bool:
    match node:
        case ast.FunctionDef(args=arguments, decorator_list=decorators, returns=returns):
            inner = any(isinstance(each, ast.FunctionDef | ast.Return) for each in node.body[:-1])
            return not (arguments.defaults or decorators or returns or inner)
        case ast.arg(annotation=ast.expr()):
            return False
        case ast.Call():
            called = callee_name(node)
            own = find(called)
            if isinstance(node.func, ast.Attribute) and is_module(node.func.value):
                # Under torch.linalg the same names are other functions.
                return False
            if own is None or (isinstance(node.func, ast.Name) and not own.function_form):
                return called in functions
            allowed = own.name == "item" or (own.name == "tensor" and _is_tensor(node))
            return own.name not in EFFECTS or allowed
        case ast.Attribute(attr=name):
            known = (
                name not in EFFECTS or name in {"data", "item", "tensor"}
            ) and not name.endswith("_")
            return known and name not in _OF_SHAPES
    return isinstance(node, _SIMPLE)


def _is_tensor(node: ast.Call) -> bool:
    """`torch.tensor([1.0, 2.0])`."""
    parts = [part for each in node.args for part in ast.walk(each)]
    floats = all(type(each.value) is float for each in parts if isinstance(each, ast.Constant))
    return floats and len(node.args) == 1 and not node.keywords and is_literal(node.args[0])


def _all_names(experiment: Experiment) -> Iterator[str]:
    yield from experiment.program.names
    yield from experiment.program.numbers
    for each in experiment.program.assignments:
        yield from each.within


def callee_name(node: ast.Call) -> str:
    """What is called, without what stands before the dot."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def all_arguments(node: ast.Call, arguments: list[ast.expr]) -> list[ast.expr]:
    """With what stands before the dot of a method."""
    called = node.func
    method = isinstance(called, ast.Attribute) and not is_prefix(called.value)
    return [called.value, *arguments] if method else arguments  # type: ignore[attr-defined]


def target_of(node: ast.Assign | ast.AugAssign) -> str:
    """The one name that a statement assigns."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    assert isinstance(target, ast.Name)
    return target.id


def is_module(node: ast.expr) -> bool:
    """Whether it is torch.linalg, torch.special or math."""
    return ast.unparse(node) in _MODULES if isinstance(node, ast.Name | ast.Attribute) else False


def is_prefix(node: ast.expr) -> bool:
    """Whether it is torch, F or torch.nn.functional."""
    return ast.unparse(node) in _PREFIXES if isinstance(node, ast.Name | ast.Attribute) else False


def cut_off(node: ast.expr) -> ast.expr | None:
    """What a line `name = this.detach()` cuts off; else None."""
    match node:
        case ast.Call(func=ast.Attribute(attr="detach", value=value)) if not is_prefix(value):
            return value
        case ast.Call(func=ast.Name(id="detach") | ast.Attribute(attr="detach"), args=[value]):
            return value
    return None
