"""Programs of one operation a line, computed by hand, and what is said of them judged by hand.

Every line is `name = operation(names and numbers)`, so what is said to happen "in mul (at t3)" can
be done again with nothing but torch: `Play` runs the lines, `part` is what one line gives back
to one of its names, with other values where they are wanted.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from explorer.experiment import shaping
from explorer.experiment.operations import OPERATIONS, Slope
from explorer.experiment.spec import Experiment
from explorer.experiment.tensor_operations import MOVING
from explorer.explain.reason import Reason

Values = dict[str, torch.Tensor]

REDUCED = [
    *("sum({0})", "mean({0})", "prod({0})", "amax({0})", "amin({0})", "var({0})", "std({0})"),
    *("norm({0})", "logsumexp({0}, dim=0)"),
]
VECTOR = [
    *("softmax({0}, dim=0)", "log_softmax({0}, dim=0)", "cumsum({0}, dim=0)"),
    "cumprod({0}, dim=0)",
]
PAIRS = [
    *("mse_loss({0}, {1})", "l1_loss({0}, {1})", "huber_loss({0}, {1})"),
    *("smooth_l1_loss({0}, {1})", "binary_cross_entropy_with_logits({0}, {1})", "dot({0}, {1})"),
]
# What changes a shape or has one of its own, or is no operation on numbers.
_APART = {
    *(each.partition("(")[0] for each in VECTOR),
    *("detach", "float", "double", "where", "lerp", "pow", "clamp", "cross", "linalg_cross"),
    *(each.name for each in MOVING),
}


def _plain(arity: int) -> list[str]:
    """The operations of the table that work element by element on so many tensors."""
    return [
        each.name
        for each in OPERATIONS.values()
        if each.tensors == (arity, arity)
        and each.shape is shaping.broadcast
        and each.slope is not Slope.NONE
        and each.function_form
        and not any(option.required for option in each.options.values())
        and each.name not in _APART
    ]


UNARY, BINARY = _plain(1), _plain(2)
ROUNDING = 1e-14
NUMBERS = ("0", "0.0", "1", "2", "-1", "0.5")
SHAPES: tuple[tuple[int, ...], ...] = ((), (), (3,), (3,), (2, 3))
# Where slopes are at rest, parts cancel and factors vanish.
FEW = (0.0, 0.0, 1.0, -1.0, 2.0, -0.5, 40.0, -200.0)
WORLD: dict[str, Any] = {
    **{name: getattr(torch, name) for name in dir(torch) if not name.startswith("_")},
    **{name: getattr(functional, name) for name in dir(functional) if not name.startswith("_")},
}


@dataclass(frozen=True)
class Program:
    """`lines` in order, each a name and its expression; the last is a scalar."""

    parameters: Mapping[str, Any]
    lines: tuple[tuple[str, str], ...]

    @property
    def formula(self) -> str:
        return "\n".join(f"{name} = {expression}" for name, expression in self.lines)

    def experiment(self) -> Experiment:
        return Experiment(
            formula=self.formula,
            objective=self.lines[-1][0],
            dtype="float64",
            parameters={name: {"value": value} for name, value in self.parameters.items()},
        )


def drawn(seed: int) -> Program:
    """The program of that number: always the same."""
    dice = random.Random(seed)
    shapes = {f"p{number}": dice.choice(SHAPES) for number in range(dice.randint(2, 4))}
    parameters = {name: _value(dice, shape) for name, shape in shapes.items()}
    lines: list[tuple[str, str]] = []
    for number in range(dice.randint(2, 7)):
        name = f"t{number}"
        expression, shapes[name] = _line(dice, shapes)
        lines.append((name, expression))
    last = [name for name in shapes if name.startswith("t")][-dice.randint(1, 2) :]
    sums = []
    for name in last:
        lines.append((f"s{name}", f"sum({name})"))
        sums.append(f"s{name}")
    lines.append(("out", f"add({sums[0]}, {sums[-1]})" if len(sums) > 1 else f"clone({sums[0]})"))
    return Program(parameters, tuple(lines))


def _value(dice: random.Random, shape: Sequence[int]) -> Any:
    if not shape:
        return dice.choice(FEW)
    same = dice.random() < 0.3
    number = dice.choice(FEW)
    if len(shape) == 1:
        return [number if same else dice.choice(FEW) for _ in range(shape[0])]
    return [_value(dice, shape[1:]) for _ in range(shape[0])]


def _line(dice: random.Random, shapes: Mapping[str, Sequence[int]]) -> tuple[str, Any]:
    names = [*shapes]
    # The newest more often, so that programs are deep.
    one = dice.choice(names[-2:] if dice.random() < 0.6 else names)
    alone = dice.random() < 0.5
    return _of_one(dice, one, shapes[one]) if alone else _of_two(dice, one, shapes)


def _of_one(dice: random.Random, one: str, shape: Sequence[int]) -> tuple[str, Any]:
    kind = dice.random()
    if kind < 0.2:
        number, sign = dice.choice(NUMBERS), dice.choice("*+")
        return dice.choice((f"{one} {sign} {number}", f"{number} {sign} {one}")), shape
    if kind < 0.5 and shape:
        if len(shape) == 1 and dice.random() < 0.7:
            return dice.choice(VECTOR).format(one), shape
        template = dice.choice(REDUCED)
        return template.format(one), shape[1:] if "dim=0" in template else ()
    return f"{dice.choice(UNARY)}({one})", shape


def _of_two(dice: random.Random, one: str, shapes: Mapping[str, Sequence[int]]) -> tuple[str, Any]:
    fitting = [name for name in shapes if _joined(shapes[one], shapes[name]) is not None]
    other, kind = dice.choice(fitting), dice.random()
    shape = _joined(shapes[one], shapes[other])
    if kind < 0.16 and shapes[other] == ():
        return f"lerp({one}, {one}, {other})", shape
    if kind < 0.28:
        power = dice.choice((other, "2", "0", "3"))
        return f"{one} ** {power}", shape if power == other else shapes[one]
    if kind < 0.4 and len(shapes[one]) == 1 and shapes[other] == shapes[one]:
        return dice.choice(PAIRS).format(one, other), ()
    if kind < 0.5:
        return f"where({one} > 0, {one}, {other})", shape
    if kind < 0.6 and len(shapes[one]) == 2 and shapes[other] == (3,):
        return f"{one} @ {other}", (2,)
    if kind < 0.65 and shapes[one] == shapes[other] == (3,):
        return f"outer({one}, {other})", (3, 3)
    return f"{dice.choice(BINARY)}({one}, {other})", shape


def _joined(one: Sequence[int], other: Sequence[int]) -> Sequence[int] | None:
    """The shape of both together; None if they do not fit."""
    try:
        return np.broadcast_shapes(tuple(one), tuple(other))
    except ValueError:
        return None


# -- by hand -----------------------------------------------------------------------------


class Play:
    """One pass of a program: `values` and `grads` of every name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines = dict(program.lines)
        self.values: Values = {
            name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
            for name, value in program.parameters.items()
        }
        for name, expression in program.lines:
            self.values[name] = evaluated(expression, self.values)
        names = [*self.values]
        found = torch.autograd.grad(
            self.values[names[-1]], [self.values[name] for name in names], allow_unused=True
        )
        self.grads = dict(zip(names, found, strict=True))

    def inputs(self, name: str) -> list[str]:
        """The names in the line, each once."""
        return inputs_of(self.lines[name]) if name in self.lines else []

    def leads(self, name: str, to: str) -> bool:
        """Whether the one is computed from the other."""
        return name == to or any(self.leads(name, each) for each in self.inputs(to))

    def part(
        self,
        line: str,
        child: str,
        gradient: torch.Tensor,
        others: Values | None = None,
        expression: str = "",
    ) -> torch.Tensor | None:
        """What comes back to `child` from that line; None for what torch refuses."""
        values = {name: self.values[name].detach() for name in self.inputs(line)}
        values.update({name: value.clone() for name, value in (others or {}).items()})
        values[child] = values[child].clone().requires_grad_()
        try:
            made = evaluated(expression or self.lines[line], values)
            (found,) = torch.autograd.grad(made, values[child], gradient, allow_unused=True)
        except RuntimeError:
            return None
        return found

    def passed_on(self, start: str, end: str, gradient: torch.Tensor) -> torch.Tensor | None:
        """What comes back to `start` were this the gradient of `end`."""
        if start == end:
            return gradient
        values = {name: value.detach() for name, value in self.values.items()}
        values[start] = values[start].clone().requires_grad_()
        names = [*self.values]
        for name in names[names.index(start) + 1 : names.index(end) + 1]:
            if name in self.lines:
                values[name] = evaluated(self.lines[name], values)
        if not values[end].requires_grad:
            return None
        (found,) = torch.autograd.grad(values[end], values[start], gradient, allow_unused=True)
        return found


