"""What every Linux package says of the program, in one place."""

from textwrap import wrap

NAME = "gradient-explorer"
TITLE = "Gradient Explorer"
MAINTAINER = "The Gradient Explorer developers <developers@gradient-explorer.example>"
SUMMARY = "PyTorch's autograd made visible in a window"
LICENCE = "MIT"
SECTION, RPM_GROUP = "science", "Applications/Engineering"
TEXT = (
    "A small real PyTorch model trains in the window. Flip requires_grad or detach on any of "
    "its tensors and see at once what happens to the graph, the gradients, the loss, the "
    "parameters and the fitted curve. Nothing is simulated: every number came out of PyTorch.",
    "The same runs are there on the command line. Python, PyTorch (for the CPU) and Qt are "
    "brought along; nothing else has to be installed.",
)
# The second is what `pip` too calls the one that needs no terminal.
COMMANDS = (NAME, f"{NAME}-window")
# Where the program is, below /.
HOME = f"usr/lib/{NAME}"


def control(version: str, depends: str, installed_kb: int) -> str:
    """Debian's control file."""
    paragraphs = [[f" {line}" for line in wrap(part, 78)] for part in TEXT]
    lines = [
        f"Package: {NAME}",
        f"Version: {version}",
        "Architecture: amd64",
        f"Maintainer: {MAINTAINER}",
        f"Section: {SECTION}",
        "Priority: optional",
        f"Installed-Size: {installed_kb}",
        f"Depends: {depends}",
        "Suggests: fonts-noto-cjk",
        f"Description: {SUMMARY}",
    ]
    for number, paragraph in enumerate(paragraphs):
        lines += [" ."] * bool(number) + paragraph
    return "\n".join(lines) + "\n"
