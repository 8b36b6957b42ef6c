"""Generated experiments for the truth tests: formulas x optimizers x losses x changes.

`make_case` draws one from a random number generator: Python's own with a fixed seed, or
hypothesis's. A case is the plain table that an experiment file would hold.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

ROWS = 6
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Recipe:
    """A formula and what it needs. Shapes of parameters and columns; "y" is the target.

    `tensors` are names that can be detached beside the leaves.
    """

    formula: str
    parameters: Mapping[str, Shape]
    columns: Mapping[str, Shape] = field(default_factory=dict)
    objective: str | None = None
    tensors: tuple[str, ...] = ()


LINE = {"x": (ROWS,), "y": (ROWS,)}
PLANE = {"X": (ROWS, 2), "y": (ROWS,)}
SCALARS: dict[str, Shape] = {"a": (), "b": (), "c": ()}

RECIPES: tuple[Recipe, ...] = (
    Recipe("y = a*x + b*x + c", SCALARS, LINE, None, ("y",)),
    Recipe("z = a*x\nu = z + b\ny = u*c + z", SCALARS, LINE, None, ("z", "u", "y")),
    Recipe("y = a + b*0.5 - c", SCALARS, LINE, None, ("y",)),
    Recipe("y = a*sin(b*x + c)", SCALARS, LINE, None, ("y",)),
    Recipe("y = a*exp(-square(x - b)/(1 + abs(c)))", SCALARS, LINE),
    Recipe("z = x\ny = (a + z)**2 - b/(1 + c**2)", SCALARS, LINE, None, ("z",)),
    Recipe("y = where(x > a, b*x, c*x**2)", SCALARS, LINE),
    Recipe("y = clamp(a*x, -0.5, 0.5) + maximum(b*x, x) + minimum(c*x, x)", SCALARS, LINE),
    Recipe("q = a*x\ny = q + (round(q) - q).detach() + b", {"a": (), "b": ()}, LINE, None, ("q",)),
    Recipe("y = softplus(a*x, beta=2.0) + elu(b*x) + silu(c*x)", SCALARS, LINE),
    Recipe("y = X @ w + b", {"w": (2,), "b": ()}, PLANE, None, ("y",)),
    Recipe("y = mv(X, w).tanh() + b.exp()", {"w": (2,), "b": ()}, PLANE),
    Recipe(
        "h = tanh(X @ W + b)\ny = h @ v + c",
        {"W": (2, 3), "b": (3,), "v": (3,), "c": ()},
        PLANE,
        None,
        ("h", "y"),
    ),
    Recipe(
        "h = relu(X @ W)\nk = sigmoid(h @ V)\ny = k.sum(dim=1)",
        {"W": (2, 4), "V": (4, 3)},
        PLANE,
        None,
        ("h", "k"),
    ),
    Recipe(
        "p = softmax(X @ W, dim=1)\ny = (p * s).sum(1)",
        {"W": (2, 3), "s": (3,)},
        PLANE,
        None,
        ("p",),
    ),
    Recipe(
        "def layer(h, W, b):\n    z = h @ W + b\n    return torch.tanh(z)\n"
        "first = layer(X, W, b)\nsecond = layer(first, V, c)\ny = second.mean(dim=1)",
        {"W": (2, 3), "b": (3,), "V": (3, 3), "c": (3,)},
        PLANE,
        None,
        ("first", "second", "layer.z", "layer.z#2"),
    ),
    Recipe(
        "def f(z):\n    return z ** 2\ndef g(u, v):\n    z = u + v\n    return f(z) + v ** 3\n"
        "out = g(a, b) + c",
        SCALARS,
        {},
        "out",
        ("g.z", "out"),
    ),
    Recipe(
        "def bump(u):\n    d = u - 0.5\n    return exp(-d*d)\nout = bump(a) + bump(b)*c",
        SCALARS,
        {},
        "out",
        ("bump.d", "bump.d#2"),
    ),
    Recipe("out = (1 - a)**2 + 10*(b - a**2)**2", {"a": (), "b": ()}, {}, "out", ("out",)),
    Recipe("n = norm(w)\nout = n + dot(w, v) + 0.1*sum(v**4)", {"w": (3,), "v": (3,)}, {}, "out"),
    Recipe("out = sum(M*M) - 2*sum(t(M)) + logsumexp(v, 0)", {"M": (3, 3), "v": (3,)}, {}, "out"),
    Recipe("M = outer(v, w)\nout = sum((M - 1)**2)", {"v": (2,), "w": (4,)}, {}, "out", ("M",)),
    Recipe("out = prod(1 + v**2) / std(v)", {"v": (4,)}, {}, "out"),
    Recipe("e = a*x + b - y\nloss = mean(e**2) + 0.01*c**2", SCALARS, LINE, "loss", ("e",)),
    Recipe("p = a*x + b\nloss = huber_loss(p, y, delta=0.3)", {"a": (), "b": ()}, LINE, "loss"),
    Recipe(
        "score = X @ w + b\nloss = F.binary_cross_entropy_with_logits(score, sigmoid(y))",
        {"w": (2,), "b": ()},
        PLANE,
        "loss",
        ("score",),
    ),
    Recipe("e = (w*x).sum() - y\nloss = mean(log1p(e*e))", {"w": (ROWS,)}, LINE, "loss", ("e",)),
)

UNARY = (
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "softplus",
    "relu",
    "abs",
    "exp",
    "square",
    "log",
    "atan",
    "-",
)
BINARY = ("+", "-", "*", "/", "maximum", "minimum", "hypot", "where")


def random_recipe(rng: Random) -> Recipe:
    """Straight-line element-wise formulas over scalars, a vector and the column x."""
    parameters: dict[str, Shape] = {"a": (), "b": (), "w": (ROWS,)}
    known = [*parameters, "x"]
    lines = []
    for number in range(rng.randint(1, 4)):
        known.append(f"t{number}")
        lines.append(f"t{number} = {_expression(rng, known[:-1], 3)}")
    # Both a and w in the end, so that at least one way to each kind of leaf is there.
    lines.append(f"y = {known[-1]} + a*x + 0.5*w")
    return Recipe("\n".join(lines), parameters, LINE, None, (*known[4:], "y"))


def _expression(rng: Random, names: list[str], depth: int) -> str:
    def part() -> str:
        return _expression(rng, names, depth - 1)

    if depth == 0 or rng.random() < 0.2:
        return rng.choice(names)
    if rng.random() < 0.15:
        return f"({part()} {rng.choice(['*', '+', '**'])} {rng.choice(['2', '0.5', '3', '1.7'])})"
    if rng.random() < 0.4:
        return f"{rng.choice(UNARY)}({part()})"
    operation = rng.choice(BINARY)
    if operation == "where":
        return f"where({part()} {rng.choice(['>', '<=', '!='])} 0.25, {part()}, {part()})"
    if operation.isalpha():
        return f"{operation}({part()}, {part()})"
    return f"({part()} {operation} {part()})"


# -- optimizers ----------------------------------------------------------------


def _choice(*values: Any) -> Callable[[Random], Any]:
    return lambda rng: rng.choice(values)


LR = _choice(0.0, 0.003, 0.01, 0.05, 0.3)
DECAY = _choice(0.0, 0.01, 0.1)
FLAG = _choice(False, False, True)
BETAS = _choice([0.9, 0.999], [0.5, 0.9], [0.0, 0.99])
EPS = _choice(1e-8, 1e-4)

# name -> option -> how to draw it.
OPTIONS: Mapping[str, Mapping[str, Callable[[Random], Any]]] = {
    "sgd": {
        "lr": LR,
        "momentum": _choice(0.0, 0.5, 0.9),
        "dampening": _choice(0.0, 0.0, 0.3),
        "weight_decay": DECAY,
        "nesterov": FLAG,
        "maximize": FLAG,
    },
    "adam": {"lr": LR, "betas": BETAS, "eps": EPS, "weight_decay": DECAY, "maximize": FLAG},
    "adamw": {"lr": LR, "betas": BETAS, "eps": EPS, "weight_decay": DECAY, "maximize": FLAG},
    "rmsprop": {
        "lr": LR,
        "alpha": _choice(0.99, 0.5),
        "eps": EPS,
        "momentum": _choice(0.0, 0.5, 0.9),
        "weight_decay": DECAY,
        "maximize": FLAG,
    },
    "adagrad": {
        "lr": LR,
        "lr_decay": _choice(0.0, 0.1),
        "weight_decay": DECAY,
        "eps": EPS,
        "maximize": FLAG,
    },
}
ONLY_AT_START: Mapping[str, Mapping[str, Callable[[Random], Any]]] = {
    "adam": {"amsgrad": FLAG},
    "adamw": {"amsgrad": FLAG},
    "rmsprop": {"centered": FLAG},
    "adagrad": {"initial_accumulator_value": _choice(0.0, 0.1)},
}


def make_optimizer(rng: Random, name: str) -> dict[str, Any]:
    """Some of its options, the others left to PyTorch's defaults."""
    drawn = {**OPTIONS[name], **ONLY_AT_START.get(name, {})}
    options = {key: draw(rng) for key, draw in drawn.items() if rng.random() < 0.6}
    return _consistent({"name": name, "lr": LR(rng), **options}, name)


