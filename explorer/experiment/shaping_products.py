"""What shape the products of vectors and matrices have, and what is made of matrices.

Part of `explorer.experiment.shaping`; the rules are used in the operations table.
"""

from itertools import zip_longest

from explorer.experiment.shaping import Options, Shape, Shapes, together


def matrix_product(shapes: Shapes, _options: Options) -> Shape:
    """Matrices in the last two dimensions; a vector counts as a row or a column."""
    a, b = shapes
    if not (a and b) or a[-1] != b[-2 if len(b) > 1 else -1]:
        raise ValueError(shapes)
    return (*together(a[:-2], b[:-2]), *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def inner_product(shapes: Shapes, _options: Options) -> Shape:
    """Of inner: the last dimensions, which are the same, are summed over."""
    a, b = shapes
    if not (a and b):
        return a or b
    if a[-1] != b[-1]:
        raise ValueError(shapes)
    return (*a[:-1], *b[:-1])


def outer(shapes: Shapes, _options: Options) -> Shape:
    """Of outer: every element of the one vector with every element of the other."""
    return (*shapes[0], *shapes[1])


def added_product(shapes: Shapes, _options: Options) -> Shape:
    """Of addmm: the product of the second and third tensor, to which the first is added."""
    return matrix_product(shapes[1:], {})


def kronecker(shapes: Shapes, _options: Options) -> Shape:
    """Of kron: the sizes multiplied, from the last dimension on."""
    sizes = zip_longest(shapes[0][::-1], shapes[1][::-1], fillvalue=1)
    return tuple(a * b for a, b in sizes)[::-1]


def determinant(shapes: Shapes, _options: Options) -> Shape:
    """One number for each matrix, which the last two dimensions are."""
    return shapes[0][:-2]


def two_determinants(shapes: Shapes, _options: Options) -> list[Shape]:
    """Of slogdet: sign and logarithm, each one number for each matrix."""
    return [shapes[0][:-2]] * 2


def solved(shapes: Shapes, _options: Options) -> Shape:
    """Of solve: the shape of the right side; where that is a vector, one for each matrix."""
    a, b = shapes
    if len(b) == 1:
        return (*a[:-2], a[-1])
    return (*together(a[:-2], b[:-2]), *b[-2:])


def einsum(shapes: Shapes, options: Options) -> Shape:
    """The sizes of the letters behind the arrow of the equation."""
    return einsum_steps(shapes, options)[-1]


def einsum_steps(shapes: Shapes, options: Options) -> list[Shape]:
    """What PyTorch makes one after the other: it takes the tensors from the left."""
    given, out = equation_sides(options["equation"])
    if len(given) != len(shapes):
        raise ValueError(given)
    sizes: dict[str, int] = {}
    for letters, shape in zip(given, shapes, strict=True):
        for letter, size in zip(letters, shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    steps, held = [], set(given[0])
    for number, letters in enumerate(given):
        later = {letter for each in given[number + 1 :] for letter in each} | set(out)
        held = (held | set(letters)) & later
        steps.append(tuple(sizes[letter] for letter in sorted(held)))
    return [*steps, tuple(sizes[letter] for letter in out)]


def equation_sides(equation: str) -> tuple[list[str], str]:
    """The letters of each tensor and of the result; those that occur once, if it has no arrow."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    letters = left.replace(",", "")
    if not arrow:
        right = "".join(sorted(each for each in set(letters) if letters.count(each) == 1))
    return left.split(","), right
