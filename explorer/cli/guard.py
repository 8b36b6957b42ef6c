"""Nothing leaves the program as a traceback: every exception has a sentence and a status.

| status | why |
|---|---|
| 0 | done |
| 1 | the run failed by itself (the command's own answer) |
| 2 | bad input, wrong arguments |
| 70 | a mistake of ours |
| 74 | the system refused (the disk that takes our output is full, there is no display) |
| 130 | interrupted from the keyboard |
| 141 | nobody reads our output any more |

Called by `explorer.__main__` around everything.
"""

import os
import re
import sys
from collections.abc import Callable

from explorer.cli.output import abandon_stdout, complain
from explorer.cli.usage import UsageError
from explorer.experiment.problem import BadInput
from explorer.i18n import Language
from explorer.words import commandline

DEBUG = "GRADIENT_EXPLORER_DEBUG"
# As the system's loader says it: Qt needs libraries of which not every system has all.
MISSING_LIBRARY = re.compile(r"(lib[^:/\s]+\.so[^:/\s]*): cannot open shared object file")
INTERNAL_ERROR, SYSTEM_ERROR, INTERRUPTED, NO_READER = 70, 74, 130, 141


def guarded(action: Callable[[], int], language: Language) -> int:
    """The action's exit status, or that of the exception it left with, which is said."""
    try:
        return _saying(action, language)
    except Exception as error:
        return _internal(error, language)


def _saying(action: Callable[[], int], language: Language) -> int:
    """What is nobody's mistake, or the user's: said, and turned into a status."""
    try:
        status = action()
        # Here, where a failure is still heard, and not when the interpreter ends.
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
    except OSError as error:
        return _refused_by_system(error, language)
    except ImportError as error:
        if (library := MISSING_LIBRARY.match(str(error))) is None:
            raise
        complain(language.text(commandline.MISSING_LIBRARY).format(library=library[1]))
        return SYSTEM_ERROR
    return status


def _refused_by_system(error: OSError, language: Language) -> int:
    """A full disk, a device that is gone: what concerns files was said as BadInput before."""
    abandon_stdout()
    reason = error.strerror or type(error).__name__
    complain(language.text(commandline.SYSTEM_ERROR).format(reason=reason))
    return SYSTEM_ERROR


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
