"""Frames of functions hold just what stands in their lines, wherever its result goes."""

from random import Random

import pytest
from graphs import detached, experiment

from explorer.engine.session import prepared
from explorer.explain.trace_records import Trace
from explorer.picture.grouping import group

PROGRAMS = 60
OPERATIONS = (
    "{} * {}",
    "{} + {}",
    "sin({}) - {}",
    "unsqueeze({}, 0).sum() * {}",
    "{}.detach() / {}",
)


def program(seed: int) -> str:
    """Functions that call those before them, with and without lines of their own."""
    dice = Random(seed)
    functions: list[str] = []
    lines: list[str] = []

    def operand(names: list[str]) -> str:
        name = dice.choice(names)
        if not functions or dice.random() < 0.5:
            return name
        argument = dice.choice((name, f"sin({name})", f"unsqueeze({name}, 0).sum()"))
        return f"{dice.choice(functions)}({argument}, {dice.choice(names)})"

    def expression(names: list[str]) -> str:
        return dice.choice(OPERATIONS).format(operand(names), operand(names))

    for name in ("f", "g", "h")[: dice.randint(1, 3)]:
        lines.append(f"def {name}(u, v):")
        known = ["u", "v"]
        for step in range(dice.randint(0, 2)):
            lines.append(f"    {name}{step} = {expression(known)}")
            known.append(f"{name}{step}")
        lines.append(f"    return {expression(known)}")
        functions.append(name)
    lines += [f"z = {expression(['x', 'y'])}", f"out = {expression(['x', 'z'])}"]
    return "\n".join(lines)


def function_of_lines(text: str) -> dict[int, str]:
    """For every line the function whose body it is in; empty at the top level."""
    found, current = {}, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("def "):
            current = line[len("def ") :].partition("(")[0]
        elif not line.startswith(" "):
            current = ""
        found[number] = current
    return found


def innermost(trace: Trace) -> list[str]:
    """For every operation the function it is shown in, without the count of its call."""
    return [(path or ("",))[-1].partition("#")[0] for path in group(trace).operations]


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_an_operation_is_in_the_frame_of_the_function_it_is_written_in(seed: int) -> None:
    text = program(seed)
    written_in = function_of_lines(text)
    made = experiment(
        f'objective = "out"\nformula = """\n{text}\n"""\nparameters = {{ x = 2.0, y = 0.5 }}'
    )
    first = made.formula.index(text.splitlines()[0])
    before = made.formula[:first].count("\n")
    trace = prepared(made).trace()
    positions = [each.position for each in trace.operations]
    lines = [0 if each is None else each.line - before for each in positions]
    assert innermost(trace) == [written_in[line] for line in lines]


def test_a_call_is_inside_the_one_that_made_it() -> None:
    trace = detached()
    grouping = group(trace)
    paths = dict(zip((each.text for each in trace.operations), grouping.operations, strict=True))
    assert paths["g.z_no_grad ** 2.0"] == ("g", "f")
    assert paths["y ** 3.0"] == ("g",)
    # g makes it, and the top level has a name for it.
    assert grouping.tensors[trace.named["out"]] == ()
    assert grouping.tensors[trace.named["g.z"]] == ("g",)


def test_a_switch_stands_with_the_tensor_that_it_cuts() -> None:
    text = "def f(u):\n    w = u * 2\n    return w + 1\nout = f(sin(x))"
    made = prepared(
        experiment(f'objective = "out"\nformula = """\n{text}\n"""\nparameters.x = 1.0')
    )
    for name in ("f.w", "f.u", "x"):
        made.set_detached(name, True)
    trace = made.trace()
    paths = {
        each.switch: path
        for each, path in zip(trace.operations, group(trace).operations, strict=True)
    }
    assert {name: paths[name] for name in ("f.w", "f.u", "x")} == {
        "f.w": ("f",),
        "f.u": (),
        "x": (),
    }