def evaluated(expression: str, values: Mapping[str, torch.Tensor]) -> torch.Tensor:
    made: torch.Tensor = eval(expression, WORLD, dict(values))
    return made


def inputs_of(expression: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"\b(?:p\d+|s?t\d+)\b", expression)))


def is_something(part: torch.Tensor | None) -> bool:
    return part is not None and bool(part.any()) and bool(part.isfinite().all())


def others(value: torch.Tensor, dice: torch.Generator) -> Iterator[torch.Tensor]:
    """A dozen other values."""
    for scale in (0.3, 1.0, 3.0):
        for _ in range(4):
            noise = torch.randn(value.shape, generator=dice, dtype=torch.float64) * scale
            yield value.detach() + noise
            yield noise
            yield noise.abs()


# -- judging -----------------------------------------------------------------------------


class Judge:
    """Of what is said of one program's zeros; `wrong` says what is false, or nothing."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._dice = torch.Generator().manual_seed(5)

    def wrong(self, name: str, reason: Reason) -> str:
        facts, play = reason.facts, self._play
        if facts.get("over") == "ways":
            return "" if self._ways(name, facts["at"]) else "no parts that cancel on several ways"
        line = facts["at"]
        gradient = play.grads.get(line)
        if line not in play.lines or gradient is None or not gradient.any():
            return "the operation's output has no gradient"
        if facts["operation"] not in said_by(play.lines[line]):
            return "that line has another operation"
        children = [
            child
            for child in play.inputs(line)
            if play.leads(name, child) and not is_something(play.part(line, child, gradient))
        ]
        found = [self._of_child(name, child, reason, gradient) for child in children]
        return "" if "" in found else "; ".join(found) or "no zero comes back there"

    def _of_child(self, name: str, child: str, reason: Reason, gradient: torch.Tensor) -> str:
        line = reason.facts["at"]
        weighed = [gradient * self._random(gradient) for _ in range(4)]
        whole = [is_something(self._play.part(line, child, each)) for each in weighed]
        if reason.code == "cancels":
            wrong = "" if all(whole) else "nothing cancels there"
        elif any(whole):
            wrong = "the parts are not zero, they cancel"
        else:
            wrong = self._values(line, child, reason, weighed[0])
        # Where parts cancel, only other weights are another gradient.
        instead = self._play.part(line, child, weighed[0]) if reason.code == "cancels" else None
        return wrong or self._behind(name, child, reason, instead)

    def _values(self, line: str, child: str, reason: Reason, gradient: torch.Tensor) -> str:
        play, facts = self._play, reason.facts
        moving = {
            each
            for each in play.inputs(line)
            if any(
                is_something(play.part(line, child, gradient, {each: other}))
                for other in others(play.values[each], self._dice)
            )
        }
        if reason.code in ("flat", "inactive"):
            return "" if reason.code == "inactive" or not moving else "it is not flat"
        if set(facts["values"]) != moving:
            return f"{facts['values']} move it, but {sorted(moving)} do"
        factor = facts["factor"]
        vanishing = {each for each in moving - {child} if not play.values[each].any()}
        if factor is None:
            return f"{vanishing} are factors" if vanishing else ""
        if factor in play.values:
            return "" if factor in moving - {child} else "another factor does not help"
        return "" if self._number(line, child, factor, gradient) else "another number does not help"

    def _number(self, line: str, child: str, factor: str, gradient: torch.Tensor) -> bool:
        """Whether another number in the place of one that is the factor brings something."""
        expression = self._play.lines[line]
        for match in re.finditer(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", expression):
            if float(match.group()) == float(factor):
                for number in ("0.73", "-1.4", "2.6"):
                    changed = expression[: match.start()] + number + expression[match.end() :]
                    if is_something(self._play.part(line, child, gradient, None, changed)):
                        return True
        return False

    def _ways(self, name: str, at: str) -> bool:
        play = self._play
        if not play.leads(name, at):
            return False
        for line, expression in play.lines.items():
            gradient = play.grads[line]
            if at not in inputs_of(expression) or gradient is None:
                continue
            # One use at a time: a name that stands twice in a line is two ways.
            for place in re.finditer(rf"\b{at}\b", expression):
                single = expression[: place.start()] + "single" + expression[place.end() :]
                values = {**play.values, "single": play.values[at].detach().requires_grad_()}
                made = evaluated(single, values)
                (part,) = torch.autograd.grad(made, values["single"], gradient, allow_unused=True)
                if is_something(part):
                    return True
        return False

    def _behind(self, name: str, child: str, reason: Reason, instead: torch.Tensor | None) -> str:
        """With a gradient at the child, is there one at the tensor, as the reason has it?"""
        gradient = self._random(self._play.values[child]) if instead is None else instead
        found = self._play.passed_on(name, child, gradient)
        comes, behind = is_something(found), reason.facts.get("behind", ())
        if comes and found is not None and any(each["code"] == "cancels" for each in behind):
            # What is left of parts that cancel is none.
            comes = float(found.abs().max()) > ROUNDING * float(gradient.abs().max())
        if comes == bool(behind):
            return "something else stands in the way" if not comes else "nothing else is in the way"
        return ""

    def _random(self, like: torch.Tensor) -> torch.Tensor:
        noise = torch.rand(like.shape, generator=self._dice, dtype=torch.float64)
        return 0.5 + noise


def said_by(expression: str) -> set[str]:
    """The names that the line's operation may go by."""
    words = set(re.findall(r"[a-z_0-9]+(?=\()", expression))
    signs = {"**": "pow", "*": "mul", "+": "add", "@": "matmul"}
    for sign, word in signs.items():
        if f" {sign} " in expression:
            words.add(word)
    return words


