"""Formulas that must be refused, quickly, at the right place, and with nothing run."""

import time

import pytest

from explorer.experiment.language import parse
from explorer.experiment.problem import BadInput
from explorer.i18n import load
from explorer.words.errors import sentence

NAMES = ["a", "b", "x"]
# Seconds, for what must not hang; a loaded machine needs some for what takes a tenth.
LONGEST_S = 30

# formula, code (or the construct of not-in-language), line, column
BROKEN = [
    # Smuggling code in
    ("z = a.__class__", "attribute-not-allowed", 1, 7),
    ("z = a.__class__()", "unknown-method", 1, 7),
    ("z = a.__class__.__mro__[1].__subclasses__()", "attribute-not-allowed", 1, 17),
    ("z = ().__class__.__bases__", "attribute-not-allowed", 1, 18),
    ("z = a.grad_fn.next_functions", "attribute-not-allowed", 1, 15),
    ("z = a.grad", "attribute-not-allowed", 1, 7),
    ("z = a.H", "attribute-not-allowed", 1, 7),
    ("z = torch.os.system(a)", "attribute-not-allowed", 1, 11),
    ("z = torch.load(a)", "unknown-function", 1, 11),
    ("z = torch.nn.functional.__dict__(a)", "unknown-function", 1, 25),
    ("z = F.__builtins__", "attribute-not-allowed", 1, 7),
    ("z = torch", "unknown-name", 1, 5),
    ("z = __import__(a)", "unknown-function", 1, 5),
    ("z = eval(a)", "unknown-function", 1, 5),
    ("z = exec(a)", "unknown-function", 1, 5),
    ("z = open(a)", "unknown-function", 1, 5),
    ("z = getattr(a, b)", "unknown-function", 1, 5),
    ("z = a.apply_(b)", "unknown-method", 1, 7),
    ("z = a.register_hook(b)", "call-hook", 1, 7),
    ("z = a.backward()", "call-backward", 1, 7),
    ("z = a.item().exp()", "number-has-no-method", 1, 14),
    ("z = a.item()\nz.add_(1)", "number-has-no-method", 2, 3),
    ("a.backward()", "call-backward", 1, 3),
    ("z = a.cuda()", "call-device", 1, 7),
    ("z = a.to(b)", "call-device", 1, 7),
    ("z = a.detach().cpu().numpy()", "call-numpy", 1, 22),
    ("z = a.detach().numpy()", "call-numpy", 1, 16),
    ("print(a)", "call-print", 1, 1),
    ("optimizer.step()", "call-optimizer", 1, 11),
    ("plt.plot(a)", "call-plot", 1, 5),
    ("z = np.exp(a)", "module-numpy", 1, 5),
    ("z = nn.Linear(2, 1)(a)", "call", 1, 5),
    ("z = nn.functional(a)", "module-layers", 1, 5),
    ("z = torch.randn(3)", "call-random", 1, 11),
    ("z = torch.no_grad()", "call-no-grad", 1, 11),
    ("torch.no_grad()", "call-no-grad", 1, 7),
    ("import os", "import", 1, 1),
    ("from os import system", "import", 1, 1),
    ("def f(x):\n    import os\n    return x", "import", 2, 5),
    ("z = (w := a)", "walrus", 1, 6),
    ("(w := a)", "walrus", 1, 2),
    ("z = f'{a}'", "string", 1, 5),
    ("z = f'{__import__(\"os\")}'", "string", 1, 5),
    ("z = 'text'\nw = z * a", "string", 2, 5),
    ("'text'", "formula-empty", None, None),
    ("z = b'bytes'", "string", 1, 5),
    ("z = exp('a')", "string", 1, 9),
    ("@exp\ndef f(x):\n    return x", "decorator", 1, 2),
    ("def f(x, *, y=exp(a)):\n    return x", "parameter-kind", 1, 13),
    ("def f(*x):\n    return x", "parameter-kind", 1, 8),
    ("def f(**x):\n    return x", "parameter-kind", 1, 9),
    ("def f(x, /):\n    return x", "parameter-kind", 1, 7),
    ("z: float", "annotation", 1, 1),
    ("f = lambda *x: x", "parameter-kind", 1, 13),
    ("z = (lambda: a)()", "call", 1, 5),
    ("z = exp(a)(b)", "call", 1, 5),
    ("z = [x for x in a]", "comprehension", 1, 5),
    ("z = {x for x in a}", "comprehension", 1, 5),
    ("z = {x: x for x in a}", "comprehension", 1, 5),
    ("z = sum(x for x in a)", "comprehension", 1, 8),
    ("z = a[0.5]", "subscript", 1, 5),
    ("z = a['x']", "subscript", 1, 5),
    ("z = a[True]", "subscript", 1, 5),
    ("z = a[10**30]", "subscript", 1, 5),
    ("z = a[[[0]]]", "subscript", 1, 5),
    ("z = a[lambda: 0]", "subscript", 1, 5),
    ("z = a[b:]", "slice", 1, 7),
    ("z = a['a':]", "slice", 1, 7),
    ("z = a[0:10**30]", "slice", 1, 9),
    ("z = a[(x := 1)]", "walrus", 1, 8),
    ("z = a[{}]", "list", 1, 7),
    ("z = 2[0]", "subscript-of-number", 1, 5),
    ("z = a.item()[0]", "subscript-of-number", 1, 5),
    ("z = (a, b)[2]", "no-such-item", 1, 5),
    ("z = (a, b)[b]", "no-such-item", 1, 5),
    ("2[0] = b", "target", 1, 1),
    ("a.item()[0] = b", "target", 1, 1),
    ("a[0] = 'x'", "string", 1, 8),
    ("a[0] = (a, b)", "list", 1, 8),
    ("a.grad = b", "target-grad", 1, 1),
    ("a.requires_grad = False", "target-requires-grad", 1, 1),
    ("a.data = b", "target-data", 1, 1),
    ("a.data += b", "target-data", 1, 1),
    ("exp(a) += b", "formula-not-python", 1, None),
    ("z, w = a, b, x", "wrong-number-of-values", 1, 1),
    ("z, w = a", "not-several", 1, 1),
    ("z, *w = a, b", "target", 1, 4),
    ("z = exp(*a)", "unpacking", 1, 9),
    ("z = exp(**a)", "unpacking", 1, 9),
    ("z = a if b else x", "condition-on-tensor", 1, 5),
    ("if a > 0:\n    z = b", "condition-on-tensor", 1, 4),
    ("if a.item() > 0:\n    z = b", "condition-on-tensor", 1, 4),
    ("for i in a:\n    z = i", "not-several", 1, 10),
    ("for i in range(a):\n    z = i", "range", 1, 10),
    ("for i in range(0.5):\n    z = i", "range", 1, 10),
    ("for i in range(1, 2, 0):\n    z = i", "range", 1, 10),
    ("for i in range(10**9):\n    z = i", "loop-too-long", 1, 10),
    ("for i in range(10**300):\n    z = i", "loop-too-long", 1, 10),
    ("for i in range(2):\n    z = i\nelse:\n    z = a", "loop", 1, 1),
    ("for i in range(2):\n    break", "statement", 2, 5),
    ("while a:\n    z = b", "while", 1, 1),
    ("with torch.inference_mode():\n    z = a", "inference-mode", 1, 6),
    ("with open(a) as f:\n    z = a", "with", 1, 1),
    ("with torch.no_grad() as f:\n    z = a", "with", 1, 1),
    ("with torch.autocast(a):\n    z = a", "with", 1, 1),
    ("match a:\n    case b:\n        z = a", "condition", 1, 1),
    ("class A:\n    z = a", "class", 1, 1),
    ("async def f(x):\n    return x", "async", 1, 1),
    ("def f(x):\n    z = yield x\n    return z", "async", 2, 9),
    ("z = await a", "async", 1, 5),
    ("del a", "statement", 1, 1),
    ("global a", "statement", 1, 1),
    ("assert a", "statement", 1, 1),
    ("raise a", "statement", 1, 1),
    ("try:\n    z = a\nfinally:\n    w = a", "statement", 1, 1),
    ("pass", "formula-empty", None, None),
    ("z += a", "name-before-assignment", 1, 1),
    ("exp(a)", "lone-expression", 1, 1),
    ("return a", "return-outside", 1, 1),
    ("def f(x):\n    z = x", "no-return", 2, 5),
    ("def f(x):\n    return", "no-return", 2, 5),
    ("def f(x):\n    if 0:\n        return x\nz = f(a)", "no-return", 1, 1),
    ("def f(x):\n    w = x\n    def g():\n        return w", "no-return", 3, 5),
    ("z = a and b", "condition-on-tensor", 1, 5),
    ("z = not a", "condition-on-tensor", 1, 5),
    ("z = a << 2", "operator", 1, 5),
    ("z = a is b", "identity", 1, 5),
    ("z = where(0 < a < 1, a, b)", "chained-comparison", 1, 11),
    ("z = exp([a, b])", "list", 1, 9),
    ("z = a * (1, 2)", "list", 1, 9),
    ("z = a\nz @= b", "augmented", 2, 1),
    ("z = a + None", "truth", 1, 9),
    ("z = 2j", "complex", 1, 5),
    ("z = ...", "other", 1, 5),
    # Characters
    ("z = ａ", "character-not-allowed", 1, 5),
    ("z = а", "character-not-allowed", 1, 5),  # Cyrillic
    ("z = ℯxp(a)", "character-not-allowed", 1, 5),
    ("z = a（b）", "character-not-allowed", 1, 6),
    ("z = a\0", "character-not-allowed", 1, 6),
    ("z = \u202ea", "character-not-allowed", 1, 5),
    ("z\u00a0= a", "character-not-allowed", 1, 2),
    ("\ufeffz = a", "character-not-allowed", 1, 1),
    ("z = a # é\nw = é", "character-not-allowed", 2, 5),
    ("z = a # x\u2028w = 1\nv = é", "character-not-allowed", 2, 5),
    # Python's own refusals
    ("z = ", "formula-not-python", 1, None),
    ("z = (a", "formula-not-python", 1, None),
    ("z = a b", "formula-not-python", 1, None),
    (" z = a", "formula-not-python", 1, None),
    ("z = 1 if", "formula-not-python", 1, None),
    ("def f(x):", "formula-not-python", 1, None),
    ("2 = a", "formula-not-python", 1, None),
    ("", "formula-empty", None, None),
    ("# only words\n", "formula-empty", None, None),
    # Numbers
    ("z = 10**10**10", "number-too-large", 1, None),
    ("z = a * 9.9e999", "number-too-large", 1, 9),
    ("z = 1e308 * 10", "number-too-large", 1, 5),
    ("z = " + "9" * 5000, "number-too-large", 1, 5),
    ("z = 0x" + "f" * 900, "number-too-large", 1, 5),
    ("z = (-8)**0.5", "number-complex", 1, None),
    ("z = a + 1/0", "division-by-zero", 1, 9),
    ("z = 0**-1", "division-by-zero", 1, 5),
    # Names
    ("z = aa", "unknown-name", 1, 5),
    ("z = expp(a)", "unknown-function", 1, 5),
    ("z = a.summ()", "unknown-method", 1, 7),
    ("z = a.softplus()", "not-a-method", 1, 7),
    ("z = exp", "function-not-called", 1, 5),
    ("def f(x):\n    return x\nz = f * a", "function-not-called", 3, 5),
    ("z = w\nw = a", "name-before-assignment", 1, 5),
    ("z = z + 1", "name-before-assignment", 1, 5),
    ("def f(x):\n    y = y + x\n    return y\ny = a\nz = f(a)", "name-before-assignment", 2, 9),
    ("if 0:\n    z = a\nw = z", "name-before-assignment", 3, 5),
    ("z = f(a)\ndef f(x):\n    return x", "name-before-assignment", 1, 5),
    ("def f(x):\n    w = u\n    u = x\n    return w\nz = f(a)", "name-before-assignment", 2, 9),
    ("def f(x, x):\n    return x", "name-used-twice", 1, 1),
    ("p, torch = a, b", "name-reserved", 1, 4),
    ("exp = a\nz = exp(b)", "call", 2, 5),
    ("torch = a", "name-reserved", 1, 1),
    ("F = a", "name-reserved", 1, 1),
    ("math = a", "name-reserved", 1, 1),
    ("def torch(x):\n    return x", "name-reserved", 1, 1),
    ("__z = a", "name-invalid", 1, 1),
    ("z" * 101 + " = a", "name-too-long", 1, 1),
    # Calls
    ("z = exp()", "wrong-number-of-arguments", 1, 5),
    ("z = exp(a, b)", "wrong-number-of-arguments", 1, 5),
    ("z = minimum(a)", "wrong-number-of-arguments", 1, 5),
    ("def f(x):\n    return x\nz = f(a, b)", "wrong-number-of-arguments", 3, 5),
    ("def f(x):\n    return x\nz = f(y=a)", "wrong-number-of-arguments", 3, 5),
    ("def f(x):\n    return x\nz = f(a, x=a)", "wrong-number-of-arguments", 3, 5),
    ("z = sum(a, dims=0)", "unknown-option", 1, 17),
    ("z = sum(a, 0, dim=0)", "name-used-twice", 1, 19),
    ("z = sum(a, dim=0.5)", "option-wrong-kind", 1, 16),
    ("z = sum(a, dim=b)", "option-wrong-kind", 1, 16),
    ("z = sum(a, keepdim=1)", "option-wrong-kind", 1, 20),
    ("z = clamp(a, min=True)", "option-wrong-kind", 1, 18),
    ("z = sum(a, dim=(0, 10**10))", "option-wrong-kind", 1, 16),
    ("z = sum(a, dim=99999999999)", "option-wrong-kind", 1, 16),
    ("z = softmax(a)", "option-missing", 1, 5),
    ("z = where(1, a, b)", "where-needs-comparison", 1, 5),
    ("z = data(a)", "not-a-function", 1, 5),
    ("z = reshape(a, -1)", "option-wrong-kind", 1, 16),
    ("z = a.reshape(2, b)", "option-wrong-kind", 1, 18),
    ("z = a.reshape(shape=-1)", "option-wrong-kind", 1, 21),
    ("z = where(1 > 0, a, b)", "truth", 1, 11),
    ("z = a * (1 > 0)", "truth", 1, 10),
    ("z = a.setitem_(1, at=0)", "not-a-method", 1, 7),
    ("z = a.part(0)", "not-a-method", 1, 7),
    ("z = max_dim(a, 0)", "not-a-function", 1, 5),
    ("z = cat(a, b)", "tensors-in-a-list", 1, 9),
    ("z = gelu(a, approximate='x')", "option-not-one-of", 1, 25),
    ("z = a.to('cuda')", "call-device", 1, 7),
    ("z = math.sqrt(a)", "math-of-tensor", 1, 10),
    ("z = math.foo(2)", "unknown-function", 1, 10),
    ("z = int(a)", "int-of-tensor", 1, 5),
    ("z = float('x')", "string", 1, 11),
    ("z = a.shape[0] * a", "shape-not-known", 1, 7),
    ("z = einsum('" + "ij," * 99 + "', a, b)", "option-wrong-kind", 1, 12),
    ("z = einsum(b, a, b)", "option-wrong-kind", 1, 12),
    ("z = tensor('x')", "option-wrong-kind", 1, 12),
    ("z = full((2, 2), b)", "option-wrong-kind", 1, 18),
    ("z = arange(b)", "option-wrong-kind", 1, 12),
    ("z = zeros(3).split(0)[0]", "shapes-not-taken", 1, 14),
    ("z = zeros(3).reshape(2, 2)\nn = z.shape[0]", "shapes-not-taken", 1, 14),
    ("z = zeros((10**8, 0)).unbind()[0]", "too-many-results", 1, 23),
    ("z = zeros(10**9).split(1)[0]", "too-many-results", 1, 18),
    ("z = zeros(10**9).chunk(10**9)[0]", "too-many-results", 1, 18),
    ("z = zeros(10**30)", "option-wrong-kind", 1, None),
    ("z = where(a > 0, a)", "wrong-number-of-arguments", 1, 5),
    ("def f(x):\n    return f(x)\nz = f(a)", "function-recursive", 2, 12),
]


