"""Light and dark: one table of colours for the window, its plots and exported pictures.

The tensors' colours follow Okabe and Ito's palette, which people with any of the
common colour deficiencies can tell apart; yellow is left out, being unreadable on
white. A tensor has the same colour in the table, in every plot and in the graph. Used by
`explorer.ui.theme` and `explorer.picture.svg`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance, as `#rrggbb`."""

    name: str
    window: str
    base: str
    text: str
    faint_text: str
    line: str
    accent: str
    selection: str
    warning: str
    warning_base: str
    mark: str
    data: str
    curves: tuple[str, ...]

    def curve_color(self, index: int) -> str:
        """The colour of the tensor with this index; they repeat after the last."""
        return self.curves[index % len(self.curves)]


LIGHT = Palette(
    name="light",
    window="#f5f6f8",
    base="#ffffff",
    text="#1d2430",
    faint_text="#5c6675",
    line="#dfe3e9",
    accent="#1565c0",
    selection="#d7e6f7",
    warning="#9a3412",
    warning_base="#fff1e6",
    mark="#6b7280",
    data="#4b5563",
    curves=("#0072b2", "#d55e00", "#00855f", "#b0508a", "#b07500", "#2b8cbe", "#5b4fa2", "#7a5230"),
)
DARK = Palette(
    name="dark",
    window="#1b1f26",
    base="#12151a",
    text="#e6e9ee",
    faint_text="#a3adba",
    line="#2b323c",
    accent="#64b5f6",
    selection="#24405c",
    warning="#ffb27a",
    warning_base="#3a2416",
    mark="#9aa4b2",
    data="#c3cad4",
    curves=("#56b4e9", "#ff8a3c", "#2fc89a", "#e08cc0", "#f0b429", "#8fd3ff", "#a79bf0", "#c99a6b"),
)
PALETTES: Mapping[str, Palette] = MappingProxyType({"light": LIGHT, "dark": DARK})
