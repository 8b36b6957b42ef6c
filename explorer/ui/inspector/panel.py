"""The inspector: the numbers of the selected tensor, one by one, as a picture, and summed up.

Its data come with a frame that is asked for them (`Inspector.wish`), as long as it is in
sight. What is typed goes to the workbench as a change of the whole tensor.
"""

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.i18n import N_, Language
from explorer.live.frames import GRADIENTS, VALUES, Frame
from explorer.live.inspection import Inspection, Numbers, Statistics
from explorer.ui.elided import ElidedLabel
from explorer.ui.icons import icon_button
from explorer.ui.inspector.numbers import Element, NumbersModel
from explorer.ui.inspector.pictures import HeatMap, HistogramView, NormView, norm_over_steps
from explorer.ui.theme import Theme
from explorer.ui.values import ValueDelegate
from explorer.ui.workbench import RunState, Workbench
from explorer.words.numbers import Form, number_text, percent_text
from explorer.words.states import size_text

# While a run is on its data come no more often.
PERIOD_S = 0.2
AT_REST = (RunState.READY, RunState.PAUSED, RunState.FINISHED, RunState.FAILED)
STATISTICS = {
    "low": N_("minimum"),
    "high": N_("maximum"),
    "mean": N_("mean"),
    "norm": N_("norm"),
    "zeros": N_("zeros"),
    "not_finite": N_("not finite"),
}
SHARES = frozenset({"zeros", "not_finite"})


