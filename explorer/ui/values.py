"""The field in which a parameter's value is typed.

Used by `explorer.ui.tensors` for the table's column of values.
"""

import ast
import warnings

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QWidget


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