def _consistent(options: dict[str, Any], name: str) -> dict[str, Any]:
    """Nesterov needs momentum and no dampening: the classes refuse the rest."""
    if name == "sgd" and options.get("nesterov"):
        options = {**options, "momentum": options.get("momentum") or 0.9, "dampening": 0.0}
    return options


def _option_change(rng: Random, optimizer: dict[str, Any]) -> dict[str, Any]:
    """One option set anew, and with it what must go along; `optimizer` follows."""
    name = optimizer["name"]
    key = rng.choice(list(OPTIONS[name]))
    change = {key: OPTIONS[name][key](rng)}
    if (name, key) == ("rmsprop", "momentum") and not (change[key] and optimizer.get("momentum")):
        change = {"lr": LR(rng)}
    after = _consistent({**optimizer, **change}, name)
    optimizer.update(after)
    together = ("momentum", "dampening") if after.get("nesterov") else ()
    return {**change, **{each: after[each] for each in together}}


# -- the whole -----------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """`table` as a file would hold it; `values` are the parameters' start values."""

    table: dict[str, Any]
    values: dict[str, Any]
    prediction: str | None


def make_case(rng: Random, recipe: Recipe | None = None, optimizer: str | None = None) -> Case:
    """One experiment. Some make no sense, some diverge: the bits must agree all the same."""
    recipe = recipe or (random_recipe(rng) if rng.random() < 0.5 else rng.choice(RECIPES))
    name = optimizer or rng.choice(list(OPTIONS))
    steps = rng.randint(10, 25)
    parameters, values = _parameters(rng, recipe)
    chosen = make_optimizer(rng, name)
    training: dict[str, Any] = {
        "optimizer": dict(chosen),
        "steps": steps,
        "zero_grad": rng.choice(["none", "zero", "never"]),
    }
    if recipe.objective is None:
        training["loss"] = rng.choice(LOSSES)
    table: dict[str, Any] = {
        "formula": recipe.formula,
        "dtype": rng.choice(["float32", "float64"]),
        "parameters": parameters,
        "detach": [name for name in recipe.tensors if rng.random() < 0.1],
        "training": training,
        "changes": _changes(rng, recipe, steps, chosen),
    }
    if recipe.columns:
        table["data"] = {key: _numbers(rng, shape) for key, shape in recipe.columns.items()}
    if recipe.objective:
        table["objective"] = recipe.objective
    _more(rng, table)
    return Case(table, values, None if recipe.objective else "y")


