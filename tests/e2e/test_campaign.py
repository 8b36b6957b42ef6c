"""What `check` calls sound ends no command in a defect: exit status 0 or 1, never 70.

`GRADIENT_EXPLORER_CAMPAIGN=3000` makes it three thousand experiments.
"""

import json
from pathlib import Path

import pytest
from drawing import asked, draw

from explorer.__main__ import main

DOCUMENTS = (("run", "--json", "--every", "1"), ("gradients", "--json"), ("graph", "--json"))
# With the picture what people read: tables would have everything proved once more.
COMMANDS = (*DOCUMENTS, ("run",), ("gradients",), ("graph", "--svg", "graph.svg"))
PARTS = 20
FEW = 20


def status(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def sound(capsys: pytest.CaptureFixture[str], path: Path, seed: int) -> bool:
    """Whether the experiment drawn with this seed is; anything but a refusal fails."""
    path.write_text(draw(seed), encoding="utf-8")
    code, _, said = status(capsys, "check", str(path))
    assert code in (0, 2), (seed, said)
    return code == 0


# PyTorch warns of shapes that are broadcast, which is no refusal.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_sound_is_no_defect(
    part: int, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIENT_EXPLORER_DEBUG", "1")
    monkeypatch.chdir(tmp_path)
    path, wanted = tmp_path / "experiment.toml", -(-asked(FEW) // PARTS)
    seeds = iter(range(part * 10**6, (part + 1) * 10**6))
    found: list[str] = []
    for _ in range(wanted):
        seed = next(seed for seed in seeds if sound(capsys, path, seed))
        for command, *options in COMMANDS:
            code, out, said = status(capsys, command, str(path), *options)
            if code not in (0, 1):
                found.append(f"seed {seed}, {command} {options}: {code}\n{said[-1500:]}")
            elif "--json" in options:
                check_document(json.loads(out), code)
    assert not found, "\n".join(found)


def check_document(document: dict[str, object], code: int) -> None:
    """A failure is said where there is one, in PyTorch's words or ours."""
    failure = document.get("failure")
    assert (failure is not None) == (code == 1)
    if isinstance(failure, dict):
        assert failure["message"]
