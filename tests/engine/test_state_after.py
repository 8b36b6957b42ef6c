"""What is said of a session's gradients and moves, judged by a hand-written loop of PyTorch.

Generated experiments with all optimizers, zero_grad settings, freezes, thaws and detaches: every
cause of a move is taken away from torch.optim's own class, every step that is named is one that
was noted, and the advice is followed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
import torch
from cases import OPTIONS, Case, make_case
from drawing import asked
from sessions import ByHand, Given, run_by_hand

import explorer
from explorer.engine import movement, state_after, updates
from explorer.engine.gradients import GradientReport
from explorer.explain import session_reasons
from explorer.explain.reason import ZEROS, Reason

# A campaign's sixth: GRADIENT_EXPLORER_CAMPAIGN=3000 makes it five hundred.
SEEDS = range(asked(40, 1 / 6))
PUSHES = {"momentum_buffer": "momentum", "exp_avg": "moments"}
NONE_CODES = {
    *("frozen", "detached", "no-grad", "unused", "nothing-requires-grad", "not-yet"),
    *("data-access", "rewrapped", "integer", "no-derivative"),
}
Seen = Counter[str]


def drawn(seed: int) -> tuple[Case, int]:
    """An experiment and how many of its steps to make; two thirds keep a gradient that is cut."""
    rng = Random(seed)
    case = make_case(rng)
    name = rng.choice(list(case.values))
    first = rng.randint(2, 6)
    switch = rng.choice(({"requires_grad": False}, {"detach": True}, {}))
    if switch:
        change = {"step": first, "tensor": name, **switch}
        case.table["changes"] = sorted(
            [*case.table["changes"], change], key=lambda each: each["step"]
        )
    if switch and "accumulate" in case.table["training"]:
        # Between the steps that make an update together.
        return case, first
    return case, rng.choice([1, rng.randint(1, case.table["training"]["steps"])])


def judged(case: Case, steps: int) -> Seen:
    """Hold all that is said to the loop by hand; what was met."""
    report = state_after.state_after(explorer.Experiment(**case.table), steps)
    run = run_by_hand(case, steps)
    if run.refused is not None or run.broke is not None:
        assert report.failure is not None
        assert report.failure.step == (run.refused or run.broke)
        if run.refused is not None:
            run = run_by_hand(case, run.refused - 1)
    else:
        assert report.failure is None
    assert report.step == run.step
    return Seen(_judge(case, report, run))


def _judge(case: Case, report: GradientReport, run: ByHand) -> Iterator[str]:
    tensors = {each.name: each for each in report.tensors}
    for name, leaf in run.leaves.items():
        if name not in tensors:
            continue
        assert bits(tensors[name].value) == bits(leaf.tolist()), name
        grad = None if leaf.grad is None else leaf.grad.tolist()
        assert bits(tensors[name].grad) == bits(grad), name
        reason = report.reasons[name]
        yield judge_reason(case, run, name, reason)
        if name in run.side.parameters:
            causes = report.moved_by[name]
            assert len(set(causes)) == len(causes)
            yield from judge_causes(run.given.get(name), name, run, causes)
            if causes and leaf.dtype == torch.float64:
                yield from judge_parts(run.given[name], report.parts[name])
            if causes and not any(step in run.written[name] for step in run.window):
                yield from judge_frozen_mover(case, run, name, reason, causes)


def bits(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [bits(each) for each in value]
    return None if value is None else float(value).hex()


def same(left: torch.Tensor, right: torch.Tensor) -> bool:
    return bool(((left == right) | (left.isnan() & right.isnan())).all())


# -- causes ------------------------------------------------------------------------------


def judge_causes(
    given: Given | None, name: str, run: ByHand, causes: tuple[str, ...]
) -> Iterator[str]:
    if given is None or same(given.value, given.after):
        assert causes == (), name
        yield "stands still"
        return
    assert same(given.result(), given.after)
    written = any(step in run.written[name] for step in run.window)
    if written and given.old_grad is not None and given.unclipped is not None:
        written = not same(given.old_grad, given.unclipped)
    taken = dict(_each_taken_away(given, written))
    needed = {cause for cause, after in taken.items() if not same(after, given.after)}
    if needed:
        assert set(causes) == needed, name
    else:
        # Each alone would have done it: those that are named must be there at least.
        assert causes, name
        assert set(causes) <= set(taken), name
        yield "several, each enough"
    yield from causes


def _each_taken_away(given: Given, written: bool) -> Iterator[tuple[str, torch.Tensor]]:
    if given.grad is not None:
        cause = "gradient" if written else "stale-gradient"
        yield cause, given.result(grad=torch.zeros_like(given.grad))
    for kind, cause in PUSHES.items():
        kept = given.state.get(kind)
        if kept is not None:
            yield cause, given.result(state={kind: torch.zeros_like(kept)})
    if given.options["weight_decay"]:
        yield "weight_decay", given.result(options={"weight_decay": 0.0})


def judge_parts(given: Given, parts: Mapping[str, Any]) -> Iterator[str]:
    """Their sum is the move; what only pushes is missing by its part when it is taken away."""
    found = {cause: torch.tensor(part, dtype=torch.float64) for cause, part in parts.items()}
    move = given.after - given.value
    if not all(each.isfinite().all() for each in (*found.values(), given.after)):
        return
    size = max(float(each.abs().max()) for each in (given.value, move, *found.values()))
    near = {"rtol": 0, "atol": 1e-12 * size}
    torch.testing.assert_close(sum(found.values()), move, **near)  # type: ignore[arg-type]
    for kind, cause in PUSHES.items():
        if cause in found:
            without = given.result(state={kind: torch.zeros_like(given.state[kind])})
            torch.testing.assert_close(found[cause], given.after - without, **near)  # type: ignore[arg-type]
    if "weight_decay" in found and given.optimizer in ("sgd", "adamw"):
        without = given.result(options={"weight_decay": 0.0})
        torch.testing.assert_close(found["weight_decay"], given.after - without, **near)  # type: ignore[arg-type]
    yield f"split {given.optimizer}"


# -- reasons -----------------------------------------------------------------------------


def judge_reason(case: Case, run: ByHand, name: str, reason: Reason | None) -> str:
    leaf, written = run.leaves[name], run.written[name]
    code = None if reason is None else reason.code
    told: Mapping[str, Any] = {} if reason is None else reason.facts
    facts = {key: fact for key, fact in told.items() if key != "remedy"}
    if leaf.grad is None:
        assert code in NONE_CODES, name
        return "None"
    zero_grad = case.table["training"]["zero_grad"]
    held = name in run.side.held
    cleared = held and zero_grad != "never"
    pending = cleared and bool(run.step % run.accumulate)
    if run.step not in written:
        zeroed = cleared and written[-1] not in run.window
        assert not zeroed or zero_grad == "zero"
        assert (code, facts["step"]) == ("zeroed" if zeroed else "stale", written[-1]), name
        assert zeroed or facts["applied"] is ((held and zero_grad == "never") or pending)
        if not zeroed and pending:
            assert facts["update"] == run.window[0] + run.accumulate - 1
            return "pending"
        return f"{code} {zero_grad}"
    if not leaf.grad.isfinite().all():
        assert (code, facts.get("since")) == ("non-finite", _stretch(run.broken[name])), name
        return "non-finite"
    since = next(step for step in written if not cleared or step in run.window)
    facts.pop("clipped", None)
    if since < run.step:
        expected: dict[str, Any] = {"since": since, **({} if held else {"held": False})}
        if cleared:
            expected["accumulate"] = run.accumulate
        assert (code, facts) == ("accumulated", expected), name
        return "accumulated over an update" if cleared else "accumulated"
    if code == "clipped":
        assert is_clipped(run, name, facts)
        return "clipped"
    if leaf.grad.count_nonzero():
        outside = not held and name in run.side.parameters
        assert code in (("not-in-optimizer",) if outside else (None, "partly-cut")), name
        return code or "a gradient"
    assert code in ZEROS, name
    return "zero"


def is_clipped(run: ByHand, name: str, facts: Mapping[str, Any]) -> bool:
    """Whether the last clipping made other numbers of its gradient."""
    given = run.given.get(name)
    if given is None:
        # Not held: what it was before is not noted.
        return name in run.side.parameters and run.step % run.accumulate == 0
    assert given.unclipped is not None
    assert given.grad is not None
    norm = facts.get("norm")
    reached = bool((given.grad.abs() == facts["limit"]).any()) if norm is None else True
    return reached and (norm is None or not same(given.unclipped, given.grad))


def _stretch(steps: list[int]) -> int:
    """The first of the steps without a gap that end the list."""
    first = steps[-1]
    while first - 1 in steps:
        first -= 1
    return first


# -- advice ------------------------------------------------------------------------------


def judge_frozen_mover(
    case: Case, run: ByHand, name: str, reason: Reason | None, causes: tuple[str, ...]
) -> Iterator[str]:
    """It is said that it moves, and by what; and the advice makes it stand still."""
    assert reason is not None
    assert reason.code in ("zeroed", "stale")
    assert tuple(reason.facts["moved_by"]) == causes
    other = run_by_hand(case, run.step, zero_grad="none")
    if other.step == run.step:
        assert same(other.given[name].value, other.given[name].after), name
        yield "advice followed"


# -- the tests -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_of_generated_sessions_is_true(seed: int) -> None:
    judged(*drawn(seed))


def test_the_generator_reaches_everything() -> None:
    seen = Seen()
    for seed in range(250):
        seen += judged(*drawn(seed))
    wanted = {
        *("gradient", "stale-gradient", "momentum", "moments", "weight_decay"),
        *("stands still", "zeroed zero", "stale never", "accumulated", "non-finite", "zero"),
        *("None", "a gradient", "advice followed", "not-in-optimizer"),
        *("pending", "accumulated over an update", "clipped"),
        *(f"split {name}" for name in OPTIONS),
    }
    assert {each for each in wanted if not seen[each]} == set()


# -- false causes are seen ------------------------------------------------------------------


def _last(reader: Any, name: str) -> int:
    places = [place for place in range(len(reader._periods)) if reader._flowed(name, place)]
    return reader._periods[places[0]].last if places else 1


_present, _pushing = movement._present, updates._pushing


def _without_decay(rule: Any, update: Any) -> list[str]:
    return [cause for cause in _present(rule, update) if cause != "weight_decay"]


FALSE: Mapping[str, tuple[object, str, Any]] = {
    "everything that is there": (
        state_after,
        "moved_by",
        lambda rule, update: tuple(movement._present(rule, update)),
    ),
    "the decay's part is the gradient's": (
        updates,
        "_pushing",
        lambda made, weight=1.0, decay=True: {
            **(pushed := _pushing(made, weight, decay)),
            **({"weight_decay": 2 * pushed["weight_decay"]} if decay else {}),
        },
    ),
    "an old gradient is called new": (movement, "_gradient", lambda _update: "gradient"),
    "weight decay is forgotten": (movement, "_present", _without_decay),
    "a step too early": (session_reasons._Reader, "_last_reached", _last),
    "summed since the first step": (session_reasons._Reader, "_first_reached", lambda *_: 1),
    "the steps of an update are not known": (
        session_reasons._Reader,
        "_window",
        property(lambda reader: reader._moment.step),
    ),
    "an update at every step is expected": (
        session_reasons._Reader,
        "_window_end",
        property(lambda reader: reader._moment.step),
    ),
    "cleared by itself": (session_reasons._Reader, "_is_cleared", lambda *_: True),
}


@pytest.mark.parametrize("false", FALSE)
def test_a_false_cause_is_seen(false: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FALSE[false])
    with pytest.raises(AssertionError):
        judge_often()


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_a_push_that_is_forgotten_is_seen(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = updates.RULES[optimizer]
    parts: dict[str, Any] = {each: getattr(rule, each) for each in updates.Rule.__slots__}
    monkeypatch.setitem(updates.RULES, optimizer, updates.Rule(**{**parts, "pushes": {}}))
    with pytest.raises(AssertionError):
        judge_often()


def judge_often() -> None:
    for seed in range(250):
        judged(*drawn(seed))
