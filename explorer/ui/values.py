"""Cells of the tensors' table: a name, and the field in which a parameter's value is typed.

Used by `explorer.ui.tensors`.
"""

import ast
import warnings
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget


class NameDelegate(QStyledItemDelegate):
    """A name that is too long loses its middle: its ends tell it from others."""

    def initStyleOption(  # noqa: N802 (Qt's name)
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """How the cell is drawn."""
        super().initStyleOption(option, index)
        # The stubs know none of a style option's attributes: hence Any.
        drawn: Any = option
        drawn.textElideMode = Qt.TextElideMode.ElideMiddle


class ValueDelegate(QStyledItemDelegate):
    """A field that is filled once, and says nothing unless something was typed.

    Qt would fill it again with every frame of a run, under the user's hands, and
    would set the value of the moment it was opened when it is left.
    """

    def setEditorData(  # noqa: N802 (Qt's name)
        self, editor: QWidget, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Fill the field, if that has not been done."""
        assert isinstance(editor, QLineEdit)
        if not editor.text() and not editor.isModified():
            super().setEditorData(editor, index)
            editor.selectAll()

    def setModelData(  # noqa: N802 (Qt's name)
        self,
        editor: QWidget,
        model: QAbstractItemModel,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Take over what was typed."""
        assert isinstance(editor, QLineEdit)
        if editor.isModified():
            super().setModelData(editor, model, index)


def typed_value(text: str) -> object:
    """Numbers or nested lists as Python writes them; any other text is refused later, as it is."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        with warnings.catch_warnings(action="ignore"):
            value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    return text if value is None else value
