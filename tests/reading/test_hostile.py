"""A program that is read runs nothing, and can neither hang nor exhaust the machine.

The attacks are read in a process of their own that may not take much memory, and in which
everything that a program could do to the machine raises.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

MARK = "attacked.txt"
LOSS = "\nw = torch.tensor(1.0, requires_grad=True)\n{line}\n(w * 1.0).backward()\n"

# Each would leave the file behind, if it were run.
RUNS = [
    f"open({MARK!r}, 'w').write('x')",
    f"print(open({MARK!r}, 'w'))",
    f"import os; os.system('touch {MARK}')",
    f"__import__('os').system('touch {MARK}')",
    f"import subprocess; subprocess.run(['touch', {MARK!r}])",
    f"from os import system; system('touch {MARK}')",
    f"exec('open({MARK!r}, \"w\")')",
    f"eval('open({MARK!r}, \"w\")')",
    f"compile('open({MARK!r}, \"w\")', 'a', 'exec')",
    f"torch.save(w, {MARK!r})",
    f"torch.load({MARK!r})",
    "torch.hub.load('a/b', 'c')",
    f"torch.ops.load_library({MARK!r})",
    f"torch.classes.load_library({MARK!r})",
    f"torch.utils.cpp_extension.load('a', [{MARK!r}])",
    f"torch.jit.load({MARK!r})",
    f"torch.os.system('touch {MARK}')",
    f"torch.sys.modules['os'].system('touch {MARK}')",
    f"torch.nn.functional.torch.os.system('touch {MARK}')",
    f"torch.serialization.os.system('touch {MARK}')",
    f"import numpy as np; np.save({MARK!r}, np.array([1.0]))",
    f"import numpy as np; np.array([1.0]).tofile({MARK!r})",
    f"import numpy as np; np.array([1.0]).dump({MARK!r})",
    f"import numpy as np; np.load({MARK!r}, allow_pickle=True)",
    f"import numpy as np; np.os.system('touch {MARK}')",
    f"import numpy as np; np.fromfile({MARK!r})",
    f"import pickle; pickle.loads(b'cos\\nsystem\\n(S\"touch {MARK}\"\\ntR.')",
    f"().__class__.__base__.__subclasses__()[0].__init__.__globals__['os'].system('touch {MARK}')",
    f"w.__class__.__init__.__globals__['os'].system('touch {MARK}')",
    f"torch.__dict__['os'].system('touch {MARK}')",
    f"getattr(torch, 'os').system('touch {MARK}')",
    f"vars(torch)['os'].system('touch {MARK}')",
    f"globals()['__builtins__']['open']({MARK!r}, 'w')",
    f"__builtins__.open({MARK!r}, 'w')",
    f"(lambda: open({MARK!r}, 'w'))()",
    f"[open(name, 'w') for name in [{MARK!r}]]",
    f"'{{0.__class__}}'.format(w); open({MARK!r}, 'w')",
    f"f'{{open({MARK!r}, chr(119))}}'",
    f"w.register_hook(lambda g: open({MARK!r}, 'w'))",
    f"w.apply_(lambda v: open({MARK!r}, 'w'))",
    f"w.map_(w, lambda a, b: open({MARK!r}, 'w'))",
    f"torch.nn.Linear(1, 1).register_forward_hook(lambda *a: open({MARK!r}, 'w'))",
    f"sorted([2, 1], key=lambda v: open({MARK!r}, 'w'))",
    f"max([2, 1], key=lambda v: open({MARK!r}, 'w'))",
    f"list(map(open, [{MARK!r}], ['w']))",
    f"filter(open, [{MARK!r}])",
    f"print.__self__.open({MARK!r}, 'w')",
    f"class A:\n    open({MARK!r}, 'w')",
    f"class A(torch.nn.Module):\n    x = open({MARK!r}, 'w')\nA()",
    f"class A(torch.nn.Module):\n    def __init__(self):\n        open({MARK!r}, 'w')\nA()",
    f"class A(torch.nn.Module):\n    def __getattr__(self, n):\n        open({MARK!r}, 'w')\nA().x",
    f"def f(x=open({MARK!r}, 'w')):\n    return x\nf()",
    "@open\ndef f():\n    pass",
    f"with open({MARK!r}, 'w') as file:\n    pass",
    f"try:\n    open({MARK!r}, 'w')\nfinally:\n    pass",
    f"assert open({MARK!r}, 'w')",
    f"del open({MARK!r}, 'w').x",
    f"w.data = open({MARK!r}, 'w')",
    f"import random; random._os.system('touch {MARK}')",
    f"import math; math.__loader__.load_module('os').system('touch {MARK}')",
    f"async def f():\n    open({MARK!r}, 'w')\nf()",
    f"import importlib; importlib.import_module('os').system('touch {MARK}')",
    f"from torch import os; os.system('touch {MARK}')",
    f"from torch.nn import init; init.torch.os.system('touch {MARK}')",
    "torch.nn.init.math.__loader__('os')",
    "torch.Tensor.numpy.__globals__['os']",
    f"torch.optim.SGD.__init__.__globals__['os'].system('touch {MARK}')",
    f"torch.compile(lambda: open({MARK!r}, 'w'))()",
]

# Each would take all of the time or the memory there is.
EXHAUSTS = [
    "torch.zeros(10**10)",
    "torch.ones(10**5, 10**5, 10**5)",
    "torch.randn(10**9, requires_grad=True)",
    "torch.full((10**6, 10**6), 1.0)",
    "torch.arange(1e14)",
    "torch.arange(0, 1, 1e-14)",
    "torch.linspace(0, 1, 10**11)",
    "torch.linspace(0, 1, steps=10**11)",
    "torch.eye(10**7)",
    "torch.randperm(10**10)",
    "torch.ones(3).expand(10**10, 3)",
    "torch.ones(1000).repeat(10**7)",
    "torch.ones(1000).tile(10**7)",
    "torch.ones(1000).repeat_interleave(10**7)",
    "torch.nn.functional.one_hot(torch.tensor([1]), 10**11)",
    "torch.tensor([1]).bincount(minlength=10**11)",
    "torch.ones(10**5).outer(torch.ones(10**5))",
    "torch.ones(10**5, 1) + torch.ones(10**5)",
    "torch.ones(10**5, 1) @ torch.ones(1, 10**5)",
    "torch.combinations(torch.ones(10**4), 5)",
    "torch.ones(10**4).diag().diag().diag_embed()",
    "torch.cartesian_prod(*[torch.ones(1000)] * 8)",
    "torch.meshgrid(*[torch.ones(1000)] * 8)",
    "torch.nn.Linear(10**6, 10**6)",
    "torch.nn.Embedding(10**8, 10**3)",
    "torch.nn.Conv2d(10**4, 10**4, 100)",
    "torch.nn.LayerNorm((10**5, 10**5))",
    "torch.nn.Sequential(*[torch.nn.Linear(900, 900) for _ in range(10**6)])",
    "10 ** 10 ** 10",
    "2 ** 10**12",
    "pow(10, 10**10)",
    "(1 << 10**12)",
    "'a' * 10**12",
    "[0] * 10**12",
    "list(range(10**12))",
    "sum(range(10**12))",
    "max(range(10**13))",
    "sorted(range(10**12))",
    "[i for i in range(10**12)]",
    "[i for i in range(10**4) for j in range(10**6)]",
    "{i: i for i in range(10**12)}",
    "for i in range(10**12):\n    pass\n    x = i",
    "for i in range(10**5):\n    for j in range(10**5):\n        x = i + j",
    "def f(n):\n    return f(n + 1)\nf(0)",
    "f = lambda x: f(x)\nf(1)",
    "def f(x):\n    return f(x) + f(x)\nf(w)",
    "x = [1]\nfor i in range(60):\n    x = [x, x]\ny = torch.tensor(x)",
    "x = [1]\nfor i in range(60):\n    x = [x, x]\ny = x == x\nz = [x, x] == [x, x]",
    "x = [1]\nfor i in range(60):\n    x = [x, x]\nstr(x)",
    "x = 'a'\nfor i in range(60):\n    x = x + x",
    "x = 3\nfor i in range(60):\n    x = x * x",
    "x = w\nfor i in range(10**7):\n    x = x * 2",
    "x = w\nfor i in range(40):\n    x = x + x\n    x = torch.stack([x, x]).sum()",
    "'%s' % ('a' * 10**12)",
    "'{:>1000000000000}'.format(1)",
    "f'{1:>1000000000000}'",
    "'a'.join(['b'] * 10**9)",
    "import math; math.prod(range(1, 10**9))",
    "import math; math.factorial(10**9)",
    "import numpy as np; np.zeros(10**12)",
    "import numpy as np; np.ones((10**6, 10**6))",
    "import numpy as np; np.linspace(0, 1, 10**12)",
    "import numpy as np; np.tile(np.ones(1000), 10**9)",
    "import numpy as np; np.random.randn(10**11)",
    "import numpy as np; np.random.normal(0, 1, 10**12)",
    "import numpy as np; np.random.normal(size=(10**6, 10**6))",
    "import numpy as np; np.random.default_rng(0).normal(size=10**12)",
    "import numpy as np; np.outer(np.ones(10**6), np.ones(10**6))",
    "import numpy as np; np.ones((10**5, 1)) * np.ones(10**5)",
    "import numpy as np; np.meshgrid(*[np.ones(1000)] * 8)",
    "import numpy as np; np.repeat(np.ones(1000), 10**9)",
    "torch.nn.functional.max_pool1d(torch.ones(1, 1, 10), 3, padding=10**9)",
    "torch.nn.functional.conv1d(torch.ones(1, 1, 3), torch.ones(1, 1, 3), padding=10**10)",
    "torch.einsum('a,b,c,d->abcd', *[torch.ones(1000)] * 4)",
    "torch.ones(2, 2).matrix_power(10**18)",
    "torch.kron(torch.ones(10**5), torch.ones(10**5))",
    "torch.cdist(torch.ones(10**5, 2), torch.ones(10**5, 2))",
    "torch.stack([torch.ones(10**6)] * 10**5)",
    "torch.cat([torch.ones(10**6)] * 10**5)",
    "torch.tensor(range(10**12))",
    "w = torch.tensor(1.0, requires_grad=True)" + " + w" * 20000,
    "torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*[torch.zeros(10**6)] * 1000))",
    "for e in range(10**6):\n for i in torch.randperm(10**6).split(1):\n  (w * i).backward()",
    "n = 2\nfor e in range(10**6):\n n *= n\n if n == 3: break\n (w * w).backward()",
    "(" * 5000,
    "[" * 90 + "]" * 90,
    "x = " + "-" * 100000 + "1",
    "x = " + "9" * 100000,
    "x = 1e999999",
    "lambda: " * 2000 + "1",
    "if w:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 95)) + " " * 96 + "x = 1",
]

PROGRAM = """
import os, resource, sys
import torch, numpy
torch.optim.SGD([torch.zeros(1, requires_grad=True)])
torch.set_num_threads(1)
from explorer.reading.program import read_program
resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
FORBIDDEN = ("os.system", "subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "shutil.",
             "socket.", "ctypes.dlopen", "os.remove", "os.rename", "os.mkdir")
