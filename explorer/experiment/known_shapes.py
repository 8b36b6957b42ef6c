"""Shapes that are known before anything is computed: `x.shape`, `len(x)`, `x.size(0)`.

They follow from those of parameters and columns by the rules of the operations table. Looked
at only where a formula asks. Used by `applying`.
"""

from collections.abc import Mapping

from explorer.experiment.lines import Lines
from explorer.experiment.operations import ENTRIES
from explorer.experiment.problem import BadInput
from explorer.experiment.raw import at
from explorer.experiment.shaping import MOST_PARTS, UNFIT, Shape, TooManyPartsError
from explorer.experiment.tree import Call, Expression, Name, Number, folded

# A problem is that of the operation, for whoever asks for what it would give.
Known = Shape | list[Shape] | BadInput | None
# In place these give their tensor another shape.
_RESHAPING = frozenset({"t", "squeeze", "unsqueeze", "transpose"})


class KnownShapes:
    """Of the tensors in these lines, which may grow; `leaves` are those of the leaves."""

    def __init__(self, leaves: Mapping[str, Shape], lines: Lines) -> None:
        self._shapes: dict[str, Known] = dict(leaves)
        self._lines = lines
        self._read = 0

    def of(self, expression: Expression) -> Shape | list[Shape] | None:
        """The shape, several of what has several results, or None if it is not known.

        Raises BadInput if there is none.
        """
        assignments = self._lines.assignments
        while self._read < len(assignments):
            line = assignments[self._read]
            self._read += 1
            self._shapes[line.name] = self._of(line.expression)
        found = self._of(expression)
        if isinstance(found, BadInput):
            raise found
        return found

    def _of(self, expression: Expression) -> Known:
        return folded(expression, self._visit)

    def _visit(self, node: Expression, shapes: list[Known]) -> Known:
        if isinstance(node, Number):
            return ()
        if isinstance(node, Name):
            return () if node.plain else self._shapes.get(node.name)
        if node.operation == "part":
            return _part(node, shapes[0])
        if node.plain:
            return ()
        if node.in_place:
            return self._changed(node, shapes[0])
        return _result(node, shapes)

    def _changed(self, node: Call, before: Known) -> Known:
        changed = node.arguments[0]
        if node.operation in _RESHAPING and isinstance(changed, Name):
            # Views and other names of it have shapes that nobody follows.
            self._shapes[changed.name] = None
            return None
        return before


def _part(node: Call, shapes: Known) -> Known:
    index = dict(node.options)["index"]
    if isinstance(shapes, list) and isinstance(index, int) and index < len(shapes):
        return shapes[index]
    return shapes if isinstance(shapes, BadInput) else None


def _result(node: Call, shapes: list[Known]) -> Known:
    for shape in shapes:
        if isinstance(shape, BadInput):
            return shape
    known = [shape for shape in shapes if isinstance(shape, tuple)]
    operation = ENTRIES[node.operation]
    if len(known) < len(shapes) or (operation.is_brackets and len(shapes) > 1):
        # Behind a subscript may be a mask.
        return None
    try:
        return operation.shape(known, dict(node.options))
    except TooManyPartsError as error:
        return BadInput(
            "too-many-results", at(node.position), count=error.args[0], limit=MOST_PARTS
        )
    except UNFIT:
        facts = {"operation": operation.written, "shapes": ", ".join(map(str, known))}
        return BadInput("shapes-not-taken", at(node.position), **facts)
