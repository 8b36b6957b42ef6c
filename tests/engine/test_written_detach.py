"""A line that is nothing but a detach() is a switch that is on: taken out, put back, replayed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import explorer
from explorer.engine.compiler import compile_value
from explorer.engine.formula_subject import FormulaSubject
from explorer.engine.gradients import gradients, report
from explorer.engine.session import Session
from explorer.experiment.file import parse_text, read, updated_text, write
from explorer.experiment.language import parse
from explorer.experiment.spec import Change, Experiment
from explorer.explain.prediction import predict
from explorer.explain.reasons import reasons
from explorer.explain.remedies import Remedy, remedies
from explorer.explain.session_reasons import KeptGrad, SessionMoment, session_reasons
from explorer.picture.states import all_states

NAME = "g.z_no_grad"
Tensor = torch.Tensor


def article(detached: bool = True) -> FormulaSubject:
    model = FormulaSubject(explorer.load("detached-branch"))
    if not detached:
        model.set_detached(NAME, False)
    return model


def shown(model: FormulaSubject) -> dict[str, tuple[object, bool, bool]]:
    """Gradient, requires_grad and the detach switch of every tensor."""
    return {
        each.name: (each.grad, each.requires_grad, each.detached) for each in report(model).tensors
    }


DETACHED = {
    "x": (None, True, False),
    "y": (27.0, True, False),
    "g.z": (None, True, False),
    NAME: (None, False, True),
    "out": (1.0, True, False),
}
CONNECTED = {
    "x": (10.0, True, False),
    "y": (37.0, True, False),
    "g.z": (10.0, True, False),
    NAME: (10.0, True, False),
    "out": (1.0, True, False),
}


def test_the_articles_cut_is_taken_out_and_put_back() -> None:
    model = article()
    assert shown(model) == DETACHED
    model.set_detached(NAME, False)
    assert shown(model) == CONNECTED
    model.set_detached(NAME, True)
    assert shown(model) == DETACHED


def test_it_is_detached_once_and_not_twice() -> None:
    detaching = [each for each in article().trace().operations if each.name == "detach"]
    assert [each.text for each in detaching] == ["g.z.detach()"]
    assert [each.name for each in article(False).trace().operations].count("detach") == 0


def test_out_it_is_another_name() -> None:
    traced = article(False).trace()
    assert traced.named[NAME] == traced.named["g.z"]
    assert traced.tensors[traced.named["g.z"]].names == ("g.z", NAME)


LINES = "p = (a * v).tanh().detach()\nq = detach(p)\nout = (q * b + exp(a) * p.detach() * 2).sum()"


def by_hand(cut_p: bool, cut_q: bool) -> Callable[..., Tensor]:
    def forward(a: Tensor, b: Tensor, v: Tensor) -> Tensor:
        p = (a * v).tanh()
        p = p.detach() if cut_p else p
        q = p.detach() if cut_q else p
        return (q * b + exp(a) * p.detach() * 2).sum()

    exp = torch.exp
    return forward


@pytest.mark.parametrize("cut_p", [True, False])
@pytest.mark.parametrize("cut_q", [True, False])
def test_the_bits_are_those_of_hand_written_pytorch(cut_p: bool, cut_q: bool) -> None:
    values = {"a": 0.7, "b": -1.3, "v": [0.1, 2.0, -0.4]}
    model = FormulaSubject(Experiment(formula=LINES, objective="out", parameters=values))
    for name, cut in {"p": cut_p, "q": cut_q}.items():
        model.set_detached(name, cut)
    leaves = [torch.tensor(value, requires_grad=True) for value in values.values()]
    objective = by_hand(cut_p, cut_q)(*leaves)
    objective.backward()  # type: ignore[no-untyped-call]
    found = report(model)
    assert found.objective_value == objective.item()
    gradients = [None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves]
    assert [tensor.grad for tensor in found.tensors[:3]] == gradients


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("out = x.detach()", {"out"}),
        ("out = torch.detach(x * 2)", {"out"}),
        ("out = x.detach().detach()", {"out"}),
        ("p = x.detach()\nq = p.detach()\nout = q + p", {"p", "q"}),
        ("def f(z):\n    return z * 2\nout = f(x.detach())", {"f.z"}),
        ("def f(z):\n    c = z.detach()\n    return c\nout = f(x) + f(x)", {"f.c", "f.c#2"}),
        ("out = x.detach() * 2", set()),
        ("out = -x.detach()", set()),
        ("k = 2\nc = k.detach()\nout = x * c", set()),
    ],
)
def test_which_lines_are_switches(formula: str, written: set[str]) -> None:
    assert parse(formula, ["x"], []).written == written
    model = FormulaSubject(Experiment(formula=formula, objective="out", parameters={"x": 2.0}))
    assert model.cuts == written
    value = report(model).objective_value
    for name in written:
        model.set_detached(name, False)
    assert report(model).objective_value == value


def test_the_switch_in_a_file_is_simply_on() -> None:
    cut = explorer.load("detached-branch").replace(detach=[NAME])
    assert shown(FormulaSubject(cut)) == DETACHED
    assert gradients(cut) == gradients(explorer.load("detached-branch"))


def test_the_value_of_a_prediction_is_drawn_without_a_gradient() -> None:
    for formula in ("y = a", "y = a.detach()"):
        forward = compile_value(parse(formula, ["a"], ["y"]), ["a"], torch.float32, "y")
        assert not forward(torch.ones(3, requires_grad=True)).requires_grad


# -- sessions ------------------------------------------------------------------------------

FILE = """
formula = \"\"\"
held = a.detach()  # the cut
y = a * x + held * x ** 2
\"\"\"
[parameters]
a = 0.25
[data]
x = [1, 2, 3]
y = [3, 5, 7]
[training]
steps = 12
optimizer = { name = "sgd", lr = 0.001 }
"""


def trained_by_hand() -> list[tuple[float, ...]]:
    """Loss and `a` of each step: connected in steps 4 to 8."""
    a = torch.tensor(0.25, requires_grad=True)
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([3.0, 5.0, 7.0])
    rows: list[tuple[float, ...]] = []
    for step in range(1, 13):
        held = a if 4 <= step <= 8 else a.detach()
        loss = torch.nn.functional.mse_loss(a * x + held * x**2, y)
        [grad] = torch.autograd.grad(loss, [a])
        with torch.no_grad():
            a.add_(grad, alpha=-0.001)
        rows.append((loss.item(), a.item()))
    return rows


def trained(session: Session) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    for record in session:
        rows.append((record.loss, *record.values))
        if record.step in (3, 8):
            session.apply(Change(step=1, tensor="held", detach=record.step == 8))
    return rows


def test_changes_at_a_step_are_saved_and_replayed_with_the_same_bits(tmp_path: Path) -> None:
    file = parse_text(FILE, "experiment.toml", tmp_path)
    session = Session(file.experiment)
    rows = trained(session)
    assert rows == trained_by_hand()
    changes = [(change.step, change.tensor, change.detach) for change in session.changes_by_hand]
    assert changes == [(4, "held", False), (9, "held", True)]
    path = tmp_path / "mine.toml"
    write(path, updated_text(file, file.experiment.replace(changes=session.changes)))
    assert "# the cut" in path.read_text(encoding="utf-8")
    replayed = [(record.loss, *record.values) for record in Session(read(path).experiment)]
    assert replayed == rows


def test_a_gradient_left_over_behind_it() -> None:
    experiment = explorer.load("detached-branch")
    session = Session(experiment.replace(training={"zero_grad": "never"}), steps=3)
    session.apply(Change(step=1, tensor=NAME, detach=False))
    for record in session:
        if record.step == 2:
            session.apply(Change(step=1, tensor=NAME, detach=True))
    traced = session.subject.trace()
    standing = SessionMoment(
        3,
        {"x": KeptGrad(), "y": KeptGrad()},
        session.subject.first_switches,
        session.changes,
        "never",
    )
    found = session_reasons(traced, reasons(traced), standing)
    assert found["x"] is not None
    assert (found["x"].code, found["x"].facts) == ("stale", {"step": 2, "applied": True})
    assert remedies(traced, found["x"], "x") == (Remedy(NAME, "detach", False),)


def test_another_name_of_a_leaf_has_the_leafs_gradient() -> None:
    formula = "p = x.detach()\nout = p * 2"
    session = Session(Experiment(formula=formula, objective="out", parameters={"x": 2.0}), steps=1)
    session.apply(Change(step=1, tensor="p", detach=False))
    list(session)
    standing = SessionMoment(1, {"x": KeptGrad()}, session.subject.first_switches, session.changes)
    traced = session.subject.trace()
    found = session_reasons(traced, reasons(traced), standing)
    assert found["p"] is None


# -- what is told of it ----------------------------------------------------------------------


@pytest.mark.parametrize("detached", [True, False])
def test_both_states_are_foreseen_from_either(detached: bool) -> None:
    traced = article(detached).trace()
    everything = {"x", "y", "g.z", NAME, "out"}
    assert predict(traced, cuts=[NAME]) == {"y", "out"}
    assert predict(traced, cuts=[]) == everything
    assert predict(traced) == ({"y", "out"} if detached else everything)
    assert predict(traced, cuts=["g.z"]) == {"y", "out"}
    assert predict(traced, {"x": False}, []) == everything - {"x"}


def test_names_are_told_apart_where_the_tensor_is_one() -> None:
    """z has a way of its own; p is z, or has no gradient."""
    formula = "z = x * 2\np = z.detach()\nw = p\nout = z * p"
    model = FormulaSubject(Experiment(formula=formula, objective="out", parameters={"x": 2.0}))
    for _ in range(2):
        traced = model.trace()
        assert predict(traced, cuts=["p"]) == {"x", "z", "out"}
        assert predict(traced, cuts=[]) == {"x", "z", "p", "w", "out"}
        assert predict(traced, cuts=["z"]) == set()
        model.set_detached("p", False)


def test_reasons_name_what_was_detached() -> None:
    found = reasons(article().trace())
    for name in ("x", "g.z", NAME):
        reason = found[name]
        assert reason is not None
        assert (reason.code, reason.facts) == ("detached", {"cuts": ["g.z"]})
    assert set(reasons(article(False).trace()).values()) == {None}


def test_the_remedy_is_the_written_switch() -> None:
    traced = article().trace()
    for name in ("x", "g.z", NAME):
        assert remedies(traced, reasons(traced)[name], name) == (Remedy(NAME, "detach", False),)


def test_the_pictures_states() -> None:
    traced = article().trace()
    assert all_states(traced)[traced.named[NAME]] == "detached"
    assert all_states(traced)[traced.named["g.z"]] == "intermediate"
    traced = article(False).trace()
    assert "detached" not in all_states(traced).values()


@pytest.mark.parametrize("call", ["", ".detach()"])
def test_ten_thousand_names_one_for_the_other(call: str) -> None:
    lines = [f"z0 = x{call}", *(f"z{n + 1} = z{n}{call}" for n in range(10_000))]
    formula = "\n".join([*lines, "out = z10000 + y"])
    parameters = {"x": 2.0, "y": 3.0}
    model = FormulaSubject(Experiment(formula=formula, objective="out", parameters=parameters))
    traced = model.trace()
    assert predict(traced, cuts=[]) == {"x", "y", "out", *(f"z{n}" for n in range(10_001))}
    assert predict(traced, cuts=["z0"]) == {"y", "out"}
