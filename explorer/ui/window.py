"""The main window: puts the parts together and connects them to the workbench.

Language and appearance are fixed for a window; `explorer.ui.program` builds a new
one on the same workbench when they change, and the run goes on underneath.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from explorer import paths
from explorer.experiment.names import shortened, shortened_path
from explorer.experiment.problem import BadInput
from explorer.explain.step_records import TensorState
from explorer.i18n import N_, Language
from explorer.live.frames import Frame
from explorer.live.insight import InsightRequest
from explorer.live.recovery import Offer
from explorer.ui import menus
from explorer.ui.basewindow import Around, BaseWindow
from explorer.ui.changes.panel import ChangesPanel
from explorer.ui.display import Display
from explorer.ui.editor.documentedits import DocumentEdits
from explorer.ui.editor.strip import ProblemStrip
from explorer.ui.editor.text import FormulaText
from explorer.ui.editor.typing import Typing
from explorer.ui.files import Files
from explorer.ui.focus import tab_into
from explorer.ui.graph.switches import Switch, foreseen
from explorer.ui.help.guide import Guide
from explorer.ui.help.suggestion import Suggestion
from explorer.ui.history import entry_text
from explorer.ui.inspector.area import TensorArea
from explorer.ui.inspector.panel import Inspector
from explorer.ui.keeper import Keeper
from explorer.ui.leaving import Kept, Leaving
from explorer.ui.messages import RESET, STEP, Advice, Message, message_for
from explorer.ui.panels import TrainingLine, grown, titled
from explorer.ui.pictures import Pictures
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.questions import Choosers, dialogs
from explorer.ui.recent import RecentMenu
from explorer.ui.recoverystrip import RecoveryStrip, below
from explorer.ui.status import StatusBar
from explorer.ui.tensors import TensorTable
from explorer.ui.theme import Theme
from explorer.ui.transport import TransportBar
from explorer.ui.whypanel import WhyPanel
from explorer.ui.workbench import Workbench
from explorer.words.errors import sentence
from explorer.words.preview import Flip, preview_text

if TYPE_CHECKING:
    from explorer.ui.code.tab import CodeTab
    from explorer.ui.graph.tab import GraphTab

FIRST_SIZE = (1280, 800)
LEFT_WIDTH = 500
# A screen of 1440 x 900 at 200 % has no more than 720 x 450.
LEAST_SIZE = (700, 400)
LEAST_LEFT_WIDTH, LEAST_PLOTS_WIDTH = 300, 380
# Of the table, however low the window is.
LEAST_ROWS = 5
# Tensors, formula, why.
LEFT_HEIGHTS = (390, 120, 190)
# Of an experiment, in the window's title.
MOST_TITLE = 120


@dataclass(frozen=True)
class Surroundings(Around):
    """What a window on an experiment is built with, beside its workbench."""

    keeper: Keeper
    choosers: Callable[[QWidget, Language, Theme], Choosers] = dialogs


class MainWindow(BaseWindow):
    """One window on one workbench. Closing it ends the worker."""

    def __init__(self, workbench: Workbench, around: Surroundings) -> None:
        super().__init__(around)
        self.workbench = workbench
        self.around = around
        self._passing: Message | None = None
        self._considered: str | None = None
        choosers = around.choosers(self, self.language, around.theme)
        self.files = Files(workbench, choosers, around.keeper, self.language)
        self.guide = Guide(self, self.language)
        self.pictures = Pictures(self.files.save_picture, self.language)
        self.leaving = Leaving(workbench, self.files, self.settings, self._actions["ask_on_quit"])
        self.kept = Kept(around.keeper, workbench, self.language, self)
        self.panel = PlotPanel(around.theme, self.language)
        self.changes = ChangesPanel(
            workbench, around.theme, self.language, is_open=around.settings.changes_open
        )
        self._training_page = QWidget()
        self._graph_page, self._code_page = QWidget(), QWidget()
        self.table = TensorTable(workbench, around.theme, self.language)
        self.formula = FormulaText(around.theme, self.language)
        strip = ProblemStrip(around.theme, self.language)
        self.typing = Typing(workbench, self.formula, strip, self.language)
        self.edits = DocumentEdits(
            workbench,
            self.table,
            self._actions,
            self,
            settings=self.settings,
            theme=around.theme,
            language=self.language,
        )
        self.training_line = TrainingLine(around.theme, self.language)
        self.strip = RecoveryStrip(around.theme, self.language)
        self.message = WhyPanel(around.theme, self.language)
        self.status = StatusBar(workbench, around.theme, self.language)
        self.suggestion = Suggestion(
            workbench, self._training_page, self._actions["suggestion"], around
        )
        self.inspector = Inspector(workbench, around.theme, self.language)
        self.area = TensorArea(
            self.table, self.inspector, self._actions["inspector"], self.settings
        )
        asked = (self.panel, self._show_numbers, self._wishes)
        self.display_clock = Display(workbench, *asked, self, inspected=self.inspector.wish)
        self.display_clock.set_rate(self.settings.rate_hz)
        self._lay_out()
        self._connect()
        self._show_experiment()
        self._show_history()
        if not self.settings.unattended:
            self.tabs.setCurrentIndex(self.settings.tab)
        self.table.setFocus()

    # -- building ----------------------------------------------------------

    def _lay_out(self) -> None:
        _ = self.language.text
        theme = self.around.theme
        left, across = QSplitter(Qt.Orientation.Vertical), QSplitter(Qt.Orientation.Horizontal)
        note, add = self.table.moment, self.edits.add_button
        left.addWidget(titled(_("Tensors"), theme, self.area, note=note, button=add))
        said = (self.typing.strip, self.training_line)
        left.addWidget(titled(_("Formula"), theme, self.formula, below=said))
        left.addWidget(titled(_("Why"), theme, self.message))
        for index, stretch in enumerate((3, 1, 0)):
            left.setStretchFactor(index, stretch)
        self.table.setMinimumHeight(self.table.height_of(LEAST_ROWS))
        self.formula.setMinimumHeight(2 * self.formula.fontMetrics().lineSpacing() + 16)
        self.message.setMinimumHeight(4 * self.message.fontMetrics().lineSpacing() + 16)
        left.setSizes(LEFT_HEIGHTS)
        left.setChildrenCollapsible(False)
        across.addWidget(left)
        across.addWidget(self._make_tabs())
        across.setStretchFactor(1, 1)
        left.setMinimumWidth(LEAST_LEFT_WIDTH)
        self.tabs.setMinimumWidth(LEAST_PLOTS_WIDTH)
        across.setSizes([LEFT_WIDTH, FIRST_SIZE[0] - LEFT_WIDTH])
        across.setChildrenCollapsible(False)
        self._splitters = (left, across)
        self._line_px = self.fontMetrics().height()
        for splitter, packed in zip(self._splitters, self.settings.layout, strict=False):
            splitter.restoreState(packed)
        self.setCentralWidget(below(self.strip, across))
        self._experiments = menus.experiments_menu(self, self.language, self.files.open_path)
        self.bar = TransportBar(
            self.workbench,
            self._actions,
            self._experiments,
            theme,
            self.language,
            notch=self.settings.notch,
        )
        self.addToolBar(self.bar)
        self.setStatusBar(self.status)
        self._fill_menus()
        self.setAcceptDrops(True)
        self.setWindowIcon(QIcon(str(paths.icon("gradient-explorer.svg"))))
        self.resize(*FIRST_SIZE)
        self.setMinimumSize(*LEAST_SIZE)

    def _make_tabs(self) -> QTabWidget:
        _ = self.language.text
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(_("Views"))
        _fill_page(self._training_page, self.panel, self.changes)
        for page, title, tip in (
            (self._training_page, _("&Training"), _("Data and fit, loss, parameters, gradients.")),
            (self._graph_page, _("&Graph"), _("Where the gradient flows, and where it is cut.")),
            (self._code_page, _("&Code"), _("The experiment as a PyTorch program.")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(page, title), tip)
        return self.tabs

    @cached_property
    def graph(self) -> "GraphTab":
        """The tab Graph, built when it is first looked at: the window opens the sooner."""
        from explorer.ui.graph.tab import GraphTab

        graph = GraphTab(self.workbench, self.pictures, self.around.theme, self.language)
        _fill_page(self._graph_page, graph)
        tab_into(self.tabs.tabBar(), graph)
        graph.tensor_chosen.connect(self.table.choose)
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

    @cached_property
    def code(self) -> "CodeTab":
        """The tab Code, built when it is first looked at."""
        from explorer.ui.code.tab import CodeTab

        code = CodeTab(self.workbench, self.files, self.around.theme, self.language)
        _fill_page(self._code_page, code)
        tab_into(self.tabs.tabBar(), code)
        code.choose(self._selected_name)
        return code

    @property
    def built_code(self) -> "CodeTab | None":
        """The tab Code, if anybody has looked at it yet."""
        return self.__dict__.get("code")

    @property
    def front(self) -> QAbstractScrollArea:
        """The largest part of what is shown by the tab that is open."""
        return self.code.view if self.tabs.currentWidget() is self._code_page else super().front

    def show_code(self) -> None:
        """Change to the tab Code."""
        self.tabs.setCurrentWidget(self._code_page)

    def show_training(self) -> None:
        """Change to the tab with the plots."""
        self.tabs.setCurrentWidget(self._training_page)

    def _suggest(self) -> None:
        self.show_training()
        self.suggestion.show()

    def show_graph(self) -> None:
        """Change to the tab Graph."""
        self.tabs.setCurrentWidget(self._graph_page)

    def _fill_menus(self) -> None:
        a, language = self._actions, self.language
        # Their keys work without the menus, too.
        self.addActions(list(a.values()))
        self.menuBar().setVisible(not self.settings.presenting)
        view = self._view_menu(self.pictures)
        view[3:4] = a["inspector"], self.plot_choices.plots_menu, self.plot_choices.curves_menu
        files = self.files
        self.recent = RecentMenu(self, self.workbench, language, self.settings, files.open_path)
        recover = menus.recover_menu(self, language, files.offers, self._recover)
        file = [
            *(a["new_from_program"], None, a["open"], a["open_model"], self.recent, None),
            *(a["save"], a["save_as"], a["reload"], None),
            *(recover, a["ask_on_quit"], None, a["quit"]),
        ]
        edits = [
            *(a["undo"], a["redo"], None),
            *(a["add_parameter"], a["random_start"], a["settings"], a["goes_on"]),
        ]
        menus.fill(
            self.menuBar(),
            language,
            [
                (N_("&File"), file),
                (N_("&Edit"), edits),
                (N_("&Run"), [a["play"], a["step"], a["reset"], a["start_over"]]),
                (N_("&View"), view),
                (
                    N_("&Help"),
                    [a["tour"], a["keys"], a["glossary"], a["suggestion"], None, a["about"]],
                ),
            ],
        )

    def _connect(self) -> None:
        workbench, files = self.workbench, self.files
        slots = {
            "new_from_program": files.new_from_program,
            "open": files.open,
            "open_model": files.open_model,
            "save": files.save,
            "save_as": files.save_as,
            "reload": files.reload,
            "quit": self._quit,
            "play": workbench.toggle,
            "step": workbench.step,
            "reset": workbench.reset,
            "start_over": workbench.start_over,
            "undo": workbench.undo,
            "redo": workbench.redo,
            "tour": self.guide.show_tour,
            "keys": self.guide.show_keys,
            "glossary": self.guide.show_glossary,
            "suggestion": self._suggest,
            "about": self.guide.show_about,
        }
        for name, slot in slots.items():
            # The signal's `checked` must not become an argument.
            self._actions[name].triggered.connect(lambda _on=False, slot=slot: slot())
        workbench.experiment_changed.connect(self._show_experiment)
        workbench.document_changed.connect(self._show_title)
        workbench.steps_changed.connect(self._show_steps)
        workbench.history_changed.connect(self._show_history)
        self.changes.opened.connect(self._keep_changes_open)
        self.area.needed.connect(self.display_clock.refresh)
        # Emitted for what a person does: a script plays at full speed without being remembered.
        self.bar.speed.slider.actionTriggered.connect(self._keep_speed)
        workbench.state_changed.connect(self._forget_passing)
        workbench.problem_arose.connect(self._show_problem)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.table.considered.connect(self._preview)
        self.strip.recover_wanted.connect(self._recover)
        self.strip.discard_wanted.connect(self._discard)
        self.message.advised.connect(self._follow_advice)
        self.message.asked.connect(self.guide.show_glossary)
        self.tabs.currentChanged.connect(self._show_tab)
        self.display_clock.pulse.connect(self.status.show_pulse)

    def take_over(self, old: "MainWindow") -> None:
        """Look at what was being looked at in the window that this one replaces."""
        self.tabs.setCurrentIndex(old.tabs.currentIndex())
        for splitter, before in zip(self._splitters, old._splitters, strict=True):
            splitter.restoreState(before.saveState())
        grown(self._splitters[1], old._splitters[1].sizes(), self._line_px / old._line_px)
        self.bar.speed.slider.setValue(old.bar.speed.slider.value())
        self.strip.show_offers(old.strip.offers)
        self.guide.take_over(old.guide)
        self.suggestion.take_over(old.suggestion)
        self.panel.hide_curves_as(old.panel)
        selected = old.table.selected_tensor
        if selected is not None:
            self.table.choose(selected.name)

    # -- following the workbench ---------------------------------------------

    def _show_experiment(self) -> None:
        experiment = self.workbench.experiment
        self.table.tensors.set_experiment(experiment)
        self.typing.show_document()
        self.training_line.show_experiment(experiment)
        self.panel.chosen = self._selected_name
        self.plot_choices.begin(experiment)
        if self.built_graph is not None:
            self.built_graph.start_over()
        self._show_title()
        self._forget_passing()

    def _show_title(self) -> None:
        title = shortened(self.language.text(self.workbench.title), MOST_TITLE)
        path = self.workbench.file.path
        place = f" ({shortened_path(path.name)})" if path else ""
        # Qt puts its mark in the place of [*], and writes it where it stands twice.
        named = f"{title}{place}".replace("[*]", "[*][*]")
        self.setWindowTitle(f"{named}[*] — Gradient Explorer")
        self.setWindowModified(self.workbench.is_modified)
        self._actions["reload"].setEnabled(path is not None)

    def _show_steps(self) -> None:
        self.panel.set_steps(self.workbench.experiment)

    def _show_history(self) -> None:
        """Undo and Redo say what they would undo and do again."""
        history = self.workbench.history
        for name, title, entries in (
            ("undo", self.language.text("&Undo"), history.done),
            ("redo", self.language.text("Re&do"), history.undone),
        ):
            action = self._actions[name]
            what = entry_text(entries[-1], self.language) if entries else ""
            action.setEnabled(bool(entries))
            action.setText(f"{title} {what}".strip())
            key = action.shortcut().toString()
            action.setToolTip(f"{title.replace('&', '')} {what} ({key})".replace("  ", " "))

    def _keep_speed(self, _action: int) -> None:
        self.settings.notch = self.bar.speed.slider.sliderPosition()

    def _keep_changes_open(self, is_open: bool) -> None:
        self.settings.changes_open = is_open

    def _show_numbers(self, frame: Frame) -> None:
        """Called by the display clock while the worker waits."""
        self.table.show_frame(frame)
        self.inspector.show_frame(frame)
        self.changes.show_frame(frame)
        if frame.tensors is not None:
            self.formula.show_tensors(frame.tensors)
        self.status.show_frame(frame)
        if frame.insight is not None and self.built_graph is not None:
            self.built_graph.show_insight(frame.insight)
        self._show_message()
        # Painted now, while the worker waits, rather than in the midst of its work.
        self.status.paint_now()

    def _show_problem(self, problem: BadInput) -> None:
        self._passing = Message(sentence(problem, self.language), warning=True)
        self._show_message()

    def _forget_passing(self, *_ignored: object) -> None:
        self._passing = None
        self._show_message()

    def _show_message(self) -> None:
        selected = self.table.selected_tensor
        due = self._verdict_is_due(selected)
        message = self._passing or self.kept.message
        message = message or message_for(self.workbench, selected, self.language, verdict=due)
        if self._considered is not None:
            message = replace(message, note=self._considered, note_warns=False)
        self.message.say(message)

    def _verdict_is_due(self, selected: TensorState | None) -> bool:
        """Whether nothing else is looked at than the tensor whose switch was flipped last."""
        insight = self.workbench.insight
        check = None if insight is None else insight.explanation.check
        return check is not None and (selected is None or selected.name == check.change.tensor)

    # -- what somebody looks at ----------------------------------------------

    @property
    def _selected_name(self) -> str | None:
        tensor = self.table.selected_tensor
        return None if tensor is None else tensor.name

    def _wishes(self) -> InsightRequest:
        """What the next insight should bring."""
        graph, selected = self.built_graph, self._selected_name
        if graph is not None and graph.isVisible():
            return replace(graph.request(), selected=selected)
        return InsightRequest(follow=self.table.has_selection(), selected=selected)

    def _selected(self) -> None:
        self.kept.forget()
        self.suggestion.select(self._selected_name)
        self.panel.chosen = self._selected_name
        for follower in (self.built_graph, self.built_code):
            if follower is not None:
                follower.choose(self._selected_name)
        self._forget_passing()
        self.display_clock.refresh()

    def _preview(self, switch: Switch | None) -> None:
        """A switch is under the mouse: what would it do? None: it is left alone."""
        insight = self.workbench.insight
        self._considered = None
        found = None if switch is None or insight is None else foreseen(insight.trace, switch)
        if switch is not None and found is not None:
            flip = Flip(switch.tensor, switch.name, not switch.on)
            self._considered = preview_text(flip, found, self.language)
        if self.built_graph is not None:
            self.built_graph.preview(switch)
        self.table.tensors.set_preview(found)
        self._show_message()

    def _follow_advice(self, advice: Advice) -> None:
        if advice.remedy is not None:
            remedy = advice.remedy
            self.workbench.change(tensor=remedy.tensor, **{remedy.switch: remedy.wanted})
        elif advice.offer is not None:
            self._recover(advice.offer)
        elif advice.action == STEP:
            self.workbench.step()
        elif advice.action == RESET:
            self.workbench.reset()
        else:
            self.show_graph()

    def _recover(self, offer: Offer) -> None:
        self.strip.dismiss()
        self.files.recover(offer)

    def _discard(self, offer: Offer) -> None:
        self.files.discard(offer)
        self.strip.show_offers(self.files.offers())

    def _describe(self, text: str) -> None:
        """An operation or a group was chosen in the graph; no text: neither."""
        self._passing = Message(text) if text else None
        self._show_message()

    def _show_tab(self) -> None:
        page = self.tabs.currentWidget()
        if page is self._graph_page:
            self.graph.show()
        elif page is self._code_page:
            self.code.show()
        self.display_clock.refresh()

    def _quit(self) -> None:
        if self.leaving.may_close():
            self.close()

    # -- Qt's events -------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        """Experiment files and programs may be dropped on the window."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            # Whoever dragged it must not take it away once it is dropped.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        """Open the first file that was dropped. It is read, and stays where it is."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.files.open_path(Path(files[0]))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """End the worker, unless a new window takes over; what is unsaved is kept.

        Whoever closes it with the mouse is asked; a script and the system are not.
        """
        if event.spontaneous() and not self.leaving.may_close():
            event.ignore()
            return
        self.guide.close()
        self.typing.stop()
        if self.built_code is not None:
            self.built_code.stop()
        if not self.replaced:
            self.settings.geometry = self.saveGeometry()
            if not self.settings.presenting:
                self.settings.layout = [splitter.saveState() for splitter in self._splitters]
            self.settings.tab = self.tabs.currentIndex()
            self.files.keep_unsaved()
            self.workbench.stop()
        super().closeEvent(event)


def _fill_page(page: QWidget, *contents: QWidget) -> None:
    """Let the page of a tab show these, one under the other, the first as large as may be."""
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for content in contents:
        column.addWidget(content, int(content is contents[0]))
