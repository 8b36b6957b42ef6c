"""What the trace knows about PyTorch's functions by their names.

Everything else about an operation is observed while it runs: whether it worked in place,
whether grad mode was on, which backward functions it left behind.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from explorer.experiment.operations import OPERATIONS

# Python's reflected and in-place spellings of the operators: `radd`, `itruediv`.
_SPELLINGS: Mapping[str, str] = {
    **{
        f"{before}{spelling}": f"{operation.name}{after}"
        for operation in OPERATIONS.values()
        if (operation.infix or operation.prefix) and operation.python and not operation.comparison
        for spelling in (operation.name, operation.python.__name__.strip("_"))
        for before, after in (("", ""), ("r", ""), ("i", "_"))
    },
    "getitem": "index",
    "setitem": "index_put_",
}

# Operations that exist to leave autograd's graph, with the code of the reason.
CUTS: Mapping[str, str] = {
    "detach": "detached",
    "detach_": "detached",
    "data": "data-access",
    "data=": "data-access",
}

# They take numbers out of a tensor, to where autograd does not follow.
READS = frozenset({"item", "tolist", "numpy", "__float__", "__int__", "__array__"})

# They make a tensor of given numbers: the other end of such a journey. No call of from_numpy
# can be seen: the capture tells it by the memory that its tensor shares with one read out.
MAKES = frozenset(
    {
        "arange",
        "as_tensor",
        "asarray",
        "from_numpy",
        "full",
        "linspace",
        "logspace",
        "new_tensor",
        "scalar_tensor",
        "tensor",
    }
)

# The same, where it is a plain number that they fill the tensor with.
FILLS = frozenset({"fill", "fill_", "full_like", "new_full"})

# They give an array that shares the tensor's memory.
SHARES = frozenset({"numpy", "__array__"})

# They change what autograd holds of their first argument, but not its version.
UNVERSIONED = frozenset({"detach_", "data="})

# The output takes shape and type from the first argument, but none of its numbers.
SHAPE_ONLY = frozenset(
    f"{maker}{ending}"
    for maker in ("zeros", "ones", "full", "empty", "rand", "randn", "randint")
    for ending in ("_like",)
) | {"new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "zero_", "fill", "fill_"}

# The same for every argument but the first.
SHAPE_FROM_SECOND = frozenset({"expand_as", "view_as", "reshape_as", "type_as"})


@lru_cache(maxsize=1024)
def name_of(function: Callable[..., Any]) -> str:
    """`add`, `matmul`, `index`; `data` for reading x.data and `data=` for assigning it."""
    name = getattr(function, "__name__", type(function).__name__)
    if name in ("__get__", "__set__"):
        owner = getattr(getattr(function, "__self__", None), "__name__", name)
        return owner if name == "__get__" else f"{owner}="
    if name in READS:
        return name
    bare = name.strip("_") if name.startswith("__") else name
    return _SPELLINGS.get(bare, bare)


def depends(name: str, place: int) -> bool:
    """Whether the output's numbers depend on those of the tensor given at `place`."""
    return name not in (SHAPE_FROM_SECOND if place else SHAPE_ONLY)
