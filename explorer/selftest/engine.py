"""Checks of PyTorch's parts that are imported late, and so are easily lost in a package."""

from explorer import load
from explorer.i18n import N_
from explorer.selftest.checks import Bench, Check, expect


def optimizers(_bench: Bench) -> None:
    """One step of each, downhill."""
    import torch

    from explorer.engine import optimizers
    from explorer.experiment.optimizers import OPTIMIZERS, Optimizer

    for name in OPTIMIZERS:
        weight = torch.tensor(1.0, requires_grad=True)
        options = Optimizer(name, {"lr": 0.1}).options
        optimizer = optimizers.Optimizer(name, [weight], options)
        torch.autograd.backward(weight**2)
        optimizer.update()
        expect(f"{name}: w < 1", weight.item() < 1, True)


def functions(_bench: Bench) -> None:
    """The function transforms, which read torch's own source and that of `enum`."""
    import torch
    from torch.func import hessian, jacfwd, jacrev, vmap

    def cubes(x: torch.Tensor) -> torch.Tensor:
        return x**3

    point = torch.tensor([1.0, 2.0])
    for name, jacobian in (("jacfwd", jacfwd), ("jacrev", jacrev)):
        expect(name, jacobian(cubes)(point).tolist(), [[3.0, 0.0], [0.0, 12.0]])
    curvature = hessian(lambda x: cubes(x).sum())(point)
    expect("hessian", curvature.tolist(), [[6.0, 0.0], [0.0, 12.0]])
    expect("vmap", vmap(torch.dot)(torch.ones(2, 3), torch.ones(2, 3)).tolist(), [3.0, 3.0])


def proof(_bench: Bench) -> None:
    """The detached branch's 27 by algebra, by a central difference and by autograd."""
    from explorer.engine.session import prepared

    model = prepared(load("detached-branch"))
    found = model.proof(model.trace(), "y")
    assert found is not None
    expect("symbolic", found.symbolic, "3*y**2")
    expect("symbolic value", found.symbolic_value, 27.0)
    expect("autograd", found.autograd, 27.0)


CHECKS = (
    Check(N_("every optimizer makes a step"), optimizers),
    Check("torch.func: jacfwd, jacrev, hessian, vmap", functions),
    Check(N_("a gradient is proved by algebra"), proof),
)
