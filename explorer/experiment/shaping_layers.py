"""Rules for the shapes of layers and losses; see `shaping`."""

import math
from collections.abc import Sequence
from typing import Any

from explorer.experiment.shaping import Options, Rule, Shape, Shapes, place, together, without


def pooled_loss(shapes: Shapes, options: Options) -> Shape:
    """A loss: one number, unless `reduction` is "none"."""
    return together(*shapes[:2]) if options.get("reduction") == "none" else ()


def rows_loss(shapes: Shapes, options: Options) -> Shape:
    """A loss of rows: with reduction "none" one number for each row."""
    return together(*shapes[:2])[:-1] if options.get("reduction") == "none" else ()


def classes_loss(shapes: Shapes, options: Options) -> Shape:
    """A loss of class scores: with reduction "none" one number for each target."""
    if options.get("reduction") != "none":
        return ()
    scores = shapes[0]
    return (*scores[:1], *scores[2:]) if len(scores) > 1 else ()


def linear(shapes: Shapes, _options: Options) -> Shape:
    """`x @ weight.T + bias`."""
    x, weight = shapes[:2]
    if x[-1] != weight[-1]:
        raise ValueError(shapes)
    return (*x[:-1], *weight[:-1])


def bilinear(shapes: Shapes, _options: Options) -> Shape:
    """One number for each matrix of the weight, in the last dimension."""
    return (*shapes[0][:-1], shapes[2][0])


def attention(shapes: Shapes, _options: Options) -> Shape:
    """The shape of the query, with as many columns as the values have."""
    return (*shapes[0][:-1], shapes[2][-1])


def distances(shapes: Shapes, _options: Options) -> Shape:
    """Of cdist: a row of the first tensor for each row of the second."""
    a, b = shapes
    return (*together(a[:-2], b[:-2]), a[-2], b[-2])


def pairs(shapes: Shapes, options: Options) -> Shape:
    """Of pairwise_distance: rows with rows, the last dimension reduced."""
    return without(together(*shapes), -1, bool(options.get("keepdim")))


def similarity(shapes: Shapes, options: Options) -> Shape:
    """Of cosine_similarity: `dim` reduced, the second dimension by default."""
    return without(together(*shapes), options.get("dim", 1), keep=False)


def halved(shapes: Shapes, options: Options) -> Shape:
    """Of glu: half of `dim`."""
    at = place(shapes[0], options.get("dim", -1))
    return (*shapes[0][:at], shapes[0][at] // 2, *shapes[0][at + 1 :])


def looked_up(shapes: Shapes, _options: Options) -> Shape:
    """Of embedding: a row of the second tensor for each number in the first."""
    return (*shapes[0], *shapes[1][1:])


def classes(shapes: Shapes, options: Options) -> Shape:
    """Of one_hot: `num_classes` numbers for each number of the first tensor."""
    return (*shapes[0], options["num_classes"])


# -- images --------------------------------------------------------------------------------------


def convolved(dimensions: int) -> Rule:
    """A convolution over the last dimensions."""

    def rule(shapes: Shapes, options: Options) -> Shape:
        x, weight = shapes[:2]
        if options.get("padding") == "same":
            sizes = x[-dimensions:]
        else:
            padding = 0 if options.get("padding") == "valid" else options.get("padding", 0)
            sizes = _slid(dimensions, x, {**options, "padding": padding}, weight[2:])
        return (*x[: -dimensions - 1], weight[0], *sizes)

    return rule


def pooled(dimensions: int) -> Rule:
    """A window over the last dimensions."""

    def rule(shapes: Shapes, options: Options) -> Shape:
        x, window = shapes[0], options["kernel_size"]
        given = {name: each for name, each in options.items() if each is not None}
        return (*x[:-dimensions], *_slid(dimensions, x, {"stride": window, **given}, window))

    return rule


def _slid(dimensions: int, x: Shape, options: Options, window: Any) -> Shape:
    each = [
        _every(options.get(name, default), dimensions)
        for name, default in (("padding", 0), ("dilation", 1), ("stride", 1))
    ]
    up = bool(options.get("ceil_mode"))
    rows = zip(x[-dimensions:], _every(window, dimensions), *each, strict=True)
    return tuple(_count(row, up) for row in rows)


def _count(row: Sequence[int], up: bool) -> int:
    size, window, padding, dilation, stride = row
    room = size + 2 * padding - dilation * (window - 1) - 1
    count = room // stride + 1
    if up and room % stride and count * stride < size + padding:
        # The last window has to begin in the tensor or in front of it.
        count += 1
    if count < 1:
        raise ValueError(size)
    return count


def _every(value: Any, count: int) -> Sequence[int]:
    if not isinstance(value, tuple | list):
        return (value,) * count
    return tuple(value) * count if len(value) == 1 else tuple(value)


def adapted(dimensions: int) -> Rule:
    """`output_size` in place of the last dimensions."""

    def rule(shapes: Shapes, options: Options) -> Shape:
        sizes = _every(options["output_size"], dimensions)
        if len(sizes) != dimensions:
            raise ValueError(sizes)
        return (*shapes[0][:-dimensions], *sizes)

    return rule


# -- what is made on the way to the result -------------------------------------------------------


def one_with_each(shapes: Shapes, _options: Options) -> Shape:
    """Of a bilinear layer: each number of the one row with each number of the other."""
    return (*shapes[0], shapes[1][-1])


def image_windows(shapes: Shapes, options: Options) -> Shape:
    """Of a convolution: every window of one image, written out."""
    dimensions = len(shapes[1]) - 2
    made = convolved(dimensions)(shapes, options)
    return (*shapes[1][1:], math.prod(each for each in made[-dimensions:] if isinstance(each, int)))


def scores(shapes: Shapes, _options: Options) -> Shape:
    """Of attention: every query with every key."""
    return (*shapes[0][:-1], shapes[1][-2])
