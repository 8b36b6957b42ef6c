"""Build hook: compile the translations before anything is packed.

Called by hatchling for wheels, source archives and editable installs (see
`tool.hatch.build.hooks.custom` in pyproject.toml). The .mo files are ignored by
git, so they are named as artifacts.
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TranslationsHook(BuildHookInterface[Any]):
    """Puts an up-to-date .mo beside each .po."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile in the source tree; an editable install reads them there."""
        root = Path(self.root)
        # By path: the build's isolated environment has no package of ours to import from.
        driver = runpy.run_path(str(root / "packaging" / "translations.py"))
        compiled = driver["compile_catalogues"](root)
        build_data["artifacts"] += [f"/{path.relative_to(root).as_posix()}" for path in compiled]
