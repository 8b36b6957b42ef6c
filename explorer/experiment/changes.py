"""A change: at this step, set a switch, a value or an optimizer's option.

Files hold them, and so does everything done by hand in the window. Whether one fits
its experiment is checked by `spec.Experiment.check_change`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from explorer.experiment.checking import (
    Part,
    as_bad_input,
    at_key,
    limit,
    nested,
    number,
    refuse,
    table_of,
    text,
    truth,
    whole,
    wrong_type,
)
from explorer.experiment.names import shortened
from explorer.experiment.optimizers import OPTION_NAMES, OptimizerValue

MAX_STEPS = 1_000_000_000
# The keys of `[training]` that clip gradients.
CLIPPING = ("clip_grad_norm", "clip_grad_value")
_TENSOR_KEYS = ("requires_grad", "detach", "value")


def _option_value(value: object) -> OptimizerValue:
    if isinstance(value, list | tuple):
        return tuple(number(each) for each in value)
    return value if isinstance(value, bool) else number(value)


def _options(value: object) -> Mapping[str, OptimizerValue]:
    if not isinstance(value, Mapping):
        raise wrong_type("table", value)
    return MappingProxyType({key: _option_value(each) for key, each in value.items()})


def _plain(value: object) -> object:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


class Change(Part):
    """Takes effect before step `step`, that is, after the update of the step before.

    `requires_grad`, `detach` and `value` are of `tensor`; `options` are the
    optimizer's (in a file they stand beside `step`), in all its groups or in the one that
    `group` names. Clipping is as in `[training]`. `value` is a number or nested tuples.
    """

    step: Annotated[int, BeforeValidator(whole(1, MAX_STEPS))]
    tensor: Annotated[str | None, BeforeValidator(text)] = None
    requires_grad: Annotated[bool | None, BeforeValidator(truth)] = None
    detach: Annotated[bool | None, BeforeValidator(truth)] = None
    value: Annotated[Any, BeforeValidator(nested)] = None
    group: Annotated[str | None, BeforeValidator(text)] = None
    clip_grad_norm: Annotated[float | None, BeforeValidator(limit)] = None
    clip_grad_value: Annotated[float | None, BeforeValidator(limit)] = None
    options: Annotated[Any, BeforeValidator(_options)] = Field(
        default_factory=lambda: MappingProxyType({})
    )

    @classmethod
    def checked(cls, **parts: Any) -> "Change":
        """A change from what a user typed. Raises BadInput, not pydantic's error."""
        try:
            return cls(**parts)
        except ValidationError as error:
            raise as_bad_input(error) from None

    @classmethod
    def prepare(cls, value: object) -> dict[str, Any]:
        """Collect the optimizer's options; a key given as None counts as absent."""
        table = {key: each for key, each in table_of(value).items() if each is not None}
        given = [key for key in OPTION_NAMES if key in table]
        options = {key: at_key(key, _option_value, table.pop(key)) for key in given}
        if options:
            table["options"] = {**table.get("options", {}), **options}
        return table

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """The keys of the file's form."""
        return (*cls._own_keys(), *OPTION_NAMES)

    @classmethod
    def _own_keys(cls) -> list[str]:
        """Those that are no option of an optimizer."""
        return [key for key in cls.model_fields if key != "options"]

    @model_validator(mode="after")
    def _check_action(self) -> Self:
        acts = any(getattr(self, key) is not None for key in _TENSOR_KEYS)
        if acts and self.tensor is None:
            raise refuse("change-without-tensor")
        if self.tensor is not None and not acts:
            raise refuse("change-without-switch", name=self.tensor)
        if self.group is not None and not self.options:
            raise refuse("change-of-group-without-option", name=shortened(self.group))
        if not acts and not self.options and not self.clipping:
            raise refuse("change-empty")
        return self

    @property
    def clipping(self) -> dict[str, Any]:
        """What it sets of how gradients are clipped."""
        given = {key: getattr(self, key) for key in CLIPPING}
        return {key: value for key, value in given.items() if value is not None}

    def as_dict(self) -> dict[str, Any]:
        """The change in the file's own form, in plain numbers and lists."""
        table = {key: _plain(getattr(self, key)) for key in self._own_keys()}
        table.update({key: _plain(each) for key, each in self.options.items()})
        return {key: each for key, each in table.items() if each is not None}
