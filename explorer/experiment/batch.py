"""Mini-batches: how the rows of the data are gone through, a batch for each step.

The engine draws the rows (`explorer.engine.batches`); a program does the same with
`torch.randperm` and `split`.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator

from explorer.experiment.checking import MAX_ELEMENTS, Part, truth, whole


class Batch(Part):
    """`size` rows for each step; the last batch of an epoch has what is left.

    With `shuffle` every epoch has an order of its own, drawn by one generator that is seeded
    once; else the rows come in the order of the data. Written as a number, it is the size.
    """

    size: Annotated[int, BeforeValidator(whole(1, MAX_ELEMENTS))]
    shuffle: Annotated[bool, BeforeValidator(truth)] = False
    seed: Annotated[int, BeforeValidator(whole(0, 2**63 - 1))] = 0

    @classmethod
    def prepare(cls, value: object) -> dict[str, Any]:
        """`8` stands for `{ size = 8 }`."""
        if isinstance(value, int) and not isinstance(value, bool):
            return {"size": value}
        return super().prepare(value)

    def as_dict(self) -> dict[str, Any]:
        """What its author set."""
        keys = [key for key in type(self).model_fields if key in self.model_fields_set]
        return {key: getattr(self, key) for key in keys}

    def count(self, rows: int) -> int:
        """How many batches an epoch of so many rows has."""
        return -(-rows // self.size)
