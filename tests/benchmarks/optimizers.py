"""A headless session, every step recorded, against the bare loop, for every optimizer.

Prints one JSON object, {"adam": {"line_fit": ratio, "network": ratio}, ...}: the bare loop's
time a step divided by the session's, the median of pairs measured in turns. "two_layers" and
"large" are networks with 64 units and with 300,000 parameters, trained with Adam. Run it on
a quiet machine: python tests/benchmarks/optimizers.py
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

import explorer
from explorer.live.history import History

PAIRS = 5
# Optimizer -> its class and the options given to both sides.
OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "sgd": (torch.optim.SGD, {"lr": 0.005}),
    "momentum": (torch.optim.SGD, {"lr": 0.002, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {"lr": 0.01}),
    "adamw": (torch.optim.AdamW, {"lr": 0.01}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.01}),
}
LINE = "y = a*x + b*x + c + d"
NETWORK = "h = tanh(x.unsqueeze(1) @ W + b)\ny = (h @ V).squeeze(1) + c"
DEEP = "h = tanh(X @ W + b)\nk = tanh(h @ U + d)\ny = (k @ V).squeeze(1) + c"
BRANCH_COUNT = 4
BRANCHES = "y = c + (p * x.unsqueeze(1)).sum(1)" + "".join(
    f" + (tanh(x.unsqueeze(1) @ W{number} + b{number}) @ V{number}).squeeze(1)"
    for number in range(BRANCH_COUNT)
)

Forward = Callable[[Mapping[str, torch.Tensor], torch.Tensor], torch.Tensor]


def frozen(value: float) -> dict[str, Any]:
    """A parameter that is not trained."""
    return {"value": value, "requires_grad": False}


def drawn(*shape: int) -> dict[str, Any]:
    """A parameter of that shape, the same at every run."""
    return {"shape": list(shape), "init": "normal", "scale": 0.1, "seed": sum(shape)}


def line_fit(parameters: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The formula LINE as its readers write it."""
    a, b, c, d = parameters.values()
    return a * x + b * x + c + d


def network(parameters: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The formula NETWORK."""
    weight, bias, out, last = parameters.values()
    hidden = torch.tanh(x.unsqueeze(1) @ weight + bias)
    return (hidden @ out).squeeze(1) + last


def deep(parameters: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The formula DEEP."""
    weight, bias, second, other, out, last = parameters.values()
    hidden = torch.tanh(torch.tanh(x @ weight + bias) @ second + other)
    return (hidden @ out).squeeze(1) + last


def branches(parameters: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The formula BRANCHES."""
    column = x.unsqueeze(1)
    result = parameters["c"] + (parameters["p"] * column).sum(1)
    for number in range(BRANCH_COUNT):
        weight, bias, out = (parameters[f"{letter}{number}"] for letter in "WbV")
        result = result + (torch.tanh(column @ weight + bias) @ out).squeeze(1)
    return result


def deep_parameters(units: int) -> dict[str, Any]:
    """Of the formula DEEP."""
    hidden = {"U": drawn(units, units), "d": drawn(units)}
    return {"W": drawn(2, units), "b": drawn(units), **hidden, "V": drawn(units, 1), "c": 0.0}


ROWS = [index / 30 - 1 for index in range(60)]
PLANE = [[each, each * each] for each in ROWS]
CURVE = [each**3 - each for each in ROWS]
LINE_START = {"a": 1.0, "b": frozen(0.5), "c": 0.0, "d": frozen(0.5)}
NETWORK_START = {"W": drawn(1, 16), "b": drawn(16), "V": drawn(16, 1), "c": 0.0}
BRANCHES_START = {
    name: drawn(*shape)
    for number in range(BRANCH_COUNT)
    for name, shape in ((f"W{number}", (1, 16)), (f"b{number}", (16,)), (f"V{number}", (16, 1)))
}
LINE_DATA = {"x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": [3.0, 5.0, 7.0, 9.0, 11.0]}
# Model -> formula, parameters, data, the hand-written forward pass, steps measured at once.
MODELS: dict[str, tuple[str, dict[str, Any], dict[str, Any], Forward, int]] = {
    "line_fit": (LINE, LINE_START, LINE_DATA, line_fit, 400),
    "network": (NETWORK, NETWORK_START, {"x": ROWS, "y": CURVE}, network, 250),
    # 200 numbers: for the window with many curves (`live_training.py`).
    "branches": (
        BRANCHES,
        {**BRANCHES_START, "p": drawn(7), "c": 0.0},
        {"x": ROWS, "y": CURVE},
        branches,
        100,
    ),
    "two_layers": (DEEP, deep_parameters(64), {"X": PLANE, "y": CURVE}, deep, 100),
    "large": (DEEP, deep_parameters(545), {"X": PLANE, "y": CURVE}, deep, 20),
}


class Pair:
    """One model with one optimizer, both ways."""

    def __init__(self, model: str, optimizer: str) -> None:
        formula, parameters, data, self.forward, self.steps = MODELS[model]
        self.maker, self.options = OPTIMIZERS[optimizer]
        name = "sgd" if optimizer == "momentum" else optimizer
        self.experiment = explorer.Experiment(
            formula=formula,
            parameters=parameters,
            data=data,
            training={"optimizer": {"name": name, **self.options}, "steps": self.steps},
        )

    def bare(self) -> tuple[float, list[Any]]:
        """The loop as its readers write it: microseconds a step, and the values at the end."""
        start_values = explorer.Session(self.experiment).subject.parameters
        parameters = {
            name: nn.Parameter(each.detach().clone(), requires_grad=each.requires_grad)
            for name, each in start_values.items()
        }
        *columns, target = (torch.tensor(each) for each in columns_of(self.experiment))
        criterion = nn.MSELoss()
        optimizer = self.maker(parameters.values(), **self.options)
        start = time.perf_counter()
        for _ in range(self.steps):
            loss = criterion(self.forward(parameters, columns[0]), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        elapsed = time.perf_counter() - start
        return elapsed / self.steps * 1e6, [each.tolist() for each in parameters.values()]

    def own(self) -> tuple[float, list[Any]]:
        """The same by a session, with all that is recorded."""
        session = explorer.Session(self.experiment)
        history = History(1 + 2 * len(session.columns))
        start = time.perf_counter()
        for record in session:
            history.append_record(record.loss, record.values, record.grads)
        elapsed = time.perf_counter() - start
        assert history.steps == self.steps
        return elapsed / self.steps * 1e6, [
            each.tolist() for each in session.subject.parameters.values()
        ]


def columns_of(experiment: explorer.Experiment) -> list[Any]:
    """The data, inputs first, in the order of the file."""
    return [each.astype("float32") for each in experiment.columns.values()]


def ratio(model: str, optimizer: str) -> float:
    """Bare over own, the median of turns; both end at the same bits."""
    pair, ratios = Pair(model, optimizer), []
    for _ in range(PAIRS):
        (bare_us, expected), (own_us, values) = pair.bare(), pair.own()
        assert values == expected
        ratios.append(bare_us / own_us)
    return round(statistics.median(ratios), 3)


def main() -> None:
    """Measure all in turns and print the ratios."""
    torch.set_num_threads(1)
    Pair("network", "adam").bare()
    small = ("line_fit", "network")
    report = {
        optimizer: {model: ratio(model, optimizer) for model in small} for optimizer in OPTIMIZERS
    }
    report["adam"] |= {model: ratio(model, "adam") for model in ("two_layers", "large")}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
