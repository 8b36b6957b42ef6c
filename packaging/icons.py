"""The program's icon as pictures, drawn by Qt from the one SVG; none of them is in git.

Called by `linux/desktop.py` (PNG sizes) and `windows/installer.py` (an .ico).
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, Qt  # noqa: TID251 (a build tool, no part of the program)
from PySide6.QtGui import QImage, QPainter  # noqa: TID251
from PySide6.QtSvg import QSvgRenderer  # noqa: TID251

ICON = Path(__file__).resolve().parent.parent / "resources" / "icons" / "gradient-explorer.svg"
# From this size on Windows reads PNG inside an .ico everywhere; below it wants bitmaps.
PNG_IN_ICO_FROM = 256


def png(size: int, svg: Path = ICON) -> bytes:
    """A square PNG, `size` pixels wide, on a transparent ground."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # PySide declares the format as bytes but takes, at run time, text alone.
    if not _image(size, svg).save(buffer, "PNG"):  # type: ignore[call-overload]
        raise OSError(f"Qt cannot write a PNG of {svg}")
    return bytes(buffer.data().data())


def ico(sizes: Sequence[int], svg: Path = ICON) -> bytes:
    """A Windows icon with a picture of each size (at most 256)."""
    pictures = [png(size, svg) if size >= PNG_IN_ICO_FROM else _bitmap(size, svg) for size in sizes]
    offset = 6 + 16 * len(sizes)
    entries = b""
    for size, picture in zip(sizes, pictures, strict=True):
        edge = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return struct.pack("<HHH", 0, 1, len(sizes)) + entries + b"".join(pictures)


def _bitmap(size: int, svg: Path) -> bytes:
    """A 32-bit bitmap as it stands in an .ico: rows from below, then an empty mask."""
    picture = bytes(_image(size, svg).constBits())
    rows = [picture[start : start + 4 * size] for start in range(0, len(picture), 4 * size)]
    mask = bytes((size + 31) // 32 * 4 * size)
    # The height counts picture and mask.
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    return header + b"".join(reversed(rows)) + mask


def _image(size: int, svg: Path) -> QImage:
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise OSError(f"no picture: {svg}")
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image
