"""What the message panel says: the first of failure, refusal, selection, state of the run."""

from dataclasses import dataclass

from explorer.engine.records import TensorState
from explorer.i18n import Language
from explorer.ui.workbench import RunState, Workbench
from explorer.words.errors import failure_sentence, sentence
from explorer.words.reasons import reason_sentence
from explorer.words.states import SENTENCES, TensorKind, kind_of


@dataclass(frozen=True)
class Message:
    """A text, and whether it is a warning."""

    text: str
    warning: bool = False


def message_for(workbench: Workbench, selected: TensorState | None, language: Language) -> Message:
    """The message for the present moment."""
    if workbench.failure is not None:
        return Message(failure_sentence(workbench.failure, language), warning=True)
    if workbench.problem is not None:
        return Message(sentence(workbench.problem, language), warning=True)
    if selected is not None:
        return Message(_about(workbench, selected, language))
    return Message(_summary(workbench, language))


def _about(workbench: Workbench, selected: TensorState, language: Language) -> str:
    """Why its gradient is as it is; where there is nothing to explain, what it is."""
    reason = workbench.reasons.get(selected.name)
    if reason is not None:
        return reason_sentence(selected.name, reason, language)
    kind = kind_of(selected, selected.name in workbench.experiment.parameters)
    return language.text(SENTENCES[kind]).format(name=selected.name)


def _summary(workbench: Workbench, language: Language) -> str:
    """Where the run stands and how many parameters train."""
    _ = language.text
    if workbench.state is RunState.LOADING:
        return _("PyTorch is being loaded; the experiment can already be read.")
    frame = workbench.frame
    parameters = workbench.experiment.parameters
    tensors = frame.tensors if frame and frame.tensors else ()
    kinds = [kind_of(tensor, True) for tensor in tensors if tensor.name in parameters]
    training = kinds.count(TensorKind.TRAINING)
    text = _("{training} of {all} parameters are trained.").format(
        training=training, all=len(parameters)
    )
    if workbench.state is RunState.READY:
        text += " " + _("Press Play, then flip requires_grad or detach and watch.")
    return text
