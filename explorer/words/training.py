"""What is special about an experiment's training, in sentences: batches, updates, groups.

Stands under the formula in the window. Of what most experiments have nothing is said.
"""

from collections.abc import Iterator

from explorer.experiment.spec import Experiment
from explorer.experiment.visible import visible_line
from explorer.i18n import Language
from explorer.words.changes import short_value
from explorer.words.enumeration import names_text


def training_text(experiment: Experiment, language: Language) -> str:
    """As the run begins; empty where nothing is special."""
    return " ".join(_sentences(experiment, language))


def _sentences(experiment: Experiment, language: Language) -> Iterator[str]:
    _, training = language.text, experiment.training
    if training.batch is not None and experiment.data is not None:
        text = _("Each step takes {size} of {rows} rows, in their order.")
        if training.batch.shuffle:
            text = _("Each step takes {size} of {rows} rows, shuffled in every epoch.")
        yield text.format(size=training.batch.size, rows=experiment.data.rows)
    if training.accumulate > 1:
        text = _("Every {count} steps make one update, with the sum of their gradients.")
        yield text.format(count=training.accumulate)
    yield from _clipping(experiment, language)
    for name, group in training.groups.items():
        options = ", ".join(f"{key}={short_value(each)}" for key, each in group.options.items())
        text = _("Group {group} ({tensors}): {options}.")
        tensors = names_text(list(group.tensors), language)
        yield text.format(group=visible_line(name), tensors=tensors, options=options or "–")


def _clipping(experiment: Experiment, language: Language) -> Iterator[str]:
    _, training = language.text, experiment.training
    if training.clip_grad_norm is not None:
        text = _("Before an update the gradients are scaled down to the norm {limit}.")
        yield text.format(limit=short_value(training.clip_grad_norm))
    if training.clip_grad_value is not None:
        text = _("Before an update no number of a gradient is left above {limit}.")
        yield text.format(limit=short_value(training.clip_grad_value))
