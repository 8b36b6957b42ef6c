"""What the window remembers from one start to the next, typed, in one small file."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from explorer import paths
from explorer.live.curves import AUTOMATIC, CHOICES

# Frames a second, the usual first.
RATES = (30, 60)
TEXT_PERCENTS = (80, 90, 100, 115, 130, 150, 175, 200)
# What a projector wants.
PRESENTATION_PERCENT = 150
# Of models whose code may be run, the last ones.
MOST_TRUSTED = 200
APPEARANCES = ("system", "light", "dark")


class Settings:
    """Kept in an INI file in the user's configuration folder; wrong entries are defaults."""

    def __init__(self, file: Path | None = None) -> None:
        file = file or paths.config_folder() / "window.ini"
        self._store = QSettings(str(file), QSettings.Format.IniFormat)
        self._for_now: dict[str, str] = {}
        # A presentation ends with the program.
        self.presenting = False
        # A script, or the system, closes the window: nobody is there to be asked.
        self.unattended = False

    def for_now(self, key: str, value: str) -> None:
        """As if this had been chosen, until another choice is made; it is not remembered."""
        self._for_now[key] = value

    def write(self) -> None:
        """Write what was set to the file now; Qt does it by itself when all ends in order."""
        self._store.sync()

    @property
    def started(self) -> str:
        """The version that was started last; empty if none was."""
        return self._text("started")

    @started.setter
    def started(self, version: str) -> None:
        self._store.setValue("started", version)

    @property
    def language(self) -> str | None:
        """The language chosen in the window; None follows the system."""
        return self._text("language") or None

    @language.setter
    def language(self, code: str | None) -> None:
        self._store.setValue("language", code or "")

    @property
    def appearance(self) -> str:
        """One of APPEARANCES."""
        text = self._text("appearance")
        return text if text in APPEARANCES else APPEARANCES[0]

    @appearance.setter
    def appearance(self, appearance: str) -> None:
        self._for_now.pop("appearance", None)
        self._store.setValue("appearance", appearance)

    @property
    def text_percent(self) -> int:
        """How large texts are, one of TEXT_PERCENTS."""
        text = self._text("text_percent")
        return int(text) if text in map(str, TEXT_PERCENTS) else 100

    @text_percent.setter
    def text_percent(self, percent: int) -> None:
        self._store.setValue("text_percent", str(percent))

    def larger(self, places: int) -> int:
        """The size of text so many places further in TEXT_PERCENTS, or the last there is."""
        place = TEXT_PERCENTS.index(self.text_percent) + places
        return TEXT_PERCENTS[min(max(place, 0), len(TEXT_PERCENTS) - 1)]

    @property
    def rate_hz(self) -> int:
        """Frames a second, one of RATES."""
        text = self._text("rate_hz")
        return int(text) if text in map(str, RATES) else RATES[0]

    @rate_hz.setter
    def rate_hz(self, rate_hz: int) -> None:
        self._store.setValue("rate_hz", str(rate_hz))

    @property
    def log_loss(self) -> bool:
        """Whether the loss is drawn on a logarithmic axis."""
        return self._text("log_loss") != "no"

    @log_loss.setter
    def log_loss(self, log: bool) -> None:
        self._store.setValue("log_loss", "yes" if log else "no")

    @property
    def whole_run(self) -> bool:
        """Whether the time axes go to the end of the run."""
        return self._text("whole_run") == "yes"

    @whole_run.setter
    def whole_run(self, whole: bool) -> None:
        self._store.setValue("whole_run", "yes" if whole else "no")

    @property
    def curves(self) -> str:
        """Which curves of the parameters there are, one of `explorer.live.curves.CHOICES`."""
        text = self._text("curves")
        return text if text in CHOICES else AUTOMATIC

    @curves.setter
    def curves(self, curves: str) -> None:
        self._store.setValue("curves", curves)

    @property
    def hidden_plots(self) -> frozenset[str]:
        """The keys of the plots that are not shown, as far as there are such plots."""
        # The program's first sign reads the settings before there is time for the plots.
        from explorer.ui.plots import table

        return table.keys().intersection(self._text("hidden_plots").split())

    @hidden_plots.setter
    def hidden_plots(self, names: Iterable[str]) -> None:
        self._store.setValue("hidden_plots", " ".join(sorted(names)))

    @property
    def notch(self) -> int | None:
        """Where the speed slider stands; None if nobody has moved it yet."""
        text = self._text("notch")
        return int(text) if text.isdecimal() and len(text) <= 4 else None

    @notch.setter
    def notch(self, notch: int) -> None:
        self._store.setValue("notch", str(notch))

    @property
    def layout(self) -> tuple[QByteArray, ...]:
        """How the splitters are set, as Qt packs them: the left column, and what is across."""
        return self._packed("layout")

    @layout.setter
    def layout(self, layout: Iterable[QByteArray]) -> None:
        self._store.setValue("layout", list(layout))

    @property
    def model_layout(self) -> tuple[QByteArray, ...]:
        """The same of the window on somebody's own model."""
        return self._packed("model_layout")

    @model_layout.setter
    def model_layout(self, layout: Iterable[QByteArray]) -> None:
        self._store.setValue("model_layout", list(layout))

    @property
    def tab(self) -> int:
        """The tab that was last looked at."""
        text = self._text("tab")
        return int(text) if text.isdecimal() and len(text) == 1 else 0

    @tab.setter
    def tab(self, tab: int) -> None:
        self._store.setValue("tab", str(tab))

    @property
    def changes_open(self) -> bool:
        """Whether the list of the run's changes is open."""
        return self._text("changes_open") == "yes"

    @changes_open.setter
    def changes_open(self, is_open: bool) -> None:
        self._store.setValue("changes_open", "yes" if is_open else "no")

    @property
    def trusted(self) -> tuple[str, ...]:
        """Digests of the models' code that may be run, the last agreed to last."""
        return tuple(self._text("trusted").split())

    def trust(self, digest: str) -> None:
        """This code may be run, from now on without a question."""
        others = [each for each in self.trusted if each != digest]
        self._store.setValue("trusted", " ".join([*others, digest][-MOST_TRUSTED:]))

    @property
    def goes_on(self) -> bool:
        """Whether a formula that was edited begins with the values that there are."""
        return self._text("goes_on") == "yes"

    @goes_on.setter
    def goes_on(self, goes_on: bool) -> None:
        self._store.setValue("goes_on", "yes" if goes_on else "no")

    @property
    def ask_on_quit(self) -> bool:
        """Whether to ask before a window with unsaved work is closed."""
        return self._text("ask_on_quit") != "no"

    @ask_on_quit.setter
    def ask_on_quit(self, ask: bool) -> None:
        self._store.setValue("ask_on_quit", "yes" if ask else "no")

    @property
    def suggested(self) -> bool:
        """Whether a first thing to do was proposed, and then done or put away."""
        return self._text("suggested") == "yes"

    @suggested.setter
    def suggested(self, suggested: bool) -> None:
        self._store.setValue("suggested", "yes" if suggested else "no")

    @property
    def recent(self) -> tuple[Path, ...]:
        """The experiment files that were shown last, the very last first."""
        value = self._store.value("recent")
        # Qt reads a list of one as that one.
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return tuple(Path(each) for each in names if isinstance(each, str) and each)

    @recent.setter
    def recent(self, files: Iterable[Path]) -> None:
        self._store.setValue("recent", [str(each) for each in files])

    @property
    def inspector_open(self) -> bool:
        """Whether the inspector is shown under the tensors."""
        return self._text("inspector_open") != "no"

    @inspector_open.setter
    def inspector_open(self, is_open: bool) -> None:
        self._store.setValue("inspector_open", "yes" if is_open else "no")

    @property
    def geometry(self) -> QByteArray | None:
        """The window's place and size, as Qt packs them."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("geometry", geometry)

    def _packed(self, key: str) -> tuple[QByteArray, ...]:
        value = self._store.value(key)
        packed = value if isinstance(value, list) else ()
        return tuple(each for each in packed if isinstance(each, QByteArray))

    def _text(self, key: str) -> str:
        value = self._for_now.get(key) or self._store.value(key, "")
        return value if isinstance(value, str) else ""
