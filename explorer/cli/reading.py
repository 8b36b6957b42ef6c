"""`import`: a PyTorch program, read and not run, as an experiment's file.

The experiment goes to standard output or into a file; what was made of each line is said on
standard error, or stands in the JSON document.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import complain, print_json, tell
from explorer.experiment.names import shortened_path
from explorer.experiment.problem import BadInput, Place
from explorer.experiment.textfile import MIB, Limits, read_text
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.export.tables import Json
    from explorer.reading.program import Reading
    from explorer.reading.report import LineReport

LIMITS = Limits(mib=4, lines=100_000)
STANDARD_INPUT = "-"


def import_program(source: str, place: Path | None, language: Language, *, as_json: bool) -> int:
    """`import`: see the module."""
    text = _standard_input() if source == STANDARD_INPUT else read_text(Path(source), LIMITS)
    # After the file was read: that there is none is said without waiting for torch.
    from explorer.reading.program import read_program

    name = "" if source == STANDARD_INPUT else Path(source).stem
    reading = read_program(text, name)
    if reading.problem is not None:
        where = "" if source == STANDARD_INPUT else source
        raise reading.problem.at(file=where) if where else reading.problem
    _give(reading, place, language, as_json)
    return 0


def _give(reading: "Reading", place: Path | None, language: Language, as_json: bool) -> None:
    from explorer.experiment.wholefile import replacing

    if place is not None:
        with replacing(place) as file:
            file.write(reading.text)
    if as_json:
        print_json(_document(reading, language))
    elif place is None:
        print(reading.text, end="")
        _tell_left_out(reading, language, on_error=True)
    else:
        written = language.text("{file} was written.")
        tell(written.format(file=shortened_path(str(place))))
        _tell_left_out(reading, language, on_error=False)


def _standard_input() -> str:
    """All of it, in UTF-8, up to the limit of a file."""
    stream = getattr(sys.stdin, "buffer", None)
    content = b"" if stream is None else stream.read(LIMITS.mib * MIB + 1)
    if len(content) > LIMITS.mib * MIB:
        raise BadInput("file-too-large", Place(), limit_mib=LIMITS.mib)
    try:
        return str(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput("not-utf8", Place(line=line)) from None


def _tell_left_out(reading: "Reading", language: Language, *, on_error: bool) -> None:
    from explorer.words import program

    lines = [each for each in reading.lines if each.outcome == "left out"]
    say = complain if on_error else tell
    for each in lines:
        template = language.text("line {line}: {text} (left out: {why})")
        why = program.reason(each.why, language)
        say(template.format(line=each.line, text=each.text, why=why))
    if reading.unseeded:
        say(language.text(program.UNSEEDED))


def _document(reading: "Reading", language: Language) -> "Json":
    return {
        "experiment": reading.text,
        "used": [_entry(each, language) for each in reading.lines if each.outcome == "used"],
        "left_out": [
            _entry(each, language) for each in reading.lines if each.outcome == "left out"
        ],
        "unseeded": reading.unseeded,
    }


def _entry(line: "LineReport", language: Language) -> "Json":
    from explorer.words import program

    entry: dict[str, Json] = {"line": line.line, "last": line.last, "text": line.text}
    if line.why:
        entry["code"] = line.why
        entry["message"] = program.reason(line.why, language)
    return entry
