"""The catalogues of translations: extract, compile, check.

    python packaging/translations.py extract   bring every .po up to date with the sources
    python packaging/translations.py compile   make the .mo files (never committed)
    python packaging/translations.py check     refuse what is missing, unfinished, stale or broken

`compile_catalogues` is also called by the build hook (`packaging/build_hook.py`)
and by the tests; `check` runs in `.ci/run`. Messages are found in calls of `_`,
`N_`, `text` and `plural` in the package, in the docstrings of the audit's rules, and in
the titles of the built-in experiments.
"""

import argparse
import ast
import os
import re
import string
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

DOMAIN = "explorer"
PROJECT = "Gradient Explorer"
# What marks a message, and how many of its arguments are texts.
KEYWORDS = {"_": 1, "N_": 1, "text": 1, "plural": 2}
MNEMONIC = re.compile(r"&(?=\w)")


@dataclass(frozen=True)
class Problem:
    """Why a catalogue is refused."""

    language: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.language}: {self.kind}: {self.message!r}"


def catalogues(root: Path) -> dict[str, Path]:
    """Language code to .po file, for every folder in `resources/locale`."""
    files = (root / "resources" / "locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    return {path.parent.parent.name: path for path in sorted(files)}


def template(root: Path) -> Catalog:
    """Every message of the sources, untranslated, with the files it stands in."""
    found = Catalog(project=PROJECT, charset="utf-8")
    for path in sorted((root / "explorer").rglob("*.py")):
        place = path.relative_to(root).as_posix()
        for message in _marked(path):
            found.add(message, locations=[(place, 0)])
    for place, title in _titles(root):
        found.add(title, locations=[(place, 0)])
    return found


def _marked(path: Path) -> Iterator[str | tuple[str, str]]:
    """The messages of one source file: one text, or singular and plural.

    From the syntax tree: Babel's own extractor reads tokens, and overlooks what is
    marked inside an f-string.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _paragraphs(tree)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        texts = [
            argument.value
            for argument in call.args[: KEYWORDS.get(_name(call.func), 0)]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if texts and all(texts):
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


def _paragraphs(tree: ast.Module) -> Iterator[str]:
    """Those of the docstrings of the audit's rules (`explorer.explain.audit.rule`)."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and "Rule" in map(_name, node.bases):
            for part in (ast.get_docstring(node) or "").split("\n\n"):
                yield " ".join(part.split())


def _name(function: ast.expr) -> str:
    """`text` for both `text(...)` and `language.text(...)`."""
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _titles(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((root / "resources" / "experiments").glob("*.toml")):
        title = tomllib.loads(path.read_text(encoding="utf-8")).get("title")
        if title:
            yield path.relative_to(root).as_posix(), title


def extract(root: Path, languages: Sequence[str]) -> None:
    """Bring the .po of each language up to date: new messages empty, gone ones dropped."""
    found = template(root)
    for language in languages:
        path = root / "resources" / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        catalogue = _read(path, language)
        found.creation_date = catalogue.creation_date
        catalogue.update(found, no_fuzzy_matching=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            # No line numbers: they would change the file with every edit of the sources.
            write_po(file, catalogue, width=100, ignore_obsolete=True, include_lineno=False)


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return _new(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _new(language: str) -> Catalog:
    developers = f"The {PROJECT} developers"
    return Catalog(
        locale=language,
        project=PROJECT,
        charset="utf-8",
        fuzzy=False,
        header_comment=f"# {PROJECT}: translations for {language}.",
        revision_date=datetime.now(UTC),
        last_translator=developers,
        language_team=developers,
    )


def compile_catalogues(root: Path) -> list[Path]:
    """Make the .mo beside each .po unless it is newer already; the .mo files.

    Written beside its place and moved there, so that a program that reads it at
    the same time sees the old one or the new one.
    """
    return [_compile(path, language) for language, path in catalogues(root).items()]


def _compile(path: Path, language: str) -> Path:
    target = path.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns > path.stat().st_mtime_ns:
        return target
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        write_mo(file, _read(path, language))
    Path(temporary).chmod(0o644)
    Path(temporary).replace(target)
    return target


def check(root: Path, languages: Sequence[str]) -> list[Problem]:
    """Everything that keeps a catalogue from being complete and sound."""
    found = template(root)
    present = catalogues(root)
    problems = [
        Problem(language, "no catalogue", f"{language}/LC_MESSAGES/{DOMAIN}.po")
        for language in languages
        if language not in present
    ]
    for language, path in present.items():
        catalogue = _read(path, language)
        kinds = (*_missing(found, catalogue), *_stale(found, catalogue), *_broken(catalogue))
        problems += [Problem(language, kind, message) for kind, message in kinds]
    return problems


def _missing(found: Catalog, catalogue: Catalog) -> Iterator[tuple[str, str]]:
    for wanted in _messages(found):
        message = catalogue.get(wanted.id)
        if message is None or not all(_forms(message.string)):
            yield "missing", _forms(wanted.id)[0]
        elif message.pluralizable != wanted.pluralizable:
            yield "stale plural", _forms(wanted.id)[0]


def _stale(found: Catalog, catalogue: Catalog) -> Iterator[tuple[str, str]]:
    for message in _messages(catalogue):
        if message.fuzzy:
            yield "unfinished (fuzzy)", _forms(message.id)[0]
        if found.get(message.id) is None:
            yield "stale", _forms(message.id)[0]
    for message in catalogue.obsolete.values():
        yield "stale (obsolete)", _forms(message.id)[0]


def _broken(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    for message in _messages(catalogue):
        original = _forms(message.id)[-1]
        for translation in filter(None, _forms(message.string)):
            if placeholders(translation) != placeholders(original):
                yield "placeholders differ", original
            if len(MNEMONIC.findall(translation)) != len(MNEMONIC.findall(original)):
                yield "keyboard mnemonic differs", original


def placeholders(text: str) -> set[str] | None:
    """The `{name}` fields of a message with their formats; None if its braces do not close."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return {f"{name}!{kind}:{form}" for _, name, form, kind in parts if name is not None}


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """All messages but the header."""
    return (message for message in catalogue if message.id)


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """The one text of a message, or its plural forms; an untranslated one is empty."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _report(problems: Sequence[Problem]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"translations: {len(problems)} problem(s)" if problems else "translations: complete")
    return 1 if problems else 0


def _languages(root: Path) -> list[str]:
    """The languages the program offers, but English, which needs no catalogue."""
    sys.path.insert(0, str(root))
    from explorer.i18n import AVAILABLE

    return [code for code, _name in AVAILABLE if code != "en"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one action; 0, or 1 if `check` found something."""
    parser = argparse.ArgumentParser(description="Extract, compile or check the translations.")
    parser.add_argument("action", choices=("extract", "compile", "check"))
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    if options.action == "check":
        return _report(check(options.root, _languages(options.root)))
    if options.action == "extract":
        extract(options.root, _languages(options.root))
    else:
        compile_catalogues(options.root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
