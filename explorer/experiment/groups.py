"""The optimizer's groups: options of their own for named parameters, as torch.optim has them.

`Group` is what the file says, `UpdateOptions` what an update reads once the changes up to its
step are made. `spec` reads groups and adds up the changes, the session follows them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from explorer.experiment.changes import CLIPPING, Change
from explorer.experiment.checking import at_key, refuse, table_of, text, unknown_key, wrong_type
from explorer.experiment.names import nearest, shortened
from explorer.experiment.optimizers import (
    OPTIMIZERS,
    Optimizer,
    OptimizerValue,
    check_option,
    check_together,
)

# The group of the parameters that no group of the file names.
REST = "rest"
TENSORS = "tensors"


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters by their names, and the options in which they differ from the others."""

    tensors: tuple[str, ...]
    options: Mapping[str, OptimizerValue] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, object]:
        """The group in the file's own form."""
        options = {key: _listed(value) for key, value in self.options.items()}
        return {TENSORS: list(self.tensors), **options}


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def read_groups(value: object) -> Mapping[str, Group]:
    """The groups by their names; their options are checked with the optimizer's."""
    return MappingProxyType({name: _named(name, group) for name, group in table_of(value).items()})


def _named(name: str, value: object) -> Group:
    key = shortened(name)
    if name == REST:
        raise refuse("group-name-taken", key, name=REST)
    return at_key(key, _group, value.as_dict() if isinstance(value, Group) else value)


def _group(value: object) -> Group:
    table = table_of(value)
    if TENSORS not in table:
        raise refuse("missing-key", TENSORS)
    tensors = table.pop(TENSORS)
    if not isinstance(tensors, list | tuple):
        raise wrong_type("list", tensors, TENSORS)
    if not tensors:
        raise refuse("list-empty", TENSORS)
    names = tuple(at_key(TENSORS, text, each) for each in tensors)
    return Group(names, MappingProxyType(table))


def checked(groups: Mapping[str, Group], optimizer: Optimizer) -> Mapping[str, Group]:
    """The groups with their options as numbers. Refuses what the optimizer has not."""
    check = partial(_checked, optimizer)
    return MappingProxyType(
        {name: at_key(f"groups.{shortened(name)}", check, group) for name, group in groups.items()}
    )


def _checked(optimizer: Optimizer, group: Group) -> Group:
    known = OPTIMIZERS[optimizer.name].options
    options: dict[str, OptimizerValue] = {}
    for key, given in group.options.items():
        if key not in known:
            raise unknown_key(key, (TENSORS, *known))
        if not known[key].grouped:
            raise refuse("option-not-of-group", key, option=key, optimizer=optimizer.name)
        options[key] = at_key(key, known[key].check, given)
    check_together(optimizer.with_options(options))
    return replace(group, options=MappingProxyType(options))


@dataclass(frozen=True)
class UpdateOptions:
    """What an update reads: every group's optimizer with all its options, by the group's name.

    The parameters of `REST` are those that no group of the file names; there is no such group
    where the others have them all. Gradients are clipped before, unless both limits are None.
    """

    groups: Mapping[str, Optimizer]
    clip_grad_norm: float | None = None
    clip_grad_value: float | None = None

    @property
    def clips(self) -> bool:
        """Whether gradients are clipped at all."""
        return self.clip_grad_norm is not None or self.clip_grad_value is not None

    def after(self, change: Change) -> "UpdateOptions":
        """With what the change sets: in all groups, or in the one that it names."""
        if not change.options:
            return replace(self, **change.clipping)
        chosen = self.chosen(change.group)
        groups = {
            name: optimizer.with_options(change.options) if name in chosen else optimizer
            for name, optimizer in self.groups.items()
        }
        return replace(self, groups=MappingProxyType(groups), **change.clipping)

    def chosen(self, group: str | None) -> Collection[str]:
        """The groups of a change that names this one."""
        return self.groups if group is None else (group,)

    def checked(self, change: Change) -> "UpdateOptions":
        """The same; refuses options that no run may change, or not to these values."""
        if change.group is not None and change.group not in self.groups:
            raise refuse(
                "unknown-group",
                "group",
                given=shortened(change.group),
                choices=", ".join(map(shortened, self.groups)),
                nearest=nearest(change.group, self.groups),
            )
        clipped = {key for key in CLIPPING if getattr(self, key) is not None}
        if change.clipping and len(clipped.union(change.clipping)) > 1:
            raise refuse("clipped-twice", next(reversed(change.clipping)))
        for name in self.chosen(change.group):
            optimizer = self.groups[name]
            options = {
                key: check_option(optimizer, key, each) for key, each in change.options.items()
            }
            check_together(optimizer.with_options(options))
        return self.after(change)


def starting_options(
    optimizer: Optimizer, groups: Mapping[str, Group], optimized: Collection[str]
) -> UpdateOptions:
    """Those of the first update, before any change."""
    named = {each for group in groups.values() for each in group.tensors}
    rest = {} if groups and named.issuperset(optimized) else {REST: optimizer}
    own = {name: optimizer.with_options(group.options) for name, group in groups.items()}
    return UpdateOptions(MappingProxyType({**rest, **own}))
