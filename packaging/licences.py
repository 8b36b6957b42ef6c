"""The licence texts of everything that an installer carries, and a file that lists them.

    python packaging/licences.py FOLDER    those of the Linux bundle, from this environment

Every distribution gets a folder with all texts found in it; one without any text is
an error, never left out. `bundled` and `of_wheel` say what there is, `write` lays it
out, `copyright_file` is Debian's machine-readable form (DEP-5) of the same. Called
by the drivers of the packages and by `windows/installer.py`.
"""

import os
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.parser import Parser
from importlib import metadata
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
# The checkout, whose version this is, before any installed one.
sys.path.insert(0, str(ROOT))

from basics import BuildError  # noqa: E402
from explorer import __version__  # noqa: E402

NOTICES = ROOT / "packaging" / "notices"
US = "gradient-explorer"

# A text's file name; never a module that is merely about licences.
_TEXT = re.compile(r"(licen[cs]e|copying|notice|copyright)[^/]*(?<!\.py)(?<!\.pyc)$", re.IGNORECASE)
_IN_LICENCES = re.compile(r"\.dist-info/licen[cs]es/")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_COPYRIGHT = re.compile(
    r"^[\s#*/]*(?:copyright\b[:\s]*)?(?:\(c\)|©|copyright)\s*(.*\d{4}.*)$", re.I
)

# Whose wheels name a licence but carry no text: it stands in `packaging/notices`.
SUPPLIED: Mapping[str, tuple[str, ...]] = {
    "pyside6-essentials": ("LGPL-3", "GPL-3"),
    "shiboken6": ("LGPL-3", "GPL-3"),
    "graphlay": ("Apache-2.0",),  # of "MIT OR Apache-2.0"
}
# Texts of our own that go with a distribution.
OWN_NOTICES = {"pyside6-essentials": ("qt",), "shiboken6": ("qt",)}
# In the wheels, and no licence we use: the offer of a commercial one.
_IGNORED = re.compile(r"LicenseRef-Qt-Commercial")


# What PyTorch's builds for graphics cards require; the bundle is made of its CPU build.
_FOR_CARDS = re.compile(r"(nvidia|cuda|triton)(-|$)")


class MissingLicenceError(BuildError):
    """Something that is carried along has no licence text."""


@dataclass(frozen=True)
class Carried:
    """One thing in the installer; `texts` is file name to content, `names` its top-level files."""

    name: str
    version: str
    licence: str
    holders: tuple[str, ...]
    names: tuple[str, ...]
    texts: Mapping[str, bytes]

    @property
    def folder(self) -> str:
        """Where its texts are put."""
        return f"{self.name}-{self.version}"


def bundled(root: str = US) -> list[Carried]:
    """What the bundle made in this environment carries: us, all we require, and Python."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [root]
    while waiting:
        distribution = metadata.distribution(waiting.pop())
        name = normal(distribution.metadata["Name"])
        if name not in found:
            found[name] = distribution
            waiting += [each for each in _required(distribution) if normal(each) not in found]
    return [*(_of_installed(found[name]) for name in sorted(found)), python(_python_text())]


def never_bundled() -> list[str]:
    """Names of what PyTorch requires here and no bundle carries; empty for its CPU build."""
    required = map(normal, _required(metadata.distribution("torch")))
    return sorted(name for name in required if _FOR_CARDS.match(name))


def _required(distribution: metadata.Distribution) -> Iterator[str]:
    """Names of what it needs; what is meant for other systems and is not here is passed over."""
    for line in distribution.requires or ():
        requirement, _, marker = line.partition(";")
        match = _NAME.match(requirement)
        assert match is not None
        if "extra" in marker:
            continue
        if not marker or _is_installed(match[0]):
            yield match[0]


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _of_installed(distribution: metadata.Distribution) -> Carried:
    files = [file for file in distribution.files or () if is_text(file.as_posix())]
    texts = {file.as_posix(): Path(str(file.locate())).read_bytes() for file in files}
    tops = {file.parts[0] for file in distribution.files or () if file.suffix != ".pth"}
    fields = {name: distribution.metadata.get_all(name) or [] for name in _FIELDS}
    return _carried(fields, texts, tops)


def of_wheel(wheel: Path) -> Carried:
    """What a wheel file carries."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        texts = {name: archive.read(name) for name in names if is_text(name)}
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        message = Parser().parsestr(archive.read(about).decode("utf-8"))
    fields = {name: [str(value) for value in message.get_all(name, [])] for name in _FIELDS}
    return _carried(fields, texts, {PurePosixPath(name).parts[0] for name in names})


_FIELDS = ("Name", "Version", "License-Expression", "License", "Classifier", "Author")


def _carried(
    fields: Mapping[str, list[str]], texts: Mapping[str, bytes], tops: Iterable[str]
) -> Carried:
    """Everything put together. Raises `MissingLicenceError`."""
    name = normal(fields["Name"][0])
    found = {_short(place): text for place, text in texts.items()}
    if name == US:
        return us()
    supplied = (*SUPPLIED.get(name, ()), *OWN_NOTICES.get(name, ()))
    found |= {f"{each}.txt": (NOTICES / f"{each}.txt").read_bytes() for each in supplied}
    if not found:
        raise MissingLicenceError(
            f"{name} carries no licence text: find it, and add it to packaging/licences.py"
        )
    holders = _holders(found.values()) or tuple(fields["Author"]) or (f"The authors of {name}",)
    version = fields["Version"][0]
    kept = tuple(sorted(top for top in tops if not top.endswith((".dist-info", ".data", ".."))))
    return Carried(name, version, _expression(name, fields), holders, kept, found)


