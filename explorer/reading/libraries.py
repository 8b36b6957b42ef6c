"""Functions of libraries by their full names: torch's, numpy's, Python's own.

Called by `calls` for everything that an import, or Python itself, brings into a program.
"""

import ast
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from explorer.reading import (
    batches,
    clipping,
    forwards,
    modules,
    operators,
    optimizers,
    tensors,
    training,
)
from explorer.reading.known import (
    BUILTINS,
    LINALG,
    MATH,
    NUMPY,
    NUMPY_RANDOM,
    PURE,
    RANDOM,
)
from explorer.reading.reader import Reader
from explorer.reading.values import Method, Module, Path, PerStep, Picked, Rows, Scalar, Tensor

# What Python has that is left out or not understood.
NAMELESS = frozenset({"print", "isinstance", "getattr", "hasattr", "type", "input", "open", "id"})


def called(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """The value of a call of `torch.nn.Linear`, `builtins.range`, ..."""
    special = _SPECIAL.get(dotted)
    if special is not None:
        return special(reader, node, args, kwargs)
    for start, handler in _LIBRARIES:
        if dotted.startswith(start):
            return handler(reader, dotted, node, args, kwargs)
    raise reader.refuse(node, "program-other-library", name=dotted)


def _torch(reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    home, _, name = dotted.rpartition(".")
    if _function(home, name) is None:
        raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")
    if name == "randperm" and reader.in_step:
        return batches.drawn(reader, node, args, kwargs)
    if name == "split" and args and isinstance(args[0], Rows):
        return batches.split(reader, node, args, kwargs)
    if name in RANDOM:
        training.randomly(reader, node)
    return _applied(reader, dotted, node, args, kwargs)


def _function(home: str, name: str) -> Callable[..., Any] | None:
    """torch's function of that name, if it is one that may be called."""
    places = {"torch": torch, "torch.nn.functional": torch.nn.functional}
    if home == "torch.linalg" and name in LINALG:
        return getattr(torch.linalg, name)  # type: ignore[no-any-return]
    if home in places and name in PURE:
        return getattr(places[home], name, None)
    return None


def _applied(
    reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    function = _function(*dotted.rpartition(".")[::2])
    assert function is not None
    name = dotted.rpartition(".")[2]
    needs_grad = bool(kwargs.pop("requires_grad", False))
    given = {key: _argument(value) for key, value in kwargs.items() if key != "device"}
    now = _made(reader, function, node, ([_argument(each) for each in args], given))
    symbolic = tensors.trains((args, list(kwargs.values())))
    if needs_grad and not symbolic:
        return reader.new_leaf(now.clone())
    parts = tensors.call_parts(node, args, kwargs)
    written = tensors.Writer(reader, node, parts, symbolic, _callee(reader, dotted, node))
    found = tensors.result(reader, now, written, symbolic)
    if isinstance(found, Tensor) and forwards.is_loss(name):
        found.compared = forwards.compared(name, args, kwargs)
    if isinstance(found, Tensor) and not reader.speaks(name) and not symbolic:
        found.write = None
    return found


def _made(
    reader: Reader,
    function: Callable[..., Any],
    node: ast.Call,
    given: tuple[list[Any], dict[str, Any]],
) -> Any:
    """What the function makes, of the type that the program has set for all it does not say."""
    args, kwargs = given
    name = tensors.node_name(node)
    other = reader.dtype != torch.float32 and "dtype" not in kwargs
    if other and name in _RANDOM_FLOATS:
        kwargs = {**kwargs, "dtype": reader.dtype}
    now = reader.attempt(node, name, function, args, kwargs)
    made = isinstance(now, torch.Tensor) and now.dtype == torch.float32
    if not (other and made) or any(isinstance(each, torch.Tensor) for each in args):
        return now
    return reader.attempt(node, name, function, args, {**kwargs, "dtype": reader.dtype})


_RANDOM_FLOATS = frozenset({"rand", "randn", "normal"})


def _argument(value: Any) -> Any:
    return tensors.plain(value)


def _callee(reader: Reader, dotted: str, node: ast.Call) -> str:
    """What is called, where the formula would not know it as it is written."""
    home, _, name = dotted.rpartition(".")
    written = reader.source.segment(node.func)
    before, _, last = written.rpartition(".")
    own = {"torch": ("torch",), "torch.nn.functional": ("F", "nn.functional", home)}
    if last == name and before in own.get(home, (home,)):
        return ""
    return f"F.{name}" if home == "torch.nn.functional" else dotted


def _manual_seed(reader: Reader, node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    (seed,) = args or [0]
    if isinstance(seed, int):
        training.randomly(reader, node, consumes=False)
        torch.manual_seed(seed)
        reader.seeded = True
    return Path("torch.default_generator")


def _make_generator(_reader: Reader, _node: ast.Call, _args: Any, _kwargs: Any) -> Any:
    return torch.Generator()


def _device(_reader: Reader, _node: ast.Call, _args: Any, _kwargs: Any) -> Any:
    return Path("torch.device")


def _parameter(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    value = args[0] if args else kwargs.get("data")
    wanted = kwargs.get("requires_grad", args[1] if len(args) > 1 else True)
    if not isinstance(value, Tensor) or not (value.known or value.is_leaf):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    return reader.new_leaf(value.now.clone(), bool(wanted), registered=True)


def _buffer(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    value = args[0] if args else kwargs.get("data")
    if not isinstance(value, Tensor) or not value.known:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    made = Tensor(value.now.clone(), buffer=True)
    reader.buffers.append(made)
    return made


# So many numbers stay where they stand in an expression.
_LONGEST_LITERAL = 16


def _tensor(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """`torch.tensor(...)`: of numbers; of what trains, the numbers without the gradient."""
    given = {key: tensors.plain(value) for key, value in kwargs.items() if key != "device"}
    needs_grad = bool(given.pop("requires_grad", False))
    value = [_argument(each) for each in args]
    now = _made(reader, torch.tensor, node, (value, given))
    if tensors.trains(args):
        return _rewrapped(reader, now, node, args)
    if needs_grad:
        return reader.new_leaf(now)
    short = len(node.args) == 1 and now.numel() <= _LONGEST_LITERAL
    # In a formula such numbers are float32; a single one is of the experiment's own type.
    is_number = short and (now.dim() == 0 or now.dtype == torch.float32)
    is_number = is_number and kwargs.keys() <= {"dtype"}
    written = tensors.literal(now.tolist()) if is_number and now.is_floating_point() else None
    return Tensor(now, literal=written or "")


def _rewrapped(reader: Reader, now: torch.Tensor, node: ast.Call, args: list[Any]) -> Tensor:
    parts = tensors.call_parts(node, args, {})
    written = tensors.Writer(reader, node, parts, True, _callee(reader, "torch.tensor", node))
    return Tensor(now, False, written(), home=reader.scope)


def _old_tensor(reader: Reader, node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    """`torch.Tensor([...])`, `torch.FloatTensor([...])`: of numbers alone."""
    if len(args) != 1 or not isinstance(args[0], list | tuple | np.ndarray):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    whole = tensors.node_name(node) == "LongTensor"
    kind = {"dtype": torch.int64 if whole else torch.float32}
    return Tensor(reader.attempt(node, "tensor", torch.tensor, [_argument(args[0])], kind))


def _from_numpy(reader: Reader, node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    return Tensor(reader.attempt(node, "from_numpy", torch.from_numpy, args, {}).clone())


def _default_dtype(reader: Reader, _node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    if args and tensors.plain(args[0]) in (torch.float32, torch.float64):
        reader.dtype = tensors.plain(args[0])


def _backward(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    subject = args[0] if args else None
    if not isinstance(subject, Tensor):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    training.backward(reader, subject, node, args[1:], kwargs)


def _grad(reader: Reader, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    return training.grad(reader, node, args, kwargs)


_SPECIAL: Mapping[str, Callable[[Reader, ast.Call, list[Any], dict[str, Any]], Any]] = {
    "torch.manual_seed": _manual_seed,
    "torch.random.manual_seed": _manual_seed,
    "torch.Generator": _make_generator,
    "torch.device": _device,
    "torch.nn.Parameter": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.nn.Buffer": _buffer,
    "torch.tensor": _tensor,
    "torch.Tensor": _old_tensor,
    "torch.FloatTensor": _old_tensor,
    "torch.LongTensor": _old_tensor,
    "torch.from_numpy": _from_numpy,
    "torch.set_default_dtype": _default_dtype,
    "torch.autograd.backward": _backward,
    "torch.autograd.grad": _grad,
}


def _builtin(reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    name = dotted.removeprefix("builtins.")
    if name in NAMELESS:
        return _asked(reader, name, node, args)
    if name in {"float", "int", "bool"} and args and isinstance(args[0], Tensor | Scalar):
        return _as_number(reader, name, node, args[0])
    if name == "len" and args and isinstance(args[0], Tensor | Rows | Picked | Module):
        return _length(reader, args[0])
    if name in {"filter", "map"}:
        return _each(reader, name, node, args)
    if name in {"list", "tuple", "enumerate", "zip", "reversed"}:
        args = [tensors.items(reader, each, node) for each in args]
    if any(isinstance(each, PerStep) for each in args):
        return operators.per_step(reader, node, name, BUILTINS[name], args)
    if tensors.tensors_in(args) and name in {"sum", "abs", "max", "min", "pow", "round"}:
        return _over_tensors(reader, name, node, args)
    if name not in BUILTINS:
        raise reader.refuse(node, "program-unknown-function", name=f"{name}()")
    found = reader.attempt(node, name, BUILTINS[name], args, kwargs)
    return list(found) if name in {"enumerate", "zip", "reversed"} else found


def _length(reader: Reader, value: Tensor | Rows | Picked | Module) -> int:
    if isinstance(value, Tensor):
        return len(value.now)
    return len(value.children) if isinstance(value, Module) else batches.length(reader, value)


def _each(reader: Reader, name: str, node: ast.Call, args: list[Any]) -> list[Any]:
    """`filter(lambda p: p.requires_grad, model.parameters())`, and `map`."""
    if len(args) != 2:
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    found = []
    for value in tensors.items(reader, args[1], node):
        reader.burn(node)
        given = reader.call(args[0], node, [value], {})
        if name == "map":
            found.append(given)
        elif tensors.plain(given):
            found.append(value)
    return found


def _asked(reader: Reader, name: str, node: ast.Call, args: list[Any]) -> Any:
    if name == "isinstance":
        return modules.is_instance(args)
    raise reader.refuse(node, "program-not-understood", what=f"{name}()")


def _as_number(reader: Reader, name: str, node: ast.Call, value: Tensor | Scalar) -> Any:
    if isinstance(value, Scalar):
        return value
    parts = tensors.call_parts(node, [value], {})
    now = reader.attempt(node, name, BUILTINS[name], [value.now], {})
    return tensors.result(
        reader, now, tensors.Writer(reader, node, parts, not value.known), not value.known
    )


def _over_tensors(reader: Reader, name: str, node: ast.Call, args: list[Any]) -> Any:
    """Python's `sum` of a list of tensors, and `abs` of one."""
    if name == "abs" and len(args) == 1:
        return operators.combined(reader, node, "abs", abs, [(args[0], node.args[0])])
    if name != "sum" or not isinstance(args[0], list | tuple):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    values = [each for each in args[0] if isinstance(each, Tensor)]
    if len(values) != len(args[0]):
        raise reader.refuse(node, "program-not-understood", what=reader.shown(node))
    now = reader.attempt(node, name, sum, [[each.now for each in values]], {})
    # Python begins with 0.
    text = " + ".join(["0", *(reader.text(each, node) for each in values)])
    return Tensor(now, not tensors.trains(values), text, home=reader.scope)


def _math(reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    function = MATH.get(dotted.removeprefix("math."))
    if not callable(function) or tensors.trains(args):
        raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")
    if any(isinstance(each, PerStep) for each in args):
        return operators.per_step(reader, node, dotted, function, args)
    return reader.attempt(node, dotted, function, [_argument(each) for each in args], kwargs)


def _numpy(reader: Reader, dotted: str, node: ast.Call, args: list[Any], kwargs: Any) -> Any:
    name = dotted.removeprefix("numpy.")
    if name.startswith("random."):
        return _numpy_random(reader, name.removeprefix("random."), node, args, kwargs)
    if name not in NUMPY or tensors.trains(args):
        raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")
    args = [tensors.calls_dtype(each) for each in args]
    kwargs = {key: tensors.calls_dtype(each) for key, each in kwargs.items()}
    return reader.attempt(node, name, getattr(np, name), args, kwargs)


def _numpy_random(
    reader: Reader, name: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    if name in {"default_rng", "RandomState"}:
        seed = [*args, *kwargs.values()][:1]
        reader.random = reader.random or not seed
        return reader.attempt(node, name, getattr(np.random, name), seed or [0], {})
    if name == "seed":
        reader.numpy_random = np.random.RandomState(*args)
        return None
    if name not in NUMPY_RANDOM:
        raise reader.refuse(node, "program-unknown-function", name=f"numpy.random.{name}()")
    training.randomly(reader, node, consumes=False)
    if reader.numpy_random is None:
        reader.random = True
        reader.numpy_random = np.random.RandomState(0)
    return reader.attempt(node, "randn", getattr(reader.numpy_random, name), args, kwargs)


def generator_method(
    reader: Reader, callee: Method, node: ast.Call, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """`rng.normal(size=20)`, of one of numpy's generators."""
    if callee.name not in NUMPY_RANDOM:
        raise reader.refuse(node, "program-unknown-function", name=f".{callee.name}()")
    training.randomly(reader, node, consumes=False)
    function = getattr(callee.subject, callee.name)
    return reader.attempt(node, "randn", function, args, kwargs)


def _random(reader: Reader, dotted: str, node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    """Python's `random.seed`, which decides nothing of PyTorch's numbers."""
    if dotted == "random.seed":
        return random.Random(0).seed() if not args else None
    raise reader.refuse(node, "program-unknown-function", name=f"{dotted}()")


def _tqdm(_reader: Reader, dotted: str, _node: ast.Call, args: list[Any], _kwargs: Any) -> Any:
    """A progress bar shows what it is given."""
    return range(*args) if dotted.endswith("trange") else args[0]


_LIBRARIES: Sequence[tuple[str, Callable[..., Any]]] = (
    ("builtins.", _builtin),
    ("torch.nn.init.", modules.initialise),
    ("torch.nn.utils.", clipping.utility),
    ("torch.nn.functional.", _torch),
    ("torch.nn.", modules.layer),
    ("torch.optim.lr_scheduler.", optimizers.scheduler),
    ("torch.optim.", optimizers.create),
    ("torch.utils.data.", batches.data),
    ("torch.", _torch),
    ("math.", _math),
    ("numpy.", _numpy),
    ("random.", _random),
    ("tqdm.", _tqdm),
)
