"""Words for what stands in a problem as a key: kinds of value, parts of Python.

`explorer.words.errors` puts them into its sentences.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.i18n import N_

# Python that the formula language does not have, each with the way out.
CONSTRUCTS: Mapping[str, str] = MappingProxyType(
    {
        "annotation": N_("Type annotations are not part of a formula: leave them out."),
        "async": N_("Generators and coroutines are not part of a formula."),
        "augmented": N_("A tensor is assigned once: instead of z += 1 write z2 = z + 1."),
        "boolean": N_("Logic (and, or, not, ~) is not part of a formula: nest where(...) instead."),
        "call": N_("Only a function's name can be called here, such as exp(x)."),
        "chained-comparison": N_(
            "A comparison has two sides: instead of 0 < x < 1 nest two where(...)."
        ),
        "class": N_("Classes are not part of a formula: write the model as assignments."),
        "complex": N_("Complex numbers are not part of a formula."),
        "comprehension": N_("Comprehensions are not part of a formula: write the terms out."),
        "condition": N_("if and match are not part of a formula: write where(condition, yes, no)."),
        "decorator": N_("Decorators are not part of a formula: leave the line with @ out."),
        "default": N_("Parameters of a function have no defaults here: give every argument."),
        "early-return": N_("A function has one return, and it is its last line."),
        "import": N_(
            "A formula needs no import, all its operations are there: leave the line out."
        ),
        "lambda": N_("lambda is not part of a formula: write def f(x): return ... instead."),
        "list": N_("A list stands only where an option takes dimensions, such as dim=(0, 1)."),
        "lone-expression": N_("This value is not used: give it a name, such as z = ..."),
        "loop": N_("Loops are not part of a formula: write the lines out."),
        "nested-function": N_("A function inside a function is not possible: move it outside."),
        "no-return": N_("A function must end with return and a value."),
        "operator": N_("Operators are + - * / ** @ and, inside where, the comparisons."),
        "other": N_("This is not part of a formula: write assignments, operators and calls."),
        "parameter-kind": N_("Parameters of a function are plain names separated by commas."),
        "return-outside": N_("return belongs at the end of a function: assign a name instead."),
        "several-targets": N_("One line assigns one name: write two lines."),
        "statement": N_("This statement is not part of a formula: leave it out."),
        "string": N_("Text in quotes is not part of a formula: use # for comments."),
        "subscript": N_(
            "Square brackets cannot take a part of a tensor here: make it a parameter."
        ),
        "target": N_("Only a plain name can be assigned, one on each line."),
        "truth": N_("True, False and None stand only for options, such as keepdim=True."),
        "unpacking": N_("Arguments cannot be unpacked with * here: write them out."),
        "walrus": N_("Assignments stand on lines of their own: write z = ... before this line."),
        "with": N_("with is not part of a formula: use .detach() or the switches instead."),
    }
)

# Kinds of value in the file and of a formula's options.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "dimensions": N_("a whole number or several in parentheses"),
        "flag": N_("True or False"),
        "integer": N_("a whole number"),
        "list": N_("a list"),
        "nothing": N_("nothing"),
        "number": N_("a number"),
        "number-or-list": N_("a number or a list of numbers"),
        "other": N_("something else"),
        "pair": N_("a list of two numbers"),
        "shape": N_("whole numbers in parentheses, such as (2, 3)"),
        "table": N_("a table"),
        "text": N_("a text"),
        "truth": N_("true or false"),
        "whole-number": N_("a whole number"),
    }
)
