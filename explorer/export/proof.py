"""A proof as a JSON document, for the command line and other programs.

As in `explorer.export.tables`: None is null, and what is not finite is a text.
"""

from typing import TYPE_CHECKING

from explorer.export.tables import Json, plain, reason_document
from explorer.words.proof import chain_text

if TYPE_CHECKING:
    from explorer.explain.proof_records import Proof, Texts


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
