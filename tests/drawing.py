"""Experiments for the campaign: everything the file may hold, with values at the edges.

`draw` gives the text of one file. Most are sound; what is not, `check` refuses, and the
campaign draws another. A line of the formula is kept only if PyTorch itself computes it.
"""

import os
import warnings
from collections.abc import Callable
from random import Random
from typing import Any

import torch

from explorer.experiment.losses import LOSSES
from explorer.experiment.operations import OPERATIONS, Operation, Option, OptionKind
from explorer.experiment.optimizers import OPTIMIZERS

# How many experiments: a few in the ordinary suite, thousands on request.
CAMPAIGN = "GRADIENT_EXPLORER_CAMPAIGN"

EDGES = (0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 1e-20, 3e38, -3e38, 1e39, 1e15, 2.5, 0.5, -0.5)
PLAIN = (0.5, -1.5, 2.0, 1.0, 0.25, 3.0, -0.75, 0.9)
BROKEN = (float("nan"), float("inf"), float("-inf"))
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (),
    (1,),
    (3,),
    (3,),
    (1, 1),
    (3, 1),
    (1, 3),
    (3, 3),
    (2, 3),
    (20,),
)
OPTION_VALUES: dict[OptionKind, tuple[str, ...]] = {
    OptionKind.NUMBER: ("0", "1", "0.5", "-1", "2", "1e-45", "1e30", "-0.0", "3"),
    OptionKind.INTEGER: ("0", "1", "-1", "2"),
    OptionKind.FLAG: ("True", "False"),
    OptionKind.DIMENSIONS: ("0", "1", "-1", "(0, 1)", "()", "None", "(-1,)"),
    OptionKind.SHAPE: ("(-1,)", "(3, 1)", "(1, 3)", "(1,)", "()", "(3,)"),
    OptionKind.EQUATION: ('"i,i->i"', '"i,j->ij"', '"ij,jk->ik"', '"ij->j"', '"i, i"', '"ij,ij->"'),
    OptionKind.DTYPE: ("torch.float32", "torch.float64", "torch.int64", "torch.bool"),
    OptionKind.LITERAL: ("2", "[1.0, -2.0, 0.5]", "[[1, 0, 2]]", "[0, 1]", "[True, False, True]"),
}
# What may stand in square brackets behind a tensor; an expression where the braces are.
SUBSCRIPTS = (
    *("0", "-1", "1:", ":, 0", "..., 0", "None", ":, None", "::2", "[0, 0]", "0, 0", ":1, :1"),
    *("{0} > 0", "{0} <= {0}", "~({0} > 0.5)", "argsort({0})", "{0}.long()"),
)


# Statements, and the names that they make.
STATEMENTS = (
    ("{u} = {u} * 0.5 + {u}", ""),
    ("{u} = tanh({u})\n{u} = {u}.detach() * {u}", ""),
    ("for i in range({k}):\n    {u} = sin({u}) + {u}", ""),
    ("{n} = {u} * 1.0\nfor i in range({k}):\n    {n} = {n} * 0.5 + {u}", "{n}"),
    ("{n} = {u}\nfor i in range({k}):\n    {n} = {n} + i * {u}", "{n}"),
    ("{n}, {n}_ = {u} * 2, {u} + 1", "{n} {n}_"),
    ("{n} = {u} * 1.0\n{n} += {u}", "{n}"),
    ("{n} = {u} + 0.5\n{n}.mul_(2.0)", "{n}"),
    ("with torch.no_grad():\n    {n} = {u} * {u}", "{n}"),
    ("{n} = {u} * {u}.sum().item()", "{n}"),
    ("{n} = {u} * torch.tensor([2.0])", "{n}"),
    ("{n}_ = lambda u: u * u + {u}\n{n} = {n}_({u} * 0.5)", "{n}"),
    ("{n} = ({u} > 0).float() * {u}", "{n}"),
    ("{n} = {u}.data * {u}", "{n}"),
)


def asked(few: int, share: float = 1.0) -> int:
    """How many experiments to try: `few`, or what the environment says."""
    return int(share * int(os.environ[CAMPAIGN])) if CAMPAIGN in os.environ else few


def draw(seed: int, statements: bool = False) -> str:
    """The text of an experiment file, with more than plain assignments if `statements` says so."""
    return _Drawing(Random(seed)).text(statements)


def _namespace() -> dict[str, Any]:
    made: dict[str, Any] = {"torch": torch, "__builtins__": {}}
    for operation in OPERATIONS.values():
        found: Any = torch
        for part in operation.function.split(".")[1:]:
            found = getattr(found, part)
        made[operation.name] = found
    return made


