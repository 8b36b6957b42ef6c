"""Whole runs and somebody's own model from Python, for scripts, tests and notebooks.

`explorer.run` trains an experiment and keeps its history. `explorer.trace`, `explorer.explain`
and `explorer.audit` look at a model: nothing of it is changed by looking, and what its code
raises comes through as it is.
"""

import html
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import i18n
from explorer.i18n import Language

if TYPE_CHECKING:
    import numpy as np

    from explorer.engine.session import Session
    from explorer.experiment.problem import Failure
    from explorer.experiment.spec import Experiment
    from explorer.explain.audit.records import Finding
    from explorer.explain.callsite import CallSite
    from explorer.explain.reason import Reason
    from explorer.explain.trace_records import Trace
    from explorer.export.audit.report import Report as AuditReport
    from explorer.export.history import Recorded
    from explorer.own.explaining import Told
    from explorer.own.setup import Setup


def run(
    source: "str | os.PathLike[str] | Experiment",
    overrides: Sequence[str] = (),
    *,
    steps: int | None = None,
) -> "Run":
    """Train an experiment: one that is there, or as for `explorer.load`; keep every step.

    `steps` is how many, whatever the experiment says. Raises
    `explorer.experiment.problem.BadInput`; a run that stopped by itself has a `failure`.
    """
    from explorer.engine.session import Session
    from explorer.experiment.file import read
    from explorer.experiment.sources import experiment_path
    from explorer.experiment.spec import Experiment
    from explorer.export.history import Recorded

    if isinstance(source, Experiment):
        experiment = source
    else:
        experiment = read(experiment_path(source), overrides).experiment
    session = Session(experiment, steps=steps)
    recorded = Recorded(session.columns, experiment.training.batch is not None)
    for record in session:
        recorded.take(record)
    return Run(session, recorded)


@dataclass(frozen=True)
class Run:
    """A run that has come to its end: its session, with tensors and failure, and its history."""

    session: "Session"
    recorded: "Recorded"

    @property
    def failure(self) -> "Failure | None":
        """Why it stopped by itself; None if it came to its end."""
        return self.session.failure

    @property
    def history(self) -> "np.recarray[Any, Any]":
        """A record for each step: `step`, `loss`, each parameter's numbers and `NAME.grad`.

        NaN where there is no gradient. `pandas.DataFrame(run.history)` makes a table of it.
        """
        return self.recorded.array

    def write_history(self, path: "str | os.PathLike[str]") -> None:
        """As CSV, or as JSON if the name ends in `.json`; whole or not at all."""
        from explorer.export.history import write

        write(self.recorded, Path(path))


def trace(model: Any, loss: Any = None, batch: Any = None) -> "Trace":
    """The graph of one forward and one backward pass of a torch.nn.Module, as plain records.

    `loss` is a function `loss(model, batch)`, or `loss()` without a `batch`; what cannot be
    called is the batch of a model that gives its loss itself. Raises
    `explorer.experiment.problem.BadInput` where the loss is no tensor of one element.
    """
    setup, given = _setup(model, loss, batch)
    from explorer.own.tracing import traced

    return traced(setup, given)


def explain(model: Any, loss: Any = None, batch: Any = None) -> "Report":
    """Why every gradient of a model is as it is; arguments as for `trace`."""
    setup, given = _setup(model, loss, batch)
    from explorer.own.explaining import told
    from explorer.own.tracing import traced

    return Report(told(setup.model, traced(setup, given)))


