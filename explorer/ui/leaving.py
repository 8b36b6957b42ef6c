"""Nothing a person did is left behind unsaid: on closing the window, and on opening another.

What is not saved is kept in any case, by `explorer.ui.keeper`. Here is said where, and how it
comes back.
"""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from explorer.experiment.names import shortened
from explorer.i18n import Language
from explorer.live.recovery import Offer
from explorer.ui.files import Files
from explorer.ui.keeper import Keeper
from explorer.ui.messages import Advice, Message
from explorer.ui.questions import Leave
from explorer.ui.settings import Settings
from explorer.ui.workbench import RunState, Workbench


class Leaving:
    """Asks whoever closes the window with unsaved work; `action` is the menu's: ask or not."""

    def __init__(
        self, workbench: Workbench, files: Files, settings: Settings, action: QAction
    ) -> None:
        self._workbench = workbench
        self._files = files
        self._settings = settings
        self._action = action
        action.setChecked(settings.ask_on_quit)
        action.toggled.connect(self._keep_choice)

    def may_close(self) -> bool:
        """Whether the window can be closed: nothing is unsaved, or what becomes of it is said.

        Called for what a person does, and not where the program closes its window by itself.
        """
        if self._settings.unattended or not self._workbench.is_modified:
            return True
        kept = self._files.keep_now()
        if kept and not self._settings.ask_on_quit:
            return True
        answer = self._files.choosers.leaving(self._workbench.title, kept)
        if answer.way is Leave.CANCEL:
            return False
        if not answer.ask_again:
            self._action.setChecked(False)
        return answer.way is Leave.QUIT or self._files.save()

    def _keep_choice(self, ask: bool) -> None:
        self._settings.ask_on_quit = ask


class Kept(QObject):
    """What the Why panel says when another experiment came in the place of unsaved work.

    It is said until something is done with the experiment that came.
    """

    def __init__(
        self, keeper: Keeper, workbench: Workbench, language: Language, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.message: Message | None = None
        self._workbench = workbench
        self._language = language
        self._left: Offer | None = None
        # Before the window's own slots, which show the message.
        keeper.left.connect(self._note)
        workbench.experiment_changed.connect(self._say)
        workbench.state_changed.connect(self._follow)
        workbench.work_changed.connect(self.forget)

    def forget(self) -> None:
        """It was read."""
        self.message = None

    def _note(self, offer: Offer) -> None:
        """Another experiment is shown next."""
        self._left = offer

    def _say(self) -> None:
        left, self._left = self._left, None
        self.message = None if left is None else kept_message(left, self._language)

    def _follow(self) -> None:
        if self._workbench.state not in (RunState.LOADING, RunState.READY):
            self.forget()


def kept_message(offer: Offer, language: Language) -> Message:
    """Another experiment is shown: what was done to the one before is kept."""
    _ = language.text
    title = offer.heading.title
    name = shortened(_(title)) if title else _("an untitled experiment")
    text = _("Your changes to “{title}” are not saved, and are kept: File › Recover has them.")
    recover = Advice(_("Recover"), _("Go on with it. It is then to be saved."), offer=offer)
    return Message(text.format(title=name), advice=(recover,))
