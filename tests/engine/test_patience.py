"""What takes too long ends, wherever it is, and nothing of that is left behind."""

import subprocess
import sys
import threading
from contextlib import AbstractContextManager

import pytest

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.proof import proving
from explorer.engine.proof.patience import TooLongError, patience

# It may end a callback of the garbage collector, where Python only tells of it, and again after.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def for_ever() -> None:
    while True:
        try:
            sum(range(100))
        except Exception:  # a library may well do this
            continue


def test_what_takes_for_ever_ends() -> None:
    before = threading.active_count()
    with pytest.raises(TooLongError), patience(0.05):
        for_ever()
    assert threading.active_count() == before
    assert sum(range(100_000)) > 0


def test_what_is_quick_enough_is_let_be() -> None:
    before = threading.active_count()
    for _ in range(50):
        with patience(60):
            assert sum(range(100)) == 4950
    assert threading.active_count() == before


def test_another_thread_is_left_alone() -> None:
    ended: list[bool] = []

    def work() -> None:
        with pytest.raises(TooLongError), patience(0.05):
            for_ever()
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    assert sum(range(1_000_000)) > 0
    thread.join()
    assert ended == [True]


def test_an_end_that_comes_at_the_last_moment_is_no_harm() -> None:
    before = threading.active_count()
    for _ in range(300):
        try:
            with patience(0.0005):
                sum(range(4_000))
        except TooLongError:
            pass
    assert threading.active_count() == before


# Python 3.11 enters a traced function for ever while an exception is still looked for.
TRACED = """
import sys
from explorer.engine.proof.patience import TooLongError, patience
def work(seconds):
    while seconds == 0.05:
        pass
    sum(range(4_000))
for seconds in (60, *[0.0005] * 300, 0.05):
    try:
        with patience(seconds):
            work(seconds)
    except TooLongError:
        pass
sys.settrace(lambda *_: None)
(lambda: None)()
"""


def test_nothing_is_left_that_python_looks_for() -> None:
    subprocess.run([sys.executable, "-c", TRACED], check=True, timeout=60)


def test_many_proofs_share_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these ends by itself; with their full time each, they would take a minute."""
    names = [f"x{number}" for number in range(proving.MOST_PROVED - 1)]
    experiment = explorer.Experiment(
        formula="out = " + " + ".join(names), objective="out", parameters=dict.fromkeys(names, 1.0)
    )
    given = list[float]()

    def noted(seconds: float) -> AbstractContextManager[None]:
        given.append(seconds)
        return patience(seconds)

    monkeypatch.setattr(proving, "symbolic_derivative", lambda question: for_ever())
    monkeypatch.setattr(proving, "patience", noted)
    for name, seconds in (("LONGEST_S", 0.05), ("LONGEST_IN_ALL_S", 0.2), ("MOMENT_S", 0.01)):
        monkeypatch.setattr(proving, name, seconds)
    model = FormulaSubject(experiment)
    proofs = proving.prove_all(model, model.trace())
    assert list(proofs) == [*names, "out"]
    assert [each.omitted is None or each.omitted.code for each in proofs.values()] == [
        "too-large" for _ in proofs
    ]
    assert given[0] == 0.05
    assert given[-1] == 0.01


FIRST = """
import sys
from contextlib import contextmanager

import explorer
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.proof import proving

@contextmanager
def patience(seconds):
    print("sympy" in sys.modules)
    yield

proving.patience = patience
subject = FormulaSubject(explorer.load("connected-branch"))
proving.prove(subject, subject.trace(), "x")
"""


def test_nothing_is_imported_while_a_proof_may_be_broken_off() -> None:
    """Half imported, sympy is of no use to PyTorch either. In a process that has it not yet."""
    command = [sys.executable, "-c", FIRST]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (set(done.stdout.split()), done.returncode) == ({"True"}, 0), done.stderr
