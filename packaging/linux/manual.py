"""The manual page, in both languages, from the command line's own table.

    python packaging/linux/manual.py FOLDER    write FOLDER/man1/… and FOLDER/zh_CN/man1/…

What the table does not know (exit statuses, variables, files) stands here, each
text in every language. Called by `desktop.py` when a package is built.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from command_table import Command, CommandLine, Item, command_line
from explorer import i18n
from explorer.cli.usage import PROGRAM
from linux.changes import releases

LANGUAGES = ("en", "zh_CN")


@dataclass(frozen=True)
class Said:
    """One text in both languages."""

    en: str
    zh_CN: str  # noqa: N815 (a language's code)

    def within(self, code: str) -> str:
        """The text in the language `code`."""
        return str(getattr(self, code))


NAME = Said(
    "see what requires_grad and detach do to a real PyTorch model while it trains",
    "在训练真实的 PyTorch 模型时，观察 requires_grad 与 detach 的作用",
)
ABOUT = Said(
    "Gradient Explorer is a desktop window on PyTorch's autograd. Without arguments, or with an "
    "experiment, it opens the window. The commands below do the same runs without a window, with "
    "the same numbers.",
    "Gradient Explorer 是观察 PyTorch 自动求导的桌面窗口。不带参数或只给一个实验时打开窗口；"
    "下列命令不开窗口进行同样的训练，所得数值相同。",
)
HEADINGS = {
    "NAME": Said("NAME", "名称"),
    "SYNOPSIS": Said("SYNOPSIS", "概要"),
    "DESCRIPTION": Said("DESCRIPTION", "描述"),
    "OPTIONS": Said("OPTIONS", "选项"),
    "COMMANDS": Said("COMMANDS", "命令"),
    "EXIT STATUS": Said("EXIT STATUS", "退出状态"),
    "ENVIRONMENT": Said("ENVIRONMENT", "环境变量"),
    "FILES": Said("FILES", "文件"),
    "EXAMPLES": Said("EXAMPLES", "示例"),
}
STATUSES = {
    "0": Said("Done.", "完成。"),
    "1": Said(
        "The run failed by itself: a loss that is not finite, or nothing requires grad.",
        "训练自行中止：损失不是有限数，或没有张量需要梯度。",
    ),
    "2": Said("Bad input or wrong arguments.", "输入有误或参数不正确。"),
    "70": Said("A mistake in the program.", "程序自身的错误。"),
    "74": Said(
        "The system refused, for example a full disk.", "操作系统拒绝了操作，例如磁盘已满。"
    ),
    "130": Said("Interrupted from the keyboard.", "被键盘中断。"),
    "141": Said("Nobody reads the output any more.", "已无人读取输出。"),
}
VARIABLES = {
    "GRADIENT_EXPLORER_LANGUAGE": Said(
        "The language to speak, before the locale's.", "使用的语言，优先于系统区域设置。"
    ),
    "GRADIENT_EXPLORER_DEBUG": Said(
        "Where it is 1, an internal error shows its details.", "为 1 时显示内部错误的详情。"
    ),
}
FILES = {
    "*.gx.toml": Said(
        "An experiment file, type application/x-gradient-experiment+toml.",
        "实验文件，类型为 application/x-gradient-experiment+toml。",
    ),
    "~/.config/gradient-explorer": Said("Settings.", "设置。"),
    "~/.local/share/gradient-explorer": Said("Recovered work.", "恢复的工作内容。"),
}
EXAMPLES = {
    f"{PROGRAM} line-fit": Said(
        "Open the window on a built-in experiment.", "在窗口中打开内置实验。"
    ),
    f"{PROGRAM} run line-fit --set training.optimizer.lr=0.01 --json": Said(
        "Train without a window and print JSON.", "不开窗口进行训练，并输出 JSON。"
    ),
}


def manual(code: str) -> str:
    """The page's source in man's macros, in the language `code`."""
    language = i18n.load(code)
    return "\n".join(_page(command_line(), code, language)) + "\n"


def _page(line: CommandLine, code: str, language: i18n.Language) -> Iterator[str]:
    newest = releases()[0]
    made = f"{newest.date:%Y-%m-%d}"
    yield f'.TH {escaped(PROGRAM.upper())} 1 "{made}" "Gradient Explorer {newest.version}"'
    yield _heading("NAME", code)
    yield f"{escaped(PROGRAM)} \\- {escaped(NAME.within(code))}"
    yield _heading("SYNOPSIS", code)
    yield from _synopsis(line, language)
    yield _heading("DESCRIPTION", code)
    yield escaped(ABOUT.within(code))
    yield _heading("OPTIONS", code)
    yield from _items(line.program.options, language)
    yield _heading("COMMANDS", code)
    for each in line.commands:
        yield from _command(each, language)
    tables = {
        "EXIT STATUS": STATUSES,
        "ENVIRONMENT": VARIABLES,
        "FILES": FILES,
        "EXAMPLES": EXAMPLES,
    }
    for heading, table in tables.items():
        yield _heading(heading, code)
        for name, said in table.items():
            yield from _entry(f"\\fB{escaped(name)}\\fR", said.within(code))


def _heading(name: str, code: str) -> str:
    return f'.SH "{HEADINGS[name].within(code)}"'


def _synopsis(line: CommandLine, language: i18n.Language) -> Iterator[str]:
    source = escaped(language.text("FILE|NAME"))
    yield f"\\fB{escaped(PROGRAM)}\\fR [\\fI{source}\\fR]"
    for each in line.commands:
        yield f".br\n{_usage(each, language)}"


def _usage(each: Command, language: i18n.Language) -> str:
    parts = [f"\\fB{escaped(f'{PROGRAM} {each.name}')}\\fR"]
    parts += [f"[\\fI{escaped(language.text('OPTIONS'))}\\fR]"]
    for item in each.arguments:
        name = f"\\fI{escaped(language.text(item.metavar))}\\fR"
        parts.append(name if item.required else f"[{name}]")
    return " ".join(parts)


def _command(each: Command, language: i18n.Language) -> Iterator[str]:
    yield f'.SS "{escaped(each.name)}"'
    yield _usage(each, language)
    yield ".PP"
    yield escaped(language.text(each.help))
    yield from _items((*each.arguments, *each.options), language)


def _items(items: Iterable[Item], language: i18n.Language) -> Iterator[str]:
    for item in items:
        names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in item.names)
        value = f"\\fI{escaped(language.text(item.metavar))}\\fR" if item.metavar else ""
        yield from _entry(" ".join(filter(None, (names, value))), language.text(item.help))


def _entry(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield term
    yield escaped(text)


def escaped(text: str) -> str:
    """Text that groff takes as it is: no escapes, no control lines, real hyphens and quotes."""
    marked = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\\&" + marked if marked.startswith((".", "'")) else marked


def target(folder: Path, code: str) -> Path:
    """Where man looks for the page in this language, below `share/man`."""
    return (folder if code == "en" else folder / code) / "man1" / f"{PROGRAM}.1"


def main() -> int:
    """Write both pages into the folder named on the command line."""
    for code in LANGUAGES:
        file = target(Path(sys.argv[1]), code)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(manual(code), encoding="utf-8")
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
