"""Words for what stands in a problem as a key: kinds of value, parts of Python.

`explorer.words.errors` puts them into its sentences.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.i18n import N_

# Python that the formula language does not have, each with the way out.
CONSTRUCTS: Mapping[str, str] = MappingProxyType(
    {
        "annotation": N_("A type alone makes no tensor: give the name a value, such as z = x + 1."),
        "async": N_("Generators and coroutines are not part of a formula."),
        "augmented": N_("PyTorch has no such operation in place: write z = z @ x instead."),
        "call": N_("Only a function's name can be called here, such as exp(x)."),
        "call-backward": N_(
            "A formula ends with the objective, and backward() is called on that by itself: leave "
            "this out."
        ),
        "call-device": N_("A formula's tensors are all on the CPU: leave this call out."),
        "call-hook": N_(
            "Hooks are not part of a formula, and every tensor here keeps its gradient: leave "
            "this out."
        ),
        "call-no-grad": N_(
            "This stands behind with: write with torch.no_grad(): and the lines below it, indented."
        ),
        "call-nonzero": N_(
            "How many places this gives depends on the numbers, which change in every step: write "
            "a mask, x[x != 0] or torch.where(x != 0, x, 0)."
        ),
        "call-numpy": N_(
            "Arrays and lists are not part of a formula: x.detach() cuts like x.numpy(), and "
            "x.item() gives a single number."
        ),
        "call-optimizer": N_(
            "The optimizer works by itself after every formula, as [training] says: leave this out."
        ),
        "call-plot": N_("The window draws the plots: leave this line out."),
        "call-print": N_("The window and the command run show the numbers: leave this line out."),
        "call-random": N_(
            "A formula draws no random numbers: make it a parameter, which may have random "
            "values, or a data column."
        ),
        "chained-comparison": N_(
            "A comparison has two sides: instead of 0 < x < 1 nest two where(...)."
        ),
        "class": N_("Classes are not part of a formula: write the model as assignments."),
        "complex": N_("Complex numbers are not part of a formula."),
        "comprehension": N_("Comprehensions are not part of a formula: write the terms out."),
        "condition": N_("match is not part of a formula: write if and elif."),
        "condition-on-tensor": N_(
            "What this depends on is only known when the tensors are: write "
            "where(condition, yes, no). A condition on plain numbers is possible."
        ),
        "decorator": N_("Of lines with @ a formula has @torch.no_grad(): leave any other out."),
        "identity": N_("is compares with None only: write == for numbers."),
        "import": N_(
            "A formula needs no import, all its operations are there: leave the line out."
        ),
        "inference-mode": N_(
            "Tensors of inference_mode() can never be used in a graph: write torch.no_grad()."
        ),
        "list": N_(
            "Several values cannot be computed with at once here: give each a name, "
            "such as p, q = f(x)."
        ),
        "int-of-tensor": N_(
            "A tensor makes no plain whole number before it is computed: write x.int() or x.long()."
        ),
        "lone-expression": N_("This value is not used: give it a name, such as z = ..."),
        "loop": N_("A loop in a formula is for name in range(n): and has no else."),
        "module-layers": N_(
            "Layers of torch.nn are not part of a formula: make their weights parameters and write "
            "x @ w.t() + b."
        ),
        "module-numpy": N_("A formula has PyTorch's functions: write torch. instead."),
        "no-return": N_("A function must end with return and a value."),
        "not-several": N_(
            "Only what has a known number of parts can be taken apart or gone through: a tuple, "
            "range(n), zip(p, q), enumerate(p)."
        ),
        "operator": N_("Operators are + - * / // % ** @ & | ^ ~ and the comparisons."),
        "other": N_("This is not part of a formula: write assignments, operators and calls."),
        "parameter-kind": N_("Parameters of a function are plain names separated by commas."),
        "range": N_("range takes plain whole numbers, and steps that are not 0."),
        "return-outside": N_("return belongs into a function: assign a name instead."),
        "slice": N_("A slice has plain whole numbers: write x[1:3] or x[::2]."),
        "statement": N_("This statement is not part of a formula: leave it out."),
        "string": N_("Text in quotes is not part of a formula: use # for comments."),
        "subscript": N_(
            "Square brackets take whole numbers, slices, None, ..., lists of whole numbers, masks "
            "and tensors of whole numbers: write x[0], x[1:, None] or x[x > 0]."
        ),
        "subscript-of-number": N_("A plain number has no parts: leave the square brackets out."),
        "target": N_(
            "Only names and parts of computed tensors can be assigned: write z = ..., p, q = ... "
            "or z[0] = ..."
        ),
        "target-data": N_("Instead of x.data = y write x.data.copy_(y) with a computed x."),
        "target-grad": N_(
            "A gradient cannot be set in a formula; zero_grad in [training] says when they are "
            "cleared: leave this out."
        ),
        "target-requires-grad": N_(
            "requires_grad is the switch of a parameter: set it there, or write "
            "z = x.detach().requires_grad_()."
        ),
        "truth": N_(
            "True, False, None and comparisons of plain numbers stand for options, such as "
            "keepdim=True, and behind if: compute with tensors or numbers here."
        ),
        "unpacking": N_("Arguments cannot be unpacked with * here: write them out."),
        "walrus": N_("Assignments stand on lines of their own: write z = ... before this line."),
        "while": N_("while is not part of a formula: write for i in range(n) with a plain n."),
        "with": N_("Of with a formula has torch.no_grad() and torch.enable_grad(): leave it out."),
    }
)

# Kinds of value in the file and of a formula's options.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "dtype": N_("a type of numbers, such as torch.float32"),
        "dimensions": N_("a whole number or several in parentheses"),
        "equation": N_('an equation in quotes, such as "ij,j->i"'),
        "flag": N_("True or False"),
        "integer": N_("a whole number"),
        "list": N_("a list"),
        "literal": N_("numbers, or lists of numbers that are equally long"),
        "nothing": N_("nothing"),
        "number": N_("a number"),
        "number-or-list": N_("a number or a list of numbers"),
        "other": N_("something else"),
        "pair": N_("a list of two numbers"),
        "shape": N_("whole numbers in parentheses, such as (2, 3)"),
        "table": N_("a table"),
        "tensor": N_("a tensor"),
        "text": N_("a text"),
        "truth": N_("true or false"),
        "where": N_("places in square brackets"),
        "whole-number": N_("a whole number"),
        "word": N_("one of the words that PyTorch has for it"),
    }
)
