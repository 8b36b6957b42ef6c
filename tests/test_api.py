"""The Python interface, and where files are found."""

import subprocess
import sys
from pathlib import Path

import pytest

import explorer
from explorer import paths
from explorer.experiment.problem import BadInput
from explorer.experiment.sources import experiment_path


def test_load_run_and_read() -> None:
    experiment = explorer.load("line-fit")
    assert isinstance(experiment, explorer.Experiment)
    session = explorer.Session(experiment, steps=500)
    for record in session:
        last = record
    assert session.failure is None
    values = dict(zip(session.columns, last.values, strict=True))
    assert last.loss == 0.0037916165310889482
    assert round(values["a"], 4) == 1.5399


def test_overrides() -> None:
    assert explorer.load("line-fit", ["training.steps=7"]).training.steps == 7


def test_importing_the_package_imports_little() -> None:
    probe = "import explorer, sys; sys.exit(bool({'torch', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


def test_an_unknown_attribute_is_refused() -> None:
    with pytest.raises(AttributeError, match="Sessoin"):
        _ = explorer.Sessoin  # type: ignore[attr-defined]


def test_built_in_experiments_are_there() -> None:
    assert {"line-fit", "detached-branch", "connected-branch"} <= set(paths.builtin_experiments())


@pytest.mark.parametrize("name", ["line-fit.toml", "./line-fit", "a/line-fit", "a\\line-fit", ""])
def test_a_path_is_not_a_name(name: str) -> None:
    assert experiment_path(name) == Path(name)


def test_a_file_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line-fit").touch()
    assert experiment_path("line-fit") == Path("line-fit")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(BadInput) as refusal:
        experiment_path("line-fitt")
    assert refusal.value.code == "unknown-experiment"
    assert refusal.value.facts["nearest"] == "line-fit"


def test_a_frozen_bundle_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "explorer" / "resources"
    (bundle / "experiments").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    paths.resources.cache_clear()
    try:
        assert paths.resources() == bundle
    finally:
        paths.resources.cache_clear()


def test_user_folders_follow_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert paths.config_folder() == tmp_path / "gradient-explorer"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert paths.config_folder() == Path.home() / ".config" / "gradient-explorer"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert paths.data_folder() == Path.home() / ".local" / "share" / "gradient-explorer"
