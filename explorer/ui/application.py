"""Qt's application object, or one sentence why there can be none.

Where Qt reaches no display, or lacks a library of the system, it prints a page that names
the wrong libraries and aborts the process with a core dump. Nothing can be raised through
it: whoever asks for the application says how the process is to end instead.
"""

import ctypes
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QLibraryInfo, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from explorer.experiment.visible import visible
from explorer.i18n import N_, Language

NO_WINDOW_STATUS = 74
NO_DISPLAY = N_(
    "There is no display to open a window on: {display}. What needs no window is run by"
    " “gradient-explorer run”; with QT_QPA_PLATFORM=offscreen the window is drawn unseen."
)
NO_WINDOW = N_("Qt cannot open a window here: {reason}")
NO_FONT = N_(
    "There is no font on this system, so the window shows no letters. Install one,"
    " for example fonts-dejavu-core or fonts-noto-cjk."
)
UNREACHED = ("could not connect to display", "Failed to create wl_display")
DISPLAYS = ("WAYLAND_DISPLAY", "DISPLAY")
PLUGIN = re.compile(r'platform plugin "(\w[\w-]*)"')


def opened(language: Language) -> QApplication:
    """The program's own. Where there can be none, a sentence says why and the process ends.

    What leaves the window without letters is said too.
    """
    present = application(language, _leave)
    present.setApplicationName("gradient-explorer")
    present.setApplicationDisplayName("Gradient Explorer")
    present.setDesktopFileName("gradient-explorer")
    if not QFontDatabase.families():
        print(language.text(NO_FONT), file=sys.stderr)
    return present


def _leave(sentence: str) -> NoReturn:
    print(visible(sentence), file=sys.stderr)
    leave_at_once(NO_WINDOW_STATUS)


def leave_at_once(status: int) -> NoReturn:
    """End the process while Qt, or the worker in a step or in the import of torch, still works.

    None can be interrupted, and Qt aborts where a running thread is destroyed.
    """
    for stream in (sys.stdout, sys.stderr):
        # There are none where a desktop starts the program without a console.
        if stream is not None:
            stream.flush()
    os._exit(status)


def application(language: Language, refuse: Callable[[str], object]) -> QApplication:
    """The one there is, or a new one. `refuse` is told why not, and ends the process."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    said: list[str] = []

    def hear(kind: QtMsgType, _context: object, text: str) -> None:
        # By QT_DEBUG_PLUGINS and its like; the rest is said in a sentence, or works all the same.
        if kind is QtMsgType.QtDebugMsg:
            print(text, file=sys.stderr)
        said.append(text)
        if kind is QtMsgType.QtFatalMsg:
            refuse(sentence(said, language))

    before = qInstallMessageHandler(hear)
    try:
        return QApplication(sys.argv[:1])
    finally:
        qInstallMessageHandler(before)


def sentence(said: Sequence[str], language: Language) -> str:
    """Why there is no window, from what Qt said while it tried."""
    if any(mark in line for line in said for mark in UNREACHED):
        names = ((name, os.environ.get(name)) for name in DISPLAYS)
        tried = [f"{name}={value}" for name, value in names if value]
        return language.text(NO_DISPLAY).format(display=", ".join(tried) or "DISPLAY=")
    named = {name for line in said for name in PLUGIN.findall(line)}
    about = [line for line in said if PLUGIN.search(line)]
    reason = next(filter(None, map(_missing_library, sorted(named))), (about or said)[0])
    return language.text(NO_WINDOW).format(reason=" ".join(reason.split()))


def _missing_library(plugin: str) -> str | None:
    """What the system's loader says of a platform plugin, if it objects."""
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
    for file in sorted(folder.glob(f"libq{plugin}*.so")):
        try:
            ctypes.CDLL(str(file))
        except OSError as error:
            # In a frozen program only the cause names the library.
            return str(error.__cause__ or error)
    return None
