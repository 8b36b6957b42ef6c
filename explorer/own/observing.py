"""A few real steps of somebody's model, watched, and everything put back afterwards.

What the audit's rules judge (`explorer.explain.audit`): each step is zero_grad, forward,
backward and the optimizers' step, as in a loop of theirs. The graph is traced only where there
is something to explain. What their code raises comes through as it is.
"""

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import nn

from explorer.engine.frames import innermost
from explorer.engine.refusals import REFUSALS, failure
from explorer.experiment.problem import Failure
from explorer.explain.audit.records import (
    NOTHING_DECLARED,
    Flip,
    Grad,
    Intent,
    Seen,
    SeenParameter,
)
from explorer.explain.callsite import CallSite
from explorer.explain.reason import Reason
from explorer.own.buffers import BufferWatch
from explorer.own.compiled import is_compiled, reached_as_written
from explorer.own.definitions import definition
from explorer.own.explaining import told
from explorer.own.flags import Flippers, flags, flipped
from explorer.own.setup import Setup, needs_closure
from explorer.own.structure import foreign, held_by, hidden, names_of
from explorer.own.tracing import every_module, traced
from explorer.own.untouched import Untouched

Tick = Callable[[int], None]


def observe(
    setup: Setup, steps: int = 3, intent: Intent = NOTHING_DECLARED, tick: Tick | None = None
) -> Seen:
    """Make the steps, and say what they showed; `tick` is called with the steps done."""
    with Untouched(every_module(setup), setup.optimizers, [_foreign_tensors(setup)]):
        watch = _Watch(setup)
        with _unheard_checkpoints(watch.checkpoints):
            for step, batch in zip(range(1, steps + 1), setup.endless(), strict=False):
                if not watch.step(step, batch):
                    break
                if tick is not None:
                    tick(step)
        return watch.seen(intent)


def _foreign_tensors(setup: Setup) -> list[torch.Tensor]:
    groups = (group for each in setup.optimizers for group in each.param_groups)
    return [tensor for group in groups for tensor in group["params"]]


@dataclass(slots=True)
class _Parameter:
    """What was seen of one so far."""

    names: tuple[str, ...]
    tensor: nn.Parameter
    requires_grad: bool
    grads: list[Grad] = field(default_factory=list)
    moved_by: tuple[str, ...] = ()
    moved_in_forward: bool = False
    kept: bool = False
    written_before: bool = False
    reason: Reason | None = None
    site: CallSite | None = None


