"""The catalogues are complete, and the check that says so refuses broken ones."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from explorer import i18n

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "packaging" / "translations.py"

SOURCE = """
def show(_, plural):
    _("{count} steps of {title}")
    _("&Open")
    plural("{n} row", "{n} rows", 2)
"""

GOOD = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

msgid "{count} steps of {title}"
msgstr "{title}:{count} 步"

msgid "&Open"
msgstr "打开(&O)"

msgid "{n} row"
msgid_plural "{n} rows"
msgstr[0] "{n} 行"
"""


MARKED = """
_('plain')
print(f'{_("in an f-string")}: {n}')
_('of two ' 'parts')
language.text('of an attribute')
language.plural('one', 'many', n)
_(variable), _(''), _()
"""


def _load_driver() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", DRIVER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def driver() -> ModuleType:
    return _load_driver()


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a small project whose Chinese catalogue is the given text."""

    def make(catalogue: str) -> Path:
        (tmp_path / "explorer").mkdir()
        (tmp_path / "explorer" / "show.py").write_text(SOURCE, encoding="utf-8")
        folder = tmp_path / "resources" / "locale" / "zh_CN" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "explorer.po").write_text(catalogue, encoding="utf-8")
        return tmp_path

    return make


def test_our_own_catalogues_are_complete(driver: ModuleType) -> None:
    languages = [code for code, _ in i18n.AVAILABLE if code != "en"]
    assert [str(problem) for problem in driver.check(ROOT, languages)] == []


def test_no_marked_text_is_overlooked(driver: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "explorer").mkdir()
    (tmp_path / "explorer" / "show.py").write_text(MARKED, encoding="utf-8")
    ids = [message.id for message in driver.template(tmp_path) if message.id]
    assert ids == [
        "plain", "in an f-string", "of two parts", "of an attribute", ("one", "many"),
    ]  # fmt: skip


def test_a_sound_catalogue_passes(driver: ModuleType, project: Callable[[str], Path]) -> None:
    assert driver.check(project(GOOD), ["zh_CN"]) == []


BREAKAGES = {
    "an empty translation": ('msgstr "打开(&O)"', 'msgstr ""', "missing"),
    "a message that is not there": ('msgid "&Open"\nmsgstr "打开(&O)"\n', "", "missing"),
    "a fuzzy mark": ('msgid "&Open"', '#, fuzzy\nmsgid "&Open"', "unfinished (fuzzy)"),
    "a message nobody uses": (
        'msgid "&Open"',
        'msgid "Gone"\nmsgstr "无"\n\nmsgid "&Open"',
        "stale",
    ),
    "a message commented out": (
        '{n} 行"',
        '{n} 行"\n\n#~ msgid "Old"\n#~ msgstr "旧"',
        "stale (obsolete)",
    ),
    "a misspelt placeholder": ("{title}:{count}", "{titel}:{count}", "placeholders differ"),
    "a placeholder left out": ("{title}:{count}", "{title}:", "placeholders differ"),
    "a placeholder broken in two": ("{title}:{count}", "{title}:{count", "placeholders differ"),
    "a placeholder left out of a plural": ('"{n} 行"', '"行"', "placeholders differ"),
    "a lost keyboard mnemonic": ("打开(&O)", "打开", "keyboard mnemonic differs"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_catalogue_is_refused(
    driver: ModuleType, project: Callable[[str], Path], breakage: str
) -> None:
    whole, broken, kind = BREAKAGES[breakage]
    assert whole in GOOD
    problems = driver.check(project(GOOD.replace(whole, broken)), ["zh_CN"])
    assert kind in [problem.kind for problem in problems]


def test_a_language_without_a_catalogue_is_refused(
    driver: ModuleType, project: Callable[[str], Path]
) -> None:
    kinds = [problem.kind for problem in driver.check(project(GOOD), ["zh_CN", "fr"])]
    assert kinds == ["no catalogue"]


def test_extract_adds_new_messages_and_drops_gone_ones(
    driver: ModuleType, project: Callable[[str], Path]
) -> None:
    root = project(GOOD.replace('msgid "&Open"', 'msgid "&Close"'))
    driver.extract(root, ["zh_CN"])
    problems = [(problem.kind, problem.message) for problem in driver.check(root, ["zh_CN"])]
    assert problems == [("missing", "&Open")]
    assert "Close" not in driver.catalogues(root)["zh_CN"].read_text(encoding="utf-8")


def test_titles_of_experiments_are_messages(
    driver: ModuleType, project: Callable[[str], Path]
) -> None:
    root = project(GOOD)
    folder = root / "resources" / "experiments"
    folder.mkdir()
    (folder / "one.toml").write_text('title = "A title"\n', encoding="utf-8")
    problems = [(problem.kind, problem.message) for problem in driver.check(root, ["zh_CN"])]
    assert problems == [("missing", "A title")]


def test_compiled_catalogues_are_read_by_gettext(
    driver: ModuleType, project: Callable[[str], Path]
) -> None:
    root = project(GOOD)
    import gettext

    [compiled] = driver.compile_catalogues(root)
    with compiled.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("&Open") == "打开(&O)"
    assert catalogue.ngettext("{n} row", "{n} rows", 3) == "{n} 行"


def test_the_driver_ends_with_status_1_and_names_the_message(
    project: Callable[[str], Path],
) -> None:
    root = project(GOOD.replace("打开(&O)", ""))
    (root / "explorer" / "i18n.py").write_text('AVAILABLE = (("en", ""), ("zh_CN", ""))\n')
    (root / "explorer" / "__init__.py").touch()
    command = [sys.executable, str(DRIVER), "check", "--root", str(root)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert "zh_CN: missing: '&Open'" in outcome.stderr
