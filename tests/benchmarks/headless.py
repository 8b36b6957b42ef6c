"""A headless session, every step recorded, against the bare loop.

Prints {"ratio"}: the bare loop's time a step divided by the session's, the median
of pairs measured in turns. Run it on a quiet machine: python tests/benchmarks/headless.py
"""

import json
import statistics
import time

from baseline import STEPS, bare_loop, check_bits

import explorer
from explorer.live.history import History

PAIRS = 9


def session_loop() -> float:
    """Run the line fit and record it all; microseconds a step."""
    session = explorer.Session(explorer.load("line-fit"))
    history = History(1 + 2 * len(session.columns))
    start = time.perf_counter()
    for record in session:
        history.append_record(record.loss, record.values, record.grads)
    elapsed = time.perf_counter() - start
    values = {tensor.name: tensor.value for tensor in session.tensors()}
    assert (values["a"], values["c"]) == (1.5000202655792236, 0.4999275505542755)
    assert history.steps == STEPS
    return elapsed / STEPS * 1e6


def main() -> None:
    """Measure in turns and print the ratio."""
    bare_loop(500)
    session_loop()
    pairs = []
    for _ in range(PAIRS):
        bare_us, model = bare_loop()
        check_bits(model)
        pairs.append((bare_us, session_loop()))
    ratio = statistics.median(bare / own for bare, own in pairs)
    report = {
        "ratio": round(ratio, 3),
        "bare_us": round(statistics.median(bare for bare, _ in pairs), 1),
        "session_us": round(statistics.median(own for _, own in pairs), 1),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