def refused(text: str) -> BadInput:
    started = time.perf_counter()
    with pytest.raises(BadInput) as caught:
        parse(text, NAMES, [])
    assert time.perf_counter() - started < LONGEST_S
    assert caught.value.place.key == "formula"
    assert sentence(caught.value, load("en"))
    return caught.value


@pytest.mark.parametrize(("text", "code", "line", "column"), BROKEN)
def test_formula_is_refused(text: str, code: str, line: int | None, column: int | None) -> None:
    problem = refused(text)
    assert problem.facts.get("construct", problem.code) == code
    assert problem.place.line == line
    if column is not None:
        assert problem.place.column == column


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("z = max_dimm(a)", "maximum"),
        ("z = expp(a)", "exp"),
        ("z = a.summ()", "sum"),
        ("zeta = a\nz = zetta", "zeta"),
    ],
)
def test_nearest_is_named(text: str, wanted: str) -> None:
    assert refused(text).facts["nearest"] == wanted


DEEP = 10_000
TOO_LONG = {"formula-too-deep", "expression-too-long"}
DOUBLING = "def f0(x):\n    return x + x\n" + "".join(
    f"def f{i}(x):\n    return f{i - 1}(x) * f{i - 1}(x)\n" for i in range(1, 60)
)
CHAIN = "def f0(x):\n    return x\n" + "".join(
    f"def f{i}(x):\n    return f{i - 1}(x)\n" for i in range(1, 2000)
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("z = " + "(" * DEEP + "a" + ")" * DEEP, {"formula-too-deep"}),
        ("z = " + "(" * DEEP, {"formula-too-deep"}),
        ("z = " + "-" * DEEP + "a", {"formula-too-deep"}),
        ("z = " + "+" * DEEP + "a", {"formula-too-deep"}),
        ("z = " + "not " * DEEP + "a", {"formula-too-deep", "not-in-language"}),
        ("z = " + "a+" * DEEP + "a", {"expression-too-long"}),
        ("z = " + "a**" * DEEP + "a", {"formula-too-deep"}),
        ("z = " + "exp(" * DEEP + "a" + ")" * DEEP, {"formula-too-deep"}),
        ("z = a" + ".exp()" * DEEP, TOO_LONG),
        ("z = a" + ".t" * DEEP, {*TOO_LONG, "attribute-not-allowed"}),
        ("z = a" + "[0]" * DEEP, {*TOO_LONG, "not-in-language"}),
        ("z = a" + "()" * DEEP, {*TOO_LONG, "not-in-language"}),
        ("z = a" + ".exp()" * 150, {"formula-too-deep"}),
        ("z = " + "[" * DEEP + "]" * DEEP, {"formula-too-deep"}),
        ("z = " + "lambda: " * DEEP + "a", {"formula-too-deep", "not-in-language"}),
        ("z = " + "a if a else " * DEEP + "a", {"formula-too-deep", "not-in-language"}),
        ("".join(" " * i + "if a:\n" for i in range(500)), {"formula-too-deep"}),
        (" ".join(["z ="] * 10 * DEEP) + " a", {"formula-too-many-parts", "formula-too-long"}),
        ("z = " + "a + " * 2_500 + "a", {"expression-too-long"}),
        ("z = " + "a" * 10_000_000, {"formula-too-long"}),
        ("z = a\n" * 2_000_000, {"formula-too-long"}),
        ("z = " + "a" * 200_000, {"unknown-name"}),
        ("z = a." + "a" * 200_000 + "()", {"unknown-method"}),
        ("z = sum(" + "a," * 60_000 + "a)", {"formula-too-many-parts"}),
        ("z = where(a > 0, " + "a," * 60_000 + "a)", {"formula-too-many-parts"}),
        ("z = sum(a, dim=(" + "0," * 60_000 + "))", {"option-wrong-kind"}),
        (DOUBLING + "z = f59(a)", {"formula-too-many-parts", "formula-too-deep"}),
        (DOUBLING + "z = f20(a)", {"formula-too-many-parts"}),
        (CHAIN + "z = f1999(a)", {"formula-too-deep"}),
    ],
    ids=range(29),
)
def test_huge_and_deep_formulas_are_refused_quickly(text: str, codes: set[str]) -> None:
    assert refused(text).code in codes


