"""What becomes of what is typed: checked after every pause, and run as soon as it is sound.

The check takes tens of milliseconds for a long formula, and is made in a thread. Whether the
shapes fit only PyTorch knows: the worker tries, between two steps of the run that goes on.
"""

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.live.formulacheck import Answer, Offer, Question, answer
from explorer.live.revision import FORMULA, Revision
from explorer.ui.background import Background
from explorer.ui.editor.strip import ProblemStrip
from explorer.ui.editor.text import FormulaText
from explorer.ui.workbench import Workbench
from explorer.words.errors import sentence

# After the last key stroke.
PAUSE_MS = 300


def _answered(question: Question) -> Answer:
    return answer(question)


class Typing(QObject):
    """Between the workbench, the formula's text, and what is said under it."""

    def __init__(
        self, workbench: Workbench, text: FormulaText, strip: ProblemStrip, language: Language
    ) -> None:
        super().__init__(text)
        self.strip = strip
        self._workbench = workbench
        self._text = text
        self._language = language
        self._showing = False
        self._checker = Background(_answered, "formula's check", self)
        self._checker.done.connect(self._take)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.setObjectName("formula's check is due")
        self._pause.timeout.connect(self._check)
        text.textChanged.connect(self._typed)
        strip.taken.connect(self._take_offer)
        workbench.draft_changed.connect(self._show_draft)
        workbench.revision_ended.connect(self._refused)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was typed is checked."""
        return not self._pause.isActive() and not self._checker.is_busy

    def show_document(self) -> None:
        """Another experiment, or another run of this one."""
        self._showing = True
        document = self._workbench.document
        self._text.set_experiment(document.experiment, document.formula)
        self._showing = False
        self._say(None)
        self._check_soon()

    def stop(self) -> None:
        """The window is closed."""
        self._pause.stop()
        self._checker.stop()

    # -- inside -----------------------------------------------------------------------

    def _typed(self) -> None:
        if not self._showing:
            self._workbench.type_formula(self._text.formula)
            self._pause.start()

    def _show_draft(self) -> None:
        """The window's undo has changed the text."""
        self._showing = True
        self._text.set_formula(self._workbench.document.formula)
        self._showing = False
        self._say(None)
        self._check_soon()

    def _check_soon(self) -> None:
        """A draft says why it is one."""
        if self._workbench.document.draft is None:
            self._pause.stop()
        else:
            self._pause.start()

    def _check(self) -> None:
        document = self._workbench.document
        if document.draft is None:
            # Back to what runs.
            self._workbench.rest()
            self._say(None)
        else:
            self._checker.ask(Question(document.experiment, document.draft))

    def _take_offer(self, offer: Offer) -> None:
        document = self._workbench.document
        self._checker.ask(Question(document.experiment, document.formula, offer))

    def _take(self, found: Answer) -> None:
        question, document = found.question, self._workbench.document
        if question.base is not document.experiment or question.formula != document.formula:
            self._check_soon()
        elif found.experiment is None:
            self._workbench.rest()
            self._say(found.problem, found.offers)
        else:
            way = FORMULA if question.offer is None else question.offer.kind
            self._workbench.revise(Revision(way, question.base, found.experiment))

    def _refused(self, problem: BadInput | None) -> None:
        """By PyTorch; None: something else was done meanwhile."""
        if problem is None:
            self._check_soon()
        else:
            self._workbench.rest()
            self._say(problem)

    def _say(self, problem: BadInput | None, offers: tuple[Offer, ...] = ()) -> None:
        said = "" if problem is None else sentence(_placed(problem), self._language)
        self._text.show_problem(problem, said)
        self.strip.say(said, offers)


def _placed(problem: BadInput) -> BadInput:
    """With line and column alone, where it is in the formula under which it stands."""
    place = problem.place
    if place.key != "formula":
        return problem
    return BadInput(problem.code, replace(place, file=None, key=None), **problem.facts)
