"""A first thing to do with each built-in experiment, and how one knows that it was done. No Qt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from explorer import paths
from explorer.experiment.file import ExperimentFile
from explorer.explain.step_records import TensorState
from explorer.i18n import N_
from explorer.live.frames import Frame

# Steps in which one sees what a gradient does.
FEW_STEPS = 3


@dataclass(frozen=True)
class Task:
    """What to do, what was to be seen, and whether a frame shows that it was done.

    `done` is told the selected tensor's name, too; `holds` says whether the answer is still true.
    """

    text: str
    answer: str
    done: Callable[[Frame, str | None], bool]
    holds: Callable[[Frame], bool]


def _tensor(frame: Frame, name: str) -> TensorState | None:
    return next((each for each in frame.tensors or () if each.name == name), None)


def _asked_about_x(frame: Frame, selected: str | None) -> bool:
    return frame.step >= 1 and selected == "x"


def _stay_frozen(frame: Frame) -> bool:
    return all(each.requires_grad is False for each in map(partial(_tensor, frame), "bd") if each)


def _x_has_none(frame: Frame) -> bool:
    x = _tensor(frame, "x")
    return x is None or x.grad is None


def _has_cut_z(frame: Frame, _selected: str | None = None) -> bool:
    cut, x = _tensor(frame, "g.z"), _tensor(frame, "x")
    return cut is not None and cut.detached and x is not None and x.grad is None


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        "line-fit": Task(
            N_("Press Step three times. Which gradients shrink?"),
            N_(
                "Those of a and c shrink: they train, and the fit gets better. b and d are frozen: "
                "None. Click on b to read why."
            ),
            lambda frame, _selected: frame.step >= FEW_STEPS,
            _stay_frozen,
        ),
        "detached-branch": Task(
            N_("Press Step, then click on x in the table. Why has it no gradient?"),
            N_(
                "Its only way to out is cut by detach(): None, and not 0. Press Reconnect in the "
                "Why panel, and Step again."
            ),
            _asked_about_x,
            _x_has_none,
        ),
        "connected-branch": Task(
            N_("Press Step, then switch detach on for g.z and press Step again. Who loses what?"),
            N_(
                "x loses its gradient: z was its only way to out. y keeps the part that comes by "
                "way of y ** 3."
            ),
            _has_cut_z,
            _has_cut_z,
        ),
    }
)


def task_of(file: ExperimentFile) -> Task | None:
    """The one of a built-in experiment; None for any other."""
    if file.path is not None:
        return None
    for name, path in paths.builtin_experiments().items():
        if path.read_text(encoding="utf-8") == file.text:
            return TASKS.get(name)
    return None
