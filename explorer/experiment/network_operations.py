"""Entries of the operations table: layers and losses of torch.nn.functional.

Part of the table in `explorer.experiment.operations`.
"""

from dataclasses import replace

from explorer.experiment import shaping, shaping_layers
from explorer.experiment.entry import (
    FLAG,
    INTEGER,
    NUMBER,
    SHAPE,
    TENSOR,
    WEIGHT,
    binary,
    functional,
    keyword,
    loss,
    network,
    required,
    words,
)
from explorer.experiment.operation import Operation, Option, OptionKind, Slope

_WINDOW = Option(OptionKind.DIMENSIONS, required=True)
_EVERY = Option(OptionKind.DIMENSIONS)
_CONVOLUTION = {
    "bias": TENSOR,
    "stride": _EVERY,
    "padding": Option(OptionKind.DIMENSIONS, words=("valid", "same")),
    "dilation": _EVERY,
    "groups": INTEGER,
}
_POOL = {"kernel_size": _WINDOW, "stride": replace(_EVERY, nullable=True), "padding": _EVERY}
_MAX_POOL = {**_POOL, "dilation": _EVERY, "ceil_mode": FLAG}
_AVG_POOL = {**_POOL, "ceil_mode": FLAG, "count_include_pad": FLAG}
_NEVER = Option(OptionKind.FLAG, required=True, words=("False",))


def _partial(operation: Operation) -> Operation:
    return replace(operation, slope=Slope.PARTIAL)


NETWORK = (
    network("linear", "input weight", shaping_layers.linear, bias=TENSOR),
    network("bilinear", "input1 input2 weight", shaping_layers.bilinear, bias=TENSOR),
    _partial(network("embedding", "input weight", shaping_layers.looked_up)),
    replace(
        functional("one_hot", Slope.NONE, num_classes=required(INTEGER)),
        shape=shaping_layers.classes,
    ),
    network("conv1d", "input weight", shaping_layers.convolved(1), **_CONVOLUTION),
    network("conv2d", "input weight", shaping_layers.convolved(2), **_CONVOLUTION),
    *(
        replace(functional(f"{kind}_pool{n}d", slope, **options), shape=shaping_layers.pooled(n))
        for kind, slope, options in (
            ("max", Slope.PARTIAL, _MAX_POOL),
            ("avg", Slope.PARTIAL, _AVG_POOL),
        )
        for n in (1, 2)
    ),
    *(
        network(f"adaptive_avg_pool{n}d", "input", shaping_layers.adapted(n), output_size=_WINDOW)
        for n in (1, 2)
    ),
    network("layer_norm", "input", shaping.first, normalized_shape=SHAPE, **WEIGHT, eps=NUMBER),
    network(
        "batch_norm",
        "input",
        shaping.first,
        running_mean=required(TENSOR),
        running_var=required(TENSOR),
        **WEIGHT,
        training=FLAG,
        momentum=NUMBER,
        eps=NUMBER,
    ),
    network(
        "group_norm", "input", shaping.first, num_groups=required(INTEGER), **WEIGHT, eps=NUMBER
    ),
    # Without chance: only as it is outside training.
    network("dropout", "input", shaping.first, p=NUMBER, training=_NEVER),
    network("normalize", "input", shaping.first, p=NUMBER, dim=_EVERY, eps=NUMBER),
    network("cosine_similarity", "x1 x2", shaping_layers.similarity, dim=INTEGER, eps=NUMBER),
    network("pairwise_distance", "x1 x2", shaping_layers.pairs, p=NUMBER, eps=NUMBER, keepdim=FLAG),
    replace(binary("cdist"), options={"p": NUMBER}, method=False, shape=shaping_layers.distances),
    network(
        "scaled_dot_product_attention",
        "query key value",
        shaping_layers.attention,
        attn_mask=TENSOR,
        is_causal=keyword(FLAG),
        scale=keyword(NUMBER),
    ),
    replace(functional("glu", dim=INTEGER), shape=shaping_layers.halved),
)

_POOLED, _ROWS, _CLASSES = (
    shaping_layers.pooled_loss,
    shaping_layers.rows_loss,
    shaping_layers.classes_loss,
)
_BETWEEN = {"margin": keyword(NUMBER)}

LOSSES = (
    loss("mse_loss", _POOLED, weight=keyword(TENSOR)),
    loss("l1_loss", _POOLED),
    loss("huber_loss", _POOLED, delta=keyword(NUMBER)),
    loss("smooth_l1_loss", _POOLED, beta=keyword(NUMBER)),
    loss("binary_cross_entropy", _POOLED, weight=TENSOR),
    loss("binary_cross_entropy_with_logits", _POOLED, weight=TENSOR, pos_weight=keyword(TENSOR)),
    loss("soft_margin_loss", _POOLED),
    _partial(loss("hinge_embedding_loss", _POOLED, **_BETWEEN)),
    loss("poisson_nll_loss", _POOLED, log_input=FLAG, full=FLAG, eps=keyword(NUMBER)),
    loss("gaussian_nll_loss", _POOLED, "input target var", full=FLAG, eps=NUMBER),
    loss(
        "kl_div",
        _POOLED,
        log_target=keyword(FLAG),
        reduction=words("mean", "sum", "none", "batchmean"),
    ),
    loss(
        "cross_entropy",
        _CLASSES,
        weight=TENSOR,
        ignore_index=keyword(INTEGER),
        label_smoothing=keyword(NUMBER),
    ),
    _partial(loss("nll_loss", _CLASSES, weight=TENSOR, ignore_index=keyword(INTEGER))),
    _partial(loss("multi_margin_loss", _CLASSES, margin=keyword(NUMBER))),
    _partial(loss("margin_ranking_loss", _POOLED, "input1 input2 target", **_BETWEEN)),
    _partial(
        loss(
            "triplet_margin_loss",
            _ROWS,
            "anchor positive negative",
            margin=keyword(NUMBER),
            p=keyword(NUMBER),
            eps=keyword(NUMBER),
            swap=keyword(FLAG),
        ),
    ),
    _partial(loss("cosine_embedding_loss", _ROWS, "input1 input2 target", **_BETWEEN)),
)
