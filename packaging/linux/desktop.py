"""Everything a Linux desktop and shell want beside the program, laid out below `share/`.

    python packaging/linux/desktop.py FOLDER      write it all, then validate it

The driver calls `install` for each kind of package (.deb, .rpm, .tar) and the
gate calls `validate`, which needs desktop-file-validate, appstreamcli, xmllint,
man, zsh and fish, and raises where one is missing.
"""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import completions
import icons
from basics import BuildError, Say
from linux import manual
from linux.changes import CHANGELOG, Release, releases

HERE = Path(__file__).resolve().parent
PROGRAM = "gradient-explorer"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
# AppStream takes pictures from the web only. This name is reserved and leads nowhere:
# whoever publishes the pictures gives the real place.
SCREENSHOTS = "https://gradient-explorer.example/screenshots"

DESKTOP = f"applications/{PROGRAM}.desktop"
MIME = f"mime/packages/{PROGRAM}.xml"
METAINFO = f"metainfo/{PROGRAM}.metainfo.xml"
COMPLETIONS = {
    "bash": "bash-completion/completions",
    "zsh": "zsh/vendor-completions",
    "fish": "fish/vendor_completions.d",
}


class InvalidError(BuildError):
    """A validator refused a file; the message is what it said."""


def install(share: Path, say: Say, screenshots: str = SCREENSHOTS) -> list[Path]:
    """Write everything below `share` (a package's `usr/share`); returns the files."""
    contents = {
        DESKTOP: (HERE / f"{PROGRAM}.desktop").read_bytes(),
        MIME: (HERE / f"{PROGRAM}.mime.xml").read_bytes(),
        METAINFO: metainfo(screenshots).encode(),
        f"doc/{PROGRAM}/changelog.gz": _packed(CHANGELOG.read_bytes()),
        **_icons(),
        **_manuals(),
        **_completions(),
    }
    for name, content in contents.items():
        _write(share / name, content)
    say(f"desktop files: {len(contents)} below {share}")
    return [share / name for name in contents]


def metainfo(screenshots: str = SCREENSHOTS) -> str:
    """AppStream's file, with the releases of the changelog."""
    template = (HERE / f"{PROGRAM}.metainfo.xml").read_text(encoding="utf-8")
    entries = "".join(_release(each) for each in releases())
    return template.replace("@SCREENSHOTS@", screenshots).replace("@RELEASES@", f"{entries}\n  ")


def _release(each: Release) -> str:
    points = "".join(f"\n          <li>{escape(change)}</li>" for change in each.changes)
    return (
        f'\n    <release version="{each.version}" date="{each.date:%Y-%m-%d}">'
        f"\n      <description>\n        <ul>{points}\n        </ul>\n      </description>"
        "\n    </release>"
    )


def _icons() -> dict[str, bytes]:
    pictures = {f"icons/hicolor/{n}x{n}/apps/{PROGRAM}.png": icons.png(n) for n in SIZES}
    drawing = {f"icons/hicolor/scalable/apps/{PROGRAM}.svg": icons.ICON.read_bytes()}
    return pictures | drawing


def _manuals() -> dict[str, bytes]:
    pages = {}
    for code in manual.LANGUAGES:
        file = manual.target(Path("man"), code)
        pages[f"{file}.gz"] = _packed(manual.manual(code).encode())
        # The same program under its window's name.
        pages[f"{file.parent}/{PROGRAM}-window.1.gz"] = _packed(f".so man1/{PROGRAM}.1\n".encode())
    return pages


def _completions() -> dict[str, bytes]:
    files = {
        f"{folder}/{completions.FILE_NAMES[shell]}": completions.completion(shell).encode()
        for shell, folder in COMPLETIONS.items()
    }
    # bash looks for the file by the command's name.
    link = f"{COMPLETIONS['bash']}/{PROGRAM}-window"
    return files | {link: files[f"{COMPLETIONS['bash']}/{PROGRAM}"]}


def _packed(content: bytes) -> bytes:
    """gzip as packages want it: best, and without a time, so that builds are alike."""
    return gzip.compress(content, 9, mtime=0)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o644)


def validate(share: Path, say: Say) -> None:
    """Run every validator on what `install` wrote; raises `InvalidError`."""
    _accept(say, "desktop-file-validate", share / DESKTOP)
    _accept(say, "appstreamcli", "validate", "--no-net", share / METAINFO)
    _accept(say, "xmllint", "--noout", share / METAINFO, share / MIME)
    for code in manual.LANGUAGES:
        page = share / f"{manual.target(Path('man'), code)}.gz"
        _accept(say, "man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page, quiet=True)
    for shell, folder in COMPLETIONS.items():
        _accept(say, shell, "-n", share / folder / completions.FILE_NAMES[shell])


def _accept(say: Say, tool: str, *arguments: str | Path, quiet: bool = False) -> None:
    """Raise unless the tool ends with 0 and, where `quiet`, without a word on standard error."""
    if shutil.which(tool) is None:
        raise InvalidError(f"{tool} is not installed: nothing was validated with it")
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    line = [tool, *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0 or (quiet and done.stderr):
        raise InvalidError(f"{' '.join(line)}:\n{done.stdout}{done.stderr}")
    say(f"valid: {tool} {Path(arguments[-1]).name}")


def main() -> int:
    """Write everything into the folder named on the command line, and validate it."""
    share = Path(sys.argv[1])
    install(share, print)
    validate(share, print)
    return 0


if __name__ == "__main__":
    sys.exit(main())
