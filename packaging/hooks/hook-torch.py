"""How PyInstaller packs torch here: less than its own hook, and with torch's sources.

torch reads its own source at run time (`torch.func`, `torch._dynamo`), so modules go in as
bytecode and as files. What stays out is decided in packaging/bundle.py.
"""

import sys
from pathlib import Path

from PyInstaller.utils.hooks import (
    collect_data_files,
    collect_dynamic_libs,
    collect_submodules,
    is_module_satisfies,
)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import bundle

assert is_module_satisfies("torch >= 2.6")

module_collection_mode = "pyz+py"

# By name at run time: the replacements torch._dynamo has for Python's own functions.
hiddenimports = [
    name
    for package in ("torch._dynamo.polyfills", "torch._dynamo.variables", "torch._decomp")
    for name in collect_submodules(package, filter=bundle.is_wanted_module)
]
# `torch_shm_manager` is looked for when torch is imported.
datas = collect_data_files("torch", includes=["bin/torch_shm_manager", "version.py"])
binaries = collect_dynamic_libs("torch")
excludedimports = sorted(name for name in bundle.excluded_modules() if name.startswith("torch."))
