"""Runs and gradients as plain data: JSON documents and CSV rows.

The shapes are a promise to other programs (`resources/help/en/json.md`). `None` is null; a
non-finite number, for which JSON has no word, is the text "nan", "inf" or
"-inf", in CSV files too. Called by the command line and the window's export.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Union

from explorer.experiment.problem import Failure
from explorer.experiment.wholefile import replacing

if TYPE_CHECKING:
    from explorer.explain.callsite import CallSite
    from explorer.explain.figures import Summary
    from explorer.explain.reason import Reason
    from explorer.explain.step_records import TensorState

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
# A tensor's numbers: `tolist()`, or the summary of one too large to show whole.
Value = Union[float, Sequence["Value"], "Summary", None]


def plain(value: Value) -> Json:
    """Numbers as JSON can hold them, nested as they were."""
    if value is None:
        return None
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    if not isinstance(value, float | int):
        return {key: plain(number) for key, number in asdict(value).items()}
    return value if math.isfinite(value) else _word(value)


def _word(number: float) -> str:
    """'nan', 'inf' or '-inf'."""
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"


# -- JSON documents ------------------------------------------------------------


def experiments_document(titles: Mapping[str, str]) -> Json:
    """`list`: the built-in experiments, in order."""
    return [{"name": name, "title": title} for name, title in titles.items()]


def tensor_document(tensor: "TensorState") -> dict[str, Json]:
    """One tensor of a run."""
    return {
        "value": plain(tensor.value),
        "grad": plain(tensor.grad),
        "requires_grad": tensor.requires_grad,
        "detached": tensor.detached,
    }


def gradients_document(
    objective: str,
    value: float | None,
    tensors: "Iterable[TensorState]",
    reasons: "Mapping[str, Reason | None]",
    failure: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """`gradients`: the objective and every named tensor after one backward pass.

    A tensor's `reason` is null where its gradient is there and not zero. `failure` is left
    out unless backward() refused.
    """
    document: dict[str, Json] = {
        "objective": {"name": objective, "value": plain(value)},
        "tensors": {
            each.name: {
                **tensor_document(each),
                "leaf": each.leaf,
                "reason": reason_document(reasons.get(each.name)),
            }
            for each in tensors
        },
    }
    return document if failure is None else {**document, "failure": dict(failure)}


def with_sites(document: Mapping[str, Json], sites: "Mapping[str, CallSite]") -> dict[str, Json]:
    """The document of `gradients` of a model: each tensor has the line its reason is about."""
    found = document["tensors"]
    assert isinstance(found, dict)
    tensors: dict[str, Json] = {}
    for name, tensor in found.items():
        assert isinstance(tensor, dict)
        tensors[name] = {**tensor, "site": site_document(sites.get(name))}
    return {**document, "tensors": tensors}


def site_document(site: "CallSite | None") -> Json:
    """A line of somebody's program."""
    if site is None:
        return None
    return {"file": site.file, "line": site.line, "function": site.function or None}


def after_steps(
    document: Mapping[str, Json],
    step: int,
    moved_by: Mapping[str, Sequence[str]],
    parts: Mapping[str, Mapping[str, Value]],
) -> dict[str, Json]:
    """The document of `gradients` after `step` steps: each parameter has what moved it.

    `parts` are what each cause added to the move, in the parameter's shape.
    """
    found = document["tensors"]
    assert isinstance(found, dict)
    tensors: dict[str, Json] = {}
    for name, tensor in found.items():
        assert isinstance(tensor, dict)
        tensors[name] = tensor
        if name in moved_by:
            split: dict[str, Json] = {key: plain(part) for key, part in parts[name].items()}
            tensors[name] = {**tensor, "moved_by": list(moved_by[name]), "parts": split}
    return {"step": step, **document, "tensors": tensors}


def reason_document(reason: "Reason | None") -> Json:
    """The reason's code and its facts side by side."""
    if reason is None:
        return None
    return {"code": reason.code, **{key: _fact(fact) for key, fact in reason.facts.items()}}


def _fact(fact: Any) -> Json:
    """Texts stay, figures become numbers that JSON can hold, lists and mappings of both."""
    if fact is None or isinstance(fact, str):
        return fact
    if isinstance(fact, Mapping):
        return {key: _fact(each) for key, each in fact.items()}
    if isinstance(fact, Sequence):
        return [_fact(each) for each in fact]
    return plain(fact)


def run_document(
    *,
    title: str,
    steps: int,
    loss: float | None,
    tensors: "Iterable[TensorState]",
    rows: Iterable[Mapping[str, Value]] | None,
    changes: Iterable[Mapping[str, Json]],
    failure: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """`run`: what came out. `steps` is how many were done, `loss` that of the last one.

    `rows` is left out when None, `failure` when the run came to its end.
    """
    document: dict[str, Json] = {
        "title": title,
        "steps": steps,
        "loss": plain(loss),
        "tensors": {each.name: tensor_document(each) for each in tensors},
    }
    if rows is not None:
        document["rows"] = [{key: plain(value) for key, value in row.items()} for row in rows]
    document["changes"] = [dict(change) for change in changes]
    if failure is not None:
        document["failure"] = dict(failure)
    return document


def failure_document(failure: Failure, message: str) -> dict[str, Json]:
    """Why a run stopped by itself. `message` is the sentence a person reads."""
    return {"code": failure.code, "step": failure.step, "message": message}


# -- CSV -------------------------------------------------------------------------


def spread(name: str, value: Value) -> Iterator[tuple[str, float]]:
    """A tensor's numbers with their column names: `a`, or `W[0]`, or `W[0,1]`, row by row."""
    shape = _shape(value)
    if not shape:
        yield name, _number(value)
        return
    for index in product(*map(range, shape)):
        yield f"{name}[{','.join(map(str, index))}]", _at(value, index)


def _shape(value: Value) -> tuple[int, ...]:
    if not isinstance(value, Sequence):
        return ()
    return (len(value), *(_shape(value[0]) if len(value) else ()))


def _at(value: Value, index: Iterable[int]) -> float:
    for position in index:
        assert isinstance(value, Sequence)
        value = value[position]
    return _number(value)


def _number(value: Value) -> float:
    assert isinstance(value, float | int)
    return value


class RowWriter:
    """Writes rows as CSV; the first one decides the header."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._started = False

    def write(self, row: Mapping[str, Value]) -> None:
        """One step: `step`, `loss` and the parameters, vectors spread over columns."""
        cells = [cell for name, value in row.items() for cell in spread(name, value)]
        if not self._started:
            self._writer.writerow([name for name, _ in cells])
            self._started = True
        self._writer.writerow([plain(number) for _, number in cells])


@contextmanager
def csv_file(path: Path) -> Iterator[RowWriter]:
    """A CSV file that appears, complete, when the block is left without an exception.

    Raises BadInput `cannot-write` where it cannot be written.
    """
    with replacing(path) as file:
        yield RowWriter(file)
