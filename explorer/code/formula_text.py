"""A formula as lines of a PyTorch program, function by function as it was written.

What the formula language leaves out is put in: `torch.` and `F.` before operations, tensors
where torch takes no plain numbers, `.detach()` where a switch is on. Called by
`explorer.code.script`.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from explorer.code import written_out
from explorer.code.cuts import Cuts, grouped
from explorer.code.literals import constant, number, torch_name
from explorer.experiment.operations import EFFECTS, ENTRIES, Operation, find
from explorer.experiment.spec import Experiment
from explorer.experiment.syntax import without_comments
from explorer.experiment.tree import Call, Program, walk
from explorer.experiment.visible import visible_line

# Larger whole numbers are rounded as the formula's floats are.
_EXACT = 2**53
_LINE_END = re.compile(r"\r\n|\r|\n")
_PREFIXES = frozenset({"torch", "F", "nn.functional", "torch.nn.functional"})
_MODULES = frozenset({"torch.linalg", "linalg", "torch.special", "special", "math"})
# Attributes that are numbers, or parts of a tuple, when the program is written.
_OF_SHAPES = frozenset({"shape", "ndim", "values", "indices", "sign", "logabsdet"})


def program_lines(experiment: Experiment, cuts: Cuts, names: Mapping[str, str]) -> list[str]:
    """The formula's lines; `names` are other texts for the leaves that it reads.

    Functions stay functions, unless one of their tensors is cut in one call and not in
    another, or takes a number here and a tensor there: then all is written out.
    """
    # Comments may hold what Python does not read.
    tree = ast.parse(without_comments(experiment.formula))
    if is_simple(tree) and _is_plain(experiment, cuts, tree):
        try:
            return list(_Writer(experiment, cuts, names, tree).lines())
        except RecursionError:
            # A sum of a thousand terms.
            pass
    loops = any(isinstance(each, ast.For) for each in ast.walk(tree))
    return written_out.program_lines(experiment, cuts, names, loops)


def _is_plain(experiment: Experiment, cuts: Cuts, tree: ast.Module) -> bool:
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    if any(name != last for name, last in experiment.program.latest.items()):
        return False
    if not _known_options(tree, experiment.program.numbers):
        return False
    if _counts(tree) and _has_whole(experiment.program):
        return False
    several = {name.partition(".")[0] for name in _all_names(experiment) if "#" in name}
    numbers = {name.partition("#")[0] for name in experiment.program.numbers if "." in name}
    return not any(
        (each.name in several and cuts.inside(each.name))
        or any(f"{each.name}.{argument.arg}" in numbers for argument in each.args.args)
        for each in functions
    )


def _known_options(tree: ast.Module, numbers: Collection[str]) -> bool:
    """Whether options and subscripts are written out: the program's numbers are floats.

    So are those in a tuple.
    """
    names = {name.rpartition(".")[2].partition("#")[0] for name in numbers}
    lines = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
    names |= {_target(each) for each in lines if isinstance(each.value, ast.Tuple | ast.List)}
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Call):
            operation = find(_called(node))
            most = 0 if operation is None else operation.tensors[1]
            parts = [
                *_all_arguments(node, node.args)[most:],
                *(each.value for each in node.keywords),
            ]
        if any(not _is_literal(part) and (_names(part) & names or _counts(part)) for part in parts):
            return False
    return True


def _counts(node: ast.AST) -> bool:
    """Whether it computes with whole numbers, which the writer makes floats."""
    operations = (each for each in ast.walk(node) if isinstance(each, ast.BinOp | ast.UnaryOp))
    parts = (part for each in operations for part in ast.walk(each))
    return any(isinstance(part, ast.Constant) and type(part.value) is int for part in parts)


def _has_whole(program: Program) -> bool:
    """Whether some tensor of it may hold whole numbers."""
    nodes = (node for line in program.assignments for node in walk(line.expression))
    return any(isinstance(node, Call) and ENTRIES[node.operation].gives_whole for node in nodes)


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _is_literal(node: ast.expr) -> bool:
    """Whether it is a number, a text, a type or several of them."""
    match node:
        case ast.Constant() | ast.Attribute(value=ast.Name(id="torch")):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_literal(operand)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(map(_is_literal, parts))
        case ast.Slice(lower=lower, upper=upper, step=step):
            return all(each is None or _is_literal(each) for each in (lower, upper, step))
    return False


# The statements and expressions that are written as they stand in the formula.
_SIMPLE = (
    *(ast.Module, ast.Assign, ast.FunctionDef, ast.Return, ast.arguments, ast.arg, ast.keyword),
    *(ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Call),
    *(ast.Tuple, ast.List, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop),
    *(ast.Subscript, ast.Slice),
)


def is_simple(tree: ast.Module) -> bool:
    """Whether every name is assigned once, in lines that stand for themselves."""
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    names = {each.name for each in functions}
    once = _assigns_once(tree, [each.name for each in functions])
    inside = all(_assigns_once(each, [one.arg for one in each.args.args]) for each in functions)
    return once and inside and all(_is_simple_node(each, names) for each in ast.walk(tree))


def _assigns_once(block: ast.Module | ast.FunctionDef, others: list[str]) -> bool:
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
            called = _called(node)
            own = find(called)
            if isinstance(node.func, ast.Attribute) and _is_module(node.func.value):
                # Under torch.linalg the same names are other functions.
                return False
            if own is None or (isinstance(node.func, ast.Name) and not own.function_form):
                return called in functions
            return own.name not in EFFECTS
        case ast.Attribute(attr=name):
            known = name not in EFFECTS and not name.endswith("_")
            return known and name not in _OF_SHAPES
    return isinstance(node, _SIMPLE)


def _all_names(experiment: Experiment) -> Iterator[str]:
    yield from experiment.program.names
    yield from experiment.program.numbers
    for each in experiment.program.assignments:
        yield from each.within


# -- as it was written ---------------------------------------------------------------------


class _Writer(ast.NodeTransformer):
    """One formula, statement after statement."""

    def __init__(
        self, experiment: Experiment, cuts: Cuts, names: Mapping[str, str], tree: ast.Module
    ) -> None:
        self._body = tree.body
        self._text = _LINE_END.split(experiment.formula)
        self._numbers = experiment.program.numbers
        self._dtype = experiment.dtype
        self._cuts = cuts
        self._names = names
        self._functions: set[str] = set()
        self._inside = ""
        self._own: frozenset[str] = frozenset()

    def lines(self) -> Iterator[str]:
        """The program's lines, a blank one around functions."""
        for statement in self._body:
            if isinstance(statement, ast.FunctionDef):
                yield from self._definition(statement)
            elif isinstance(statement, ast.Assign):
                yield from self._assignment(statement)

    def _definition(self, node: ast.FunctionDef) -> Iterator[str]:
        self._functions.add(node.name)
        arguments = [each.arg for each in node.args.args]
        assigned = (each for each in node.body if isinstance(each, ast.Assign))
        self._inside = node.name
        self._own = frozenset((*arguments, *map(_target, assigned)))
        yield f"def {node.name}({', '.join(arguments)}):"
        for name in arguments:
            cut = self._cuts.of(f"{node.name}.{name}", name)
            if cut is not None:
                yield f"    {name} = {cut}"
        for statement in node.body:
            if isinstance(statement, ast.Assign):
                yield from (f"    {line}" for line in self._assignment(statement))
            elif isinstance(statement, ast.Return) and statement.value is not None:
                yield f"    return {self._expression(statement.value)}{self._comment(statement)}"
        yield ""
        self._inside, self._own = "", frozenset()

    def _assignment(self, node: ast.Assign) -> Iterator[str]:
        name = _target(node)
        full = f"{self._inside}.{name}" if self._inside else name
        if full in self._numbers:
            yield f"{name} = {self._number_text(node.value)}{self._comment(node)}"
            return
        detached = _detached(node.value)
        comment = self._comment(node)
        if detached is not None and full in self._cuts.sometimes:
            yield f"{name} = {self._cuts.of(full, grouped(self._expression(detached)))}{comment}"
            return
        yield f"{name} = {self._expression(node.value)}{comment}"
        cut = None if detached is not None else self._cuts.of(full, name)
        if cut is not None:
            yield f"{name} = {cut}"

    def _comment(self, node: ast.stmt) -> str:
        """What its author wrote behind it. There are no strings in a formula."""
        _, sign, text = self._text[(node.end_lineno or node.lineno) - 1].partition("#")
        return f"  # {visible_line(text.strip())}" if sign and text.strip() else ""

    def _expression(self, node: ast.expr) -> str:
        return ast.unparse(self.visit(node))

    # -- what is put in; called by ast ----------------------------------------------------

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A leaf under the name that it has in the program."""
        if node.id in self._names and node.id not in self._own:
            return _parsed(self._names[node.id])
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Whole numbers stay, as far as torch takes them."""
        value = node.value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
            return _parsed(number(value))
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Numbers alone are computed as floats."""
        if self._is_number(node):
            return _parsed(self._number_text(node))
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """An operation under torch's name, with tensors where torch takes no numbers."""
        called = node.func
        if isinstance(called, ast.Name) and called.id in self._functions:
            node.args = [self.visit(each) for each in node.args]
            return node
        if self._is_number(node):
            return _parsed(self._number_text(node))
        written = _called(node)
        operation = find(written)
        assert operation is not None
        both = _all_arguments(node, node.args)
        if operation.comparison and any(map(self._is_number, both)):
            # torch.gt takes no number first.
            left, right = (f"({ast.unparse(self.visit(each))})" for each in both)
            return _parsed(f"{left} {operation.infix} {right}")
        method = isinstance(called, ast.Attribute) and not _is_prefix(called.value)
        if method and self._is_number(called.value):  # type: ignore[attr-defined]
            # `(0.5).exp()`
            node.args, method = _all_arguments(node, node.args), False
        if method:
            called.value = self.visit(called.value)  # type: ignore[attr-defined]
        else:
            node.func = _parsed(torch_name(operation, written))
        node.args = [
            self._argument(operation, place, each)
            for place, each in enumerate(node.args, start=int(method))
        ]
        for each in node.keywords:
            each.value = self._option(each.value)
        return node

    def _option(self, node: ast.expr) -> ast.expr:
        """Numbers stay as they are, a tensor is called as it is in the program."""
        return node if _is_literal(node) else self.visit(node)

    def _argument(self, operation: Operation, place: int, node: ast.expr) -> ast.expr:
        several = operation.listed or operation.first or operation.overloads
        if place >= operation.tensors[1] or isinstance(node, ast.Tuple | ast.List) or several:
            return self._option(node)
        if place in operation.scalar_ok or not self._is_number(node):
            return self.visit(node)  # type: ignore[no-any-return]
        return _parsed(constant(self._number_text(node), self._dtype))

    def _is_number(self, node: ast.expr) -> bool:
        """Whether it is computed from plain numbers alone."""
        match node:
            case ast.Constant() | ast.Attribute(value=ast.Name(id="math" | "torch")):
                return True
            case ast.Name(id=name):
                own = f"{self._inside}.{name}" if name in self._own else name
                return own in self._numbers
            case ast.UnaryOp(operand=operand):
                return self._is_number(operand)
            case ast.Call(args=arguments):
                operation = find(_called(node))
                folds = operation is not None and operation.fold is not None
                return folds and all(map(self._is_number, _all_arguments(node, arguments)))
            case ast.BinOp(left=left, op=op, right=right):
                matrices = isinstance(op, ast.MatMult)
                return not matrices and self._is_number(left) and self._is_number(right)
        return False

    def _number_text(self, node: ast.expr) -> str:
        """With whole numbers as the floats that the formula computes with."""
        return ast.unparse(_Floats().visit(node))


