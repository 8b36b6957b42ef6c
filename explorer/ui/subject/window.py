"""The window on somebody's own model: its tree, its plots and graph, and what runs it.

Built of the parts of the other window (`explorer.ui.window`), which take whatever is trained.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from explorer import paths
from explorer.experiment.names import shortened
from explorer.experiment.problem import BadInput
from explorer.i18n import N_, Language
from explorer.live.frames import Frame
from explorer.live.insight import InsightRequest
from explorer.live.modelrun import ModelFrame
from explorer.own.plan import WHOLE
from explorer.own.reference import reference
from explorer.ui import menus
from explorer.ui.basewindow import Around, BaseWindow
from explorer.ui.changes.panel import ChangesPanel
from explorer.ui.display import Display
from explorer.ui.graph.switches import Switch, foreseen
from explorer.ui.help.guide import Guide
from explorer.ui.history import entry_text
from explorer.ui.messages import GIVE_UP, RECONNECT, RELOAD, RESET, SHOW, Advice, Message
from explorer.ui.panels import titled
from explorer.ui.pictures import Pictures
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.status import StatusBar
from explorer.ui.subject.bench import SubjectBench
from explorer.ui.subject.files import ModelFiles
from explorer.ui.subject.messages import changed, message_for, waiting
from explorer.ui.subject.opening import open_model
from explorer.ui.subject.plots import PLOTS
from explorer.ui.subject.questions import Consent, ModelChoosers, model_dialogs
from explorer.ui.subject.tree import ModelTree
from explorer.ui.transport import TransportBar
from explorer.ui.whypanel import WhyPanel
from explorer.words.errors import sentence
from explorer.words.preview import Flip, preview_text

if TYPE_CHECKING:
    from explorer.ui.graph.tab import GraphTab

FIRST_SIZE = (1360, 840)
LEFT_WIDTH = 700
LEAST_SIZE = (700, 400)
LEAST_LEFT_WIDTH, LEAST_PLOTS_WIDTH = 300, 380
LEFT_HEIGHTS = (520, 200)
MOST_TITLE = 120
# Of the actions that there are, those about experiments alone.
NOT_HERE = {"new_from_program", "open", "ask_on_quit", "suggestion", "tour", "inspector"}
# After so long without a sign of it, somebody may give it up.
PATIENCE_MS = 8_000


@dataclass(frozen=True)
class SubjectSurroundings(Around):
    """What the window is built with, beside its bench.

    `named`: who started the program named the model, and so agreed that its code is run.
    """

    named: bool = True
    choosers: Callable[[QWidget, Language], ModelChoosers] = model_dialogs


class SubjectWindow(BaseWindow):
    """One window on one bench. Closing it ends the worker."""

    def __init__(self, bench: SubjectBench, around: SubjectSurroundings) -> None:
        super().__init__(around)
        self.bench = bench
        self.around = around
        self.choosers = around.choosers(self, self.language)
        self.files = ModelFiles(bench, self.choosers)
        self.consent = Consent(self.settings, self.choosers.may_run, named=around.named)
        self.guide = Guide(self, self.language)
        self.pictures = Pictures(self.files.save_picture, self.language)
        self._passing: Message | None = None
        # Whether the model's code has not come back for long.
        self._is_late = False
        self._considered: str | None = None
        theme, language = around.theme, self.language
        self.tree = ModelTree(bench, theme, language)
        self.panel = PlotPanel(theme, language, entries=PLOTS)
        self.changes = ChangesPanel(bench, theme, language, is_open=self.settings.changes_open)
        self.message = WhyPanel(theme, language)
        self.status = StatusBar(bench, theme, language)
        self._training_page, self._graph_page = QWidget(), QWidget()
        asked = self.panel, self._show_numbers, self._wishes
        self.display_clock = Display(bench, *asked, self, inspected=lambda: None)
        self.display_clock.set_rate(self.settings.rate_hz)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.setObjectName("patience with the model's code")
        self._patience.timeout.connect(self._lose_patience)
        self._watcher = QFileSystemWatcher(self)
        self._lay_out()
        self._connect()
        self._show_experiment()
        self._show_history()
        self._watch()
        self.tree.setFocus()

    # -- building ----------------------------------------------------------

    def _lay_out(self) -> None:
        _ = self.language.text
        theme = self.around.theme
        left, across = QSplitter(Qt.Orientation.Vertical), QSplitter(Qt.Orientation.Horizontal)
        left.addWidget(titled(_("Model"), theme, self.tree))
        left.addWidget(titled(_("Why"), theme, self.message))
        left.setStretchFactor(0, 1)
        self.message.setMinimumHeight(4 * self.message.fontMetrics().lineSpacing() + 16)
        left.setSizes(LEFT_HEIGHTS)
        left.setChildrenCollapsible(False)
        left.setMinimumWidth(LEAST_LEFT_WIDTH)
        across.addWidget(left)
        across.addWidget(self._make_tabs())
        across.setStretchFactor(1, 1)
        self.tabs.setMinimumWidth(LEAST_PLOTS_WIDTH)
        across.setSizes([LEFT_WIDTH, FIRST_SIZE[0] - LEFT_WIDTH])
        across.setChildrenCollapsible(False)
        self._splitters = (left, across)
        for splitter, packed in zip(self._splitters, self.settings.model_layout, strict=False):
            splitter.restoreState(packed)
        self.setCentralWidget(across)
        self.bar = TransportBar(
            self.bench, self._actions, None, theme, self.language, notch=self.settings.notch
        )
        self.addToolBar(self.bar)
        self.setStatusBar(self.status)
        self._fill_menus()
        self.setWindowIcon(QIcon(str(paths.icon("gradient-explorer.svg"))))
        self.resize(*FIRST_SIZE)
        self.setMinimumSize(*LEAST_SIZE)

    def _make_tabs(self) -> QTabWidget:
        _ = self.language.text
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        _fill_page(self._training_page, self.panel, self.changes)
        for page, title, tip in (
            (self._training_page, _("&Training"), _("Loss, and norms of the modules.")),
            (self._graph_page, _("&Graph"), _("Where the gradient flows, and where it is cut.")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(page, title), tip)
        return self.tabs

    @cached_property
    def graph(self) -> "GraphTab":
        """The tab Graph, built when it is first looked at."""
        from explorer.ui.graph.tab import GraphTab

        graph = GraphTab(self.bench, self.pictures, self.around.theme, self.language)
        _fill_page(self._graph_page, graph)
        graph.tensor_chosen.connect(self.tree.choose)
        graph.described.connect(self._describe)
        graph.look_wanted.connect(self.display_clock.refresh)
        graph.considered.connect(self._preview)
        graph.start_over()
        graph.choose(self._selected_name)
        return graph

    @property
    def built_graph(self) -> "GraphTab | None":
        """The tab Graph, if anybody has looked at it yet."""
        return self.__dict__.get("graph")

    def show_graph(self) -> None:
        """Change to the tab Graph."""
        self.tabs.setCurrentWidget(self._graph_page)

    def _fill_menus(self) -> None:
        a = self._actions
        used = [action for name, action in a.items() if name not in NOT_HERE]
        self.addActions(used)
        self.menuBar().setVisible(not self.settings.presenting)
        file = [
            *(a["open_model"], None, a["save"], a["save_as"], a["reload"], None),
            a["quit"],
        ]
        menus.fill(
            self.menuBar(),
            self.language,
            [
                (N_("&File"), file),
                (N_("&Edit"), [a["undo"], a["redo"]]),
                (N_("&Run"), [a["play"], a["step"], a["reset"], a["start_over"]]),
                (N_("&View"), self._view_menu(self.pictures)),
                (N_("&Help"), [a["keys"], a["glossary"], None, a["about"]]),
            ],
        )

    def _connect(self) -> None:
        bench = self.bench
        bench.may_run = self._agreed
        slots = {
            "open_model": self.open_model,
            "save": self.files.save,
            "save_as": self.files.save_as,
            "reload": self.reload,
            "quit": self._quit,
            "play": bench.toggle,
            "step": bench.step,
            "reset": self.reload,
            "start_over": bench.start_over,
            "undo": bench.undo,
            "redo": bench.redo,
            "keys": self.guide.show_keys,
            "glossary": self.guide.show_glossary,
            "about": self.guide.show_about,
        }
        for name, slot in slots.items():
            # The signal's `checked` must not become an argument.
            self._actions[name].triggered.connect(lambda _on=False, slot=slot: slot())
        bench.experiment_changed.connect(self._show_experiment)
        bench.document_changed.connect(self._show_title)
        bench.steps_changed.connect(self._show_steps)
        bench.history_changed.connect(self._show_history)
        bench.state_changed.connect(self._follow_state)
        bench.frame_arrived.connect(self._be_patient)
        bench.asked.connect(self._await)
        bench.problem_arose.connect(self._show_problem)
        self.changes.opened.connect(self._keep_changes_open)
        # Emitted for what a person does: a script plays at full speed without being remembered.
        self.bar.speed.slider.actionTriggered.connect(self._keep_speed)
        self.tree.selected.connect(self._selected)
        self.tree.considered.connect(self._preview)
        self.message.advised.connect(self._follow_advice)
        self.message.asked.connect(self.guide.show_glossary)
        self.tabs.currentChanged.connect(self._show_tab)
        self.display_clock.pulse.connect(self.status.show_pulse)
        self._watcher.fileChanged.connect(self._source_changed)

    def take_over(self, old: "SubjectWindow") -> None:
        """Look at what was being looked at in the window that this one replaces."""
        self.guide.take_over(old.guide)
        self.tabs.setCurrentIndex(old.tabs.currentIndex())
        for splitter, before in zip(self._splitters, old._splitters, strict=True):
            splitter.restoreState(before.saveState())
        self.bar.speed.slider.setValue(old.bar.speed.slider.value())
        chosen = old.tree.chosen
        if chosen is not None:
            self.tree.choose(chosen.name)

    # -- files -------------------------------------------------------------

    def begin(self) -> None:
        """Load the model if that is agreed to, else leave."""
        if self._agreed():
            self.bench.start()
            self._be_patient()
            self._show_message()
        else:
            self.close()

    def open_model(self) -> None:
        """Ask for another model, and show it in a window of its own."""
        try:
            open_model(self, self.language, None, self.settings, self.choosers)
        except BadInput as problem:
            self._show_problem(problem)

    def reload(self) -> None:
        """Load the model anew, from its source as it is by now; switches are set again."""
        self.bench.reset()
        self._be_patient()

    def _agreed(self) -> bool:
        named = reference(self.bench.experiment.subject)
        return named is None or self.consent.given(named)

    def _watch(self) -> None:
        source = self.bench.source
        if source is not None and source.is_file():
            self._watcher.addPath(str(source))

    def _source_changed(self, _path: str) -> None:
        """Editors put another file in its place, which is to be watched in turn."""
        self._watch()
        self._passing = changed(self.bench, Path(_path).name, self.language)
        self._show_message()

    # -- following the bench -----------------------------------------------

    def _show_experiment(self) -> None:
        plan = self.bench.experiment
        self.tree.begin(plan.anatomy)
        self.plot_choices.begin(plan)
        if self.built_graph is not None:
            self.built_graph.start_over()
        self._show_title()
        self._forget_passing()

    def _show_title(self) -> None:
        title = shortened(self.bench.title, MOST_TITLE).replace("[*]", "[*][*]")
        self.setWindowTitle(f"{title}[*] — Gradient Explorer")
        self.setWindowModified(self.bench.is_modified)

    def _show_steps(self) -> None:
        self.panel.set_steps(self.bench.experiment)

    def _show_history(self) -> None:
        """Undo and Redo say what they would undo and do again."""
        history = self.bench.history
        for name, title, entries in (
            ("undo", self.language.text("&Undo"), history.done),
            ("redo", self.language.text("Re&do"), history.undone),
        ):
            action = self._actions[name]
            what = entry_text(entries[-1], self.language) if entries else ""
            action.setEnabled(bool(entries))
            action.setText(f"{title} {what}".strip())

    def _keep_speed(self, _action: int) -> None:
        self.settings.notch = self.bar.speed.slider.sliderPosition()

    def _keep_changes_open(self, is_open: bool) -> None:
        self.settings.changes_open = is_open

    def _follow_state(self) -> None:
        self._be_patient()
        self._forget_passing()

    def _be_patient(self, *_ignored: object) -> None:
        """Its code gave a sign: wait for the next, if it is at work."""
        if self._is_late:
            self._is_late = False
            self._show_message()
        if self.bench.is_busy:
            self._patience.start()
        else:
            self._patience.stop()

    def _await(self) -> None:
        """It is asked for something; how long it may take is counted from the first question."""
        if not self._patience.isActive():
            self._be_patient()

    def _lose_patience(self) -> None:
        self._is_late = True
        self._show_message()

    def _show_numbers(self, frame: Frame) -> None:
        """Called by the display clock while the worker waits."""
        if isinstance(frame, ModelFrame):
            self.tree.show_frame(frame)
        self.changes.show_frame(frame)
        self.status.show_frame(frame)
        if frame.insight is not None and self.built_graph is not None:
            self.built_graph.show_insight(frame.insight)
        self._show_message()
        # Painted now, while the worker waits, rather than in the midst of its work.
        self.status.paint_now()

    def _show_problem(self, problem: BadInput) -> None:
        # What keeps the run from beginning does not pass.
        is_of_run = problem is self.bench.problem
        self._passing = (
            None if is_of_run else Message(sentence(problem, self.language), warning=True)
        )
        self._show_message()

    def _forget_passing(self, *_ignored: object) -> None:
        self._passing = None
        self._show_message()

    def _show_message(self) -> None:
        late = waiting(self.language) if self._is_late else None
        message = (
            late
            or self._passing
            or message_for(self.bench, self.tree.chosen, self.tree.rows, self.language)
        )
        if self._considered is not None:
            message = replace(message, note=self._considered, note_warns=False)
        self.message.say(message)

    # -- what somebody looks at ----------------------------------------------

    @property
    def _selected_name(self) -> str | None:
        chosen = self.tree.chosen
        return None if chosen is None else chosen.name or WHOLE

    def _wishes(self) -> InsightRequest:
        """What the next insight should bring."""
        graph, selected = self.built_graph, self._selected_name
        if graph is not None and graph.isVisible():
            return replace(graph.request(), selected=selected, proof=None)
        return InsightRequest(follow=selected is not None, selected=selected)

    def _selected(self) -> None:
        if self.built_graph is not None:
            self.built_graph.choose(self._selected_name)
        self._forget_passing()
        self.display_clock.refresh()

    def _preview(self, switch: Switch | None) -> None:
        """A switch is under the mouse: what would it do? None: it is left alone."""
        insight = self.bench.insight
        self._considered = None
        found = None if switch is None or insight is None else foreseen(insight.trace, switch)
        if switch is not None and found is not None:
            flip = Flip(switch.tensor or WHOLE, switch.name, not switch.on)
            self._considered = preview_text(flip, found, self.language)
        if self.built_graph is not None:
            self.built_graph.preview(switch)
        self._show_message()

    def _follow_advice(self, advice: Advice) -> None:
        bench = self.bench
        if advice.remedy is not None:
            tensor = advice.remedy.tensor or bench.experiment.anatomy.whole
            bench.change(tensor=tensor, **{advice.remedy.switch: advice.remedy.wanted})
        elif advice.action.startswith(RECONNECT):
            name = advice.action.removeprefix(RECONNECT) or bench.experiment.anatomy.whole
            bench.change(tensor=name, detach=False)
        else:
            actions: dict[str, Callable[[], object]] = {
                RESET: self.reload,
                RELOAD: self.reload,
                GIVE_UP: bench.give_up,
                SHOW: self.show_graph,
            }
            actions.get(advice.action, bench.step)()

    def _describe(self, text: str) -> None:
        """An operation or a group was chosen in the graph; no text: neither."""
        self._passing = Message(text) if text else None
        self._show_message()

    def _show_tab(self) -> None:
        if self.tabs.currentWidget() is self._graph_page:
            self.graph.show()
        self.display_clock.refresh()

    def _quit(self) -> None:
        if self.files.may_close():
            self.close()

    # -- Qt's events -------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """End the worker, unless a new window takes over.

        Whoever closes it by hand is asked what becomes of unsaved switches.
        """
        if event.spontaneous() and not self.files.may_close():
            event.ignore()
            return
        self.guide.close()
        if not self.replaced:
            self.settings.geometry = self.saveGeometry()
            self.settings.model_layout = [each.saveState() for each in self._splitters]
            self.bench.stop()
        super().closeEvent(event)


def _fill_page(page: QWidget, *contents: QWidget) -> None:
    """Let the page of a tab show these, one under the other, the first as large as may be."""
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for content in contents:
        column.addWidget(content, int(content is contents[0]))