def _more(rng: Random, table: dict[str, Any]) -> None:
    """Keys that most files do not have: drawn last, so that all else is as it was without them."""
    _first, *others = table["parameters"].values()
    for parameter in others:
        if rng.random() < 0.12:
            parameter["optimize"] = False
    if rng.random() < 0.4:
        _group(rng, table)
    if rng.random() < 0.3:
        _clip(rng, table)
    if rng.random() < 0.25:
        table["training"]["accumulate"] = rng.choice([2, 3, 4])
    if "data" in table and not bound_to_rows(table) and rng.random() < 0.4:
        batch = {"size": rng.choice([1, 2, 4, 5, 6, 9]), "shuffle": rng.random() < 0.7}
        table["training"]["batch"] = {**batch, "seed": rng.randint(0, 3)}


def bound_to_rows(table: Mapping[str, Any]) -> bool:
    """Whether a parameter has a number for each row of the data."""
    shapes = (
        each.get("shape", np.shape(each.get("value"))) for each in table["parameters"].values()
    )
    return any(ROWS in shape for shape in shapes)


def _clip(rng: Random, table: dict[str, Any]) -> None:
    """From the start, or from a change on; and with another limit later."""
    key = rng.choice(["clip_grad_norm", "clip_grad_value"])
    if rng.random() < 0.7:
        table["training"][key] = rng.choice([0.1, 1.0, 3.0, float("inf")])
    steps = [rng.randint(1, table["training"]["steps"]) for _ in range(rng.choice([0, 1, 1, 2]))]
    more = [{"step": step, key: rng.choice([0.05, 0.5, 2.0])} for step in steps]
    table["changes"] = sorted([*table["changes"], *more], key=lambda each: each["step"])