BIG = f"big = ({'1, ' * 60_000})\n"
# Loops, tuples and functions that would take their time; None where it does not matter why.
ATTACKS = [
    ("for i in range(300):\n for j in range(300):\n  z = i * j", "formula-too-many-parts"),
    ("for i in range(40000):\n t = range(40000)\nz = a", "formula-too-many-parts"),
    (
        "for i in range(40000):\n with torch.no_grad():\n  pass\n" * 2,
        "formula-too-many-parts",
    ),
    ("for i in range(40000):\n def f(x):\n  return x\n" * 2, "formula-too-many-parts"),
    ("for i in range(49000):\n f = lambda x: x\n" * 2, "formula-too-many-parts"),
    ("t = (a, b)\n" + "t = (t, t)\n" * 200 + "z = t * a", "not-in-language"),
    ("t = a\n" + "t = (t, t)\n" * 9_000 + "z = t * a", "not-in-language"),
    ("t = a * b,\nfor i in range(9000):\n t = t, a * i\nz = t + 1", None),
    (BIG + "for i in range(9000):\n if big == big:\n  z = a", "not-in-language"),
    (BIG + "for i in range(9000):\n t = zip(big, big)", "formula-too-many-parts"),
    ("f = lambda g, u: g(g, u)\nz = f(f, a)", "function-recursive"),
    ("w = lambda f, u: f(f(u))\nz = " + "w(" * 90 + "a" + ", a)" * 90, None),
    ("i = 10\n" + "i = i * i\n" * 20 + "z = a", "number-too-large"),
    ("i = 1\n" + "i += i\n" * 2_000 + "z = a", "number-too-large"),
    ('"""' + "x" * 100_000, "formula-not-python"),
    ("'''" + "\\'''" * 40_000, "formula-not-python"),
    ("'\\\n" * 60_000, "formula-not-python"),
    ("".join(" " * i + "for i in range(2):\n" for i in range(500)), "formula-too-deep"),
    ("".join(" " * i + "for i in range(2):\n" for i in range(90)) + " " * 90 + "z = a", None),
]


@pytest.mark.parametrize(("text", "code"), ATTACKS, ids=range(len(ATTACKS)))
def test_no_statement_takes_its_time(text: str, code: str | None) -> None:
    problem = refused(text)
    assert code is None or problem.code == code
