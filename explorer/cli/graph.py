"""`graph`: one step's graph as a picture, as JSON, or as tables to read.

Called by `explorer.cli.main`. Exit status 0, or 1 when PyTorch refused to go backward (the
picture shows why); bad input leaves as BadInput.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import load
from explorer.cli.output import complain, print_json, print_table
from explorer.cli.own import NO_EXAMPLE, Example, first_step, own_plan, sentences
from explorer.experiment.sources import naming
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace
    from explorer.export.graphdocument import Explained
    from explorer.own.explaining import Told


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """What the command line asked for. `whole`: draw every operation, however many."""

    source: str
    overrides: tuple[str, ...] = ()
    svg: Path | None = None
    dark: bool = False
    whole: bool = False
    example: Example = NO_EXAMPLE
    as_json: bool = False


def graph(request: GraphRequest, language: Language) -> int:
    """Trace the experiment's first step, and show its graph as asked."""
    from explorer.words.errors import failure_sentence

    plan = own_plan(request.source, request.example, set=request.overrides)
    if plan is not None:
        shown = _of_model(first_step(plan), plan.subject, language)
    else:
        shown = _of_experiment(request, language)
    failure = shown.trace.failure
    message = failure_sentence(failure, language) if failure else ""
    if request.svg is not None:
        _write_svg(request, request.svg, shown, language)
    if request.as_json:
        _print_document(shown, message)
    elif request.svg is None:
        _print_listing(shown, language)
    if message:
        complain(message)
    return 1 if failure else 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """What there is to show; `why` gives the sentences of the reasons."""

    title: str
    trace: "Trace"
    explained: "Explained"
    why: Callable[[], Mapping[str, str]]


def _of_experiment(request: GraphRequest, language: Language) -> _Shown:
    experiment = load(request.source, request.overrides)
    # After the file was read: a mistake in it is said without waiting for torch.
    from explorer.engine.explainer import Explainer
    from explorer.export.graphdocument import Explained
    from explorer.words.reasons import reason_sentences

    title = language.text(experiment.title or Path(request.source).stem)
    with naming(request.source):
        explainer = Explainer.of(experiment)
        explained = Explained(explainer.reasons_with_remedies(), explainer.proofs())
    why = partial(reason_sentences, explained.reasons, language)
    return _Shown(title, explainer.trace(), explained, why)


def _of_model(told: "Told", title: str, language: Language) -> _Shown:
    from explorer.export.graphdocument import Explained

    why = partial(sentences, told, language)
    return _Shown(title, told.trace, Explained(told.reasons), why)


def _write_svg(request: GraphRequest, place: Path, shown: _Shown, language: Language) -> None:
    from explorer.experiment.wholefile import replacing
    from explorer.picture.layout import layout
    from explorer.picture.palette import DARK, LIGHT
    from explorer.picture.scene import every_group, scene
    from explorer.picture.svg import svg
    from explorer.words import graphlisting

    trace = shown.trace
    with replacing(place) as file:
        picture = svg(
            layout(scene(trace, every_group(trace) if request.whole else None)),
            DARK if request.dark else LIGHT,
            language,
            title=shown.title,
            sentences=graphlisting.sentences(trace, shown.why(), shown.explained.proofs),
        )
        file.write(picture)


def _print_document(shown: _Shown, message: str) -> None:
    from explorer.export.graphdocument import graph_document
    from explorer.export.tables import failure_document

    failure = shown.trace.failure
    failed = failure_document(failure, message) if failure else None
    print_json(graph_document(shown.trace, shown.title, shown.explained, failed))


def _print_listing(shown: _Shown, language: Language) -> None:
    from explorer.picture.flow import cut_edges
    from explorer.picture.states import all_states
    from explorer.words import graphlisting

    trace, explained = shown.trace, shown.explained
    print_table(graphlisting.tensors(trace, all_states(trace), shown.why(), language))
    print()
    print_table(graphlisting.contributions(trace, cut_edges(trace), language))
    if explained.proofs:
        print()
        print_table(graphlisting.proofs(explained.proofs, language))
