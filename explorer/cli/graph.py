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
    from explorer.engine.trace import Trace


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
    from explorer.engine.session import prepared
    from explorer.engine.trace import trace_experiment
    from explorer.words.errors import failure_sentence

    with naming(request.source):
        trace = trace_experiment(prepared(experiment))
    title = experiment.title or Path(request.source).stem
    if request.svg is not None:
        _write_svg(request, trace, language.text(title), language)
    message = failure_sentence(trace.failure, language) if trace.failure else ""
    if request.as_json:
        _print_document(trace, title, message)
    elif request.svg is None:
        _print_listing(trace, language)
    if message:
        complain(message)
    return 1 if trace.failure else 0


def _write_svg(request: GraphRequest, trace: "Trace", title: str, language: Language) -> None:
    from explorer.export.files import replacing
    from explorer.export.graph.layout import layout
    from explorer.export.graph.scene import every_group, scene
    from explorer.export.graph.svg import svg
    from explorer.export.palette import DARK, LIGHT

    assert request.svg is not None
    with replacing(request.svg) as file:
        placed = layout(scene(trace, every_group(trace) if request.whole else None))
        file.write(svg(placed, DARK if request.dark else LIGHT, language, title=title))


def _print_document(trace: "Trace", title: str, message: str) -> None:
    from explorer.export.graph.document import graph_document
    from explorer.export.tables import failure_document

    failure = failure_document(trace.failure, message) if trace.failure else None
    print_json(graph_document(trace, title, failure))


def _print_listing(trace: "Trace", language: Language) -> None:
    from explorer.export.graph.flow import cut_edges
    from explorer.export.graph.states import all_states
    from explorer.words import graphlisting

    print_table(graphlisting.tensors(trace, all_states(trace), language))
    print()
    print_table(graphlisting.contributions(trace, cut_edges(trace), language))
