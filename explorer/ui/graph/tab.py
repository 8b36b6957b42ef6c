"""The tab Graph: the picture, its controls, the backward pass and the proof.

Follows the workbench: every insight that comes with a frame brings a trace and a placed
picture. What is selected, opened or previewed is kept here; switches go to the workbench as
changes, like those of the table.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from explorer.i18n import Language
from explorer.live.insight import Insight, InsightRequest
from explorer.picture.elements import GroupNode, Node, Scene, TensorNode
from explorer.picture.preview import Preview, preview
from explorer.picture.stepping import moment
from explorer.ui.bench import Bench, RunState
from explorer.ui.graph.controls import GraphControls
from explorer.ui.graph.emphasis import PLAIN, Emphasis
from explorer.ui.graph.legend import Legend
from explorer.ui.graph.nodemenu import NodeMenu
from explorer.ui.graph.proofpanel import ProofPanel
from explorer.ui.graph.stepper import BackwardBar
from explorer.ui.graph.switches import Switch, flipped, switches_at
from explorer.ui.graph.view import GraphView
from explorer.ui.longnames import breaking
from explorer.ui.pictures import PassingMenu, Pictures
from explorer.ui.theme import Theme
from explorer.words.enumeration import names_text
from explorer.words.summary import model_summary, sums_text

if TYPE_CHECKING:
    from explorer.explain.trace_records import Trace

# More operations than these are not drawn one by one: nobody finds anything there.
MOST_OPENED = 5_000
LEGEND_WIDTH, VIEW_WIDTH, PROOF_WIDTH = 220, 480, 300
# Beside a proof in a small window.
LEAST_VIEW_WIDTH = 160


class GraphTab(QWidget):
    """See the module's docstring."""

    tensor_chosen = Signal(str)  # name; empty: no tensor
    described = Signal(str)  # what is chosen, if it is no tensor
    look_wanted = Signal()  # a frame with a new picture is due
    considered = Signal(object)  # Switch under the mouse in a menu, or None

    def __init__(
        self, workbench: Bench, pictures: Pictures, theme: Theme, language: Language
    ) -> None:
        super().__init__()
        self._workbench = workbench
        self._pictures = pictures
        self._language = language
        self._insight: Insight | None = None
        self._expanded: frozenset[str] | None = None
        self._whole = False
        self._tensor: str | None = None
        self._considered: Switch | None = None
        self.view = GraphView(theme, language)
        self.legend = Legend(theme, language)
        # Whether somebody opened or folded it; until then that goes by the room.
        self._legend_chosen = False
        self.controls = GraphControls(theme, language)
        self.backward = BackwardBar(theme, language)
        self.proof = ProofPanel(theme, language)
        self.summary = QLabel()
        self._lay_out(theme)
        self._connect()

    # -- what it wants and gets ---------------------------------------------------------

    def request(self) -> InsightRequest:
        """What the next frame should bring for the tab as it stands."""
        proof = self._tensor if self.controls.wants_proof else None
        return InsightRequest(True, True, self._expanded, self._whole, proof)

    def start_over(self) -> None:
        """Another experiment, or this one from its start."""
        self._insight = None
        self._expanded, self._whole = None, False
        self._considered = None
        if self._tensor not in self._workbench.experiment.tensors:
            # A proof goes on where the next experiment has a tensor of that name.
            self._tensor = None
        self.view.show_picture(None)
        self.backward.set_trace(None)
        self.summary.setText(self._language.text("The graph comes with PyTorch."))
        self._say_about_proof()

    def show_insight(self, insight: Insight) -> None:
        """The graph of this moment."""
        if insight.picture is None:
            return
        before = self._insight
        if before is not None and self._holds(before, insight):
            held = self._language.text("Held at step {step} while you walk through it backward.")
            self.summary.setText(held.format(step=f"{before.explanation.step:,}"))
            return
        self._insight = insight
        self.backward.set_trace(insight.trace)
        self.view.set_moving(self._workbench.state is RunState.RUNNING)
        self.controls.show_size(len(insight.trace.operations) <= MOST_OPENED)
        self.legend.show_scene(insight.picture.scene)
        self._show_summary(insight)
        self.view.show_picture(insight.picture)
        if self._tensor is not None:
            self._mark(self._tensor, reveal=False)
        self._emphasise()
        if insight.proof is not None and insight.proof.name == self._tensor:
            self.proof.show_proof(insight.proof)
        else:
            self._say_about_proof()

    def _holds(self, before: Insight, now: Insight) -> bool:
        """While a run is on, the graph stays that somebody walks through, until a switch flips."""
        running = self._workbench.state is RunState.RUNNING
        return (
            running
            and self.backward.walk is not None
            and now.explanation.check is before.explanation.check
        )

    # -- what is chosen -------------------------------------------------------------------

    def choose(self, name: str | None) -> None:
        """Another part of the window chose a tensor."""
        if name == self._tensor:
            return
        self._tensor = name
        self._mark(name)
        if self.controls.wants_proof and self.isVisible():
            self._say_about_proof()
            self.look_wanted.emit()

    def preview(self, switch: Switch | None) -> None:
        """Show what flipping this switch would do; None: nothing is being thought of."""
        self._considered = switch
        self._emphasise()

    def _foreseen(self, scene: Scene, trace: "Trace") -> Preview:
        switch = self._considered
        switches = None if switch is None else flipped(trace, switch)
        return Preview() if switches is None else preview(scene, trace, *switches)

    @property
    def trace(self) -> "Trace | None":
        """The graph that is shown."""
        return None if self._insight is None else self._insight.trace

    def node(self, key: str) -> Node | None:
        """A node or frame of the picture."""
        picture = self.view.layout_shown
        return None if picture is None else picture.scene.by_key.get(key)

    def switches(self, key: str) -> tuple[Switch, ...]:
        """The switches at a node."""
        node, trace = self.node(key), self.trace
        if node is None or trace is None:
            return ()
        return switches_at(trace, node, self._workbench.experiment.tensors)

    def flip(self, switch: Switch) -> None:
        """Set a switch to what it is not."""
        self._workbench.change(tensor=switch.tensor, **{switch.name: not switch.on})

    # -- inside ---------------------------------------------------------------------------

    def _lay_out(self, theme: Theme) -> None:
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setStyleSheet(f"color: {theme.text}; padding: 2px 8px;")
        self.summary.setAccessibleName(self._language.text("The whole model"))
        top = QHBoxLayout()
        top.setContentsMargins(0, 2, 4, 0)
        top.addWidget(self.summary, 1)
        top.addWidget(self.controls)
        # Beside the graph, which is tall rather than wide.
        self._split = QSplitter(Qt.Orientation.Horizontal)
        for part in (self._legend_frame(), self.view, self.proof):
            self._split.addWidget(part)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([LEGEND_WIDTH, VIEW_WIDTH, PROOF_WIDTH])
        self._split.setChildrenCollapsible(False)
        self.view.setMinimumWidth(LEAST_VIEW_WIDTH)
        self.proof.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self._split, 1)
        column.addWidget(self.backward)

    def _legend_frame(self) -> QScrollArea:
        """A column in the margin that a tall graph leaves; it can be folded away."""
        self._legend_area = QScrollArea()
        self._legend_area.setAccessibleName(self._language.text("Legend"))
        self._legend_area.setFrameShape(QFrame.Shape.NoFrame)
        self._legend_area.setWidgetResizable(True)
        self._legend_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._legend_area.setWidget(self.legend)
        self._legend_area.setStyleSheet(self.legend.styleSheet())
        self._legend_area.setMinimumWidth(LEGEND_WIDTH // 2)
        return self._legend_area

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Where there is little room it is the graph's, until somebody wants the legend."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if not self._legend_chosen:
            taken = PROOF_WIDTH if self.controls.wants_proof else 0
            roomy = self.width() - taken >= LEGEND_WIDTH + VIEW_WIDTH
            self.controls.buttons["legend"].setChecked(roomy)

    def _connect(self) -> None:
        view, controls = self.view, self.controls
        view.chosen.connect(self._chosen)
        view.activated.connect(self._activate)
        view.menu_wanted.connect(self._open_menu)
        controls.zoomed.connect(view.zoom_about_centre)
        controls.fitted.connect(view.fit)
        controls.opened.connect(self._open_everything)
        controls.closed.connect(self._close_everything)
        controls.legend_wanted.connect(self._legend_area.setVisible)
        controls.buttons["legend"].clicked.connect(self._choose_legend)
        controls.proof_wanted.connect(self._show_proof)
        self.backward.moved.connect(self._emphasise)
        self._workbench.state_changed.connect(self._follow_state)

    def _choose_legend(self) -> None:
        self._legend_chosen = True

    def _show_summary(self, insight: Insight) -> None:
        told = model_summary(insight.trace, insight.explanation.of_graph, self._language)
        step = self._language.text("Step {step}, which comes next.")
        parts = [step.format(step=f"{insight.explanation.step:,}"), told]
        if sums := sums_text(insight.explanation.reasons, self._language):
            parts.append(sums)
        wrong = {insight.trace.tensors[each.tensor].label for each in insight.trace.mismatches}
        if wrong:
            names = names_text(sorted(wrong), self._language)
            warning = self._language.text("What reaches {names} does not add up to its gradient.")
            parts.append(warning.format(names=names))
        self.summary.setText(breaking(" ".join(parts)))

    def _follow_state(self) -> None:
        if self._workbench.state is RunState.REFUSED:
            self.summary.setText(self._language.text("There is no graph: nothing could be run."))

    def _show_proof(self, wanted: bool) -> None:
        self.proof.setVisible(wanted)
        self._make_room()
        self._say_about_proof()
        if wanted:
            self.look_wanted.emit()

    def _say_about_proof(self) -> None:
        _ = self._language.text
        if self._tensor is None:
            self.proof.say(_("Select a tensor to prove its gradient."))
        elif self._workbench.state is RunState.RUNNING:
            self.proof.say(_("Pause the run to prove a gradient."))
        else:
            self.proof.say(_("Working out the gradient of {name} …").format(name=self._tensor))

    def _mark(self, name: str | None, reveal: bool = True) -> None:
        """Select the node where the tensor is to be found."""
        picture, trace = self.view.layout_shown, self.trace
        if name is None or picture is None or trace is None or name not in trace.named:
            self.view.select(None)
            return
        self.view.select(picture.scene.places.get(trace.named[name]), reveal)

    def _emphasise(self) -> None:
        picture, insight, walk = self.view.layout_shown, self._insight, self.backward.walk
        if picture is None or insight is None:
            return
        shown = PLAIN
        if walk is not None:
            now = moment(picture.scene, insight.trace, walk)
            shown = Emphasis(carried=now.carried, present=now.present, gradients=now.gradients)
        wrong = () if insight.explanation.check is None else insight.explanation.check.wrong
        numbers = [insight.trace.named[name] for name in wrong if name in insight.trace.named]
        numbers += [each.tensor for each in insight.trace.mismatches]
        surprising = frozenset(picture.scene.places[number] for number in numbers)
        foreseen = self._foreseen(picture.scene, insight.trace)
        self.view.emphasise(
            replace(shown, lost=foreseen.lost, gained=foreseen.gained, surprising=surprising)
        )
        if walk is not None:
            self.view.reveal(shown.present)

    # -- clicks ---------------------------------------------------------------------------

    def _chosen(self, key: str) -> None:
        node, trace = self.node(key), self.trace
        names: tuple[str, ...] = ()
        if isinstance(node, TensorNode) and trace is not None:
            names = trace.tensors[node.tensor].names
        self._tensor = names[0] if names else None
        self._say_about_proof()
        self.tensor_chosen.emit(names[0] if names else "")
        self.described.emit("" if node is None or names else self.view.told(node))

    def _activate(self, key: str) -> None:
        """The node's first switch, or the group opened or closed."""
        node = self.node(key)
        if isinstance(node, GroupNode):
            self._toggle(key)
        for switch in self.switches(key)[:1]:
            self.flip(switch)

    def _open_menu(self, key: str, place: QPoint) -> None:
        if not key:
            self._open_ground_menu(place)
            return
        node = self.node(key)
        if node is None:
            return
        menu = NodeMenu(node, self.switches(key), self._language, self)
        menu.flipped.connect(self.flip)
        menu.considered.connect(self.considered)
        menu.toggled.connect(lambda: self._toggle(key))
        menu.popup(place)

    def _open_ground_menu(self, place: QPoint) -> None:
        """Beside all nodes: what is about the whole graph."""
        menu = PassingMenu(self)
        show = menu.addAction(self._language.text("Show the &whole graph"))
        show.triggered.connect(self.view.fit)
        menu.addSeparator()
        self._pictures.fill(menu, self.view.viewport().grab)
        menu.popup(place)

    def _toggle(self, key: str) -> None:
        picture = self.view.layout_shown
        if picture is None:
            return
        opened = frozenset(frame.key for frame in picture.scene.frames)
        self._expanded, self._whole = opened ^ {key}, False
        self.look_wanted.emit()

    def _open_everything(self) -> None:
        self._expanded, self._whole = None, True
        self.look_wanted.emit()

    def _close_everything(self) -> None:
        self._expanded, self._whole = frozenset(), False
        self.look_wanted.emit()