class _Floats(ast.NodeTransformer):
    """Arithmetic on numbers alone: with floats, and operators for `mul(2, 3)`."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """A whole number as a float."""
        return _parsed(number(node.value)) if isinstance(node.value, int) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """An operation under its operator."""
        operation = find(_called(node))
        assert operation is not None
        texts = [f"({ast.unparse(self.visit(each))})" for each in _all_arguments(node, node.args)]
        # Of one argument there is only neg.
        return _parsed(f" {operation.infix} ".join(texts) if operation.infix else f"-{texts[0]}")


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _all_arguments(node: ast.Call, arguments: list[ast.expr]) -> list[ast.expr]:
    """With what stands before the dot of a method."""
    called = node.func
    method = isinstance(called, ast.Attribute) and not _is_prefix(called.value)
    return [called.value, *arguments] if method else arguments  # type: ignore[attr-defined]


def _target(node: ast.Assign) -> str:
    (target,) = node.targets
    assert isinstance(target, ast.Name)
    return target.id


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _detached(node: ast.expr) -> ast.expr | None:
    """What a line `name = this.detach()` cuts off; else None."""
    match node:
        case ast.Call(func=ast.Attribute(attr="detach", value=value)) if not _is_prefix(value):
            return value
        case ast.Call(func=ast.Name(id="detach") | ast.Attribute(attr="detach"), args=[value]):
            return value
    return None


def _is_module(node: ast.expr) -> bool:
    """Whether it is torch.linalg, torch.special or math."""
    return ast.unparse(node) in _MODULES if isinstance(node, ast.Name | ast.Attribute) else False


def _is_prefix(node: ast.expr) -> bool:
    """Whether it is torch, F or torch.nn.functional."""
    return ast.unparse(node) in _PREFIXES if isinstance(node, ast.Name | ast.Attribute) else False
