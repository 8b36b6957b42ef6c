"""What was done, in order; what was undone, until something else is done."""

from explorer import paths
from explorer.experiment.file import read
from explorer.experiment.spec import Change
from explorer.live.document import Document
from explorer.live.run import Run
from explorer.live.undo import MOST_EARLIER_RUNS, Changed, Edited, Restarted, Undo

CHANGED = Changed(
    Change(step=3, tensor="a", requires_grad=False),
    (Change(step=3, tensor="a", requires_grad=True),),
)
LONGER = Edited("training.steps", 5, 6)


def test_the_last_done_is_the_first_undone() -> None:
    history = Undo().did(CHANGED).did(LONGER)
    entry, history = history.taken()
    assert entry is LONGER
    history = history.did_undo(entry)
    entry, history = history.taken()
    assert entry is CHANGED
    history = history.did_undo(entry)
    assert history == Undo((), (LONGER, CHANGED))
    entry, history = history.taken_undone()
    assert history.did_again(entry) == Undo((CHANGED,), (LONGER,))


def test_something_new_ends_what_could_be_done_again() -> None:
    history = Undo((CHANGED,), (LONGER,))
    assert history.did(LONGER) == Undo((CHANGED, LONGER))


def test_only_so_many_earlier_runs_are_remembered() -> None:
    document = Document.of(read(paths.builtin_experiments()["line-fit"]))
    runs = [Run() for _ in range(MOST_EARLIER_RUNS + 2)]
    history = Undo()
    for run in runs:
        history = history.did(CHANGED).did(Restarted("reset", document, run))
    assert history.runs == tuple(runs[2:])
    # What was done to a run that is forgotten cannot be undone; its document can be come back to.
    forgotten = [Restarted("reset", document, run, kept=False) for run in runs[:2]]
    assert history.done[:3] == (*forgotten, CHANGED)
    assert len(history.done) == 2 + 2 * MOST_EARLIER_RUNS
