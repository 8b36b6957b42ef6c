"""Random small programs, each with two settings of its switches, for hypothesis."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from explorer.engine.formula_subject import FormulaSubject
from explorer.experiment.language import parse
from explorer.experiment.spec import Experiment

PARAMETERS: dict[str, Any] = {"a": 0.5, "b": -1.5, "v": [1.0, -2.0, 0.0]}
TEMPLATES = (
    "{0}",
    "{0}.detach()",
    "{1}.detach()",
    "{0} + {1}",
    "{0} - {1}",
    "{0} * {1}",
    "{0} / ({1} + 3)",
    "{0} * {0}",
    "{0} ** 2",
    "2 ** {0}",
    "1 - {0}",
    "0 * {0}",
    "{0} * 0.0",
    "-{0}",
    "({0} + {1}).detach() * {1}",
    "exp({0}.detach())",
    "sin({0})",
    "tanh({0} * {1})",
    "relu({0})",
    "round({0})",
    "sign({0}) + {1}",
    "clamp({0}, 0, 1)",
    "maximum({0}, {1})",
    "maximum({0}, 0.5)",
    "exp(0.3) + {0}",
    "where({0} > 0, {1}, {0})",
    "where({0} > {1}, {0}.detach(), 1)",
    "sqrt({0} ** 2)",
    "{0}.sum()",
    "{0}.mean() * {1}",
    "flatten({0})",
    "mse_loss({0} + {1}, {1} + {0} * 2)",
    "softplus({0}, beta=2)",
    "{0}.reshape(-1)[0] * {1}",
    "{0}.reshape(-1)[-2:].sum()",
    "{0}[{0} > 0].sum() + {1}",
    "({0} > 0) * {1}",
    "~({0} > 0.5) * {1}",
    "cat([{0}.reshape(-1), {1}.reshape(-1)])[:1]",
    "stack([{0} * {1}, {0} + {1}])[1]",
    "max({0}) * {1}",
    "{0}.reshape(-1).max(dim=0).values",
    "topk({0}.reshape(-1), 1)[0] * {1}",
    "{0}.reshape(-1).sort()[0][-1]",
    "({0} + {1}).masked_fill({1} > 0, 2.0)",
    "{0} * {1}.argmax()",
    "ones_like({0}) * {1}",
    "{0} % 2",
)


@dataclass(frozen=True)
class Switches:
    """Leaves that require a gradient, and names whose detach switch is on.

    `out` are names whose line is a `.detach()` that is taken out.
    """

    on: frozenset[str]
    cuts: frozenset[str]
    out: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Drawn:
    """A program, and two settings of its switches."""

    formula: str
    before: Switches
    after: Switches


@st.composite
def programs(draw: st.DrawFn) -> Drawn:
    names, lines = [*PARAMETERS], []
    for number in range(draw(st.integers(1, 7))):
        template = draw(st.sampled_from(TEMPLATES))
        used = [draw(st.sampled_from(names)) for _ in range(2)]
        lines.append(f"t{number} = {template.format(*used)}")
        names.append(f"t{number}")
    summed = draw(st.sets(st.sampled_from(names), min_size=1, max_size=3))
    lines.append("out = (" + " + ".join(sorted(summed)) + ").sum()")
    names.append("out")
    written = sorted(parse("\n".join(lines), PARAMETERS, ()).written)
    return Drawn("\n".join(lines), *(draw(switches(names, written)) for _ in range(2)))


@st.composite
def switches(draw: st.DrawFn, names: list[str], written: list[str]) -> Switches:
    off = draw(st.sets(st.sampled_from([*PARAMETERS]), max_size=2))
    out = draw(st.sets(st.sampled_from(written))) if written else set()
    cuts = draw(st.sets(st.sampled_from(sorted({*names} - {*out})), max_size=2))
    return Switches(frozenset(PARAMETERS) - off, frozenset(cuts), frozenset(out))


def model(formula: str, setting: Switches) -> FormulaSubject:
    made = FormulaSubject(
        Experiment(
            formula=formula,
            objective="out",
            dtype="float64",
            parameters={
                name: {
                    "value": value,
                    "requires_grad": name in setting.on,
                    "detach": name in setting.cuts,
                }
                for name, value in PARAMETERS.items()
            },
            detach=sorted(setting.cuts - set(PARAMETERS)),
        )
    )
    for name in setting.out:
        made.set_detached(name, False)
    return made