class _Watch:
    """Makes steps, one by one, and keeps what they showed."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._model = setup.model
        names = names_of(setup.model)
        self._parameters = [
            _Parameter(tuple(names[id(each)]), each, each.requires_grad)
            for each in setup.model.parameters()
        ]
        self._others = _others(setup, names)
        self._reached: set[int] = set()
        self._flips: dict[tuple[str, str], Flip] = {}
        self._buffers = BufferWatch(setup.model)
        self._failure: Failure | None = None
        self._failure_sites: tuple[CallSite, ...] = ()
        self._steps = 0
        self._ignored: tuple[str, ...] = ()
        self.checkpoints: list[CallSite] = []

    def step(self, step: int, batch: Any) -> bool:
        """One step. False where there can be no other."""
        self._clear(step)
        before, values = flags(self._model), self._values()
        random = torch.get_rng_state()
        loss = self._setup.objective(batch)
        self._note_forward(values, before, batch, random)
        try:
            loss.backward()  # type: ignore[no-untyped-call]
        except REFUSALS as error:
            self._note_failure(failure(error, step, loss), batch, random)
            return False
        self._note_gradients()
        self._explain(batch, random, step)
        self._steps = step
        if any(each.grads[-1] is Grad.BROKEN for each in self._parameters):
            # An update with it would spoil all others.
            return False
        self._update()
        return True

    # -- one step ------------------------------------------------------------------

    def _clear(self, step: int) -> None:
        """zero_grad(), as their loop has it; then every gradient is set to None in any case."""
        for each in self._setup.optimizers if step > 1 else ():
            each.zero_grad()
        for parameter in self._parameters:
            grad = parameter.tensor.grad
            if step > 1 and grad is not None and bool(grad.any()):
                parameter.kept = True
            parameter.tensor.grad = None
        for tensor in self._others:
            tensor.grad = None

    def _values(self) -> list[torch.Tensor]:
        """Copies, of what nothing should move."""
        return [each.tensor.detach().clone() for each in self._parameters]

    def _note_forward(
        self, values: list[torch.Tensor], before: Any, batch: Any, random: torch.Tensor
    ) -> None:
        for parameter, value in zip(self._parameters, values, strict=True):
            if parameter.tensor.grad is not None:
                parameter.written_before = True
                parameter.tensor.grad = None
            parameter.moved_in_forward |= not torch.equal(parameter.tensor, value)
        self._buffers.look()
        found = flipped(before, flags(self._model), "forward")
        if found and not self._flips:
            self._find_flippers(found, before, batch, random)

    def _find_flippers(
        self, found: Sequence[Flip], before: Any, batch: Any, random: torch.Tensor
    ) -> None:
        """The forward pass again, with the flags as they were before it."""
        flippers = Flippers(self._model)
        with Untouched(every_module(self._setup), self._setup.optimizers, [batch]):
            for name, parameter in self._model.named_parameters():
                parameter.requires_grad_(before[name, "requires_grad"])
            for name, module in self._model.named_modules():
                module.training = before[name, "training"]
            torch.set_rng_state(random)
            with flippers:
                self._setup.objective(batch)
        for each in found:
            site = flippers.site(each) or definition(self._model, each.name)
            self._flips[each.name, each.flag] = each._replace(site=site)

    def _note_failure(self, found: Failure, batch: Any, random: torch.Tensor) -> None:
        trace = self._traced(batch, random, found.step)
        if trace is not None and trace.failure is not None and trace.failure.code == "overwritten":
            found = trace.failure
        self._failure = found
        self._failure_sites = tuple(found.facts.get("sites", ()))

    def _note_gradients(self) -> None:
        for each in self._parameters:
            each.grads.append(_kind(each.tensor.grad))
        self._reached.update(id(each) for each in self._others if each.grad is not None)

    def _explain(self, batch: Any, random: torch.Tensor, step: int) -> None:
        """The reasons of what came in this step and has none yet: None and zeros of the first."""
        asked = [
            each
            for each in self._parameters
            if each.requires_grad
            and each.reason is None
            and (each.grads[-1] is Grad.BROKEN or (step == 1 and each.grads[-1] is not Grad.FLOWS))
        ]
        if step == 1 and asked and is_compiled():
            self._find_ignored(asked, batch, random)
        trace = self._traced(batch, random, step) if asked else None
        if trace is None or trace.failure is not None:
            return
        found = told(self._model, trace)
        for each in asked:
            each.reason = found.reasons.get(each.names[0])
            each.site = found.sites.get(each.names[0])

    def _find_ignored(self, asked: list[_Parameter], batch: Any, random: torch.Tensor) -> None:
        """To which of them a gradient comes without the compiled graph."""
        nothing = [each for each in asked if each.grads[-1] is Grad.NONE]
        with Untouched(every_module(self._setup), (), [batch]), contextlib.suppress(*REFUSALS):
            torch.set_rng_state(random)
            reached = reached_as_written(
                lambda: self._setup.objective(batch), [each.tensor for each in nothing]
            )
            pairs = zip(nothing, reached, strict=True)
            self._ignored = tuple(each.names[0] for each, came in pairs if came)

    def _traced(self, batch: Any, random: torch.Tensor, step: int) -> Any:
        """The graph of this very step; None where it cannot be gone through twice."""
        with Untouched([], (), []), contextlib.suppress(*REFUSALS):
            torch.set_rng_state(random)
            return traced(self._setup, batch, step)
        return None

    def _update(self) -> None:
        if not self._setup.optimizers:
            return
        before, values = flags(self._model), self._values()
        for each in self._setup.optimizers:
            # The gradients are there already: what asks for the loss gets a number that stays.
            _ = each.step(lambda: 0.0) if needs_closure(each) else each.step()
        for parameter, value in zip(self._parameters, values, strict=True):
            moved = not torch.equal(parameter.tensor, value)
            if moved and parameter.grads[-1] in (Grad.NONE, Grad.ZERO) and not parameter.moved_by:
                parameter.moved_by = self._causes(parameter.tensor)
        for flip in flipped(before, flags(self._model), "step"):
            site = definition(self._model, flip.name)
            self._flips.setdefault((flip.name, flip.flag), flip._replace(site=site))

    def _causes(self, tensor: torch.Tensor) -> tuple[str, ...]:
        """What in the optimizers moves a tensor to which no gradient came, or only zeros."""
        found: list[str] = []
        for optimizer in self._setup.optimizers:
            for group in optimizer.param_groups:
                if any(each is tensor for each in group["params"]):
                    found += _pushes(group, optimizer.state.get(tensor, {}))
        return tuple(dict.fromkeys(found)) or ("optimizer",)

    # -- all of them ---------------------------------------------------------------

    def seen(self, intent: Intent) -> Seen:
        """Everything together."""
        model, optimizers = self._model, self._setup.optimizers
        held = held_by(optimizers)
        parts, inside = hidden(model)
        known = {id(each.tensor) for each in self._parameters} | inside
        return Seen(
            parameters=tuple(self._parameter(each, held) for each in self._parameters),
            buffers=self._buffers.seen(),
            hidden=tuple(parts),
            flips=tuple(self._flips.values()),
            foreign=tuple(foreign(optimizers, known, self._reached)),
            steps=self._steps,
            optimizers=len(optimizers),
            failure=self._failure,
            failure_sites=self._failure_sites,
            checkpoints=tuple(dict.fromkeys(self.checkpoints)),
            graph_ignores=self._ignored,
            made=self._setup.site,
            loss=_site_of(self._setup.loss) or self._setup.site,
            intent=intent,
        )

    def _parameter(self, each: _Parameter, held: Any) -> SeenParameter:
        return SeenParameter(
            names=each.names,
            requires_grad=each.requires_grad,
            shape=tuple(each.tensor.shape),
            held=tuple(held.get(id(each.tensor), ())),
            grads=tuple(each.grads),
            moved_by=each.moved_by,
            moved_in_forward=each.moved_in_forward,
            kept=each.kept,
            written_before=each.written_before,
            reason=each.reason,
            site=each.site,
            made=definition(self._model, each.names[-1]) or self._setup.site,
        )


def _others(setup: Setup, names: Any) -> list[torch.Tensor]:
    """Tensors that the optimizers hold, or the loss's own modules, and the model has not."""
    found = {id(each): each for each in _foreign_tensors(setup)}
    for module in every_module(setup):
        found |= {id(each): each for each in module.parameters()}
    return [each for key, each in found.items() if key not in names]


