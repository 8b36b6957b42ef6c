"""What the command line says when it is called wrongly, in the reader's language.

typer says these things in English only, with sentences built in its code; they
are matched here and said again. A sentence that a later typer words differently
comes out in English, and `tests/e2e/test_usage.py` fails. Called by
`explorer.cli`.
"""

import re
from dataclasses import dataclass

from explorer.i18n import N_


@dataclass(frozen=True, slots=True)
class Restated:
    """A sentence of typer's, and the message that says it in our words."""

    pattern: re.Pattern[str]
    message: str


def _restated(pattern: str, message: str) -> Restated:
    return Restated(re.compile(pattern), message)


TOO_MUCH = N_("This is more than the command takes: {name}")

# The first that fits counts: forms with a suggestion stand before those without.
_SENTENCES = (
    _restated(r"Missing argument '(?P<name>.+?)'", N_("The argument {name} is missing.")),
    _restated(r"Missing command", N_("A command is missing.")),
    _restated(r"Option '(?P<name>.+?)' requires", N_("The option {name} needs a value.")),
    _restated(r"Option '(?P<name>.+?)' does not take", N_("The option {name} takes no value.")),
    _restated(
        r"No such option: (?P<name>\S+) \(Possible options: (?P<nearest>.+)\)",
        N_("There is no option {name}. Perhaps: {nearest}"),
    ),
    _restated(r"No such option: (?P<name>\S+)", N_("There is no option {name}.")),
    _restated(
        r"No such command '(?P<name>.*?)'\. Did you mean '(?P<nearest>.+?)'",
        N_(
            "There is no command {name}, nor an experiment or file of that name. Perhaps: {nearest}"
        ),
    ),
    _restated(
        r"No such command '(?P<name>.*?)'",
        N_("There is no command {name}, nor an experiment or file of that name."),
    ),
    _restated(
        r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.*)\)",
        TOO_MUCH,
    ),
)

NOT_FOR_A_MODEL = N_("{option} is for experiments, and not for a model of your own.")
NOT_FOR_AN_EXPERIMENT = N_("{option} is for a model of your own, PATH.py:FACTORY.")
NO_SUBJECT = N_(
    "Say which model to audit, PATH.py:FACTORY, or write it into [tool.gradient-explorer.audit] "
    "of pyproject.toml as subject."
)
NOT_A_SUBJECT = N_("{given} is no model of your own: write PATH.py:FACTORY.")
BASELINE_NEEDED = N_("--write-baseline needs to know where: add --baseline FILE.")
NOT_A_WHOLE_NUMBER = N_("{option} needs a whole number from {least} to {most}, not {given}.")
NOT_A_SIZE = N_(
    "{option} needs a width and a height, such as {example}, of at least {least}, not {given}."
)
NOT_A_SCALE = N_("{option} needs a number from {least} to {most}, not {given}.")
NOT_A_CHOICE = N_("{option} needs one of these: {known}; not {given}.")
UNKNOWN_LANGUAGE = N_("There is no language {given}. There are: {known}")
SEE_HELP = N_("{command} --help tells more.")
INTERRUPTED = N_("Interrupted.")
SYSTEM_ERROR = N_("The operating system refused: {reason}.")
MISSING_LIBRARY = N_(
    "This system lacks the library {library}. Install the package of your system that holds it"
    " (what is needed on Debian and Ubuntu stands in the README)."
)
INTERNAL_ERROR = N_(
    "Internal error: {kind}. This is a mistake in Gradient Explorer, not in your file. "
    "Please report it with the command you gave; "
    "with the environment variable {variable}=1 the details are shown."
)


def restate(english: str) -> tuple[str, dict[str, str]]:
    """Our message and its facts for a sentence of typer's; the sentence itself if unknown."""
    for sentence in _SENTENCES:
        if match := sentence.pattern.match(english):
            return sentence.message, match.groupdict()
    return "{sentence}", {"sentence": english}
