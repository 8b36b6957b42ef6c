"""The tensors as the window's table shows them, ten times a second while a run is on.

Called by `explorer.live.frames`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.explain.step_records import TensorState

if TYPE_CHECKING:
    from explorer.engine.session import Session

# Larger tensors are outlined.
SHOWN_ELEMENTS = 64


class Sight:
    """A session looked at between two steps: its tensors, and a pass of their own.

    The leaves have their real `.grad`; intermediates have theirs from that pass. Before the
    first step nothing has a `.grad` (`is_ahead`): what is shown of all are the gradients of
    the pass that it will make, as the graph shows them.
    """

    def __init__(self, session: "Session") -> None:
        from explorer.engine.gradients import run_pass

        self._session = session
        made = run_pass(session.subject, session.step + 1)
        self._made = made
        self.is_ahead = session.step == 0 and session.failure is None and made.failure is None
        self._leaves = (made if self.is_ahead else session.subject).leaves

    def states(self) -> tuple[TensorState, ...]:
        """The rows of the table."""
        from explorer.engine.gradients import computed_states
        from explorer.engine.kept_grads import going_on, waits
        from explorer.engine.tensors import states

        made, subject = self._made, self._session.subject
        broke_off = made.failure is not None and made.failure.code != "nothing-requires-grad"
        reached = {
            name: broke_off or (made.failure is None and copy.grad is not None)
            for name, copy in made.leaves.items()
        }
        leaves = states(subject, self._leaves.items(), SHOWN_ELEMENTS)
        computed = computed_states(subject, made, SHOWN_ELEMENTS)
        if made.failure is not None:
            # The pass may have come some way before it broke off.
            computed = tuple(replace(tensor, grad=None) for tensor in computed)
        unreached = [name for name, is_reached in reached.items() if not is_reached]
        moves = {} if made.failure else going_on(self._session, unreached)
        waiting = waits(self._session)
        standing = (
            _flagged(leaf, reached[leaf.name], moves.get(leaf.name, ()), waiting) for leaf in leaves
        )
        flagged = (_flagged(each, broke_off or each.grad is not None) for each in computed)
        return (*standing, *flagged)

    def tensor(self, name: str) -> tuple[tuple[int, ...] | None, Any, Any]:
        """Shape, value and gradient of a tensor; no shape: there is none of this name."""
        from explorer.engine.tensors import grad_of

        leaf, computed = self._leaves.get(name), self._made.computed.get(name)
        if leaf is not None:
            return tuple(leaf.shape), leaf, grad_of(leaf)
        if computed is None:
            return None, None, None
        grad = None if self._made.failure is not None else grad_of(computed)
        return tuple(computed.shape), computed, grad


def _flagged(
    tensor: TensorState, reached: bool, moves_on: tuple[str, ...] = (), waits: bool = False
) -> TensorState:
    # Most are as they come: a copy costs as much as the record did.
    if tensor.reached == reached and not moves_on:
        return tensor
    return replace(tensor, reached=reached, moves_on=moves_on, waits=waits)
