"""What is said of zeros, NaN and infinities: causes are judged by taking them away.

On random programs of all kinds of operations, vectors and matrices, broadcasting and
reductions. GRADIENT_EXPLORER_CAMPAIGN=3000 tries as many.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import pytest
from causes import BrokenJudge, Judge, Play, Program, breaking, drawn
from drawing import asked

from explorer.engine.formula_subject import FormulaSubject
from explorer.explain.reason import Reason
from explorer.explain.reasons import reasons

ZEROS = frozenset({"flat", "inactive", "zero-factor", "cancels"})
PARTS = 2

pytestmark = pytest.mark.filterwarnings("ignore:.*degrees of freedom.*:UserWarning")


def told(program: Program) -> dict[str, Reason]:
    found = reasons(FormulaSubject(program.experiment()).trace())
    return {name: reason for name, reason in found.items() if reason is not None}


def broken(play: Play) -> bool:
    return any(grad is not None and not grad.isfinite().all() for grad in play.grads.values())


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_said_of_zeros(part: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(part, asked(120), PARTS):
        program = drawn(seed)
        play = Play(program)
        judge = Judge(play)
        for name, reason in told(program).items():
            if reason.code in ZEROS:
                seen[f"{reason.code}/{reason.facts.get('over', '')}"] += 1
                seen["behind"] += "behind" in reason.facts
                assert judge.wrong(name, reason) == "", (seed, name, reason, program.formula)
    assert {"flat/", "inactive/", "zero-factor/", "cancels/ways", "behind"} <= set(seen)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_said_of_nan(part: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(part, asked(120), PARTS):
        program = breaking(seed)
        play = Play(program)
        if not broken(play):
            continue
        judge = BrokenJudge(play)
        for name, reason in told(program).items():
            if reason.code == "non-finite":
                seen[reason.facts.get("direction", "")] += 1
                assert judge.wrong(name, reason) == "", (seed, name, reason, program.formula)
    assert {"forward", "backward"} <= set(seen)


# -- false causes are found out ------------------------------------------------------------


def another_factor(reason: Reason, names: list[str]) -> Reason | None:
    if reason.code != "zero-factor" or reason.facts["factor"] is None:
        return None
    false = next((name for name in names if name != reason.facts["factor"]), None)
    if false is None:
        return None
    return Reason(reason.code, {**reason.facts, "factor": false, "values": [false]})


def no_factor(reason: Reason, _names: list[str]) -> Reason | None:
    if reason.code != "zero-factor" or not reason.facts["values"]:
        return None
    return Reason(reason.code, {**reason.facts, "factor": None, "values": []})


def as_if_flat(reason: Reason, _names: list[str]) -> Reason | None:
    in_operation = reason.code == "cancels" and reason.facts["over"] != "ways"
    return Reason("flat", {**reason.facts, "over": ""}) if in_operation else None


def as_if_it_cancelled(reason: Reason, _names: list[str]) -> Reason | None:
    if reason.code in ("cancels", "flat"):
        return None
    return Reason("cancels", {**reason.facts, "over": "outputs"})


def nothing_behind(reason: Reason, _names: list[str]) -> Reason | None:
    if "behind" not in reason.facts:
        return None
    kept = {key: fact for key, fact in reason.facts.items() if key != "behind"}
    return Reason(reason.code, kept)


def something_behind(reason: Reason, _names: list[str]) -> Reason | None:
    if "behind" in reason.facts or reason.facts.get("over") == "ways":
        return None
    return Reason(reason.code, {**reason.facts, "behind": [{"code": "flat"}]})


@cache
def zeros() -> list[tuple[Judge, str, Reason, list[str]]]:
    """Of some programs what is said of zeros, with the programs' parameters."""
    return [
        (Judge(Play(program)), name, reason, [*program.parameters])
        for program in map(drawn, range(320))
        for name, reason in told(program).items()
        if reason.code in ZEROS
    ]


@pytest.mark.parametrize(
    "planted",
    [
        another_factor,
        no_factor,
        as_if_flat,
        as_if_it_cancelled,
        nothing_behind,
        something_behind,
    ],
    ids=lambda planted: planted.__name__,
)
def test_a_false_cause_of_a_zero_is_found_out(
    planted: Callable[[Reason, list[str]], Reason | None],
) -> None:
    tried = caught = 0
    for judge, name, reason, names in zeros():
        false = planted(reason, names)
        if false is not None:
            tried += 1
            caught += judge.wrong(name, false) != ""
    # By accident another parameter may be a factor in the same line.
    assert tried >= 5
    assert caught >= 0.8 * tried


def test_a_false_maker_of_a_nan_is_found_out() -> None:
    tried = caught = 0
    dice = random.Random(0)
    for seed in range(160):
        program = breaking(seed)
        play = Play(program)
        if not broken(play):
            continue
        judge = BrokenJudge(play)
        for name, reason in told(program).items():
            if reason.code == "non-finite" and "direction" in reason.facts:
                line = dice.choice([each for each in play.lines if each != reason.facts["at"]])
                tried += 1
                caught += judge.wrong(name, _at(reason, line)) != ""
    assert tried >= 50
    assert caught >= 0.8 * tried


def _at(reason: Reason, line: str) -> Reason:
    facts: Mapping[str, object] = {**reason.facts, "at": line}
    return replace(reason, facts=facts)