def _group(rng: Random, table: dict[str, Any]) -> None:
    """Groups of some parameters, with other options than the rest; changes of one of them."""
    optimizer, parameters = table["training"]["optimizer"], table["parameters"]
    held = [name for name, each in parameters.items() if each.get("optimize", True)]
    names = [rng.choice([None, "first", "second"]) for _ in held]
    members = {
        group: [name for name, each in zip(held, names, strict=True) if each == group]
        for group in ("first", "second")
    }
    drawn = {**OPTIONS[optimizer["name"]], **ONLY_AT_START.get(optimizer["name"], {})}
    groups: dict[str, dict[str, Any]] = {}
    for group, tensors in members.items():
        if tensors:
            own = {key: each(rng) for key, each in drawn.items() if rng.random() < 0.3}
            own.pop("initial_accumulator_value", None)
            groups[group] = {"tensors": tensors, **_own_options(optimizer, own)}
    table["training"]["groups"] = groups
    # What one group may become is no rule for the others: here the learning rate alone.
    choices = [None, *groups, *([] if None not in names else ["rest"])]
    for change in table["changes"]:
        if change.keys().isdisjoint({"tensor"}):
            step = change["step"]
            change.clear()
            change.update({"step": step, "lr": LR(rng)})
            if (named := rng.choice(choices)) is not None:
                change["group"] = named


def _own_options(optimizer: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    whole = _consistent({**optimizer, **own}, optimizer["name"])
    together = ("momentum", "dampening") if whole.get("nesterov") else ()
    return {**own, **{key: whole[key] for key in together}}


LOSSES: tuple[dict[str, Any], ...] = (
    {"name": "mse"},
    {"name": "l1"},
    {"name": "huber"},
    {"name": "huber", "delta": 0.4},
    {"name": "smooth_l1"},
    {"name": "smooth_l1", "beta": 0.0},
    {"name": "smooth_l1", "beta": 0.7},
)


def _numbers(rng: Random, shape: Shape) -> Any:
    if not shape:
        return round(rng.uniform(-2, 2), 3)
    return [_numbers(rng, shape[1:]) for _ in range(shape[0])]


def _parameters(rng: Random, recipe: Recipe) -> tuple[dict[str, Any], dict[str, Any]]:
    tables, values = {}, {}
    for name, shape in recipe.parameters.items():
        table: dict[str, Any] = {}
        if shape and rng.random() < 0.3:
            seed = rng.randint(0, 999)
            table = {"shape": list(shape), "init": "normal", "seed": seed, "scale": 0.5}
            generator = np.random.default_rng(seed)
            values[name] = (generator.normal(0.0, 1.0, shape) * 0.5).tolist()
        else:
            table["value"] = values[name] = _numbers(rng, shape)
        if rng.random() < 0.2:
            table["requires_grad"] = False
        if rng.random() < 0.08:
            table["detach"] = True
        tables[name] = table
    return tables, values


def _changes(
    rng: Random, recipe: Recipe, steps: int, optimizer: dict[str, Any]
) -> list[dict[str, Any]]:
    """In the order of their steps: an option's change must fit those before it."""
    moments = sorted(rng.randint(1, steps) for _ in range(rng.randint(0, 6)))
    kinds = (_switch_change, _detach_change, _value_change)
    return [
        {"step": step, **_option_change(rng, optimizer)}
        if rng.random() < 0.35
        else {"step": step, **rng.choice(kinds)(rng, recipe)}
        for step in moments
    ]


def _switch_change(rng: Random, recipe: Recipe) -> dict[str, Any]:
    names = set(re.findall(r"\w+", recipe.formula))
    target = None if recipe.objective else "y"
    inputs = [name for name in recipe.columns if name in names and name != target]
    name = rng.choice([*recipe.parameters, *recipe.parameters, *inputs])
    return {"tensor": name, "requires_grad": rng.random() < 0.5}


def _detach_change(rng: Random, recipe: Recipe) -> dict[str, Any]:
    name = rng.choice([*recipe.parameters, *recipe.tensors, *recipe.tensors])
    return {"tensor": name, "detach": rng.random() < 0.6}


def _value_change(rng: Random, recipe: Recipe) -> dict[str, Any]:
    name = rng.choice(list(recipe.parameters))
    return {"tensor": name, "value": _numbers(rng, recipe.parameters[name])}
