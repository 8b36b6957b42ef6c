"""Wine, fit to run the installed program on a machine without a screen.

Wine 8 lacks three things that every Windows has, and they are made here with
Debian's binutils-mingw-w64-x86-64, for a prefix of our own and nothing else:

- `bcryptprimitives.dll`, of which the libraries want one function;
- six functions of `ucrtbase.dll` that take complex numbers apart: numpy calls them when
  it is imported. The library is a forwarder to a copy of Wine's own, but for those six;
- NUMA: `KMP_AFFINITY=disabled` keeps OpenMP from asking for it.

None of this is in the installer. Called by `gate.py`.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from basics import BuildError

_LOADERS = ("/usr/lib/wine/wine64", "/usr/lib/wine/wine64-stable")
_DLLS = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
_BINUTILS = "x86_64-w64-mingw32"
_BUILTIN, _COPIED = b"Wine builtin DLL", b"Wine copied  DLL"
TIMEOUT_S = 600

# The Windows calling convention: a pair of floats comes in rcx, of doubles by its address.
_COMPLEX = """\
.globl crealf, cimagf, creal, cimag, creall, cimagl
.text
crealf: movd %ecx, %xmm0
        ret
cimagf: shr $32, %rcx
        movd %ecx, %xmm0
        ret
creal:
creall: movsd (%rcx), %xmm0
        ret
cimag:
cimagl: movsd 8(%rcx), %xmm0
        ret
"""
_OWN = ("crealf", "cimagf", "creal", "cimag", "creall", "cimagl")


class WineError(BuildError):
    """Wine is not installed, or a program in it did not do what it should."""


class Wine:
    """A Windows of our own in a folder; as a context it ends what is still running."""

    def __init__(self, folder: Path) -> None:
        """Make it: seconds. Raises `WineError` where something is not installed."""
        self._loader = _loader()
        self.drive = folder / "drive_c"
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder.parent),
            "LC_ALL": "C.UTF-8",
            "WINEPREFIX": str(folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "ucrtbase=n,b;bcryptprimitives=n;winemenubuilder.exe=;mscoree=",
            "KMP_AFFINITY": "disabled",
            "GRADIENT_EXPLORER_DEBUG": "1",
        }
        self.run("wineboot", "--init")
        _crutches(self.drive / "windows" / "system32")
        self.run("reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f")
        # Wine hands on no variable of Qt's; those of the user's registry it does.
        self.run(
            *("reg", "add", r"HKCU\Environment", "/v", "QT_QPA_PLATFORM", "/d", "offscreen", "/f")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_of_exception: object) -> None:
        self._server("-k")

    def start(self, program: Path | str, *arguments: str) -> "subprocess.Popen[str]":
        """Start a program (a path inside `drive`, or a name that Wine knows)."""
        command = [self._loader, str(program), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True,
            encoding="utf-8", errors="replace", env=self._environment,
        )  # fmt: skip

    def status(self, program: Path | str, *arguments: str) -> tuple[int, str, str]:
        """Run to the end: exit status, standard output, standard error."""
        with self.start(program, *arguments) as process:
            try:
                output, errors = process.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise WineError(f"{program} {arguments}: no end in {TIMEOUT_S} s") from None
        return process.returncode, output, errors

    def run(self, program: Path | str, *arguments: str) -> str:
        """Standard output; raises `WineError` unless the exit status is 0."""
        code, output, errors = self.status(program, *arguments)
        if code != 0:
            raise WineError(f"{program} {' '.join(arguments)}: status {code}\n{output}{errors}")
        return output

    def settle(self) -> None:
        """Wait until nothing runs any more: an uninstaller ends in a process of its own."""
        self._server("-w")

    def files(self) -> set[str]:
        """Everything on the drive, but Windows itself and what is temporary."""
        found = (path.relative_to(self.drive).as_posix() for path in self.drive.rglob("*"))
        return {name for name in found if not name.startswith("windows/") and "/Temp/" not in name}

    def registry(self) -> str:
        """All that programs have written into the registry."""
        roots = (r"HKCU\Software", r"HKLM\Software\Classes", r"HKLM\Software\Microsoft")
        return "".join(self.run("reg", "query", root, "/s") for root in roots)

    def inside(self, path: Path) -> str:
        """The Windows name of a path on the drive."""
        return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")

    def _server(self, option: str) -> None:
        server = Path(self._loader).with_name("wineserver64")
        command = str(server) if server.exists() else shutil.which("wineserver")
        if command is None:
            raise WineError("wineserver is not where Debian's wine64 has it")
        subprocess.run(
            [command, option], env=self._environment, check=False, capture_output=True,
            timeout=TIMEOUT_S,
        )  # fmt: skip


def _loader() -> str:
    found = next((place for place in _LOADERS if os.access(place, os.X_OK)), None)
    if found is None:
        raise WineError("wine64 is not installed")
    if shutil.which(f"{_BINUTILS}-ld") is None:
        raise WineError("binutils-mingw-w64-x86-64 is not installed")
    return found


def _crutches(system: Path) -> None:
    """Put the libraries that Wine lacks into its system folder."""
    original = Path(_DLLS) / "ucrtbase.dll"
    (system / "ucrtwine.dll").write_bytes(original.read_bytes().replace(_BUILTIN, _COPIED, 1))
    exports = [
        name if name in _OWN else f"{name} = ucrtwine.{name}" for name in _exported(original)
    ]
    _link(system, "ucrtbase", exports, _COMPLEX)
    _link(system, "bcryptprimitives", ["ProcessPrng = advapi32.SystemFunction036"], "")


def _exported(library: Path) -> list[str]:
    """The names a library exports, as objdump lists them."""
    listing = _tool("objdump", "-p", str(library)).partition("[Ordinal/Name Pointer] Table")[2]
    lines = listing.strip("\n").partition("\n\n")[0].splitlines()
    return [line.split()[-1] for line in lines if line.strip().startswith("[")]


def _link(system: Path, name: str, exports: Sequence[str], assembly: str) -> None:
    code, table, source = (system / f"{name}{end}" for end in (".o", ".def", ".s"))
    source.write_text(assembly, encoding="ascii")
    lines = [f"LIBRARY {name}.dll", "EXPORTS", *(f" {each}" for each in exports)]
    table.write_text("\n".join(lines) + "\n", encoding="ascii")
    _tool("as", "-o", str(code), str(source))
    target = system / f"{name}.dll"
    target.unlink(missing_ok=True)
    _tool("ld", "-shared", "-e", "0", "-o", str(target), str(code), str(table))
    for file in (code, table, source):
        file.unlink()


def _tool(name: str, *arguments: str) -> str:
    command = [f"{_BINUTILS}-{name}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WineError(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout
