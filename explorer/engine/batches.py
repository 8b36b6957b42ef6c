"""The rows of the batch that the next step takes, and the loss of a whole epoch.

As a program does it that has one generator, seeded once, and for each epoch
`torch.randperm(rows, generator=generator).split(size)`. Owned by a subject; the session goes
on to the next batch after each step.
"""

from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray

from explorer.experiment.batch import Batch

Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class BatchState:
    """Where the batches are: as plain data, for snapshots."""

    generator: Numbers
    order: Numbers
    place: int
    total: float
    loss: float | None


class Batches:
    """The batches of data with so many rows; `rows` are those of the next step's.

    `loss` is the mean of the losses over the last complete epoch, each batch weighed by its
    rows: what a program has that adds up `loss.item() * len(batch)` and divides by all rows.
    """

    def __init__(self, batch: Batch, count: int) -> None:
        self._batch = batch
        self._count = count
        self._generator = torch.Generator().manual_seed(batch.seed)
        self.loss: float | None = None
        self._begin()

    @property
    def rows(self) -> torch.Tensor:
        """The places of the next step's rows in the data."""
        rows: torch.Tensor = self._split[self._place]
        return rows

    @property
    def smallest(self) -> torch.Tensor:
        """The rows of the present epoch's last batch."""
        return self._split[-1]

    def advance(self, loss: float) -> None:
        """A step was made with this batch, and this was its loss."""
        self._total += loss * len(self.rows)
        self._place += 1
        if self._place == len(self._split):
            self.loss = self._total / self._count
            self._begin()

    def state(self) -> BatchState:
        """All that decides which batches follow."""
        generator, order = self._generator.get_state().numpy(), self._order.numpy()
        return BatchState(generator.copy(), order.copy(), self._place, self._total, self.loss)

    def restore(self, state: BatchState) -> None:
        """Go back (or on) to what `state()` gave."""
        self._generator.set_state(torch.tensor(state.generator))
        self._take(torch.tensor(state.order))
        self._place, self._total, self.loss = state.place, state.total, state.loss

    def _begin(self) -> None:
        shuffle, count = self._batch.shuffle, self._count
        order = torch.randperm(count, generator=self._generator) if shuffle else torch.arange(count)
        self._take(order)
        self._place, self._total = 0, 0.0

    def _take(self, order: torch.Tensor) -> None:
        self._order, self._split = order, torch.split(order, self._batch.size)
