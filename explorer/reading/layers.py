"""torch.nn's plain layers as calls of the formula: one entry for each.

The layer itself is made by torch.nn, so that its first numbers are those of the program's seed;
what it computes is written with the functional form of its class. Used by `modules`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from explorer.experiment import losses

# From a layer and the texts of its inputs and parameters to the text of its call.
Write = Callable[[Any, list[str], Mapping[str, str]], str]

# torch.nn's arguments come from the program: only of these classes, checked to be plain.
_ACTIVATIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ReLU": ("torch.relu", ()),
    "Tanh": ("torch.tanh", ()),
    "Sigmoid": ("torch.sigmoid", ()),
    "LeakyReLU": ("F.leaky_relu", ("negative_slope",)),
    "ELU": ("F.elu", ("alpha",)),
    "CELU": ("F.celu", ("alpha",)),
    "SELU": ("F.selu", ()),
    "GELU": ("F.gelu", ("approximate",)),
    "SiLU": ("F.silu", ()),
    "Mish": ("F.mish", ()),
    "ReLU6": ("F.relu6", ()),
    "Hardtanh": ("F.hardtanh", ("min_val", "max_val")),
    "Hardsigmoid": ("F.hardsigmoid", ()),
    "Hardswish": ("F.hardswish", ()),
    "Softplus": ("F.softplus", ("beta", "threshold")),
    "Softsign": ("F.softsign", ()),
    "Softshrink": ("F.softshrink", ("lambd",)),
    "Hardshrink": ("F.hardshrink", ("lambd",)),
    "Tanhshrink": ("F.tanhshrink", ()),
    "LogSigmoid": ("F.logsigmoid", ()),
    "GLU": ("F.glu", ("dim",)),
    "MaxPool1d": ("F.max_pool1d", ("kernel_size", "stride", "padding")),
    "MaxPool2d": ("F.max_pool2d", ("kernel_size", "stride", "padding")),
    "AvgPool1d": ("F.avg_pool1d", ("kernel_size", "stride", "padding")),
    "AvgPool2d": ("F.avg_pool2d", ("kernel_size", "stride", "padding")),
    "AdaptiveAvgPool1d": ("F.adaptive_avg_pool1d", ("output_size",)),
    "AdaptiveAvgPool2d": ("F.adaptive_avg_pool2d", ("output_size",)),
}
# Options that stand in every call, whatever their value.
_REQUIRED = frozenset({"kernel_size", "output_size", "dim"})
_DEFAULTS: Mapping[str, Any] = {
    "negative_slope": 0.01,
    "alpha": 1.0,
    "approximate": "none",
    "min_val": -1.0,
    "max_val": 1.0,
    "beta": 1.0,
    "threshold": 20.0,
    "lambd": 0.5,
    "padding": (0,),
    "stride": (1,),
    "dilation": (1,),
    "groups": 1,
}


def call(function: str, arguments: list[str], layer: Any, options: tuple[str, ...]) -> str:
    """A call with those options of the layer that are not what torch takes by itself."""
    texts = list(arguments)
    for name in options:
        value = getattr(layer, name)
        if name in _REQUIRED or not _is_default(layer, name, value):
            texts.append(f"{name}={_plain(value)!r}")
    return f"{function}({', '.join(texts)})"


def _is_default(layer: Any, name: str, value: Any) -> bool:
    if name == "stride" and hasattr(layer, "kernel_size") and not hasattr(layer, "weight"):
        return bool(value == layer.kernel_size)
    default = _DEFAULTS.get(name)
    if isinstance(default, tuple):
        return set(_tuple(value)) == set(default)
    return bool(value == default)


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _activation(layer: Any, inputs: list[str], _own: Mapping[str, str]) -> str:
    function, options = _ACTIVATIONS[type(layer).__name__]
    return call(function, inputs, layer, options)


def _linear(_layer: Any, inputs: list[str], own: Mapping[str, str]) -> str:
    name = "F.bilinear" if len(inputs) == 2 else "F.linear"
    return f"{name}({', '.join([*inputs, *own.values()])})"


def _conv(layer: Any, inputs: list[str], own: Mapping[str, str]) -> str:
    function = f"F.{type(layer).__name__.lower()}"
    return call(
        function, [*inputs, *own.values()], layer, ("stride", "padding", "dilation", "groups")
    )


def _layer_norm(layer: Any, inputs: list[str], own: Mapping[str, str]) -> str:
    shape = tuple(layer.normalized_shape)
    eps = "" if layer.eps == 1e-5 else f", eps={layer.eps!r}"
    return f"F.layer_norm({', '.join([*inputs, repr(shape), *own.values()])}{eps})"


def _batch_norm(layer: Any, inputs: list[str], own: Mapping[str, str]) -> str:
    # In training it normalises by the batch: the running statistics only follow.
    given = {name: text for name, text in own.items() if name in {"weight", "bias"}}
    kept = ("running_mean", "running_var")
    inputs = [*inputs, *("None" if layer.training else own[name] for name in kept)]
    options = [f"{name}={text}" for name, text in given.items()]
    options += [f"training={layer.training}"]
    options += [] if layer.momentum == 0.1 else [f"momentum={layer.momentum!r}"]
    options += [] if layer.eps == 1e-5 else [f"eps={layer.eps!r}"]
    return f"F.batch_norm({', '.join([*inputs, *options])})"


def _embedding(_layer: Any, inputs: list[str], own: Mapping[str, str]) -> str:
    return f"F.embedding({', '.join([*inputs, *own.values()])})"


def _prelu(_layer: Any, inputs: list[str], own: Mapping[str, str]) -> str:
    return f"F.prelu({', '.join([*inputs, *own.values()])})"


def _flatten(layer: Any, inputs: list[str], _own: Mapping[str, str]) -> str:
    end = "" if layer.end_dim == -1 else f", {layer.end_dim}"
    return f"torch.flatten({inputs[0]}, {layer.start_dim}{end})"


def _softmax(layer: Any, inputs: list[str], _own: Mapping[str, str]) -> str:
    name = "softmax" if isinstance(layer, nn.Softmax) else "log_softmax"
    return f"torch.{name}({inputs[0]}, dim={layer.dim})"


def _identity(_layer: Any, inputs: list[str], _own: Mapping[str, str]) -> str:
    return inputs[0]


# They keep running statistics, as buffers.
BATCH_NORMS = ("BatchNorm1d", "BatchNorm2d")
LAYERS: Mapping[str, Write] = MappingProxyType(
    {
        **dict.fromkeys(_ACTIVATIONS, _activation),
        "Linear": _linear,
        "Bilinear": _linear,
        "Conv1d": _conv,
        "Conv2d": _conv,
        "LayerNorm": _layer_norm,
        **dict.fromkeys(BATCH_NORMS, _batch_norm),
        "Embedding": _embedding,
        "PReLU": _prelu,
        "Flatten": _flatten,
        "Softmax": _softmax,
        "LogSoftmax": _softmax,
        "Identity": _identity,
        "Dropout": _identity,
    }
)
# How many numbers a layer has is at most the product of its whole numbers, or near it.
RANDOM = frozenset({"Linear", "Bilinear", "Conv1d", "Conv2d", "Embedding"})
WITH_NUMBERS = RANDOM | {"LayerNorm", *BATCH_NORMS}

# The classes of losses: torch's function, and its options.
LOSSES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        **{
            entry.module: (entry.operation, tuple(entry.options))
            for entry in losses.LOSSES.values()
            if entry.module
        },
        "BCELoss": ("binary_cross_entropy", ()),
        "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", ()),
        "CrossEntropyLoss": ("cross_entropy", ("label_smoothing",)),
        "NLLLoss": ("nll_loss", ()),
        "KLDivLoss": ("kl_div", ("log_target",)),
        "GaussianNLLLoss": ("gaussian_nll_loss", ("full", "eps")),
        "PoissonNLLLoss": ("poisson_nll_loss", ("log_input", "full")),
        "SoftMarginLoss": ("soft_margin_loss", ()),
        "HingeEmbeddingLoss": ("hinge_embedding_loss", ("margin",)),
        "MarginRankingLoss": ("margin_ranking_loss", ("margin",)),
        "TripletMarginLoss": ("triplet_margin_loss", ("margin", "p")),
        "CosineEmbeddingLoss": ("cosine_embedding_loss", ("margin",)),
    }
)
LOSS_DEFAULTS: Mapping[str, Any] = {
    **{key: each for entry in losses.LOSSES.values() for key, each in entry.defaults.items()},
    "label_smoothing": 0.0,
    "log_target": False,
    "full": False,
    "eps": 1e-6,
    "log_input": True,
    "p": 2.0,
}
