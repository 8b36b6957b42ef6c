"""A formula as lines of a PyTorch program, function by function as it was written.

What the formula language leaves out is put in: `torch.` and `F.` before operations, tensors
where torch takes no plain numbers, `.detach()` where a switch is on. Called by
`explorer.code.script`.
"""

import ast
import re
from collections.abc import Iterator, Mapping

from explorer.code import written_out
from explorer.code.as_written import (
    all_arguments,
    callee_name,
    cut_off,
    is_literal,
    is_prefix,
    named_functions,
    stands,
    target_of,
)
from explorer.code.cuts import Cuts, grouped
from explorer.code.literals import constant, number, torch_name
from explorer.experiment.operations import Operation, find
from explorer.experiment.spec import Experiment
from explorer.experiment.syntax import without_comments
from explorer.experiment.visible import visible_line

# Larger whole numbers are rounded as the formula's floats are.
_EXACT = 2**53
_LINE_END = re.compile(r"\r\n|\r|\n")


def program_lines(experiment: Experiment, cuts: Cuts, names: Mapping[str, str]) -> list[str]:
    """The formula's lines; `names` are other texts for the leaves that it reads.

    Functions stay functions, unless one of their tensors is cut in one call and not in
    another, or takes a number here and a tensor there: then all is written out.
    """
    # Comments may hold what Python does not read.
    tree = named_functions(ast.parse(without_comments(experiment.formula)))
    if stands(experiment, cuts, tree):
        try:
            return list(_Writer(experiment, cuts, names, tree).lines())
        except RecursionError:
            # A sum of a thousand terms.
            pass
    loops = any(isinstance(each, ast.For) for each in ast.walk(tree))
    return written_out.program_lines(experiment, cuts, names, loops)


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
            yield from self._statement(statement)

    def _statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.FunctionDef():
                yield from self._definition(node)
            case ast.Assign(targets=[ast.Name()]):
                yield from self._assignment(node)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                targets = ", ".join(map(ast.unparse, names))
                yield f"{targets} = {self._expression(value)[1:-1]}{self._comment(node)}"
            case ast.AugAssign(value=value):
                sign = ast.unparse(node).removeprefix(target_of(node)).split("=", 1)[0].strip()
                text = self._expression(value)
                yield f"{target_of(node)} {sign}= {text}{self._comment(node)}"
            case ast.Expr(value=ast.Call(func=ast.Attribute() as called) as call):
                given = ", ".join(self._expression(each) for each in call.args)
                text = f"{self._expression(called.value)}.{called.attr}({given})"
                yield f"{text}{self._comment(node)}"
            case ast.For(body=body):
                yield f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}:"
                yield from (f"    {line}" for each in body for line in self._statement(each))
            case ast.With(body=body):
                yield "with torch.no_grad():"
                yield from (f"    {line}" for each in body for line in self._statement(each))

    def _definition(self, node: ast.FunctionDef) -> Iterator[str]:
        self._functions.add(node.name)
        arguments = [each.arg for each in node.args.args]
        assigned = (each for each in node.body if isinstance(each, ast.Assign))
        self._inside = node.name
        self._own = frozenset((*arguments, *map(target_of, assigned)))
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
        name = target_of(node)
        full = f"{self._inside}.{name}" if self._inside else name
        if full in self._numbers:
            yield f"{name} = {self._number_text(node.value)}{self._comment(node)}"
            return
        detached = cut_off(node.value)
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
        if callee_name(node) == "tensor":
            # Of torch's own type, whatever the experiment has.
            return _parsed(f"torch.tensor({ast.unparse(node.args[0])})")
        written = callee_name(node)
        operation = find(written)
        assert operation is not None
        both = all_arguments(node, node.args)
        if operation.comparison and any(map(self._is_number, both)):
            # torch.gt takes no number first.
            left, right = (f"({ast.unparse(self.visit(each))})" for each in both)
            return _parsed(f"{left} {operation.infix} {right}")
        method = isinstance(called, ast.Attribute) and not is_prefix(called.value)
        if method and self._is_number(called.value):  # type: ignore[attr-defined]
            # `(0.5).exp()`
            node.args, method = all_arguments(node, node.args), False
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
        return node if is_literal(node) else self.visit(node)

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
                operation = find(callee_name(node))
                folds = operation is not None and operation.fold is not None
                return folds and all(map(self._is_number, all_arguments(node, arguments)))
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
        operation = find(callee_name(node))
        assert operation is not None
        texts = [f"({ast.unparse(self.visit(each))})" for each in all_arguments(node, node.args)]
        # Of one argument there is only neg.
        return _parsed(f" {operation.infix} ".join(texts) if operation.infix else f"-{texts[0]}")


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
