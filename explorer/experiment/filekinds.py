"""What a file is that is no experiment, told by its name's ending.

`file.read` asks when a file cannot be read as TOML: whoever opened a table of data or a
program hears what it is and what would work, rather than that a sign is missing in it.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from explorer.experiment.names import shortened_path
from explorer.experiment.problem import BadInput, Place

# What the file of a run of somebody's own model has, and no experiment: see explorer.own.modelfile.
MODEL_KEY = "subject"
PROGRAM, TABLE, OTHER = "program", "table", "other"
# Errors that say no more than that this is no TOML.
UNREADABLE = frozenset({"not-toml", "not-utf8", "toml-too-deep", "too-many-lines"})
_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        PROGRAM: ".py .pyw .ipynb",
        TABLE: ".csv .tsv .xls .xlsx .ods .parquet .npy .npz .arff .dat",
        OTHER: ".png .jpg .jpeg .gif .svg .webp .pdf .doc .docx .odt .ppt .pptx .zip .gz .xz .zst"
        " .tar .7z .rar .pt .pth .ckpt .safetensors .onnx .h5 .pkl .pickle .json .yaml .yml .xml"
        " .html .htm .exe .deb .rpm .so .dll .mp4 .mp3 .log",
    }
)
_KINDS = {each: code for code, endings in _ENDINGS.items() for each in endings.split()}


def told(path: Path, problem: BadInput) -> BadInput:
    """The problem of reading an experiment; what the file is, if its name says that."""
    if (problem.code, problem.place.key) == ("unknown-key", MODEL_KEY):
        return BadInput("is-run-of-a-model", Place(file=str(path)))
    code = _KINDS.get(path.suffix.lower())
    if code is None or problem.code not in UNREADABLE:
        return problem
    place, name = Place(file=str(path)), shortened_path(path.name)
    if code == PROGRAM:
        return BadInput("is-program", place, name=name)
    if code == TABLE:
        return BadInput("is-table", place, name=name)
    return BadInput("is-no-experiment", place)
