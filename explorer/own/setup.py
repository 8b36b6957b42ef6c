"""What somebody trains: a model, its batches, the loss, and what updates it.

`setup` makes one of what a factory gave, or says what is wrong with that;
`Setup.objective` is one forward pass. Called by `explorer.own.loading` and by the
Python interface.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import nn

from explorer.experiment.names import nearest
from explorer.experiment.problem import BadInput, Place
from explorer.explain.callsite import CallSite

Loss = Callable[[nn.Module, Any], torch.Tensor]
Batches = Iterable[Any]
# Of a generator's batches, so that they can come again.
MOST_KEPT_BYTES = 1_000_000_000
OBJECT_BYTES = 100
KEYS = ("model", "batches", "loss", "optimizer")


@dataclass(frozen=True)
class Setup:
    """A model with what trains it; `name` is how it was named, `site` where it was made.

    `loss(model, batch)` is a tensor of one element; without it the model's own output is, or
    has it as `loss`. `optimizers` is empty where none was given.
    """

    model: nn.Module
    batches: Batches
    loss: Loss | None = None
    optimizers: tuple[torch.optim.Optimizer, ...] = ()
    name: str = ""
    site: CallSite | None = None

    def objective(self, batch: Any) -> torch.Tensor:
        """The loss of one batch. Raises BadInput `loss-not-a-scalar` or `loss-not-a-number`.

        What their code raises comes through as it is.
        """
        if self.loss is not None:
            return _one_element(self.loss(self.model, batch), self._place)
        output = _called(self.model, batch)
        if isinstance(output, Mapping):
            output = output.get("loss", output)
        return _one_element(getattr(output, "loss", output), self._place)

    def first_batch(self) -> Any:
        """The first of the batches. Raises BadInput `no-batches` where there is none."""
        return next(self.endless())

    def endless(self) -> Iterator[Any]:
        """The batches, over and over. Raises BadInput `no-batches` where there is none.

        What their code raises comes through as it is.
        """
        while True:
            some = False
            for batch in self.batches:
                some = True
                yield batch
            if not some:
                raise BadInput("no-batches", self._place)

    @cached_property
    def asks_for_closure(self) -> bool:
        """Whether an optimizer calls the loss itself, as often as it likes, in one step."""
        return any(map(needs_closure, self.optimizers))

    @property
    def file(self) -> str | None:
        """The file it is from."""
        return self._place.file

    @property
    def _place(self) -> Place:
        return Place() if self.site is None else Place(self.site.file, line=self.site.line)


def setup(made: Any, *, name: str = "", site: CallSite | None = None, batch: Any = None) -> Setup:
    """The setup that a factory gave: a mapping, or a bare module together with a `batch`.

    Raises:
        BadInput: `not-a-setup`, `setup-key`, `setup-value`, `setup-without-batches`.
    """
    place = Place() if site is None else Place(site.file, line=site.line)
    if isinstance(made, nn.Module):
        made = {"model": made}
    if not isinstance(made, Mapping):
        raise BadInput("not-a-setup", place, got=type(made).__name__)
    for key in made:
        if key not in KEYS:
            known = ", ".join(KEYS)
            raise BadInput(
                "setup-key", place, name=str(key), known=known, nearest=nearest(str(key), KEYS)
            )
    model, batches, loss = made.get("model"), made.get("batches"), made.get("loss")
    if batch is not None:
        batches = [batch]
    if not isinstance(model, nn.Module):
        raise _wrong("model", "module", model, place)
    if batches is None:
        raise BadInput("setup-without-batches", place)
    if not isinstance(batches, Iterable):
        raise _wrong("batches", "iterable", batches, place)
    if loss is not None and not callable(loss):
        raise _wrong("loss", "function", loss, place)
    return Setup(model, _again(batches), loss, _optimizers(made, place), name, site)


def needs_closure(optimizer: torch.optim.Optimizer) -> bool:
    """Whether its step() cannot be called without a function that computes the loss."""
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return closure is not None and closure.default is inspect.Parameter.empty


def _again(batches: Iterable[Any]) -> Iterable[Any]:
    """What can be gone through once only is kept as far as it was read."""
    return _Kept(batches) if isinstance(batches, Iterator) else batches


class _Kept:
    """Batches of a generator: those that were read come again, and then what follows.

    Of one that gave more than MOST_KEPT_BYTES nothing comes again: it may have no end.
    """

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self._read: list[Any] = []
        self._left = MOST_KEPT_BYTES

    def __iter__(self) -> Iterator[Any]:
        yield from self._read
        for batch in self._batches:
            self._keep(batch)
            yield batch

    def _keep(self, batch: Any) -> None:
        if self._left <= 0:
            return
        self._left -= _bytes_of(batch)
        if self._left > 0:
            self._read.append(batch)
        else:
            self._read.clear()


def _bytes_of(part: Any) -> int:
    """Of the tensors in a batch; of what is around them nearly enough."""
    if isinstance(part, torch.Tensor):
        return part.nbytes + OBJECT_BYTES
    if isinstance(part, Mapping):
        return OBJECT_BYTES + sum(map(_bytes_of, part.values()))
    if isinstance(part, tuple | list):
        return OBJECT_BYTES + sum(map(_bytes_of, part))
    return OBJECT_BYTES


def _optimizers(made: Mapping[str, Any], place: Place) -> tuple[torch.optim.Optimizer, ...]:
    """One, or several in a list."""
    given = made.get("optimizer")
    several = given if isinstance(given, Sequence) else () if given is None else (given,)
    for each in several:
        if not isinstance(each, torch.optim.Optimizer):
            raise _wrong("optimizer", "optimizer", each, place)
    return tuple(several)


def _wrong(key: str, wanted: str, got: Any, place: Place) -> BadInput:
    return BadInput("setup-value", place, name=key, wanted=wanted, got=type(got).__name__)


def _called(model: nn.Module, batch: Any) -> Any:
    """The model's output: a mapping's entries are keywords, those of a tuple arguments."""
    if isinstance(batch, Mapping):
        return model(**batch)
    if isinstance(batch, tuple | list):
        return model(*batch)
    return model(batch)


def _one_element(loss: Any, place: Place) -> torch.Tensor:
    if isinstance(loss, torch.Tensor) and loss.numel() == 1:
        if loss.is_complex() or loss.is_meta:
            what = "device='meta'" if loss.is_meta else str(loss.dtype)
            raise BadInput("loss-not-a-number", place, got=what)
        return loss
    shape = list(loss.shape) if isinstance(loss, torch.Tensor) else type(loss).__name__
    raise BadInput("loss-not-a-scalar", place, got=str(shape))
