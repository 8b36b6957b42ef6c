"""Nothing leaves the program as a traceback: every exception has a sentence and a status.

| status | why |
|---|---|
| 0 | done |
| 1 | the run failed by itself (the command's own answer) |
| 2 | bad input, wrong arguments |
| 70 | a mistake of ours |
| 130 | interrupted from the keyboard |
| 141 | nobody reads our output any more |

Called by `explorer.__main__` around everything.
"""

import os
import sys
from collections.abc import Callable

from explorer.cli.output import abandon_stdout, complain
from explorer.cli.usage import UsageError
from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.words import commandline

DEBUG = "GRADIENT_EXPLORER_DEBUG"
INTERNAL_ERROR, INTERRUPTED, NO_READER = 70, 130, 141


def guarded(action: Callable[[], int], language: Language) -> int:
    """The action's exit status, or that of the exception it left with, which is said."""
    try:
        status = action()
        sys.stdout.flush()
    except UsageError as error:
        return _usage(error, language)
    except BadInput as problem:
        return _bad_input(problem, language)
    except KeyboardInterrupt:
        complain(language.text(commandline.INTERRUPTED))
        return INTERRUPTED
    except BrokenPipeError:
        abandon_stdout()
        return NO_READER
    except Exception as error:
        return _internal(error, language)
    return status


def _usage(error: UsageError, language: Language) -> int:
    complain(language.text(error.message).format(**error.facts))
    complain(language.text(commandline.SEE_HELP).format(command=error.command))
    return 2


def _bad_input(problem: BadInput, language: Language) -> int:
    from explorer.words.errors import sentence

    complain(sentence(problem, language))
    return 2


def _internal(error: Exception, language: Language) -> int:
    message = language.text(commandline.INTERNAL_ERROR)
    complain(message.format(kind=type(error).__name__, variable=DEBUG))
    if os.environ.get(DEBUG) == "1":
        import traceback

        traceback.print_exception(error)
    return INTERNAL_ERROR
