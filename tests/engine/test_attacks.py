"""No formula hangs, exhausts the machine or runs code: it runs, or is refused at its line.

Each is read and, if it is a formula, computed once with its gradients. What would take the time
or the memory there is would stop the tests themselves.
"""

import resource

import pytest

from explorer.engine.gradients import gradients
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Experiment
from explorer.i18n import load
from explorer.words.errors import sentence

ENGLISH = load("en")
MOST_MIB = 300
ATTACKS = (
    "z = 9**9**9",
    "z = 9.0**9**9",
    "z = a * 10**10000",
    "z = 2**-10**10",
    "z = -(-1)**10**18",
    "z = a[10**30]",
    "z = a[::10**30]",
    "z = a[-10**400]",
    "z = zeros(10**12)",
    "z = arange(10**12)",
    "z = arange(0, 1, 1e-15)",
    "z = eye(10**6)",
    "z = full((10**6, 10**6), 1.0)",
    "z = linspace(0, 1, 10**12)",
    "z = a.expand(10**6, 10**6)",
    "z = a.repeat(10**9)",
    "z = repeat_interleave(a, 10**9)",
    "z = a.new_zeros(10**12)",
    "z = outer(ones(10**6), ones(10**6))",
    "z = one_hot(a.long(), 10**12)",
    "z = F.pad(a, (10**12, 10**12))",
    "z = tile(a, (10**5, 10**5))",
    "z = cat([zeros(10**7)]*100)",
    "z = stack([a]*10**9)",
    "z = kron(ones(10**4), ones(10**4))",
    "z = meshgrid(zeros(10**4), zeros(10**4), indexing='ij')[0]",
    "z = cdist(zeros(10**5,1), zeros(10**5,1))",
    "z = zeros(10**5, 1) + zeros(10**5)",
    "z = zeros(10**5,1) @ zeros(1,10**5)",
    "z = F.conv1d(zeros(1,1,10**9), zeros(1,1,2))",
    "z = F.avg_pool1d(zeros(1,1,10), 2, padding=10**9)",
    "z = tril(ones(10**6,10**6))",
    "z = diag(ones(10**6))",
    "z = diag_embed(ones(10**6))",
    "z = combinations(ones(10**6))",
    "for i in range(10**12):\n    z = a",
    "for i in range(10**6):\n    z = a",
    "z = a\nfor i in range(1000):\n    for j in range(1000):\n        z = z + a",
    "for i in range(-10**30, 10**30, 10**9):\n    z = a",
    "for i in range(0):\n    z = a",
    "for i in range(1e9):\n    z=a",
    "for i in range(True):\n z=a",
    "def f(x):\n    return f(x)\nz = f(a)",
    "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nz = f(a)",
    "f = lambda x: f(x)\nz = f(a)",
    "f = lambda g: g(g)\nz = f(f)",
    "(lambda g: g(g))(lambda g: g(g))",
    "z = (lambda x: x(x))(lambda x: x(x))",
    "def f(x, y=9**9**9):\n    return x\nz = f(a)",
    "def f(x, y=[0]*10**10):\n    return x\nz = f(a)",
    "def f(x, y=open('x')):\n    return x\nz = f(a)",
    "def f(x, y=(lambda: 1)()):\n    return x\nz=f(a)",
    "t = [a]*10**9\nz = t[0]",
    "z = 'a'*10**12",
    "z = a['x'*10**12]",
    "z = '%s' % ('a'*10**9)",
    "z = einsum('...'*10**5, a)",
    "z = f'{a}'",
    "z = f'{9**9**9}'",
    "z = f'{a!r:>1000000000000}'",
    "z = [x for x in range(10**12)]",
    "z = {x: x for x in range(10**9)}",
    "z = sum(x for x in range(10**12))",
    "z = (y := a)",
    "z = (a := 9**9**9)",
    "z = max(*[a]*10**9)",
    "z = f(*a, **b)",
    "z = sin(*x)",
    "z = await a",
    "z = yield a",
    "z = yield from a",
    "z = a if 9**9**9 else b",
    "z = a.__class__",
    "z = a.__class__.__base__.__subclasses__()",
    "z = a.data.__reduce__()",
    "z = torch.__dict__",
    "z = math.__loader__",
    "z = ().__class__",
    "z = (1).__class__",
    "z = a.T.__init__",
    "z = a.shape.__class__",
    "z = a.shape[0].__class__",
    "z = __import__('os')",
    "z = open('x')",
    "@torch.no_grad()\ndef f(x):\n    return x\nz = f(a)",
    "@open\ndef f(x):\n    return x\nz = f(a)",
    "@torch.jit.script\ndef f(x):\n    return x\nz=f(a)",
    "class A:\n    pass\nz = a",
    "import os\nz = a",
    "from os import *\nz = a",
    "while True:\n    z = a",
    "with open('x') as f:\n    z = a",
    "async def f(x):\n    return x\nz = a",
    "def f(x: open('x')):\n    return x\nz = f(a)",
    "def f(x) -> open('x'):\n    return x\nz = f(a)",
    "lambda: 1",
    "z = None",
    "z = a\x00",
    "\x00",
    "if 1:\n    z = a\nelse:\n    z = 9**9**9",
    "if 9**9**9:\n    z = a",
    "z = x[x > 0][x > 0]",
    "z = x[[0]*10**7]",
    "x[0] = 1\nz = x",
    "z = x*1\nz[10**20] = 1",
    "z = x*1\nz[z > 0] = z[z > 0]",
    "z = x*1\nz[0:1, None, ..., True] = 0",
    "z = x*1\nz += z[5]",
    "z = x*1\nz **= 9**9",
    "z = a*1\nz @= z",
    "z = a*1\nz.add_(z, alpha=10**400)",
    "z = x.unbind()[10**9]",
    "z = x.split(10**12)[0]",
    "z = x.chunk(10**12)[0]",
    "z = x.split([1]*10**7)[0]",
    "z = topk(x, 10**12)[0]",
    "z = x.movedim(10**9, 0)",
    "z = std(x, correction=10**400)",
    "z = logsumexp(x, 10**18)",
    "z = x.sum(dim=(0,)*10**7)",
    "z = x.shape[0]**10**9",
    "z = zeros(len(x)*10**12)",
    "z = zeros(x.shape*10**9)",
    "for i in x:\n    z = i",
    "for i in range(len(x)*10**9):\n    z = a",
    "for i in [a]*10**9:\n    z = i",
    "for i in zip(range(10**12), range(10**12)):\n    z = a",
    "for i in enumerate(range(10**12)):\n    z = a",
    "for i in range(10**12)[:3]:\n    z = a",
    "z = sum([a]*10**9)",
    "z = max(range(10**12))",
    "z = sorted(range(10**12))",
    "z = list(range(10**12))",
    "z = abs(-10**400)",
    "z = pow(10, 10**10)",
    "z = round(a, 10**10)",
    "z = divmod(10**400, 7)",
    "z = int('9'*10**6)",
    "z = float('1'*10**6)",
    "z = float('inf')*0",
    "z = math.factorial(10**9)",
    "z = math.pi**10**9",
    "z = min(range(10**13))",
    "z = x\nfor i in range(3000):\n    z = z[None]",
    "z = x\nfor i in range(3000):\n    z = z.unsqueeze(0)",
    "z = x\nfor i in range(40):\n    z = cat([z, z])",
    "z = x\nfor i in range(40):\n    z = z.repeat(2)",
    "z = x\nfor i in range(40):\n    z = stack([z, z])",
    "z = x\nfor i in range(30):\n    z = outer(z.reshape(-1), z.reshape(-1))",
    "z = x[x>0]\nfor i in range(40):\n    z = cat([z, z])",
    "z = x[x>0]\nfor i in range(40):\n    z = z.repeat(2)",
    "z = x[x>0]\nfor i in range(40):\n    z = torch.kron(z, z)",
    "z = x[x>0]\nfor i in range(40):\n    z = outer(z, z).reshape(-1)",
    "z = x[x>0]\nfor i in range(6000):\n    z = z[None]",
    "z = x[x > 0].expand(10**9, 3)*1.0",
    "z = x[x > 0].new_zeros(x[x>0].shape[0]*10**12)",
    "z = x[[[0]]]",
    "z = x[a:b]",
    "z = x[a]",
    "z = x[True]",
    "z = x[1.5]",
    "z = x['a']",
    "z = x[{}]",
    "z = x[lambda: 1]",
    "z = x[:, :]",
    "z = x[0][0]",
    "z = x[5]",
    "x[0]",
    "z = x[x]",
    "z = x*1\nz[0] = z",
    "z = x*1\nz[x] = 1",
    "z = x*1\nz[0], z[1] = 1, 2",
    "z = x*1\nz[0] += a",
    "z = x*1\nfor i in range(3):\n    z[i] = z[i-1]*a",
)
LONG = {
    "an integer": "z = " + "9" * 100_000,
    "a line": "z = a" + " " * 10**6 + "+ b",
    "a name": "x" * 10**6 + " = a",
    "a text": "z = '" + "x" * 10**6 + "'",
    "parentheses": "z = " + "(" * 5000 + "a" + ")" * 5000,
    "brackets": "z = " + "[" * 5000,
    "signs": "z = " + "-" * 50_000 + "a",
    "powers": "z = a" + "**a" * 3000,
    "calls": "z = " + "sin(" * 3000 + "a" + ")" * 3000,
    "subscripts": "z = a" + "[0]" * 5000,
    "new axes": "z = x[" + "None, " * 5000 + "]",
    "new axes in a loop": "z = x\nfor i in range(3000):\n    z = z[None]",
    "attributes": "z = a" + ".T" * 5000,
    "choices": "z = " + "a if a else " * 3000 + "a",
    "functions": "z = " + "lambda: " * 3000 + "a",
    "loops": "z = a\n"
    + "".join("  " * i + f"for i{i} in range(9):\n" for i in range(15))
    + "  " * 15
    + "z = z + a",
    "doubling": "def f0(x):\n    return x + x\n"
    + "".join(f"def f{i}(x):\n    return f{i - 1}(x) + f{i - 1}(x)\n" for i in range(1, 60))
    + "z = f59(a)",
    "tuples": "t = (a, a)\n" + "t = (t, t)\n" * 60 + "z = a",
}


def attacked(formula: str) -> None:
    try:
        gradients(
            Experiment(
                formula=f"{formula}\nout = (z * 1.0).sum()",
                objective="out",
                parameters={"a": 1.0, "b": 2.0, "x": [1.0, 2.0, 3.0]},
            )
        )
    except BadInput as problem:
        _explained(problem, formula[:80])


def _explained(problem: BadInput, formula: str) -> None:
    place = problem.place
    assert len(sentence(problem, ENGLISH)) < 600
    assert place.key == "formula"
    assert place.line, formula
    assert place.column, formula


def test_short_attacks() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for formula in ATTACKS:
        attacked(formula)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MIB * 1024


@pytest.mark.parametrize("name", LONG)
def test_long_attacks(name: str) -> None:
    attacked(LONG[name])
