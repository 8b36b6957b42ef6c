"""The context menu of a node: its switches, or opening and closing a group."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QWidget

from explorer.i18n import Language
from explorer.picture.boxes import told
from explorer.picture.elements import GroupNode, Node
from explorer.ui.graph.switches import Switch
from explorer.ui.pictures import PassingMenu


class NodeMenu(PassingMenu):
    """`considered` follows the highlighted entry."""

    flipped = Signal(object)  # Switch
    considered = Signal(object)  # Switch or None
    toggled = Signal()

    def __init__(
        self, node: Node, switches: tuple[Switch, ...], language: Language, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._switches: dict[QAction, Switch] = {}
        heading = self.addAction(told(node, language))
        heading.setEnabled(False)
        self.addSeparator()
        for switch in switches:
            action = self.addAction(f"{switch.tensor}: {switch.name}")
            action.setCheckable(True)
            action.setChecked(switch.on)
            self._switches[action] = switch
            action.triggered.connect(lambda _on, switch=switch: self.flipped.emit(switch))
        if isinstance(node, GroupNode):
            text = language.text("Close") if node.expanded else language.text("Open")
            self.addAction(text).triggered.connect(lambda _on: self.toggled.emit())
        self.hovered.connect(self._consider)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt's name)
        """Nothing is considered any more."""
        super().hideEvent(event)
        self.considered.emit(None)

    def _consider(self, action: QAction) -> None:
        self.considered.emit(self._switches.get(action))
