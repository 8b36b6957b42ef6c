"""What the audit finds, misses and is wrong about; and what it costs.

    python tests/benchmarks/audit.py

The first table counts the planted faults of tests/own by their rules: found means by the right
rule, of the right tensor, on the right line. False alarms are findings at "warning" or above in
a mended twin or a healthy model. The second table times an audit of small models against the
forward and backward passes of their own loops.
"""

import json
import logging
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

TESTS = Path(__file__).resolve().parents[1] / "own"
sys.path.insert(0, str(TESTS))

from healthy import HEALTHY  # noqa: E402
from healthy_libraries import OF_LIBRARIES, gpt2, installed  # noqa: E402
from planted import FAULTS  # noqa: E402
from planted_form import MARK, Fault, program  # noqa: E402

from explorer.explain.audit.records import Finding  # noqa: E402
from explorer.explain.audit.rules import findings  # noqa: E402
from explorer.own.loading import load  # noqa: E402
from explorer.own.observing import observe  # noqa: E402
from explorer.own.reference import Reference  # noqa: E402
from explorer.own.setup import Setup  # noqa: E402

REPEATS = 7


def audited(folder: Path, source: str) -> list[Finding]:
    """What is found in a program, notes left out."""
    path = folder / "their_fault.py"
    path.write_text(source, encoding="utf-8")
    found = findings(observe(load(Reference(str(path), "make"))))
    sys.modules.pop("their_fault", None)
    return [each for each in found if each.level != "note"]


def is_found(folder: Path, fault: Fault) -> bool:
    """By its rule, of its tensor, on its line."""
    source = program(fault.faulty)
    line = next(n for n, text in enumerate(source.splitlines(), 1) if MARK in text)
    return any(
        (each.rule, each.subject, each.site and each.site.line) == (fault.rule, fault.subject, line)
        for each in audited(folder, source)
    )


def count() -> dict[str, int]:
    """The table of found and missed, and the false alarms."""
    found, planted, alarms = Counter[str](), Counter[str](), 0
    with tempfile.TemporaryDirectory() as name:
        for fault in FAULTS.values():
            planted[fault.rule] += 1
            found[fault.rule] += is_found(Path(name), fault)
            alarms += len(audited(Path(name), program(fault.mended)))
    print(f"{'rule':24}{'planted':>9}{'found':>9}{'missed':>9}")
    for rule, total in [*planted.items(), ("all", planted.total())]:
        right = found.total() if rule == "all" else found[rule]
        print(f"{rule:24}{total:9}{right:9}{total - right:9}")
    print(f"\nfalse alarms in {planted.total()} mended twins: {alarms}")
    makes = {**HEALTHY, **{k: make for k, (lib, make) in OF_LIBRARIES.items() if installed(lib)}}
    wrong = sum(_alarms(make) for make in makes.values())
    print(f"false alarms in {len(makes)} healthy models: {wrong}\n")
    return {
        "planted": planted.total(),
        "found": found.total(),
        "healthy": len(makes),
        "false_alarms": alarms + wrong,
    }


def _alarms(make: Callable[[], Setup]) -> int:
    torch.manual_seed(0)
    return sum(each.level != "note" for each in findings(observe(make())))


def best(action: Callable[[], object]) -> float:
    """The shortest of some runs, in milliseconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def cost() -> dict[str, float]:
    """An audit in passes of the model's own."""
    passes = {}
    print(f"{'model':24}{'pass, ms':>10}{'audit, ms':>11}{'passes':>9}")
    chosen = {name: HEALTHY[name] for name in ("mlp", "batch norm", "encoder")}
    if installed("transformers"):
        chosen["GPT-2"] = gpt2
    for name, make in chosen.items():
        setup = make()
        one, whole = best(partial(_pass, setup)), best(partial(observe, setup))
        print(f"{name:24}{one:10.2f}{whole:11.2f}{whole / one:9.1f}")
        passes[name] = round(whole / one, 2)
    return passes


def _pass(setup: Setup) -> None:
    setup.objective(setup.first_batch()).backward()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    torch.set_num_threads(1)
    print(json.dumps({**count(), "passes": cost()}))
