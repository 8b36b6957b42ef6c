"""A program run by plain torch beside the experiment that was read from it.

The program is executed here, in the test; the reader never does so.
"""

import contextlib
import io
import sys
import types
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import nn

from explorer.engine.gradients import gradients
from explorer.engine.session import Session
from explorer.experiment.spec import Experiment
from explorer.reading.program import Reading, read_program


def executed(text: str) -> dict[str, Any]:
    """The names of the program once it has been run; its plots go nowhere."""
    names: dict[str, Any] = {"__name__": "__main__"}
    dtype = torch.get_default_dtype()
    torch.manual_seed(0)
    stubs = _stubs(text)
    sys.modules.update(stubs)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, "program", "exec"), names)
    finally:
        torch.set_default_dtype(dtype)
        for name in stubs:
            del sys.modules[name]
    return names


def _stubs(text: str) -> dict[str, Any]:
    """Libraries that programs plot with, where they are not installed."""
    # What they import for good must not be taken away with the stubs.
    torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    found = {}
    for name in ("matplotlib", "matplotlib.pyplot", "tqdm"):
        if name.partition(".")[0] in text and name not in sys.modules:
            found[name] = mock.MagicMock()
    if "tqdm" in found:
        found["tqdm"].tqdm = lambda values, **_: values
        found["tqdm"].trange = range
    return found


def tensor_of(names: dict[str, Any], wanted: str) -> torch.Tensor:
    """The program's tensor that the experiment calls so."""
    own = names.get(wanted)
    if isinstance(own, torch.Tensor):
        return own
    for name, value in names.items():
        found = _inside(value, name, wanted)
        if found is not None:
            return found
    for name, value in names.items():
        # Letters that no formula has: what is called so is `v`.
        if not name.isascii() and wanted == "v" and isinstance(value, torch.Tensor):
            return value
    raise AssertionError(f"no tensor {wanted}")


def _inside(value: Any, name: str, wanted: str) -> torch.Tensor | None:
    if isinstance(value, nn.Module):
        for path, parameter in value.named_parameters():
            own = path.replace(".", "_")
            if wanted in (own, f"{name}_{own}"):
                return parameter
        for path, each in vars(value).items():
            if path == wanted and isinstance(each, torch.Tensor):
                return each
    if isinstance(value, dict | list | tuple) and not isinstance(value, types.ModuleType):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in pairs:
            if isinstance(each, torch.Tensor) and f"{name}_{key}" == wanted:
                return each
    return None


def bits(tensor: torch.Tensor | None) -> str:
    """All digits: NaN too, and the sign of zero."""
    return "None" if tensor is None else repr(tensor.tolist())


def close(first: torch.Tensor, second: torch.Tensor) -> bool:
    return torch.allclose(first.double(), second.double(), rtol=1e-5, atol=1e-5)


def check(path: Path) -> Reading:
    """Read the program, run both, and compare them."""
    text = path.read_text(encoding="utf-8")
    reading = read_program(text, path.stem)
    if reading.problem is not None:
        raise reading.problem
    experiment = reading.experiment
    assert experiment is not None
    torch.set_num_threads(1)
    names = executed(text)
    by_hand = path.stem.startswith("hand_")
    if experiment.has_training:
        _check_run(experiment, names, by_hand)
    else:
        _check_pass(experiment, names)
    return reading


def _check_run(experiment: Experiment, names: dict[str, Any], by_hand: bool) -> None:
    session = Session(experiment)
    last = None
    for record in session:
        last = record
    assert session.failure is None, session.failure
    for name, tensor in session.subject.parameters.items():
        if not experiment.parameters[name].requires_grad and name not in _moved(experiment):
            continue
        other = tensor_of(names, name).detach()
        same = close(tensor, other) if by_hand else bits(tensor) == bits(other)
        assert same, (name, tensor, other)
        if not experiment.parameters[name].optimize:
            assert bits(tensor.grad) == bits(tensor_of(names, name).grad), name
    loss = names.get("loss")
    if last is not None and isinstance(loss, torch.Tensor) and not by_hand:
        assert last.loss == loss.item()


def _moved(experiment: Experiment) -> set[str]:
    return {each.tensor or "" for each in experiment.changes}


def _check_pass(experiment: Experiment, names: dict[str, Any]) -> None:
    report = gradients(experiment)
    assert report.failure is None, report.failure
    checked = 0
    for state in report.tensors[: len(experiment.parameters)]:
        if not experiment.parameters[state.name].requires_grad:
            continue
        checked += 1
        assert repr(state.grad) == bits(tensor_of(names, state.name).grad), state.name
    assert checked
