"""Why a formula is refused, by the code of the refusal: what the language has instead.

`explorer.words.errors` has them among its sentences.
"""

from collections.abc import Mapping

from explorer.i18n import N_

SENTENCES: Mapping[str, str] = {
    "attribute-not-allowed": N_(
        "“.{attribute}” is not part of a formula: methods from the list of operations are, "
        "such as x.sum() and x.t()."
    ),
    "character-not-allowed": N_(
        "The character {character} ({code_point}) cannot stand in a formula: "
        "write plain letters and signs; comments may hold anything."
    ),
    "division-by-zero": N_("This divides by zero: change the number."),
    "dtype-does-not-fit": N_(
        "PyTorch cannot compute {operation} here: {message}. The operation does not take tensors "
        "of this type: turn a mask into numbers with .float(), or use where(mask, a, b)."
    ),
    "expression-too-long": N_(
        "An expression is a chain of more than {limit} operations: give parts of it names of "
        "their own."
    ),
    "formula-empty": N_("The formula is empty: write an assignment, such as y = a*x + b."),
    "formula-not-python": N_("This cannot be read as Python: {message}. Correct the line."),
    "formula-too-deep": N_(
        "The formula is nested more than {limit} deep: give parts of it names of their own."
    ),
    "formula-too-large": N_(
        "With {operation} the formula would make {count} numbers at once, and {limit} is the "
        "limit: make the tensors smaller."
    ),
    "formula-too-long": N_("The formula is longer than {limit_kib} KiB: shorten it."),
    "formula-too-many-parts": N_(
        "With its functions written out the formula has more than {limit} parts: "
        "call them less often."
    ),
    "function-not-called": N_("“{name}” is a function: call it, such as {name}(x)."),
    "function-recursive": N_("“{name}” calls itself: write the steps out instead."),
    "leaf-changed-in-place": N_(
        "This changes {name} in place, of which the formula is computed anew at every step; of a "
        "leaf that requires grad PyTorch refuses it. Change a copy: z = {name}.clone()."
    ),
    "loop-too-long": N_(
        "The loop is written out, and {count} rounds are too many: the limit is {limit}."
    ),
    "math-of-tensor": N_(
        "math.{name} takes plain numbers that are known before running: write torch.{name}(x) "
        "of a tensor."
    ),
    "memory-does-not-suffice": N_(
        "The memory does not suffice for {operation}: {message}. Make the tensors smaller."
    ),
    "name-before-assignment": N_(
        "“{name}” is used before it is defined: move its definition above this line."
    ),
    "not-a-function": N_("“{name}” can be called only as a method: write x.{name}()."),
    "not-a-method": N_("“{name}” cannot be called as a method: write {name}(x)."),
    "no-such-item": N_(
        "There are {count} parts here, counted from 0, and this is none of them: take one of them."
    ),
    "not-in-language": N_("{construct}"),
    "number-complex": N_("A root of a negative number is not real: change the number."),
    "number-too-large": N_("The number is too large: make it smaller."),
    "option-missing": N_("{function} needs the option {option}: add {option}=..."),
    "option-not-one-of": N_("The option {option} can be {choices}: write one of these."),
    "option-wrong-kind": N_("The option {option} must be {wanted}: change it."),
    "shape-not-known": N_(
        "{what} needs a shape, and the one here is only known when the tensors are, as behind a "
        "mask: write the number itself."
    ),
    "shapes-not-taken": N_(
        "{operation} does not take {shapes} with these numbers: correct the numbers or the shapes."
    ),
    "shapes-do-not-fit": N_(
        "The shapes do not fit in {operation}: {left} has {left_shape}, {right} has "
        "{right_shape}. Make them equal, or fit to broadcast."
    ),
    "tensors-in-a-list": N_("{function} takes its tensors in a list: write {function}([x, y])."),
    "too-many-results": N_(
        "This would give {count} tensors, each written out, and the limit is {limit}: compute "
        "with the whole tensor."
    ),
    "torch-refuses": N_("PyTorch cannot compute this: {message}. Change the formula or shapes."),
    "unknown-function": N_("There is no function “{name}”: use one of the operations."),
    "unknown-method": N_("There is no method “.{name}”: use one of the operations."),
    "unknown-name": N_(
        "“{name}” is not a parameter, a data column or an earlier assignment: "
        "correct it, or add it to [parameters]."
    ),
    "unknown-option": N_("{function} has no option “{option}”: correct it or take it out."),
    "where-needs-comparison": N_("where begins with a comparison: where(x > 0, yes, no)."),
    "number-has-no-method": N_(
        "This is a plain number, of which Python has no “{method}”: leave .item() or float() out."
    ),
    "wrong-number-of-values": N_(
        "{wanted} names are to take {got} values: write as many names as there are values."
    ),
    "wrong-number-of-arguments": N_(
        "{function} takes {wanted} arguments but was given {got}: correct the call."
    ),
}
