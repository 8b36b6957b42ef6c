"""From `PATH.py:FACTORY` to a setup, and every way in which that goes wrong."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from calling import Program

from explorer.experiment.problem import BadInput
from explorer.i18n import load as language
from explorer.own.loading import Given, load
from explorer.own.reference import Reference, reference
from explorer.own.setup import setup
from explorer.words.errors import sentence

GOOD = """
import torch
from torch import nn

def make():
    model = nn.Linear(3, 2)
    return {
        "model": model,
        "batches": [torch.ones(4, 3)],
        "loss": lambda model, batch: model(batch).square().mean(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
    }

class Kinds:
    def make():
        return make()

bare = lambda: nn.Linear(3, 1)
module = nn.Linear(3, 1)
number = 3
batch = torch.ones(2, 3)
def batches(): return [torch.ones(2, 3)]
"""


@pytest.fixture(autouse=True)
def _modules_of_one_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in [name for name in sys.modules if name.startswith(("their_", "json ("))]:
        del sys.modules[name]


def written(folder: Path, source: str, name: str = "their_model.py") -> str:
    path = folder / name
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return str(path)


def named(path: str, factory: str = "make") -> Reference:
    found = reference(f"{path}:{factory}")
    assert found is not None
    return found


def refused(path: str, factory: str = "make", **given: Any) -> BadInput:
    with pytest.raises(BadInput) as raised:
        load(named(path, factory), Given(**given))
    # Whatever is refused can be said, in both languages.
    for code in ("en", "zh_CN"):
        assert sentence(raised.value, language(code))
    return raised.value


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("model.py:make", "model.py"),
        ("./a b/model.py:Kinds.make", "./a b/model.py"),
        (r"C:\work\model.py:make", r"C:\work\model.py"),
        ("package.module:make", "package.module"),
        ("module:make", "module"),
        ("line-fit", None),
        ("fit.toml", None),
        (r"C:\work\fit.toml", None),
        ("model.py", None),
        ("model.py:", None),
        ("model.py:3", None),
        (":make", None),
        ("a b:make", None),
    ],
)
def test_what_is_a_reference(text: str, home: str | None) -> None:
    found = reference(text)
    assert (found and found.home) == home


def test_a_file_of_that_very_name_is_an_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fit:one").touch()
    assert reference("fit:one") is None


def test_a_mapping(tmp_path: Path) -> None:
    setup = load(named(written(tmp_path, GOOD)))
    assert setup.objective(setup.first_batch()).numel() == 1
    assert len(setup.optimizers) == 1
    assert setup.site is not None
    assert (setup.site.line, setup.site.function) == (5, "make")
    assert load(named(written(tmp_path, GOOD), "Kinds.make")).model is not None


def test_a_bare_module_with_an_input_or_a_batch(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    for factory in ("bare", "module"):
        assert load(named(path, factory), Given("4,3")).first_batch().shape == (4, 3)
    assert load(named(path, "bare"), Given(batch=f"{path}:batch")).first_batch().shape == (2, 3)
    assert len(load(named(path, "bare"), Given(batch=f"{path}:batches")).first_batch()) == 1


def test_a_module_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_package").mkdir()
    (tmp_path / "their_package" / "__init__.py").touch()
    written(tmp_path / "their_package", GOOD, "inside.py")
    monkeypatch.chdir(tmp_path)
    assert load(named("their_package.inside")).optimizers
    assert refused("their_package.outside").facts["name"] == "their_package.outside"
    assert refused("no_such_package.outside").facts["name"] == "no_such_package"
    assert refused("their_package.inside.deeper").facts["name"] == "their_package.inside.deeper"


def test_what_a_file_imports_beside_it_is_found(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "their_parts.py")
    assert load(named(written(tmp_path, "from their_parts import make\n"))).optimizers


def test_a_file_named_as_a_library_takes_nobodys_place(tmp_path: Path) -> None:
    import json

    assert load(named(written(tmp_path, GOOD, "json.py"))).optimizers
    assert sys.modules["json"] is json


BROKEN = {
    "import of nothing": ("import no_such_thing\n", "their-code-raised", 1),
    "raises on import": ("x = 1\nraise ValueError('here')\n", "their-code-raised", 2),
    "no Python": ("def make(:\n    pass\n", "their-code-is-not-python", 1),
    "factory raises": (
        "def inner():\n    return {}['x']\ndef make():\n    return inner()\n",
        "their-code-raised",
        2,
    ),
    "raises in torch": (
        "import torch\ndef make():\n    return torch.nn.Linear('a', 2)\n",
        "their-code-raised",
        3,
    ),
    "leaves": ("import sys\ndef make():\n    sys.exit(3)\n", "their-code-raised", 3),
    "missing device": (
        "import torch\ndef make():\n    return torch.nn.Linear(1, 2, device='cuda:77')\n",
        "their-code-raised",
        3,
    ),
    "nonsense": ("def make():\n    return 3\n", "not-a-setup", 1),
    "a key": (
        "import torch\ndef make():\n    return {'modle': 1}\n",
        "setup-key",
        2,
    ),
    "no module": ("def make():\n    return {'model': 1, 'batches': []}\n", "setup-value", 1),
    "a number of batches": (
        "import torch\ndef make():\n    return {'model': torch.nn.ReLU(), 'batches': 3}\n",
        "setup-value",
        2,
    ),
    "no batches": (
        "import torch\ndef make():\n    return torch.nn.ReLU()\n",
        "setup-without-batches",
        2,
    ),
    "an optimizer": (
        "import torch\ndef make():\n"
        "    return {'model': torch.nn.ReLU(), 'batches': [1], 'optimizer': 'SGD'}\n",
        "setup-value",
        2,
    ),
    "no factory": ("def mak():\n    pass\n", "no-such-factory", None),
    "no function": ("make = 3\n", "not-a-factory", None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    source, code, line = BROKEN[name]
    path = written(tmp_path, source)
    problem = refused(path)
    assert (problem.code, problem.place.line) == (code, line)
    assert problem.place.file == path
    assert "explorer" not in str(problem.facts.get("frames", ""))


def test_frames_of_ours_and_of_libraries_are_left_out(tmp_path: Path) -> None:
    source = "import torch\ndef inner():\n    torch.zeros(2).view(7)\ndef make():\n    inner()\n"
    problem = refused(written(tmp_path, source))
    assert problem.facts["kind"] == "RuntimeError"
    lines = str(problem.facts["frames"]).splitlines()
    assert [each.partition("their_model.py:")[2] for each in lines] == ["5 in make", "3 in inner"]


def test_a_misspelt_factory_has_a_nearest(tmp_path: Path) -> None:
    assert refused(written(tmp_path, GOOD), "mkae").facts["nearest"] == "make"


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "none.py")).code == "no-such-file"
    (tmp_path / "folder.py").mkdir()
    assert refused(str(tmp_path / "folder.py")).code == "is-a-folder"


@pytest.mark.parametrize("shape", ["", "a", "3,,4", "-1", "0,4", "9999999,9999999", "3.5"])
def test_no_shape(tmp_path: Path, shape: str) -> None:
    assert refused(written(tmp_path, GOOD), "bare", shape=shape).code == "not-a-shape"


def test_no_batch_of_that_name(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert refused(path, "bare", batch="batch").code == "not-a-reference"
    assert refused(path, "bare", batch=f"{path}:bathc").facts["nearest"] == "batch"


MEDDLES = """
import os, sys
print("on import")
sys.stdout.close()
sys.stderr.close()
os.chdir("/")
sys.argv.append("--more")
import torch
def make():
    print("in make")
    os.chdir("/")
    return {"model": torch.nn.Linear(2, 1), "batches": ([torch.ones(1, 2)] for _ in range(2))}
"""


def test_prints_and_another_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder, arguments = os.getcwd(), [*sys.argv]
    setup = load(named(written(tmp_path, MEDDLES)))
    assert (os.getcwd(), sys.argv) == (folder, arguments)
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == "on import\nin make\n"
    # A generator: what was read of it comes again.
    assert sum(1 for _ in zip(range(5), setup.endless(), strict=False)) == 5


def test_of_batches_without_an_end_not_all_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.own.setup.MOST_KEPT_BYTES", 10_000)
    given = ({"x": [torch.full((8,), float(n))]} for n in range(100))
    batches = setup({"model": torch.nn.ReLU(), "batches": given}).batches
    few = [batch["x"][0][0].item() for _, batch in zip(range(3), batches, strict=False)]
    assert few == [0, 1, 2]
    assert [batch["x"][0][0].item() for batch in batches] == [*range(100)]
    # There were more than are kept.
    assert not [*batches]


def test_batches_that_are_used_up(tmp_path: Path) -> None:
    source = (
        "import torch\ndef make():\n    return {'model': torch.nn.ReLU(), 'batches': iter([])}\n"
    )
    setup = load(named(written(tmp_path, source)))
    with pytest.raises(BadInput) as raised:
        setup.first_batch()
    assert raised.value.code == "no-batches"


def test_the_commands_say_it_with_status_2(program: Program, tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN["factory raises"][0])
    for name in ("gradients", "graph"):
        outcome = program(name, f"{path}:make")
        assert (outcome.status, outcome.out) == (2, "")
        assert "their_model.py:4 in make" in outcome.err
        assert "Traceback" not in outcome.err


def test_options_that_are_not_for_it(program: Program, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    for arguments in (
        ["gradients", f"{path}:make", "--after", "3"],
        ["graph", f"{path}:make", "--set", "a=1"],
        ["gradients", "line-fit", "--input", "3,4"],
        ["graph", "line-fit", "--batch", "a:b"],
    ):
        outcome = program(*arguments)
        assert (outcome.status, outcome.out) == (2, "")
        assert "--help" in outcome.err


def test_gradients_and_graph(program: Program, tmp_path: Path) -> None:
    import json

    path = written(tmp_path, GOOD)
    for name in ("gradients", "graph"):
        shown = program(name, f"{path}:make")
        assert (shown.status, shown.err) == (0, "")
        assert "weight" in shown.out
        document = json.loads(program(name, f"{path}:make", "--json").out)
        assert document
    sites = [each["site"] for each in document["nodes"] if each["kind"] == "operation"]
    assert sites[0] == {"file": path, "line": 10, "function": "make.<locals>.<lambda>"}


@pytest.mark.skipif(os.name == "nt", reason="another signal there")
@pytest.mark.usefixtures("heard_signals")
def test_what_hangs_is_ended_from_the_keyboard(tmp_path: Path) -> None:
    source = "def make():\n    print('now', flush=True)\n    while 1: pass\n"
    line = [sys.executable, "-m", "explorer", "gradients", f"{written(tmp_path, source)}:make"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "now\n"
        # Now and then the first comes while Python runs a destructor, which swallows it.
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
        assert process.stderr.read() == "Interrupted.\n"
    assert process.returncode == 130
