"""Formulas that are right: what program they become."""

import math

import pytest
from effort import lines_run

from explorer.experiment.language import parse
from explorer.experiment.tree import Assignment, Call, Expression, Name, Number, Program, walk


def shown(expression: Expression) -> str:
    match expression:
        case Number(value):
            return f"{value:g}"
        case Name(name):
            return name
        case Call(operation, arguments, options):
            parts = [shown(each) for each in arguments]
            return f"{operation}({', '.join(parts + [f'{key}={value}' for key, value in options])})"


def lines(text: str, parameters: str = "a b c x y", columns: str = "") -> list[str]:
    program = parse(text, parameters.split(), columns.split())
    return [f"{each.name} = {shown(each.expression)}" for each in program.assignments]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z = a*x + b", "z = add(mul(a, x), b)"),
        ("z = -a ** 2", "z = neg(pow(a, 2))"),
        ("z = +a", "z = a"),
        ("z = a @ b - x / y", "z = sub(matmul(a, b), div(x, y))"),
        ("z = torch.exp(a)", "z = exp(a)"),
        ("z = F.softplus(a, beta=2)", "z = softplus(a, beta=2.0)"),
        ("z = torch.nn.functional.relu(a)", "z = relu(a)"),
        ("z = a.sum()", "z = sum(a)"),
        ("z = a.sum(0, keepdims=True)", "z = sum(a, dim=0, keepdim=True)"),
        ("z = sum(a, axis=(0, -1))", "z = sum(a, dim=(0, -1))"),
        ("z = a.detach().exp()", "z = exp(detach(a))"),
        ("z = clip(a, 0, 2*3)", "z = clamp(a, min=0.0, max=6.0)"),
        ("z = a.pow(2)", "z = pow(a, 2)"),
        ("z = where(a > 0, a, 0.0)", "z = where(gt(a, 0), a, 0)"),
        ("z = torch.where(a.le(b), torch.sqrt(a), 1)", "z = where(le(a, b), sqrt(a), 1)"),
        ("z = a.t() @ b", "z = matmul(t(a), b)"),
        ("z = a.reshape((2, 3))", "z = reshape(a, shape=(2, 3))"),
        ("z = a * torch.pi", f"z = mul(a, {math.pi:g})"),
        ("z = (a +  # comment: é 中文 \0\n     b)", "z = add(a, b)"),
        ("z = a; w = b", "z = a"),
        ("z = a \\\n + b", "z = add(a, b)"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert lines(text)[0].replace(".0", "") == expected.replace(".0", "")


def test_numbers_are_folded_as_floats() -> None:
    assert lines("z = 2*3 + 2**-1 - 10/4 + a") == ["z = add(4, a)"]
    assert lines("z = (1 - 2) * a * 2 * 3") == ["z = mul(mul(mul(-1, a), 2), 3)"]


def test_a_name_for_a_number_is_no_tensor() -> None:
    program = parse("k = 2\nz = a ** k", ["a"], [])
    assert program.names == ("z",)
    assert dict(program.numbers) == {"k": 2.0}
    assert shown(program.assignments[0].expression) == "pow(a, 2)"


def test_article_program_is_inlined() -> None:
    text = """
def f(z):
    return z ** 2

def g(x, y):
    z = x + y
    z_no_grad = z.detach()
    return f(z_no_grad) + y ** 3

out = g(x, y)
"""
    assert lines(text, "x y") == [
        "g.z = add(x, y)",
        "g.z_no_grad = detach(g.z)",
        "out = add(pow(g.z_no_grad, 2), pow(y, 3))",
    ]


def test_second_call_and_arguments_get_names_of_their_own() -> None:
    text = """
def g(u, v):
    z = u * v
    return z

p = g(x, y + 1)
q = g(p, 3) + g(v=a, u=b)
"""
    assert lines(text) == [
        "g.v = add(y, 1)",
        "g.z = mul(x, g.v)",
        "p = g.z",
        "g.z#2 = mul(p, 3)",
        "g.z#3 = mul(b, a)",
        "q = add(g.z#2, g.z#3)",
    ]


def test_function_reads_outer_names_and_may_hide_them() -> None:
    text = "k = a * 2\ndef f(x):\n    a = x + k\n    return a + b\nz = f(y)"
    assert lines(text) == ["k = mul(a, 2)", "f.a = add(y, k)", "z = add(f.a, b)"]


def test_alias_is_an_assignment() -> None:
    assert lines("z = a\nw = z") == ["z = a", "w = z"]


def test_assigned_column_is_the_prediction_afterwards() -> None:
    assert lines("y = a * x\nloss = y ** 2", "a", "x y") == ["y = mul(a, x)", "loss = pow(y, 2)"]


def test_t_is_a_name_and_a_method() -> None:
    assert lines("z = t.t() * t", "t") == ["z = mul(t(t), t)"]


def test_positions_count_from_one() -> None:
    (assignment,) = parse("\n  # note\nz = a + exp(b)", ["a", "b"], []).assignments
    assert isinstance(assignment, Assignment)
    assert (assignment.position.line, assignment.position.column) == (3, 1)
    assert isinstance(assignment.expression, Call)
    second = assignment.expression.arguments[1]
    assert (second.position.line, second.position.column) == (3, 9)


def sums(count: int) -> Program:
    """A formula of so many lines, each of which adds one to the line before."""
    text = "z0 = a\n" + "\n".join(f"z{i + 1} = z{i} + 1" for i in range(count))
    return parse(text, ["a"], [])


def test_ten_thousand_lines() -> None:
    assert len(sums(10_000).assignments) == 10_001


def test_the_effort_grows_with_the_lines_and_no_faster() -> None:
    assert lines_run(lambda: sums(1000)) < 2.2 * lines_run(lambda: sums(500))


def test_walk_and_reads() -> None:
    program = parse("z = a + exp(b)", ["a", "b"], [])
    assert isinstance(program, Program)
    assert program.reads == {"a", "b"}
    kinds = [type(node).__name__ for node in walk(program.assignments[0].expression)]
    assert kinds == ["Call", "Name", "Call", "Name"]