NAMESPACE = _namespace()
# Overloads have no name of their own, and square brackets none at all.
CALLABLE = [each for each in OPERATIONS.values() if each.is_named]


class _Drawing:
    """One experiment as it comes to be."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.dtype = dice.choice(["float32", "float32", "float64"])
        self.values: dict[str, torch.Tensor] = {}
        self.lines: list[str] = []
        self.parameters: dict[str, Any] = {}
        self.buffers: dict[str, Any] = {}
        self.columns: dict[str, Any] = {}
        self.clipping = ""
        # An edge here and there breaks a run early; many leave nothing to see.
        self.edgy = dice.choice([0.0, 0.05, 0.15, 0.4])

    def text(self, statements: bool = False) -> str:
        for name in ("a", "b", "w", "v", "m")[: self.dice.randint(1, 5)]:
            self._parameter(name)
        if self.dice.random() < 0.5:
            self._data()
        for place in range(self.dice.randint(1, 6)):
            self._assign(f"t{place}")
        if self.dice.random() < 0.25:
            self._function()
        for place in range(self.dice.randint(1, 4) if statements else 0):
            self._statement(place)
        table = self._end()
        return "\n".join([*table, self._tables()])

    # -- leaves ----------------------------------------------------------------------

    def _number(self, broken: bool = False) -> float:
        if broken and self.dice.random() < 0.2:
            return self.dice.choice(BROKEN)
        if self.dice.random() < self.edgy:
            return self.dice.choice(EDGES)
        return self.dice.choice([*PLAIN, round(self.dice.uniform(-2, 2), 3)])

    def _numbers(self, shape: tuple[int, ...], broken: bool = False) -> Any:
        if not shape:
            return self._number(broken)
        return [self._numbers(shape[1:], broken) for _ in range(shape[0])]

    def _parameter(self, name: str) -> None:
        shape = self.dice.choice(SHAPES)
        data = self.dice.random() < 0.2
        if shape and self.dice.random() < 0.3:
            init = self.dice.choice(["zeros", "ones", "normal", "uniform"])
            scale = abs(self._number()) or 1.0
            table = {
                "shape": list(shape),
                "init": init,
                "seed": self.dice.randint(0, 9),
                "scale": scale,
            }
            value: Any = torch.rand(shape).tolist()
        else:
            value = self._numbers(shape, broken=data)
            table = {"value": value}
        if data:
            table["requires_grad"] = False
        if self.dice.random() < 0.1:
            table["detach"] = True
        if self.parameters and self.dice.random() < 0.1:
            table["optimize"] = False
        if data and self.parameters and self.dice.random() < 0.5:
            values = ("value", "shape", "init", "seed", "scale")
            self.buffers[name] = {key: each for key, each in table.items() if key in values}
        else:
            self.parameters[name] = table
        self.values[name] = self._tensor(value, not data)

    def _tensor(self, value: Any, requires_grad: bool = False) -> torch.Tensor:
        return torch.tensor(value, dtype=getattr(torch, self.dtype), requires_grad=requires_grad)

    def _data(self) -> None:
        for name in ("x", "y"):
            kind = self.dice.random()
            if kind < 0.15:
                made: Any = {"linspace": [self._number(), self._number(), 3]}
                value: Any = [0.0, 1.0, 2.0]
            elif kind < 0.3:
                low = self._number()
                made = {self.dice.choice(["normal", "uniform"]): [low, low + 1.0, 3], "seed": 1}
                value = [0.1, 0.2, 0.3]
            else:
                shape = self.dice.choice([(3,), (3,), (3, 1), (3, 2)])
                made = value = self._numbers(shape, broken=self.dice.random() < 0.3)
            self.columns[name] = made
            if name == "x":
                self.values[name] = self._tensor(value)

    # -- lines ------------------------------------------------------------------------

    def _computes(self, text: str) -> torch.Tensor | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = eval(text, NAMESPACE, dict(self.values))
        except Exception:
            return None
        return made if isinstance(made, torch.Tensor) and made.numel() <= 10_000 else None

    def _assign(self, name: str) -> None:
        for _ in range(12):
            text = self._expression(self.dice.randint(1, 3))
            made = self._computes(text)
            if made is not None:
                self.lines.append(f"{name} = {text}")
                self.values[name] = made
                return

    def _expression(self, depth: int) -> str:
        if depth == 0:
            return self._leaf()
        kind = self.dice.random()
        if kind < 0.35:
            sign = self.dice.choice(["+", "-", "*", "/", "**", "@"])
            return f"({self._expression(depth - 1)} {sign} {self._expression(depth - 1)})"
        if kind < 0.42:
            return f"(-{self._expression(depth - 1)})"
        if kind < 0.48:
            at = self.dice.choice(SUBSCRIPTS).format(self.dice.choice([*self.values]))
            return f"{self.dice.choice([*self.values])}[{at}]"
        return self._call(self.dice.choice(CALLABLE), depth)

    def _leaf(self) -> str:
        if self.dice.random() < 0.25:
            return repr(self._number())
        # What was made last is most likely to lead on.
        names = list(self.values)
        return self.dice.choice([*names, *names[-2:]])

    def _call(self, operation: Operation, depth: int) -> str:
        least, most = operation.tensors
        parts = [self._expression(depth - 1) for _ in range(self.dice.randint(least, min(most, 3)))]
        if operation.attribute:
            return f"{self.dice.choice([*self.values])}.{operation.name}"
        if operation.comparison:
            return f"({parts[0]} {operation.infix} {parts[1]})"
        if operation.name == "where" and self.dice.random() < 0.9:
            parts[0] = f"({parts[0]} {self.dice.choice(['>', '<=', '==', '!='])} {self._leaf()})"
        meant = self._meant(operation)
        options = [
            self._given(name, option, operation, depth)
            for name, option in meant.options.items()
            if option.required or self.dice.random() < 0.35
        ]
        part = "" if meant.parts is None else self.dice.choice(["[0]", "[1]"])
        as_method = operation.method and self.dice.random() < 0.5
        if not operation.function_form or (as_method and parts and parts[0] in self.values):
            subject = parts[0] if parts[0] in self.values else f"({parts[0]})"
            return f"{subject}.{operation.name}({', '.join([*parts[1:], *options])}){part}"
        if operation.listed:
            parts = [f"[{', '.join(parts)}]"]
        if operation.first:
            options, parts = [], [*options, *parts]
        return f"{operation.name}({', '.join([*parts, *options])}){part}"

    def _meant(self, operation: Operation) -> Operation:
        others = [each for each in map(OPERATIONS.get, operation.overloads) if each is not None]
        along = [each for each in others if each.tensors == operation.tensors]
        return self.dice.choice([operation, *along])

    def _given(self, name: str, option: Option, operation: Operation, depth: int) -> str:
        if option.kind is OptionKind.TENSOR:
            return f"{name}={self._expression(depth - 1)}"
        words = [each if each == "False" else f'"{each}"' for each in option.words]
        value = self.dice.choice([*words, *OPTION_VALUES.get(option.kind, ())])
        return value if name == operation.first else f"{name}={value}"

    def _function(self) -> None:
        """A function of the formula, called twice."""
        used = self.dice.choice(list(self.values))
        body = self.dice.choice(
            ["z = u * u\n    return z + u", "return u.detach() * u", "z = sin(u)\n    return z"]
        )
        self.lines.append(f"def f(u):\n    {body}")
        self.lines.append(f"f1 = f({used}) + f({used} * 0.5)")
        self.values["f1"] = self.values[used] * 1.0

    def _statement(self, place: int) -> None:
        """What a program has beside assignments; `{u}` is a tensor, `{n}` a new name."""
        usable = [name for name, each in self.values.items() if each.is_floating_point()]
        used, name = self.dice.choice(usable), f"s{place}"
        computed = [each for each in usable if each not in self.parameters | self.buffers]
        lines, made = self.dice.choice(STATEMENTS)
        if "{u} =" in lines:
            used = self.dice.choice([each for each in computed if each not in self.columns] or [""])
        if used:
            self.lines.append(lines.format(u=used, n=name, k=self.dice.randint(2, 4)))
            made = made.format(n=name)
            self.values.update(dict.fromkeys(made.split(), self.values[used] * 1.0))

    # -- the end -----------------------------------------------------------------------

    def _end(self) -> list[str]:
        last = self._summand()
        head = [f"dtype = {self.dtype!r}".replace("'", '"')]
        if self.columns and self.dice.random() < 0.6:
            wide = isinstance(self.columns["y"], list) and isinstance(self.columns["y"][0], list)
            shape = (3, len(self.columns["y"][0])) if wide else (3,)
            single = f"({last}).sum()"
            whole = self._computes(last)
            fits = whole is not None and tuple(whole.shape) == shape
            self.lines.append(f"y = {last if fits else single}")
        else:
            self.columns.pop("y", None)
            reduced = self.dice.choice(
                [f"({last}).sum()", f"({last}).mean()", f"({last}).float().sum()", last]
            )
            whole = self._computes(reduced)
            scalar = whole is not None and whole.numel() == 1
            self.lines.append(f"out = {reduced if scalar else f'({last} * 1.0).sum()'}")
            head.append('objective = "out"')
        if self.dice.random() < 0.2:
            cut = self.dice.choice(
                [line.partition(" =")[0] for line in self.lines if line[0] == "t"] or ["a"]
            )
            head.append(f'detach = ["{cut}"]')
        return [*head, 'formula = """', *self.lines, '"""']

    def _summand(self) -> str:
        names = [*self.values]
        used = [names[-1], *self.dice.sample(names, min(2, len(names)))]
        for count in (3, 2, 1):
            text = " + ".join(f"{name} * 1.0" for name in used[:count])
            if self._computes(text) is not None:
                return text
        return names[-1]

    def _tables(self) -> str:
        parts = [
            "[parameters]",
            *(f"{name} = {toml(table)}" for name, table in self.parameters.items()),
        ]
        if self.buffers:
            parts += [
                "[buffers]",
                *(f"{name} = {toml(table)}" for name, table in self.buffers.items()),
            ]
        if self.columns:
            parts += [
                "[data]",
                *(f"{name} = {toml(table)}" for name, table in self.columns.items()),
            ]
        if self.dice.random() < 0.9:
            parts += self._training()
        return "\n".join(parts)

    def _training(self) -> list[str]:
        name = self.dice.choice(list(OPTIMIZERS))
        table: dict[str, Any] = {"name": name}
        for option, known in OPTIMIZERS[name].options.items():
            if self.dice.random() < 0.4:
                table[option] = self._option(known.default)
        steps = self.dice.randint(1, 12)
        parts = ["[training]", f"optimizer = {toml(table)}", f"steps = {steps}"]
        if self.dice.random() < 0.2:
            parts.append(f"groups.own = {toml(self._group(name))}")
        parts.append(f'zero_grad = "{self.dice.choice(["none", "zero", "never"])}"')
        if self.dice.random() < 0.2:
            self.clipping = self.dice.choice(["clip_grad_norm", "clip_grad_value"])
            if self.dice.random() < 0.7:
                parts.append(f"{self.clipping} = {toml(abs(self._number()))}")
        if self.dice.random() < 0.15:
            parts.append(f"accumulate = {self.dice.randint(2, 4)}")
        if self.columns and self.dice.random() < 0.3:
            batch = {"size": self.dice.randint(1, 4), "shuffle": self.dice.random() < 0.7}
            parts.append(f"batch = {toml({**batch, 'seed': self.dice.randint(0, 2)})}")
        if any(line.startswith("y =") for line in self.lines):
            loss = self.dice.choice(list(LOSSES))
            options = {key: abs(self._number()) or 1.0 for key in LOSSES[loss].options}
            parts.append(f"loss = {toml({'name': loss, **options})}")
        for _ in range(self.dice.choice([0, 0, 1, 2, 4])):
            parts += ["[[changes]]", f"step = {self.dice.randint(1, steps)}", *self._change()]
        return parts

    def _group(self, optimizer: str) -> dict[str, Any]:
        tensors = [name for name, each in self.parameters.items() if each.get("optimize", True)]
        own = {
            option: self._option(known.default)
            for option, known in OPTIMIZERS[optimizer].options.items()
            if known.grouped and self.dice.random() < 0.3
        }
        return {"tensors": tensors[: self.dice.randint(1, 2)], **own}

    def _option(self, default: Any) -> Any:
        if isinstance(default, bool):
            return self.dice.random() < 0.3
        if isinstance(default, tuple):
            return self.dice.choice([[0.9, 0.999], [0.0, 0.0], [0.5, 0.9]])
        return abs(self.dice.choice([default, default, 0.0, 0.1, 1.0, self._number()]))

    def _change(self) -> list[str]:
        leaf = self.dice.choice(list(self.parameters))
        names = [name for name in self.values if name not in self.columns]
        makers: list[Callable[[], list[str]]] = [
            lambda: [f'tensor = "{leaf}"', f"requires_grad = {toml(self.dice.random() < 0.6)}"],
            lambda: [
                f'tensor = "{self.dice.choice(names)}"',
                f"detach = {toml(self.dice.random() < 0.6)}",
            ],
            lambda: [
                f'tensor = "{leaf}"',
                f"value = {toml(self._numbers(tuple(self.values[leaf].shape)))}",
            ],
            lambda: [f"lr = {toml(abs(self._number()))}"],
            lambda: [f"{self.clipping or 'lr'} = {toml(abs(self._number()))}"],
        ]
        return self.dice.choice(makers)()


def toml(value: Any) -> str:
    """The value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {toml(each)}' for key, each in value.items())} }}"
    return f'"{value}"' if isinstance(value, str) else repr(value)