def audit(
    model: Any,
    batches: Any,
    loss: Any = None,
    optimizer: Any = None,
    *,
    steps: int = 3,
    select: "Collection[str] | None" = None,
    ignore: "Collection[str]" = (),
    **declared: "Collection[str]",
) -> "Audit":
    """Make a few steps with the batches, and say what is wrong; all is as it was afterwards.

    `loss(model, batch)` may be left out where the model gives it; `optimizer` may be a list.
    Declared are `expect_frozen`, `expect_trainable`, `expect_zero` and `expect_unused`, lists
    of names and patterns.
    """
    from explorer.explain.audit.records import Intent
    from explorer.explain.audit.rules import RULES, findings
    from explorer.export.audit.report import Report as AuditReport
    from explorer.own.configuration import checked_rules
    from explorer.own.observing import observe
    from explorer.own.setup import setup

    meant = Intent(**{key.removeprefix("expect_"): tuple(each) for key, each in declared.items()})
    made = setup({"model": model, "batches": batches, "loss": loss, "optimizer": optimizer})
    wanted = RULES if select is None else checked_rules(select)
    left_out = checked_rules(ignore)
    rules = tuple(name for name in RULES if name in wanted and name not in left_out)
    seen = observe(made, steps, meant)
    return Audit(
        AuditReport(
            subject=type(model).__name__,
            steps=seen.steps,
            findings=findings(seen, rules),
            rules=rules,
            parameters=len(seen.parameters),
        )
    )


@dataclass(frozen=True)
class Audit:
    """What an audit found: true if that is nothing at the level "warning" or above."""

    report: "AuditReport"

    @property
    def findings(self) -> "tuple[Finding, ...]":
        """Every finding, notes too, the gravest first."""
        return self.report.findings

    def __bool__(self) -> bool:
        return not self.report.fails("warning")

    def __str__(self) -> str:
        return self.written("text")

    def written(self, form: str, language: Language | None = None) -> str:
        """The report as "text", "json", "sarif", "github" or "html"."""
        from explorer.export.audit.formats import FORMATS

        return FORMATS[form](self.report, language or i18n.load())

    def _repr_html_(self) -> str:
        return self.written("html")


def _setup(model: Any, loss: Any, batch: Any) -> "tuple[Setup, Any]":
    from explorer.own.setup import setup

    if loss is not None and batch is None:
        if not callable(loss):
            loss, batch = None, loss
        else:
            closed: Any = loss
            loss, batch = _Closed(closed), ()
    made = {"model": model, "batches": [batch], "loss": loss}
    return setup(made), batch


class _Closed:
    """A loss that takes no arguments, as one that does. Keeps the function as `__wrapped__`."""

    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function

    def __call__(self, model: Any, batch: Any) -> Any:  # noqa: ARG002 (a loss's signature)
        return self.__wrapped__()


@dataclass(frozen=True)
class Report:
    """The gradients of a model, with reasons: printed as a table, in a notebook with a picture."""

    told: "Told"

    @property
    def trace(self) -> "Trace":
        """The graph."""
        return self.told.trace

    @property
    def reasons(self) -> "Mapping[str, Reason | None]":
        """By the names of parameters, buffers and inputs; None where nothing needs one."""
        return self.told.reasons

    @property
    def sites(self) -> "Mapping[str, CallSite]":
        """The lines that the reasons are about."""
        return self.told.sites

    def sentences(self, language: Language | None = None) -> dict[str, str]:
        """The reasons in words, in the reader's own language if none is given."""
        from explorer.words.own import sentences

        return sentences(self.reasons, self.sites, language or i18n.load())

    def __str__(self) -> str:
        lines = [f"{name}: {text}" for name, text in self._of_parameters().items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The picture, and under it what is to be said of the parameters."""
        from explorer.picture.layout import layout
        from explorer.picture.palette import LIGHT
        from explorer.picture.scene import scene
        from explorer.picture.svg import svg

        picture = svg(layout(scene(self.trace, None)), LIGHT, i18n.load(), title="")
        rows = "".join(
            f"<tr><td><code>{html.escape(name)}</code></td>"
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self._of_parameters().items()
        )
        return f"{picture}<table>{rows}</table>"

    def _of_parameters(self) -> dict[str, str]:
        kinds = {each.names[0]: each.kind for each in self.trace.tensors if each.names}
        found = self.sentences()
        return {name: text for name, text in found.items() if kinds.get(name) == "parameter"}