def _mended(value: torch.Tensor) -> torch.Tensor:
    return torch.where(value.isfinite(), value, 0.5).detach()


BREAKING = ("sqrt({0})", "log({0})", "div({1}, {0})", "rsqrt({0})", "{0} ** 0.5", "exp({0})",
            "exp({0} * 20)", "asin({0})")  # fmt: skip


def breaking(seed: int) -> Program:
    """The same with operations at the edges of what they take."""
    program, dice = drawn(seed), random.Random(seed)
    lines = list(program.lines)
    for place, (name, expression) in enumerate(lines):
        used = inputs_of(expression)
        if name.startswith("t") and used and dice.random() < 0.4:
            fits = [each for each in used if each == used[0]]
            template = dice.choice(BREAKING)
            new = template.format(fits[0], fits[0] if "div" in template else "")
            if len(used) == 1 and not re.match(r"(sum|mean|prod|a|v|std|norm|log)", expression):
                lines[place] = (name, new)
    return Program(program.parameters, tuple(lines))


class BrokenJudge:
    """Of what is said of a program's NaN and infinities."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.made = {name: kind for name in play.lines if (kind := self._kind(name))}

    def wrong(self, name: str, reason: Reason) -> str:
        facts = reason.facts
        if "direction" not in facts:
            return ""
        line = facts["at"]
        if self.made.get(line) != facts["direction"]:
            return f"{line} did not make it {facts['direction']}"
        if self._finite_without(name, {line}) or self._less_without(name, line):
            return ""
        # What comes before it may have given it finite numbers at which it breaks.
        leads = self._play.leads
        others = [each for each in self.made if not leads(name, each) and not leads(each, line)]
        alone = [each for each in others if self._finite_without(name, {each})]
        return f"it is made by {alone}" if alone else ""

    def _kind(self, name: str) -> str:
        """How the line makes something that is not finite of what is; nothing if it does not."""
        play = self._play
        values = {each: _mended(play.values[each]) for each in play.inputs(name)}
        if not evaluated(play.lines[name], values).isfinite().all():
            return "forward"
        gradient = play.grads[name]
        if gradient is None or not gradient.isfinite().all():
            return ""
        parts = [play.part(name, each, gradient, values) for each in play.inputs(name)]
        broken = [part for part in parts if part is not None and not part.isfinite().all()]
        return "backward" if broken else ""

    def _finite_without(self, name: str, mended: set[str]) -> bool:
        grad = self._grad_without(name, mended)
        return grad is None or bool(grad.isfinite().all())

    def _less_without(self, name: str, line: str) -> bool:
        grad, before = self._grad_without(name, {line}), self._play.grads[name]
        assert grad is not None
        assert before is not None
        return int((~grad.isfinite()).sum()) < int((~before.isfinite()).sum())

    def _grad_without(self, name: str, mended: set[str]) -> torch.Tensor | None:
        """The gradient where those lines give finite numbers that depend on nothing."""
        values: Values = {}
        for each, value in self._play.values.items():
            if each in self._play.lines and each not in mended:
                values[each] = evaluated(self._play.lines[each], values)
            else:
                start = _mended(value) if each in mended else value.detach()
                values[each] = start.requires_grad_()
        last = [*values][-1]
        found = torch.autograd.grad(values[last], values[name], allow_unused=True)
        return found[0]
