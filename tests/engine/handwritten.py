"""The other side of the truth tests: an experiment as a reader of PyTorch's manual writes it.

nn.Parameter, the classes of torch.optim, torch.nn.functional's losses, `.detach()`, and the
loop forward, zero_grad, backward, step. Nothing of `explorer` is used: the formula's text is
run by Python itself, which is possible because the language is a strict subset of it.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own abbreviation)
from torch import nn

DTYPES = {"float32": torch.float32, "float64": torch.float64}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}
LOSSES: dict[str, Callable[..., torch.Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "huber": F.huber_loss,
    "smooth_l1": F.smooth_l1_loss,
}
CLIPPING: dict[str, Callable[..., Any]] = {
    "clip_grad_norm": nn.utils.clip_grad_norm_,
    "clip_grad_value": nn.utils.clip_grad_value_,
}
ASSIGNMENT = re.compile(r"^( *)(\w+) = (.+)$", re.MULTILINE)
FUNCTION = re.compile(r"^def (\w+)\(.*\):$")


@dataclass(frozen=True)
class Row:
    """What one step leaves behind: the loss before the update, tensors after it."""

    loss: float
    values: dict[str, Any]
    grads: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """`backward()` raised before this step was made."""

    step: int
    message: str


class HandWritten:
    """One experiment, given as the table a file would hold, run by plain PyTorch.

    `values` are the parameters' start values; the table may only say how to draw them.
    `prediction` is the column that the formula assigns, if its loss is not its own.
    """

    def __init__(
        self, table: dict[str, Any], values: dict[str, Any], prediction: str | None
    ) -> None:
        self.dtype = DTYPES[table.get("dtype", "float32")]
        defaults = {"zero_grad": "none", "steps": 10, "accumulate": 1}
        self.training = {**defaults, **table.get("training", {})}
        self.parameters = {
            name: nn.Parameter(
                torch.tensor(values[name], dtype=self.dtype),
                requires_grad=_switch(given, "requires_grad", True),
            )
            for name, given in table["parameters"].items()
        }
        columns = {
            name: torch.tensor(each, dtype=self.dtype)
            for name, each in table.get("data", {}).items()
        }
        self.result = table.get("objective") or str(prediction)
        self.rows: torch.Tensor | None = None
        self.batches = self.drawn(len(next(iter(columns.values())))) if columns else None
        self.target = columns.pop(prediction) if prediction else None
        used = set(re.findall(r"\w+", table["formula"]))
        self.inputs = {name: each for name, each in columns.items() if name in used}
        self.cuts = set(table.get("detach", ()))
        self.cuts |= {
            name for name, each in table["parameters"].items() if _switch(each, "detach", False)
        }
        self.changes = sorted(table.get("changes", ()), key=lambda change: change["step"])
        self.torch = torch_names(table["formula"])
        self.body = compile(rewritten(table["formula"]), "formula", "exec")
        options = dict(self.training["optimizer"])
        make = OPTIMIZERS[options.pop("name")]
        self.held = {
            name: parameter
            for name, parameter in self.parameters.items()
            if _switch(table["parameters"][name], "optimize", True)
        }
        groups = self.training.get("groups", {})
        named = {name for group in groups.values() for name in group["tensors"]}
        rest = [self.held[name] for name in self.held if name not in named]
        self.optimizer = make(
            [
                *([{"params": rest, "name": "rest"}] if rest or not groups else []),
                *(self.group(name, dict(group)) for name, group in groups.items()),
            ],
            **options,
        )

    def group(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        held = [self.held[each] for each in options.pop("tensors")]
        return {"params": held, "name": name, **options}

    def run(self, repair: Callable[[], None]) -> Iterator[Row | Refused]:
        """Every step; after a refusal `repair` is called and the step tried again."""
        for step in range(1, self.training["steps"] + 1):
            while self.changes and self.changes[0]["step"] == step:
                self.change(self.changes.pop(0))
            self.take_rows()
            loss = self.forward()
            self.zero_grad(step)
            try:
                loss.backward()  # type: ignore[no-untyped-call]
            except RuntimeError as error:
                yield Refused(step, str(error))
                repair()
                loss = self.forward()
                self.zero_grad(step)
                loss.backward()  # type: ignore[no-untyped-call]
            if step % self.training["accumulate"] == 0:
                self.clip()
                self.optimizer.step()
            yield self.row(loss)

    def drawn(self, count: int) -> Iterator[torch.Tensor]:
        """The rows of each step's batch, epoch after epoch."""
        batch = self.training["batch"]
        generator = torch.Generator().manual_seed(batch.get("seed", 0))
        while True:
            order = torch.arange(count)
            if batch.get("shuffle"):
                order = torch.randperm(count, generator=generator)
            yield from torch.split(order, batch["size"])

    def take_rows(self) -> None:
        if "batch" in self.training and self.batches is not None:
            self.rows = next(self.batches)

    def row(self, loss: torch.Tensor) -> Row:
        leaves = {**self.parameters, **self.inputs}
        return Row(
            loss=loss.item(),
            values={name: leaf.tolist() for name, leaf in leaves.items()},
            grads={
                name: None if leaf.grad is None else leaf.grad.tolist()
                for name, leaf in leaves.items()
            },
        )

    def clip(self) -> None:
        for key, function in CLIPPING.items():
            if (limit := self.training.get(key)) is not None:
                function(self.parameters.values(), limit)

    def zero_grad(self, step: int) -> None:
        if (step - 1) % self.training["accumulate"]:
            return
        if self.training["zero_grad"] == "none":
            self.optimizer.zero_grad()
        elif self.training["zero_grad"] == "zero":
            self.optimizer.zero_grad(set_to_none=False)

    def change(self, change: dict[str, Any]) -> None:
        rest = {key: each for key, each in change.items() if key != "step"}
        name = rest.pop("tensor", "")
        leaves = {**self.parameters, **self.inputs}
        if "requires_grad" in rest:
            leaves[name].requires_grad = rest.pop("requires_grad")
        if "detach" in rest:
            (self.cuts.add if rest.pop("detach") else self.cuts.discard)(name)
        if "value" in rest:
            with torch.no_grad():
                self.parameters[name].copy_(torch.tensor(rest.pop("value"), dtype=self.dtype))
        self.training.update({key: rest.pop(key) for key in CLIPPING if key in rest})
        chosen = rest.pop("group", None)
        for group in self.optimizer.param_groups:
            if chosen in (None, group["name"]):
                group.update(rest)

    def forward(self) -> torch.Tensor:
        calls: Counter[str] = Counter()

        def entered(function: str) -> str:
            calls[function] += 1
            return "" if calls[function] == 1 else f"#{calls[function]}"

        def cut(name: str, value: torch.Tensor) -> torch.Tensor:
            return value.detach() if name in self.cuts else value

        inputs = self.inputs
        if self.rows is not None:
            inputs = {name: column[self.rows] for name, column in inputs.items()}
        leaves = {**self.parameters, **inputs}
        used = {name: cut(name, leaf) for name, leaf in leaves.items()}
        names: dict[str, Any] = {**self.torch, "entered": entered, "cut": cut, **used}
        exec(self.body, names)
        result: torch.Tensor = names[self.result]
        return result if self.target is None else self.compare(result)

    def compare(self, prediction: torch.Tensor) -> torch.Tensor:
        options = dict(self.training["loss"])
        target = self.target
        if target is not None and self.rows is not None:
            target = target[self.rows]
        loss = LOSSES[options.pop("name")]
        with warnings.catch_warnings():
            # One predicted number stands for every row: PyTorch broadcasts, and warns.
            warnings.simplefilter("ignore", UserWarning)
            return loss(prediction, target, **options)


def rewritten(formula: str) -> str:
    """The formula with `.detach()` reachable at every assignment: `z = cut("z", …)`.

    Inside `def g` the tensor is called `g.z`, and `g.z#2` in the second call.
    """
    lines: list[str] = []
    function = ""
    for line in formula.splitlines():
        found, assignment = FUNCTION.match(line), ASSIGNMENT.match(line)
        if found:
            function = found[1]
            lines += [line, f"    call = entered({function!r})"]
        elif assignment:
            indent, name, value = assignment.groups()
            full = f"'{function}.{name}' + call" if indent else repr(name)
            lines.append(f"{indent}{name} = cut({full}, {value})")
        else:
            lines.append(line)
    return "\n".join(lines)


def _switch(given: Any, key: str, default: bool) -> bool:
    return bool(given.get(key, default)) if isinstance(given, dict) else default


def torch_names(formula: str) -> dict[str, Any]:
    """What the formula's words mean in PyTorch: activations and losses, then the rest."""
    words = set(re.findall(r"[A-Za-z]\w*", formula)) - {"torch", "F"}
    found = {word: getattr(F, word, getattr(torch, word, None)) for word in words}
    return {"torch": torch, "F": F, **{word: each for word, each in found.items() if each}}