watching = False
def watch(event, args):
    if not watching:
        return
    writes = event == "open" and isinstance(args[1], str) and args[1].strip("rbt")
    if writes or event.startswith(FORBIDDEN):
        print("ATTACKED", event, args, flush=True)
        os._exit(3)
sys.addaudithook(watch)
attacks = eval(sys.stdin.read())
for attack in attacks:
    watching = True
    reading = read_program(attack)
    watching = False
    print("read", reading.problem.code if reading.problem else "-", flush=True)
"""


def is_expression(attack: str) -> bool:
    """Whether it can be assigned, so that its value is wanted."""
    if len(attack) > 1000:
        return False
    try:
        ast.parse(attack, mode="eval")
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("attacks", [RUNS, EXHAUSTS], ids=["runs", "exhausts"])
def test_a_hostile_program_does_nothing(attacks: list[str], tmp_path: Path) -> None:
    attacks = [*attacks, *(f"q = {each}" for each in attacks if is_expression(each))]
    attacks += [f"w = w * ({each})" for each in attacks if is_expression(each)]
    programs = ["import torch" + LOSS.format(line=attack) for attack in attacks]
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, input=repr(programs), capture_output=True, text=True, cwd=tmp_path, check=False
    )
    read = done.stdout.splitlines()
    last = attacks[min(len(read), len(attacks) - 1)]
    assert done.returncode == 0, (last[:200], done.stdout[-500:], done.stderr[-2000:])
    assert len(read) == len(attacks)
    assert not list(tmp_path.iterdir())
