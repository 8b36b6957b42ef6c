"""The tensors as the window's table shows them, ten times a second while a run is on.

Called by `explorer.live.frames`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.explain.step_records import TensorState

if TYPE_CHECKING:
    from explorer.engine.session import Session

# Larger tensors are outlined.
SHOWN_ELEMENTS = 64


def tabled(session: "Session") -> tuple[TensorState, ...]:
    """The leaves with their real `.grad`; intermediates from a pass of their own.

    Before the first step nothing has a `.grad`: what is shown of all are the gradients of the
    pass that it will make, as the graph shows them.
    """
    from explorer.engine.gradients import computed_states, run_pass
    from explorer.engine.kept_grads import going_on, waits
    from explorer.engine.tensors import states

    subject = session.subject
    made = run_pass(subject, session.step + 1)
    broke_off = made.failure is not None and made.failure.code != "nothing-requires-grad"
    reached = {
        name: broke_off or (made.failure is None and copy.grad is not None)
        for name, copy in made.leaves.items()
    }
    ahead = session.step == 0 and session.failure is None and made.failure is None
    leaves = states(subject, (made if ahead else subject).leaves.items(), SHOWN_ELEMENTS)
    computed = computed_states(subject, made, SHOWN_ELEMENTS)
    if made.failure is not None:
        # The pass may have come some way before it broke off.
        computed = tuple(replace(tensor, grad=None) for tensor in computed)
    unreached = [name for name, is_reached in reached.items() if not is_reached]
    moves = {} if made.failure else going_on(session, unreached)
    waiting = waits(session)
    standing = (
        replace(
            leaf,
            reached=reached[leaf.name],
            moves_on=moves.get(leaf.name, ()),
            waits=waiting,
        )
        for leaf in leaves
    )
    flagged = (replace(tensor, reached=broke_off or tensor.grad is not None) for tensor in computed)
    return (*standing, *flagged)