def _kind(grad: torch.Tensor | None) -> Grad:
    if grad is None:
        return Grad.NONE
    values = grad.coalesce().values() if grad.is_sparse else grad
    if not bool(values.isfinite().all()):
        return Grad.BROKEN
    return Grad.FLOWS if bool(values.any()) else Grad.ZERO


def _pushes(group: dict[str, Any], state: dict[str, Any]) -> Iterator[str]:
    """The causes that are in an optimizer's options and state."""
    if group.get("weight_decay"):
        yield "weight_decay"
    for name, cause in (("momentum_buffer", "momentum"), ("exp_avg", "moments")):
        kept = state.get(name)
        if isinstance(kept, torch.Tensor) and bool(kept.any()):
            yield cause


def _site_of(function: Any) -> CallSite | None:
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if code is None:
        return None
    return CallSite(code.co_filename, code.co_firstlineno, code.co_qualname)


def _outside_of_warnings(frame: FrameType | None) -> FrameType | None:
    """Whoever warned."""
    while frame is not None and frame.f_code.co_filename == warnings.__file__:
        frame = frame.f_back
    return frame


# What PyTorch says where a re-entrant checkpoint cannot give a gradient to anything in it.
_CHECKPOINT = "None of the inputs have requires_grad=True"


@contextlib.contextmanager
def _unheard_checkpoints(found: list[CallSite]) -> Iterator[None]:
    """Note the lines of that warning instead of showing it."""
    with warnings.catch_warnings():
        shown = warnings.showwarning
        warnings.filterwarnings("always", message=_CHECKPOINT)

        def show(message: Any, *arguments: Any, **options: Any) -> None:
            if not str(message).startswith(_CHECKPOINT):
                shown(message, *arguments, **options)
                return
            site = innermost(_outside_of_warnings(sys._getframe(1)))
            if site is not None:
                found.append(site)

        warnings.showwarning = show
        yield
