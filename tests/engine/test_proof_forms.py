"""Every operation with a symbolic form, against autograd in float64 at random points."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from operation_examples import all_examples

from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.proof.forms import FORMS
from explorer.engine.proof.layers import WITHOUT_FORM
from explorer.engine.proof.proving import prove
from explorer.experiment.operations import OPERATIONS, Slope
from explorer.experiment.spec import Experiment
from explorer.explain.proof_records import Proof, flat

Range = tuple[float, float]
ANY: Range = (-2.5, 2.5)
POSITIVE: Range = (0.3, 3.0)
UNIT: Range = (0.05, 0.95)
INSIDE: Range = (-0.9, 0.9)
WIDE: Range = (-5.0, 8.0)

SHAPES = {"u": (3,), "v": (3,), "s": (), "m": (2, 3), "n": (3, 2), "c": (3,), "k": (2, 2)}


@dataclass(frozen=True)
class Case:
    """A formula for a tensor of any shape; u, v: (3,), s: (), m: (2, 3), n: (3, 2)."""

    text: str
    points: Range = ANY
    relative: float = 1e-9


def elementwise(*names: str, points: Range = ANY) -> dict[str, Case]:
    return {name: Case(f"{name}(u)", points) for name in names}


CASES: dict[str, Case] = {
    **elementwise("neg", "exp", "exp2", "expm1", "square", "sin", "cos", "tan", "sinh", "cosh"),
    **elementwise("tanh", "asinh", "atan", "erf", "erfc", "clone", "nan_to_num", "abs", "sinc"),
    **elementwise("log", "log2", "log10", "log1p", "sqrt", "rsqrt", points=POSITIVE),
    **elementwise("lgamma", "digamma", points=POSITIVE),
    **elementwise("reciprocal", "sigmoid", "relu", "softplus", "leaky_relu", "elu", "celu"),
    **elementwise("selu", "gelu", "silu", "mish", "logsigmoid", "softsign", "tanhshrink"),
    **elementwise("relu6", "hardtanh", "hardswish", points=WIDE),
    **elementwise("softshrink", "hardshrink", "round", "floor", "ceil", "trunc", "sign", "frac"),
    **elementwise("asin", "acos", "atanh", points=INSIDE),
    # PyTorch's backward function multiplies by a sixth in float32, even for float64.
    "hardsigmoid": Case("hardsigmoid(u)", WIDE, 1e-7),
    "lgamma/negative": Case("sin(lgamma(u))", (-2.9, -2.1)),
    "acosh": Case("acosh(u)", (1.2, 4.0)),
    "logit": Case("logit(u)", UNIT),
    "logit/eps": Case("logit(u, eps=0.3)", UNIT),
    "clamp": Case("clamp(u, -1, 1)"),
    "float": Case("u.float() * u", relative=1e-6),
    "clamp/min": Case("clamp(u, min=0.5)"),
    "clamp/max": Case("clamp(u, max=0.5)"),
    "softplus/beta": Case("softplus(u, beta=2, threshold=1)"),
    "leaky_relu/slope": Case("leaky_relu(u, 0.3)"),
    "elu/alpha": Case("elu(u, alpha=0.5)"),
    "celu/alpha": Case("celu(u, alpha=0.5)"),
    "hardtanh/bounds": Case("hardtanh(u, -0.5, 2)"),
    "add": Case("u + v"),
    "add/broadcast": Case("u + s + m"),
    "sub": Case("u - 2 * v"),
    "mul": Case("u * v * s"),
    "div": Case("u / v"),
    "div/number": Case("2 / u", POSITIVE),
    "pow": Case("u ** v", POSITIVE),
    "pow/number": Case("u ** 3"),
    "pow/negative": Case("u ** -2", POSITIVE),
    "pow/root": Case("u ** 0.3", POSITIVE),
    "pow/exponent": Case("2 ** u"),
    "atan2": Case("atan2(u, v)"),
    "hypot": Case("hypot(u, v)"),
    "logaddexp": Case("logaddexp(u, v)"),
    "xlogy": Case("xlogy(u, v)", POSITIVE),
    "maximum": Case("maximum(u, v)"),
    "minimum": Case("minimum(u, v)"),
    "fmod": Case("fmod(u, v)"),
    "fmod/number": Case("fmod(u, 0.7)"),
    "remainder": Case("remainder(u, v)"),
    "lerp": Case("lerp(u, v, s)"),
    "lerp/number": Case("lerp(u, v, 0.3)"),
    "where": Case("where(u > v, u * v, v ** 2)"),
    "where/number": Case("where(u <= 0, 1, u)"),
    "sum": Case("sum(m * m)"),
    "sum/dim": Case("sum(m * m, dim=0)"),
    "sum/keepdim": Case("sum(m * m, dim=1, keepdim=True) * m"),
    "sum/negative dim": Case("sum(m * m, dim=-2)"),
    "sum/dims": Case("sum(m * m, dim=[0, 1])"),
    "mean": Case("mean(m ** 2)"),
    "mean/dim": Case("mean(m ** 2, 1)"),
    "prod": Case("prod(u)"),
    "prod/dim": Case("prod(m, dim=1)"),
    "norm": Case("norm(m)"),
    "norm/one": Case("norm(m, p=1, dim=1)"),
    "amax": Case("amax(m)"),
    "amax/dim": Case("amax(m, dim=0)"),
    "max": Case("max(m) * m"),
    "min": Case("m.min() * m"),
    "amin": Case("amin(m, dim=1, keepdim=True) * m"),
    "var": Case("var(m)"),
    "var/correction": Case("var(m, dim=1, correction=0)"),
    "std": Case("std(m, dim=1)"),
    "logsumexp": Case("logsumexp(m, dim=1)"),
    "softmax": Case("softmax(m, dim=1)"),
    "softmax/rows": Case("softmax(m, dim=0)"),
    "log_softmax": Case("log_softmax(m, -1)"),
    "cumsum": Case("cumsum(m ** 2, dim=1)"),
    "cumprod": Case("cumprod(m, dim=0)"),
    "matmul": Case("m @ n"),
    "matmul/vector": Case("m @ u"),
    "matmul/left": Case("u @ n"),
    "dot": Case("dot(u, v)"),
    "outer": Case("outer(u, v)"),
    "mm": Case("mm(n, m)"),
    "mv": Case("mv(m, u)"),
    "t": Case("t(m) * n"),
    "unsqueeze": Case("unsqueeze(u, 0) * m"),
    "unsqueeze/end": Case("unsqueeze(u, -1) * n"),
    "squeeze": Case("squeeze(unsqueeze(u ** 2, 1), 1) * v"),
    "flatten": Case("flatten(m ** 2)"),
    "reshape": Case("reshape(m, [3, 2]) * n"),
    "view": Case("m.view(3, 2) * n"),
    "permute": Case("permute(m, [1, 0]) * n"),
    "transpose": Case("transpose(m, 0, -1) * n"),
    "bmm": Case("bmm(unsqueeze(m, 0), unsqueeze(n, 0))"),
    "addmm": Case("addmm(m @ n, m, n)"),
    "linear": Case("linear(m, n.t())"),
    "linear/vector": Case("F.linear(u, m)"),
    "linear/bias": Case("F.linear(m, n.t(), u @ n)"),
    "bilinear": Case("bilinear(m, n.t(), unsqueeze(outer(u, v), 0))"),
    "bilinear/bias": Case("bilinear(m, m, unsqueeze(outer(u, v), 0), unsqueeze(s, 0))"),
    "mse_loss": Case("mse_loss(u, v)"),
    "l1_loss": Case("l1_loss(u, v)"),
    "huber_loss": Case("huber_loss(u, v, delta=0.7)"),
    "smooth_l1_loss": Case("smooth_l1_loss(u, v, beta=0.7)"),
    "smooth_l1_loss/beta": Case("smooth_l1_loss(u, v, beta=0)"),
    "binary_cross_entropy": Case("binary_cross_entropy(u, v.detach())", UNIT),
    "binary_cross_entropy_with_logits": Case("binary_cross_entropy_with_logits(u, v)"),
}


def proofs(case: Case, seed: int) -> dict[str, Proof]:
    """Of all tensors that the formula names, at random points."""
    generator = torch.Generator().manual_seed(seed)
    low, high = case.points
    names = [name for name in "uvsmn" if name in case.text.replace("sum", "").replace("min", "")]
    parameters: dict[str, Any] = {
        name: (low + (high - low) * torch.rand(SHAPES[name], generator=generator).double()).tolist()
        for name in names
    }
    # Every element with a weight of its own, so that none is mistaken for another.
    formula = f"p = {case.text}\nout = (sin(p) + p * p).sum()"
    experiment = Experiment(
        formula=formula, parameters=parameters, objective="out", dtype="float64"
    )
    model = FormulaSubject(experiment)
    trace = model.trace()
    # What follows from `p` is the same in all; once for each is enough.
    asked = names if seed else [*names, "p"]
    return {name: prove(model, trace, name) for name in asked}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CASES)
def test_form(name: str, seed: int) -> None:
    case = CASES[name]
    for proof in proofs(case, seed).values():
        assert proof.omitted is None
        if proof.autograd is None:
            continue
        expected = list(flat(proof.autograd))
        assert list(flat(proof.symbolic_value)) == pytest.approx(expected, case.relative, 1e-9)
        assert list(flat(proof.difference)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_every_form_is_tried_and_belongs_to_an_operation() -> None:
    tried = {*(name.partition("/")[0] for name in CASES), *(name for name, _ in all_examples())}
    assert set(FORMS) <= tried
    assert set(FORMS) | WITHOUT_FORM <= set(OPERATIONS)
    without = set(OPERATIONS) - set(FORMS) - WITHOUT_FORM
    assert {OPERATIONS[name].slope for name in without} == {Slope.NONE}
