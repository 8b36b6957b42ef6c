"""One run: its identity, its states, what was done to it by hand."""

import pytest

from explorer.experiment.problem import BadInput, Failure
from explorer.experiment.spec import Change
from explorer.live import reports
from explorer.live.run import Event, Run, RunState

FAILURE = Failure("non-finite", 3)
PROBLEM = BadInput("folder-gone")


def told(run: Run, *kinds: type[reports.Report]) -> Run:
    for kind in kinds:
        run = run.after(kind(run.identity))
    return run


def playing(run: Run, on: bool) -> Run:
    return run.after(reports.Playing(run.identity, on))


def freeze(step: int) -> Change:
    return Change(step=step, tensor="b", requires_grad=False)


def test_no_two_runs_have_the_same_identity() -> None:
    assert len({Run().identity for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "report",
    [
        reports.Ready(Run().identity),
        reports.Playing(Run().identity, True),
        reports.Failed(Run().identity, FAILURE),
        reports.Crashed(Run().identity, "Traceback"),
    ],
)
def test_what_is_said_of_another_run_is_nothing_to_it(report: reports.Report) -> None:
    run = Run()
    assert run.after(report) is run


def test_the_history_has_every_state_with_its_step() -> None:
    run = playing(told(Run(), reports.Ready), True).shown(4, ())
    run = playing(run, False)
    run = run.after(reports.Failed(run.identity, FAILURE))
    assert run.history == (
        Event(RunState.LOADING),
        Event(RunState.READY),
        Event(RunState.RUNNING),
        Event(RunState.PAUSED, 4),
        Event(RunState.FAILED, 4, FAILURE),
    )
    assert run.failure is FAILURE
    # It was repaired, and goes on.
    assert playing(run, True).failure is None


def test_a_pause_of_what_does_not_play_is_no_event() -> None:
    run = told(Run(), reports.Ready, reports.Finished)
    assert playing(run, False) is run


def test_a_refusal_says_why() -> None:
    run = Run()
    refused = run.after(reports.Refused(run.identity, PROBLEM))
    assert (refused.state, refused.problem) == (RunState.REFUSED, PROBLEM)


def test_a_crash_ends_only_what_has_not_begun() -> None:
    run = Run()
    crash = reports.Crashed(run.identity, "Traceback")
    assert run.after(crash).state is RunState.REFUSED
    begun = playing(told(run, reports.Ready), True)
    assert begun.after(crash) is begun


def test_a_finished_run_that_is_prolonged_is_paused() -> None:
    run = told(Run(), reports.Ready)
    assert run.prolonged() is run
    assert told(run, reports.Finished).prolonged().state is RunState.PAUSED


def test_what_a_file_holds_is_not_unsaved() -> None:
    run = Run().shown(5, (freeze(1), freeze(2)))
    assert run.unsaved(10) == run.left == (freeze(1), freeze(2))
    assert run.unsaved(1) == (freeze(1),)
    later = run.kept(10).shown(7, (freeze(1), freeze(2), freeze(6)))
    assert later.unsaved(10) == (freeze(6),)
    assert later.without(freeze(6)).left == ()


def test_what_was_set_after_the_end_is_set_from_the_start_of_the_next_run() -> None:
    run = Run().shown(5, (freeze(2), freeze(6)))
    assert run.left == (freeze(2), freeze(6))
    assert run.unsaved(5) == (freeze(2),)
    assert run.repeated(5) == (freeze(2), freeze(1))
    # A file holds what the run reaches; the rest is unsaved still.
    assert run.kept(5).left == (freeze(6),)


def test_what_was_asked_for_is_not_lost_before_it_is_answered() -> None:
    run = told(Run(), reports.Ready).asked(freeze(3)).asked(freeze(4))
    assert (run.left, run.repeated(9)) == ((), (freeze(3), freeze(4)))
    run = run.after(reports.Changed(run.identity, freeze(3), (freeze(3),), False))
    assert (run.by_hand, run.pending) == ((freeze(3),), (freeze(4),))
    run = run.after(reports.ChangeRefused(run.identity, PROBLEM))
    assert run.left == run.repeated(9) == (freeze(3),)
