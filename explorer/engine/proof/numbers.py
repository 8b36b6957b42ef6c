"""Shares that are sums over a column, with the numbers in them: `−0.4·1 − 0.6·2 − 0.8·3`.

Where a tensor of one number is used with a column, each row sends back upstream gradient times
local derivative, and the share is their sum. Called by `explorer.engine.proof.chain` where the
way to the objective has no symbols to write.
"""

import math
from collections.abc import Mapping

from explorer.engine.proof.notation import MINUS, TIMES, added
from explorer.explain.trace_records import Trace

MOST_ROWS = 8
LONGEST_SUM = 140
_TOLERANCE = 1e-3


def summed_texts(trace: Trace, number: int, shares: Mapping[int, float]) -> list[str] | None:
    """A text for each share of the gradient of tensor `number`; None if one has none."""
    texts = [_summed(trace, number, operation, share) for operation, share in shares.items()]
    written = [text for text in texts if text is not None]
    short = sum(map(len, written)) <= LONGEST_SUM
    return written if len(written) == len(texts) and short else None


def _summed(trace: Trace, number: int, operation: int, share: float) -> str | None:
    made = trace.operations[operation]
    uses = [trace.edges[edge] for edge in made.inputs if trace.edges[edge].tensor == number]
    upstream = trace.tensors[made.outputs[0]].grad if len(made.outputs) == 1 else None
    local = uses[0].derivative if len(uses) == 1 else None
    rows = _rows(upstream, local)
    if not rows or len(rows) > MOST_ROWS:
        return None
    total = sum(u * d for u, d in rows)
    agrees = math.isclose(total, share, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE**2)
    return added([f"{_text(u)}{TIMES}{_factor(d)}" for u, d in rows]) if agrees else None


def _rows(upstream: object, local: object) -> list[tuple[float, float]]:
    """Upstream gradient and local derivative, row by row; empty where they do not correspond."""
    if isinstance(upstream, float) and isinstance(local, float):
        return [(upstream, local)]
    if not (isinstance(upstream, list) and isinstance(local, list)):
        return []
    pairs = [(u, d) for u, d in zip(upstream, local, strict=False) if isinstance(u, float)]
    rows = [(u, d) for u, d in pairs if isinstance(d, float)]
    return rows if len(rows) == len(upstream) == len(local) else []


def _text(value: float) -> str:
    return format(value, ".4g").replace("-", MINUS)


def _factor(value: float) -> str:
    text = _text(value)
    return f"({text})" if text.startswith(MINUS) else text
