"""Buffers: tensors with values that nothing trains."""

from typing import Any

import pytest

import explorer
from explorer.code.script import script
from explorer.engine.gradients import gradients
from explorer.engine.session import Session
from explorer.experiment.problem import BadInput
from explorer.experiment.spec import Change
from explorer.explain.reason import Reason


def masked(**parts: Any) -> explorer.Experiment:
    return explorer.Experiment(
        **{
            "formula": "y = a*x*mask + k",
            "parameters": {"a": 0.5},
            "buffers": {"mask": [1.0, 0.0, 1.0], "k": {"shape": [], "init": "ones"}},
            "data": {"x": [1, 2, 3], "y": [3, 5, 7]},
            "training": {"steps": 6, "optimizer": {"name": "sgd", "weight_decay": 0.1}},
            **parts,
        }
    )


def test_they_are_read_and_stay() -> None:
    session = Session(masked())
    list(session)
    leaves = session.subject.leaves
    assert list(leaves) == ["a", "mask", "k", "x"]
    assert session.columns == ("a",)
    assert leaves["mask"].tolist() == [1.0, 0.0, 1.0]
    assert leaves["k"].item() == 1.0
    assert not leaves["mask"].requires_grad


def test_their_values_can_be_set_and_gone_back_to() -> None:
    session = Session(masked())
    steps = iter(session)
    next(steps)
    kept = session.snapshot()
    session.apply(Change(step=1, tensor="mask", value=[0.0, 0.0, 0.0]))
    assert next(steps).grads == (0.0,)
    session.restore(kept)
    assert session.subject.leaves["mask"].tolist() == [1.0, 0.0, 1.0]


def test_why_they_have_no_gradient() -> None:
    found = gradients(masked()).reasons["mask"]
    assert found == Reason("frozen", {"kind": "buffer", "remedy": None})


def test_none_can_require_one() -> None:
    with pytest.raises(BadInput, match="requires-grad-of-buffer"):
        masked(changes=[{"step": 2, "tensor": "mask", "requires_grad": True}])
    with pytest.raises(BadInput, match="unknown-key"):
        masked(buffers={"mask": {"value": 1.0, "requires_grad": True}, "k": 1.0})


@pytest.mark.parametrize(
    ("buffers", "code", "key"),
    [
        ({"mask": 1.0, "k": 1.0, "a": 2.0}, "name-used-twice", "buffers.a"),
        ({"mask": 1.0, "k": 1.0, "x": 2.0}, "name-used-twice", "buffers.x"),
        ({"mask": 1.0, "k": 1e39}, "too-large-for-float32", "buffers.k"),
        ({"mask": "one", "k": 1.0}, "wrong-type", "buffers.mask"),
    ],
)
def test_what_does_not_fit_is_refused(buffers: dict[str, Any], code: str, key: str) -> None:
    with pytest.raises(BadInput) as refused:
        masked(buffers=buffers)
    assert (refused.value.code, refused.value.place.key) == (code, key)


def test_batch_norm_may_not_move_them() -> None:
    """Every look at the model would count as one more batch."""
    parts: dict[str, Any] = {
        "objective": "out",
        "parameters": {"a": [[1.0, 2.0], [3.0, 5.0]]},
        "buffers": {"m": [0.0, 0.0], "v": [1.0, 1.0]},
    }
    formula = "z = F.batch_norm(a, {}, {}, training={})\nout = (z * z).sum()"
    for given in (("m", "v", True), ("a[0].detach()", "v", True)):
        made = explorer.Experiment(formula=formula.format(*given), **parts)
        with pytest.raises(BadInput) as caught:
            Session(made)
        assert caught.value.code == "leaf-changed-in-place"
    for given in (("m", "v", False), ("m.clone()", "v * 1", True), ("None", "None", True)):
        Session(explorer.Experiment(formula=formula.format(*given), **parts))


def test_a_module_registers_them() -> None:
    text = script(masked(changes=[{"step": 3, "tensor": "k", "value": 2.0}]))
    assert '        self.register_buffer("mask", torch.tensor([1.0, 0.0, 1.0]))\n' in text
    assert "x * self.mask + self.k" in text
    assert "            model.k.copy_(torch.tensor(2.0))\n" in text
