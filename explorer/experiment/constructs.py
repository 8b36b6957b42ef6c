"""The parts of Python that a formula does not have, and how they are refused.

`syntax` and `expressions` refuse a node of Python's tree through here;
`explorer.words.constructs` says what to write instead.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.experiment.problem import BadInput
from explorer.experiment.raw import Node, at, position_of

# Kinds of node that have a sentence of their own; the rest are "other".
CONSTRUCTS: Mapping[str, str] = MappingProxyType(
    {
        "Import": "import",
        "ImportFrom": "import",
        "NamedExpr": "walrus",
        "JoinedStr": "string",
        "TemplateStr": "string",
        "ListComp": "comprehension",
        "SetComp": "comprehension",
        "DictComp": "comprehension",
        "GeneratorExp": "comprehension",
        "Subscript": "subscript",
        "Slice": "subscript",
        "Set": "list",
        "Dict": "list",
        "Starred": "unpacking",
        "Match": "condition",
        "For": "loop",
        "While": "while",
        "AsyncFor": "loop",
        "With": "with",
        "AsyncWith": "with",
        "AnnAssign": "annotation",
        "ClassDef": "class",
        "AsyncFunctionDef": "async",
        "Await": "async",
        "Yield": "async",
        "YieldFrom": "async",
        "Delete": "statement",
        "Assert": "statement",
        "Raise": "statement",
        "Try": "statement",
        "TryStar": "statement",
        "Global": "statement",
        "Nonlocal": "statement",
        "Break": "statement",
        "Continue": "statement",
        "Return": "return-outside",
        "Expr": "lone-expression",
    }
)


def refused(node: Node, construct: str = "") -> BadInput:
    """The refusal of a node, as this construct or as what its kind says."""
    found = construct or CONSTRUCTS.get(type(node).__name__, "other")
    return BadInput("not-in-language", at(position_of(node)), construct=found)