class Inspector(QFrame):
    """Everything about one tensor; `closed` when somebody closes it."""

    closed = Signal()

    def __init__(self, workbench: Workbench, theme: Theme, language: Language) -> None:
        super().__init__()
        self._workbench = workbench
        self._theme = theme
        self._language = language
        self.tensor: str | None = None
        self.shown: Inspection | None = None
        self._asked_s = 0.0
        self.title = QLabel()
        self.note = ElidedLabel()
        self.numbers = NumbersModel(language, self)
        self.grid = QTableView()
        self.maps: list[HeatMap] = []
        self.histograms: list[HistogramView] = []
        self.norms: list[NormView] = []
        self.figures: dict[tuple[str, Element], QLabel] = {}
        self.pictures = QStackedWidget()
        self.pages = QTabWidget()
        self.close_button = icon_button(
            "close", language.text("Close the inspector"), theme.text, self
        )
        self._lay_out()
        self.numbers.typed.connect(self._change)
        self.close_button.clicked.connect(self._close)
        self.pages.currentChanged.connect(self._show_page)
        workbench.state_changed.connect(self._follow_state)
        workbench.experiment_changed.connect(self._forget)
        self._follow_state()

    # -- building ----------------------------------------------------------------

    def _lay_out(self) -> None:
        _ = self._language.text
        self.setAccessibleName(_("Inspector"))
        row = QHBoxLayout()
        row.setContentsMargins(8, 2, 2, 0)
        row.setSpacing(10)
        self.title.setStyleSheet("font-weight: bold;")
        self.note.setStyleSheet(f"color: {self._theme.faint_text};")
        self.title.setMinimumWidth(1)
        row.addWidget(self.title)
        row.addWidget(self.note, 1)
        row.addWidget(self.close_button)
        self.pages.setDocumentMode(True)
        self.pages.setAccessibleName(_("Inspector"))
        self.pages.addTab(self._make_grid(), _("Numbers"))
        self.pages.addTab(self._make_pictures(), _("Picture"))
        self.pages.addTab(self._make_summary(), _("Statistics"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.pages, 1)
        self.setMinimumHeight(9 * self.fontMetrics().height())

    def _make_grid(self) -> QTableView:
        grid = self.grid
        grid.setModel(self.numbers)
        grid.setItemDelegateForColumn(Element.VALUE, ValueDelegate(grid))
        grid.setAccessibleName(self._language.text("Numbers of the tensor"))
        grid.setFrameShape(QFrame.Shape.NoFrame)
        grid.verticalHeader().hide()
        grid.verticalHeader().setDefaultSectionSize(grid.fontMetrics().height() + 6)
        grid.setShowGrid(False)
        grid.setAlternatingRowColors(True)
        grid.setTabKeyNavigation(False)
        grid.setWordWrap(False)
        grid.horizontalHeader().setHighlightSections(False)
        grid.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return grid

    def _make_pictures(self) -> QStackedWidget:
        _, theme = self._language.text, self._theme
        maps, histograms = QWidget(), QWidget()
        for page, views in ((maps, self.maps), (histograms, self.histograms)):
            row = QHBoxLayout(page)
            row.setContentsMargins(0, 2, 0, 2)
            for title in (_("value"), _("gradient")):
                if page is maps:
                    heat = HeatMap(theme, title, self._describe)
                    heat.chosen.connect(self._go_to_element)
                    self.maps.append(heat)
                else:
                    self.histograms.append(HistogramView(theme, title))
                row.addWidget(views[-1])
            self.pictures.addWidget(page)
        return self.pictures

    def _make_summary(self) -> QScrollArea:
        _, theme = self._language.text, self._theme
        inner = QWidget()
        table = QGridLayout()
        table.setHorizontalSpacing(12)
        table.setVerticalSpacing(1)
        for column, head in ((Element.VALUE, _("value")), (Element.GRAD, _("gradient"))):
            label = QLabel(head)
            label.setStyleSheet(f"color: {theme.faint_text};")
            table.addWidget(label, 0, column, Qt.AlignmentFlag.AlignRight)
        for row, (key, name) in enumerate(STATISTICS.items(), 1):
            table.addWidget(QLabel(_(name)), row, 0)
            for column in (Element.VALUE, Element.GRAD):
                figure = QLabel("–")
                figure.setMinimumWidth(self.fontMetrics().horizontalAdvance("-1.234e-05"))
                figure.setAlignment(Qt.AlignmentFlag.AlignRight)
                self.figures[key, column] = figure
                table.addWidget(figure, row, column)
        table.setRowStretch(len(STATISTICS) + 1, 1)
        courses = QVBoxLayout()
        for title, color in (
            (_("norm of the value"), theme.curve_color(0)),
            (_("norm of the gradient"), theme.curve_color(1)),
        ):
            self.norms.append(NormView(theme, title, color, unrecorded=_("not recorded")))
            courses.addWidget(self.norms[-1])
        row_layout = QHBoxLayout(inner)
        row_layout.setContentsMargins(8, 2, 4, 2)
        row_layout.addLayout(table)
        row_layout.addLayout(courses, 1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setAccessibleName(_("Statistics of the tensor"))
        return area

    # -- what it is to show ------------------------------------------------------

    def inspect(self, tensor: str | None) -> None:
        """Show this tensor from the next frame on."""
        if tensor != self.tensor:
            self.tensor = tensor
            self._asked_s = 0.0
            self._take(None)

    def wish(self) -> str | None:
        """The tensor of which the next frame is to have all numbers; None: none, this time."""
        if self.tensor is None or not self.isVisible():
            return None
        now_s = time.perf_counter()
        if self._workbench.state is RunState.RUNNING and now_s - self._asked_s < PERIOD_S:
            return None
        self._asked_s = now_s
        return self.tensor

    def show_frame(self, frame: Frame) -> None:
        """What the frame brings, if it is of the tensor that is looked at."""
        found = frame.inspection
        if found is not None and found.name == self.tensor:
            self._take(found)
            self._show_norms(frame)

    def _forget(self) -> None:
        self._take(None)

    def _close(self, *_checked: bool) -> None:
        self.closed.emit()

    def _take(self, shown: Inspection | None) -> None:
        self.shown = shown
        self._show_heading()
        self._show_page()

    def _show_heading(self) -> None:
        _, shown = self._language.text, self.shown
        if shown is None:
            self.title.setText(self.tensor or "")
            self.note.setText("")
            return
        self.title.setText(f"{shown.name}  {size_text(shown.shape)}".rstrip())
        parts = []
        if shown.ahead and shown.grad is not None:
            parts.append(_("gradient of step 1, which comes next"))
        if shown.value is not None and shown.value.each is None:
            parts.append(_("too large for a list: a histogram"))
        elif self._is_editable():
            parts.append(_("double-click a value to set it"))
        self.note.setText(" · ".join(parts))

    def _show_page(self, *_page: int) -> None:
        """Bring up to date what is in sight."""
        shown, page = self.shown, self.pages.currentWidget()
        large = shown is not None and shown.value is not None and shown.value.each is None
        self.pages.setTabText(
            1, self._language.text("Histogram") if large else self._language.text("Picture")
        )
        self.pages.setTabEnabled(0, not large)
        if page is self.grid:
            self.numbers.is_editable = self._is_editable()
            self.numbers.show_inspection(shown)
        elif page is self.pictures:
            self._show_pictures(shown, large=large)
        else:
            self._show_figures(shown)

    def _show_pictures(self, shown: Inspection | None, *, large: bool) -> None:
        self.pictures.setCurrentIndex(int(large))
        for place, numbers in enumerate(_both(shown)):
            if large:
                histogram = None if numbers is None else numbers.histogram
                self.histograms[place].show_histogram(histogram)
            else:
                self.maps[place].show_numbers(numbers, shown.shape if shown else ())
        # What is described is in the model.
        self.numbers.show_inspection(shown)

    def _show_figures(self, shown: Inspection | None) -> None:
        for column, numbers in zip((Element.VALUE, Element.GRAD), _both(shown), strict=True):
            for key in STATISTICS:
                text = "–" if numbers is None else _figure(numbers.statistics, key)
                if numbers is None and shown is not None and column is Element.GRAD:
                    text = "None"
                self.figures[key, column].setText(text)

    def _show_norms(self, frame: Frame) -> None:
        if self.pages.currentIndex() != self.pages.count() - 1 or self.tensor is None:
            return
        for view, name in zip(self.norms, (VALUES, GRADIENTS), strict=True):
            series = frame.series[name]
            norms = norm_over_steps(series.names, series.rows, self.tensor)
            view.show_norms(frame.steps, norms)

    # -- what a person does ------------------------------------------------------

    def _is_editable(self) -> bool:
        """Whether a value can be typed: else a run would have gone on from another one."""
        at_rest = self._workbench.state in AT_REST
        return at_rest and self.tensor in self._workbench.experiment.parameters

    def _follow_state(self) -> None:
        self.numbers.is_editable = self._is_editable()
        editing = self.grid.state() == QTableView.State.EditingState
        if editing and not self.numbers.is_editable:
            # The run goes on from what is there: a field that is open is left without a change.
            self.grid.reset()
        self._show_heading()

    def _change(self, element: int, value: object) -> None:
        # A field that loses the focus since the run goes on hands over what is in it.
        if self.shown is not None and self._is_editable():
            whole = self.numbers.with_value(element, value)
            self._workbench.change(tensor=self.shown.name, value=whole)

    def _describe(self, element: int) -> str:
        """Of an element: where it is, and what it has."""
        if self.shown is None or element >= self.numbers.rowCount():
            return ""
        value, grad = (
            str(self.numbers.index(element, column).data())
            for column in (Element.VALUE, Element.GRAD)
        )
        text = self._language.text("{place}: value {value}, gradient {gradient}")
        return text.format(place=self.numbers.place_text(element), value=value, gradient=grad)

    def _go_to_element(self, element: int) -> None:
        """From the picture to the number."""
        self.pages.setCurrentWidget(self.grid)
        index = self.numbers.index(element, Element.VALUE)
        self.grid.setCurrentIndex(index)
        self.grid.scrollTo(index, QTableView.ScrollHint.PositionAtCenter)
        self.grid.setFocus()


def _both(shown: Inspection | None) -> Sequence[Numbers | None]:
    return (None, None) if shown is None else (shown.value, shown.grad)


def _figure(statistics: Statistics, key: str) -> str:
    number = getattr(statistics, key)
    if number is None:
        return "–"
    return percent_text(number) if key in SHARES else number_text(number, Form.CELL)
