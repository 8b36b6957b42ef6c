"""What somebody chooses about the plots: by menu, by key or in a plot.

What is to be there at the next start is kept in the settings.
"""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from explorer.experiment.plan import Plan
from explorer.ui import menus
from explorer.ui.pictures import PassingMenu, Pictures
from explorer.ui.plots.panel import PlotPanel
from explorer.ui.plots.timeplot import TimePlot
from explorer.ui.settings import Settings


class PlotChoices(QObject):
    """Connects the panel with the actions and settings that are about it.

    `plots_menu` is the menu of the plots that there are, `curves_menu` that of the parameters'
    curves in them, for the window's menu bar.
    """

    def __init__(
        self,
        panel: PlotPanel,
        settings: Settings,
        actions: Mapping[str, QAction],
        pictures: Pictures,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._language = pictures.language
        self._pictures = pictures
        self._parent = parent
        self._panel = panel
        self._settings = settings
        self.plots_menu = menus.plots_menu(
            parent, self._language, settings.hidden_plots, self._hide
        )
        self.curves_menu = menus.curves_menu(
            parent, self._language, settings.curves, self._set_curves
        )
        panel.set_curves(settings.curves)
        panel.hidden = settings.hidden_plots
        panel.set_whole_run(settings.whole_run)
        panel.set_thick(settings.presenting)
        for name, present, choose in (
            ("log_loss", settings.log_loss, self._set_log),
            ("whole_run", settings.whole_run, self._set_whole_run),
        ):
            actions[name].setChecked(present)
            actions[name].toggled.connect(choose)
        panel.linear_wanted.connect(lambda: actions["log_loss"].setChecked(False))
        panel.menu_wanted.connect(self._open_menu)
        actions["show_everything"].triggered.connect(lambda _on: panel.show_everything())

    def begin(self, experiment: Plan) -> None:
        """Show another experiment, or the same one from its start."""
        self._panel.set_experiment(experiment, self._settings.log_loss)

    def _set_log(self, log: bool) -> None:
        self._settings.log_loss = log
        self._panel.set_log(log)

    def _set_whole_run(self, whole: bool) -> None:
        self._settings.whole_run = whole
        self._panel.set_whole_run(whole)

    def _set_curves(self, curves: str) -> None:
        self._settings.curves = curves
        self._panel.set_curves(curves)

    def _hide(self, names: frozenset[str]) -> None:
        self._settings.hidden_plots = names
        self._panel.set_hidden(names)

    # -- the context menus --------------------------------------------------

    def _open_menu(self, key: str, place: QPoint) -> None:
        """Of the plot there; without one, all of them and what may be shown."""
        menu = PassingMenu(self._parent)
        menu.setToolTipsVisible(True)
        if key:
            self._fill(menu, key)
        else:
            for shown in self._panel.shown_keys():
                self._fill(menu.addMenu(self._box(shown).text()), shown)
            menu.addSeparator()
            menu.addAction(self.plots_menu.menuAction())
        menu.popup(place)

    def _fill(self, menu: QMenu, key: str) -> None:
        """What can be done with this plot.

        The menus of the menu bar are added by their actions: as menus they would be deleted
        with this one.
        """
        plot = self._panel.plots[key]
        menu.addAction(self._actions["show_everything"])
        if isinstance(plot, TimePlot):
            if plot.has_log:
                menu.addAction(self._actions["log_loss"])
            menu.addAction(self._actions["whole_run"])
            self._add_curves(menu, plot)
            if plot.is_of_parameters:
                menu.addAction(self.curves_menu.menuAction())
        menu.addSeparator()
        self._pictures.fill(menu, partial(self._panel.picture_of, key))
        menu.addSeparator()
        hide = menu.addAction(self._language.text("&Hide this plot"))
        hide.triggered.connect(lambda: self._box(key).setChecked(False))

    def _add_curves(self, menu: QMenu, plot: TimePlot) -> None:
        """What a click on a name in the legend does, for the keyboard."""
        if not plot.names:
            return
        curves = menu.addMenu(self._language.text("C&urves"))
        for name in plot.names:
            box = curves.addAction(name.replace("&", "&&"))
            box.setCheckable(True)
            box.setChecked(name not in plot.hidden_names)
            box.toggled.connect(lambda _on, name=name: plot.toggle(name))
        if plot.hidden_names:
            curves.addSeparator()
            every = curves.addAction(self._language.text("Show &all"))
            every.triggered.connect(lambda: plot.hide_curves(frozenset()))

    def _box(self, key: str) -> QAction:
        """A plot's entry in the menu of plots."""
        return next(box for box in self.plots_menu.actions() if box.data() == key)
