"""An experiment back into TOML, keeping what its author wrote.

`merged` compares the experiment with the one its text describes and writes only what
differs into the author's document; `written` makes a new text. Called by
`file.updated_text`.
"""

from explorer.experiment.spec import Experiment


def merged(text: str, old: Experiment, new: Experiment) -> str:
    """The text with what differs between `old` and `new` written in."""
    raise NotImplementedError


def written(experiment: Experiment) -> str:
    """A new text for the experiment."""
    raise NotImplementedError
