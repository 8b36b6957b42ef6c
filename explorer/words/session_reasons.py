"""Why `.grad` is as it is between two steps, in sentences: the codes of running sessions.

Part of the table in `explorer.words.reasons`; `explorer.explain.session_reasons` finds them.
"""

from collections.abc import Mapping

from explorer.i18n import N_
from explorer.words.reason_entry import ReasonWords

SESSION_WORDS: Mapping[str, ReasonWords] = {
    "not-yet": ReasonWords(
        N_("{name} has no gradient yet: it gets one with the next backward(). Make a step."),
    ),
    "not-yet/first": ReasonWords(
        N_(
            "{name}.grad is None so far, since no backward() has run. The gradient that is shown "
            "is what step {step} will compute. Make the step."
        ),
    ),
    "not-leaf": ReasonWords(
        N_(
            "{name} is computed, and PyTorch keeps .grad only for leaves. Its gradient is known "
            "here all the same; in a program call {name}.retain_grad() before backward()."
        ),
    ),
    "stale": ReasonWords(
        N_(
            "The gradient of {name} is left over from step {step}: nothing has reached it "
            "since. The next zero_grad() clears it before the optimizer could apply it again."
        ),
    ),
    "stale/applied": ReasonWords(
        N_(
            "The gradient of {name} is left over from step {step}, and the optimizer still applies "
            'it in every update: it passes over None only, and zero_grad = "never" clears nothing. '
            'Set zero_grad = "none" in [training], and {name} stands still.'
        ),
    ),
    "stale/pending": ReasonWords(
        N_(
            "The gradient of {name} is left over from step {step}: nothing has reached it since. "
            "It is kept until the update of step {update}, since accumulate lets several steps add "
            "up, and is applied then."
        ),
    ),
    "stale/moved": ReasonWords(
        N_(
            "The gradient of {name} is left over from step {step}. The next zero_grad() sets it to "
            '0 and not to None, so {name} goes on moving, by {moved_by}. Set zero_grad = "none" '
            "in [training], and it stands still."
        ),
    ),
    "stale/not-held": ReasonWords(
        N_(
            "The gradient of {name} is left over from step {step}: nothing has reached it since. "
            "The optimizer does not hold {name}, so zero_grad() does not clear this gradient and "
            "no update applies it."
        ),
    ),
    "zeroed": ReasonWords(
        N_(
            "The gradient of {name} is 0 and not None: zero_grad() put it there, and none has "
            'reached {name} since step {step}. With zero_grad = "none" in [training] it is None.'
        ),
    ),
    "zeroed/moved": ReasonWords(
        N_(
            "The gradient of {name} is 0 and not None: zero_grad() put it there, and none has "
            "reached {name} since step {step}. The optimizer passes over None only, so {name} "
            'still moves, by {moved_by}. Set zero_grad = "none" in [training], and it stands '
            "still."
        ),
    ),
    "accumulated": ReasonWords(
        N_(
            "The .grad of {name} is the sum of its gradients since step {since}: zero_grad = "
            '"never" clears nothing, and the optimizer applies the whole sum. The graph shows the '
            'gradient of one step. Set zero_grad = "none" in [training], and .grad is that too.'
        ),
    ),
    "accumulated/not-held": ReasonWords(
        N_(
            "The .grad of {name} is the sum of its gradients since step {since}: the optimizer "
            "does not hold {name}, so no update applies it and zero_grad() does not clear it. The "
            "graph shows the gradient of one step."
        ),
    ),
    "accumulated/steps": ReasonWords(
        N_(
            "The .grad of {name} is the sum of its gradients since step {since}: accumulate lets "
            "{accumulate} steps add up to one update. The graph shows the gradient of one step."
        ),
    ),
    "clipped": ReasonWords(
        N_(
            "The .grad of {name} is smaller than backward() made it: the norm of all gradients "
            "together was {norm}, and clip_grad_norm scaled them down to {limit}. The graph shows "
            "the gradient before that."
        ),
    ),
    "clipped/value": ReasonWords(
        N_(
            "The .grad of {name} is at the limit of clip_grad_value, {limit}: backward() gave "
            "that much or more. The graph shows the gradient before it was cut down."
        ),
    ),
    "not-in-optimizer": ReasonWords(
        N_(
            "{name} has a gradient and does not move: the optimizer does not hold it (optimize = "
            "false). zero_grad() does not clear this gradient either, so that the next one is "
            "added to it. Without optimize = false it is trained like the others."
        ),
    ),
}
