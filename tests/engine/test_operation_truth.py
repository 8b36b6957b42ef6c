"""Every operation in the ways in which it is written: the bits of PyTorch, and everything else.

Each example of `operation_examples` is run by plain torch, and as an experiment: value and
gradients, the written program, the trace, the shape that is known beforehand, the proof.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
from operation_examples import LEAVES, PROGRAMS, all_examples
from torch.nn import functional

from explorer.code.script import script
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.limits import elements
from explorer.engine.proof.layers import WITHOUT_FORM
from explorer.experiment.language import parse
from explorer.experiment.spec import Experiment
from explorer.experiment.tree import Call, Program, walk

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CASES = list(all_examples())


def bits(tensor: torch.Tensor | None) -> str:
    return "None" if tensor is None else repr(tensor.tolist())


def leaves() -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value, requires_grad=True) for name, value in LEAVES.items()}


def by_torch(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"torch": torch, "F": functional, "math": math, **leaves()}
    exec(text, names)
    names["out"].backward()
    return names


def whole(text: str) -> str:
    """The lines, and a scalar in which every element of `z` has a weight of its own."""
    return f"{text}\nout = ((z * 1.0) * (z.double() * 0.3 + 0.7)).sum() + (v * 0).sum()"


def experiment(text: str, dtype: str = "float32") -> Experiment:
    return Experiment(formula=text, objective="out", parameters=dict(LEAVES), dtype=dtype)


def operations(program: Program) -> Iterator[str]:
    for line in program.assignments:
        yield from (node.operation for node in walk(line.expression) if isinstance(node, Call))


def run_and_script_have_the_bits_of_torch(
    model: FormulaSubject, expected: Mapping[str, Any]
) -> None:
    # Beside the run: no call makes more than the limit counts.
    with Counting():
        objective = model.forward(*model.arguments)
    objective.backward()
    names: dict[str, Any] = {}
    written = script(model.experiment)
    exec(compile(written, "script", "exec"), names)
    assert bits(objective.detach()) == bits(expected["out"].detach())
    for leaf, tensor in model.parameters.items():
        assert bits(tensor.grad) == bits(expected[leaf].grad), leaf
        assert bits(names[leaf].grad) == bits(expected[leaf].grad), (leaf, written)


class Counting(torch.overrides.TorchFunctionMode):
    """Holds the limit's count to what a call makes."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        parts = made if isinstance(made, tuple | list) else [made]
        size = sum(each.numel() for each in parts if isinstance(each, torch.Tensor))
        name = func.__name__.strip("_")
        assert name in ("get", "data") or size <= elements(name, args, kwargs or {}), func
        return made


def trace_has_the_operation_and_the_gradients(
    model: FormulaSubject, expected: Mapping[str, Any], name: str
) -> None:
    trace = model.trace()
    assert trace.failure is None
    assert trace.mismatches == ()
    assert name in set(operations(model.experiment.program))
    for leaf in LEAVES:
        grad = expected[leaf].grad
        if grad is None or grad.numel() <= 16:
            assert repr(trace.tensors[trace.named[leaf]].grad) == bits(grad)


def shape_is_known_beforehand(result: torch.Tensor, name: str, text: str) -> None:
    shapes = {leaf: tuple(tensor.shape) for leaf, tensor in leaves().items()}
    if name == "masked_select" or (
        "[" in text.replace("([", "").replace("[[", "")
        and (
            ">" in text
            or "torch.a" in text
            or "torch.t" in text
            or "long" in text
            or ".arg" in text
            or "is" in text
        )
    ):
        # A mask, or what might be one.
        return
    sizes = "".join(f"k{place} = z.shape[{place}]\n" for place in range(result.dim()))
    found = parse(f"z = {text}\nm = z.ndim\n{sizes}", [*LEAVES], [], shapes).numbers
    assert found["m"] == result.dim()
    assert tuple(found[f"k{place}"] for place in range(result.dim())) == tuple(result.shape)


def proof_agrees_or_is_left_out(name: str, text: str) -> None:
    formula = f"z = {text}\nout = (z * 1.0 + z ** 2 * 0.5).sum() + (v * 0).sum()"
    model = FormulaSubject(experiment(formula, "float64"))
    trace = model.trace()
    assert trace.failure is None
    reached = [leaf for leaf in LEAVES if trace.tensors[trace.named[leaf]].grad is not None]
    # With weights, and of images, a loss has no form either.
    without = name in WITHOUT_FORM or "weight=" in text or "smoothing" in text or "(B," in text
    for leaf in [leaf for leaf in reached if f"{leaf}" in text][:2]:
        proof = model.proof(trace, leaf)
        assert proof is not None
        if proof.omitted is not None:
            known = {"too-large", "kink", *(["no-form"] if without else [])}
            assert proof.omitted.code in known, proof.omitted
            continue
        found = torch.tensor(proof.symbolic_value, dtype=torch.float64)
        wanted = torch.tensor(proof.autograd, dtype=torch.float64)
        assert torch.allclose(found, wanted, atol=1e-6), (proof.symbolic, proof)


@pytest.mark.parametrize(("name", "text"), CASES, ids=[f"{name}: {text}" for name, text in CASES])
def test_everything_about_an_example(name: str, text: str) -> None:
    """One test, as the same experiment is asked; the function that fails is what does not hold."""
    lines = whole(f"z = {text}")
    expected = by_torch(lines)
    model = FormulaSubject(experiment(lines))
    run_and_script_have_the_bits_of_torch(model, expected)
    trace_has_the_operation_and_the_gradients(model, expected, name)
    shape_is_known_beforehand(expected["z"], name, text)
    proof_agrees_or_is_left_out(name, text)


@pytest.mark.parametrize("text", PROGRAMS)
def test_programs_have_the_bits_of_torch(text: str) -> None:
    model = FormulaSubject(experiment(whole(text)))
    run_and_script_have_the_bits_of_torch(model, by_torch(whole(text)))
