"""autograd's gradient once more in float64: what of a difference between the ways is rounding.

Where a gradient is small beside the numbers that it is the difference of, float32 leaves it few
right digits; in float64 the same pass agrees with the other ways all the same.
"""

import torch

from explorer.engine.proof.difference import moved
from explorer.engine.proof.question import MOST_ELEMENTS, Question, too_large
from explorer.explain.figures import Nested


def gradient_in_double(question: Question) -> Nested | None:
    """The gradient by every element, nested as the tensor; None where autograd computes none.

    Raises:
        OmissionError: `too-large`.
    """
    if question.elements > MOST_ELEMENTS:
        raise too_large("elements", MOST_ELEMENTS)
    shift = torch.zeros(question.shape, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        objective, _ = moved(question)(shift, question.target)
        if not objective.requires_grad:
            return None
        (grad,) = torch.autograd.grad(objective, shift, allow_unused=True)
    nested: Nested | None = None if grad is None else grad.tolist()
    return nested
