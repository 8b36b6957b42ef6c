"""`graph`: one step's graph as a picture, as JSON, or as tables to read.

Called by `explorer.cli.main`. Exit status 0, or 1 when PyTorch refused to go backward (the
picture shows why); bad input leaves as BadInput.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import load
from explorer.cli.commands import naming
from explorer.cli.output import complain, print_json, print_table
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.experiment.spec import Experiment
    from explorer.explain.trace_records import Trace
    from explorer.export.graphdocument import Explained


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """What the command line asked for. `whole`: draw every operation, however many."""

    source: str
    overrides: tuple[str, ...] = ()
    svg: Path | None = None
    dark: bool = False
    whole: bool = False
    as_json: bool = False


def graph(request: GraphRequest, language: Language) -> int:
    """Trace the experiment's first step, and show its graph as asked."""
    experiment = load(request.source, request.overrides)
    # After the file was read: a mistake in it is said without waiting for torch.
    from explorer.words.errors import failure_sentence

    with naming(request.source):
        shown = _traced(experiment, experiment.title or Path(request.source).stem)
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
    """What there is to show."""

    title: str
    trace: "Trace"
    explained: "Explained"


def _traced(experiment: "Experiment", title: str) -> _Shown:
    from explorer.engine.explainer import Explainer
    from explorer.export.graphdocument import Explained

    explainer = Explainer.of(experiment)
    explained = Explained(explainer.reasons_with_remedies(), explainer.proofs())
    return _Shown(title, explainer.trace(), explained)


def _write_svg(request: GraphRequest, place: Path, shown: _Shown, language: Language) -> None:
    from explorer.experiment.wholefile import replacing
    from explorer.picture.layout import layout
    from explorer.picture.palette import DARK, LIGHT
    from explorer.picture.scene import every_group, scene
    from explorer.picture.svg import svg
    from explorer.words import graphlisting
    from explorer.words.reasons import reason_sentences

    trace, explained = shown.trace, shown.explained
    why = reason_sentences(explained.reasons, language)
    with replacing(place) as file:
        picture = svg(
            layout(scene(trace, every_group(trace) if request.whole else None)),
            DARK if request.dark else LIGHT,
            language,
            title=language.text(shown.title),
            sentences=graphlisting.sentences(trace, why, explained.proofs),
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
    from explorer.words.reasons import reason_sentences

    trace, explained = shown.trace, shown.explained
    why = reason_sentences(explained.reasons, language)
    print_table(graphlisting.tensors(trace, all_states(trace), why, language))
    print()
    print_table(graphlisting.contributions(trace, cut_edges(trace), language))
    if explained.proofs:
        print()
        print_table(graphlisting.proofs(explained.proofs, language))