def us() -> Carried:
    """The program itself."""
    holders = ("2026 The Gradient Explorer developers",)
    text = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
    return Carried(US, __version__, "MIT", holders, ("*",), text)


def is_text(place: str) -> bool:
    """Whether a file of a distribution is a licence text or a notice."""
    if _IGNORED.search(place):
        return False
    return bool(_IN_LICENCES.search(place) or _TEXT.match(PurePosixPath(place).name))


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _short(place: str) -> str:
    """A text's place without the folder of the metadata."""
    return re.sub(r"^[^/]+\.dist-info/(licen[cs]es/)?", "", place)


def _expression(name: str, fields: Mapping[str, list[str]]) -> str:
    """The licence in a line; the long texts some put there stand in their files."""
    if name in SUPPLIED:
        return " and ".join(SUPPLIED[name])
    stated = [*fields["License-Expression"], *fields["License"]]
    classified = [each.rsplit(" :: ")[-1] for each in fields["Classifier"] if "License ::" in each]
    short = [each for each in (*stated, *classified) if "\n" not in each and len(each) < 400]
    return short[0] if short else "see its texts"


def _holders(texts: Iterable[bytes]) -> tuple[str, ...]:
    """The lines that say whose it is, each once, in order."""
    lines = (line for text in texts for line in text.decode("utf-8", "replace").splitlines())
    matches = (_COPYRIGHT.match(line) for line in lines)
    return tuple(dict.fromkeys(match[1].strip() for match in matches if match))[:40]


def python(text: bytes, version: str = "") -> Carried:
    """CPython, with the text it came with."""
    number = version or ".".join(map(str, sys.version_info[:3]))
    holders = ("2001 Python Software Foundation",)
    return Carried("python", number, "PSF-2.0", holders, ("python*",), {"LICENSE.txt": text})


def _python_text() -> bytes:
    numbers = "{}.{}".format(*sys.version_info)
    places = (
        Path(os.__file__).parent / "LICENSE.txt",
        Path(f"/usr/share/doc/python{numbers}/copyright"),
        Path(f"/usr/share/doc/libpython{numbers}-stdlib/copyright"),
        Path("/usr/share/licenses/python3-libs/LICENSE"),
    )
    for place in places:
        if place.is_file():
            return place.read_bytes()
    raise MissingLicenceError(f"Python's own licence is in none of {', '.join(map(str, places))}")


def own_notice(name: str, licence: str, files: tuple[str, ...]) -> Carried:
    """Something that has a notice in `packaging/notices` and no distribution."""
    text = {f"{name}.txt": (NOTICES / f"{name}.txt").read_bytes()}
    return Carried(name, "", licence, (f"The authors of {name}",), files, text)


def of_system(package: str, files: tuple[str, ...]) -> Carried:
    """A library taken from a Debian package of the build machine."""
    file = Path(f"/usr/share/doc/{package}/copyright")
    if not file.is_file():
        raise MissingLicenceError(f"{file} is not here: which package is {files} of?")
    text = file.read_bytes()
    holders = _holders((text,)) or (f"The authors of {package}",)
    return Carried(package, "", "see its text", holders, files, {"copyright": text})


def write(carried: Iterable[Carried], folder: Path) -> int:
    """Lay out all texts, with a list of them; returns how many things have some."""
    lines = ["What Gradient Explorer carries, and under which licence", ""]
    entries = list(carried)
    for each in entries:
        for name, text in each.texts.items():
            file = folder / each.folder / _flat(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
        lines.append(f"{each.folder.rstrip('-')}: {each.licence}")
    (folder / "LICENCES.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(entries)


def _flat(name: str) -> str:
    """One file name for a text's place: deep folders are too long for some systems."""
    return name.replace("/", "~") if len(name) < 120 else name.replace("/", "~")[-120:]


def copyright_file(carried: Iterable[Carried], texts_at: str) -> str:
    """DEP-5: a paragraph for each; long texts are named by their place below `texts_at`."""
    head = (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: Gradient Explorer\n"
    )
    mit = (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n\n", 2)[2]
    paragraphs = [head, _paragraph(us(), _indented(mit))]
    for each in carried:
        if each.name != US:
            where = f" {each.licence}.\n The texts are in {texts_at}/{each.folder}/."
            paragraphs.append(_paragraph(replace(each, licence=f"{each.name}-licence"), where))
    return "\n".join(paragraphs)


def _paragraph(each: Carried, text: str) -> str:
    files = "*" if each.names == ("*",) else " ".join(f"*/{name}*" for name in each.names)
    holders = "\n           ".join(each.holders)
    return f"Files: {files}\nCopyright: {holders}\nLicense: {each.licence}\n{text}\n"


def _indented(text: str) -> str:
    return "\n".join(f" {line}" if line.strip() else " ." for line in text.rstrip().splitlines())


def main() -> int:
    """Write those of the bundle into the folder named on the command line."""
    folder = Path(sys.argv[1])
    carried = bundled()
    count = write(carried, folder)
    listed = copyright_file(carried, f"/usr/share/doc/{US}/licences")
    (folder / "copyright").write_text(listed, encoding="utf-8")
    print(f"{count} licences in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
