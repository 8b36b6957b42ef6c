"""The whole graph as plain data for JSON: every tensor, every operation, every edge.

The shape is a promise to other programs (`resources/help/en/json.md`). Nothing is collapsed or left
out, whatever the picture shows. As in `explorer.export.tables`: None is null, and what is not
finite is a text. Called by the command `graph`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from explorer.explain.cuts import FLOWS, NOTHING, role_of
from explorer.export.tables import Json, plain, reason_document, site_document
from explorer.picture.states import all_states
from explorer.words.proof import chain_text

if TYPE_CHECKING:
    from explorer.explain.proof_records import Proof, Texts
    from explorer.explain.reason import Reason
    from explorer.explain.trace_records import Trace, TracedEdge, TracedOperation, TracedTensor


@dataclass(frozen=True)
class Explained:
    """What is known of the tensors by their names: reasons, and proofs where there are any."""

    reasons: "Mapping[str, Reason | None]" = field(default_factory=dict)
    proofs: "Mapping[str, Proof]" = field(default_factory=dict)


def graph_document(
    trace: "Trace",
    title: str,
    explained: Explained,
    failure: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """The graph; tensors have ids `t0`, `t1`, …, operations `o0`, `o1`, … in calling order."""
    states = all_states(trace)
    passed = frozenset(trace.backward)
    document: dict[str, Json] = {
        "title": title,
        "objective": None if trace.objective is None else f"t{trace.objective}",
        "nodes": [
            *(_tensor(tensor, states[tensor.number], explained) for tensor in trace.tensors),
            *(_operation(place, each) for place, each in enumerate(trace.operations)),
        ],
        "edges": list(_edges(trace, passed)),
        "backward": [f"o{operation}" for operation in trace.backward],
    }
    return document if failure is None else {**document, "failure": dict(failure)}


def _tensor(tensor: "TracedTensor", state: str, explained: Explained) -> Json:
    name = tensor.names[0] if tensor.names else None
    proof = None if name is None else explained.proofs.get(name)
    return {
        "id": f"t{tensor.number}",
        "kind": "tensor",
        "name": name,
        "label": tensor.label,
        "state": state,
        "shape": list(tensor.shape),
        "requires_grad": tensor.requires_grad,
        "value": plain(tensor.value),
        "grad": plain(tensor.grad),
        "reason": None if name is None else reason_document(explained.reasons.get(name)),
        "proof": None if proof is None else proof_document(proof),
    }


def _operation(place: int, operation: "TracedOperation") -> Json:
    position = operation.position
    return {
        "id": f"o{place}",
        "kind": "operation",
        "name": operation.name,
        "text": operation.text or None,
        "line": None if position is None else position.line,
        "column": None if position is None else position.column,
        "grad_fn": operation.grad_fn,
        "grad_mode": operation.grad_mode,
        "cut": operation.cut,
        **_called_at(operation),
    }


def _called_at(operation: "TracedOperation") -> dict[str, Json]:
    """Of somebody's own program, where the operation was called."""
    if operation.site is None:
        return {}
    return {"site": site_document(operation.site), "module": operation.module}


def _edges(trace: "Trace", passed: frozenset[int]) -> Iterator[Json]:
    """For every operation its inputs, then what it made, whose gradient comes back to it."""
    for place, operation in enumerate(trace.operations):
        for edge in operation.inputs:
            yield _use(trace, trace.edges[edge], passed)
        for output in operation.outputs:
            grad = trace.tensors[output].grad
            flows = grad is not None and place in passed
            yield _edge(f"o{place}", f"t{output}", FLOWS if flows else NOTHING, None) | {
                "contribution": plain(grad) if flows else None,
                "derivative": None,
            }


def _use(trace: "Trace", edge: "TracedEdge", passed: frozenset[int]) -> Json:
    role = role_of(trace, edge, passed)
    return _edge(f"t{edge.tensor}", f"o{edge.operation}", *role) | {
        "contribution": plain(edge.contribution),
        "derivative": plain(edge.derivative),
    }


def _edge(source: str, target: str, flow: str, cut: str | None) -> dict[str, Json]:
    return {"from": source, "to": target, "flow": flow, "cut": cut}


def proof_document(proof: "Proof") -> dict[str, Json]:
    """The derivative of `objective` by the tensor `name` as each way has it.

    `symbolic` is nested as the values are. `conditions` is null where the expression holds on
    one side of too many kinks to name. `chain` is one line of text.
    """
    return {
        "name": proof.name,
        "objective": proof.objective,
        "autograd": plain(proof.autograd),
        "difference": plain(proof.difference),
        "symbolic": None if proof.symbolic is None else _texts(proof.symbolic),
        "symbolic_value": plain(proof.symbolic_value),
        "conditions": None if proof.conditions is None else list(proof.conditions),
        "chain": None if proof.chain is None else chain_text(proof.chain),
        "omitted": reason_document(proof.omitted),
    }


def _texts(texts: "Texts") -> Json:
    return [_texts(each) for each in texts] if isinstance(texts, list) else texts
