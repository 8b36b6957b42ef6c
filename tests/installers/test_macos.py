"""The little that can be said of the macOS application without a Mac."""

import plistlib
import subprocess
from pathlib import Path

from explorer import __version__
from macos import app

ROOT = Path(__file__).resolve().parents[2]


def test_the_properties_are_a_property_list_with_our_version() -> None:
    options = app.bundle_options(ROOT)
    written = plistlib.loads(plistlib.dumps(options["info_plist"]))
    assert written["CFBundleShortVersionString"] == options["version"] == __version__
    assert written["CFBundleDocumentTypes"][0]["LSItemContentTypes"] == [app.TYPE]


def test_the_pictures_have_apples_names_and_sizes(tmp_path: Path) -> None:
    app.write_iconset(tmp_path)
    double = (tmp_path / "icon_16x16@2x.png").read_bytes()
    assert int.from_bytes(double[16:20], "big") == 32


def test_the_script_is_bash_and_refuses_other_systems() -> None:
    script = ROOT / "packaging" / "macos" / "build.sh"
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert 'uname)" = Darwin' in script.read_text(encoding="utf-8")
