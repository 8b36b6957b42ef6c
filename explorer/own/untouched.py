"""Gives everything of somebody's model back as it was, whatever was done with it in between.

Parameters, buffers, `.grad`, requires_grad, training flags, the optimizers' state and groups,
hooks, the random numbers of PyTorch, Python and NumPy, and what modules keep in attributes of
their own. Not what lies outside of these: batches that were taken from a generator, files,
objects of the user's own classes.
"""

import random
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import torch
from torch import nn
from torch.nn.parameter import is_lazy


class Untouched:
    """A context: on leaving it, everything is as it was on entering.

    `others` are tensors and containers beside them. All stay the same objects, in the same
    memory. Where nothing changed nothing is
    written, so that a graph which somebody holds can still go backward.
    """

    def __init__(
        self,
        modules: Iterable[nn.Module],
        optimizers: Iterable[torch.optim.Optimizer] = (),
        others: Iterable[Any] = (),
    ) -> None:
        self._modules = list(modules)
        self._optimizers = list(optimizers)
        self._others = list(others)
        self._random = _Random()
        self._kept = _Kept()

    def __enter__(self) -> Self:
        """Note how everything is."""
        self._random.keep()
        self._kept = _Kept()
        for each in (*self._modules, *self._others):
            self._kept.keep(each)
        for optimizer in self._optimizers:
            # Its own hooks and defaults are in there as well.
            self._kept.keep_attributes(optimizer)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put back what changed."""
        self.put_back()

    def put_back(self) -> None:
        """Put back what changed since it was noted; may be called more than once."""
        self._kept.put_back()
        self._random.put_back()


class _Random:
    """The states of the random numbers that a model may draw."""

    def keep(self) -> None:
        self._torch = torch.get_rng_state()
        self._devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
        self._python = random.getstate()
        numpy = sys.modules.get("numpy")
        self._numpy = None if numpy is None else numpy.random.get_state()

    def put_back(self) -> None:
        torch.set_rng_state(self._torch)
        if self._devices:
            torch.cuda.set_rng_state_all(self._devices)
        random.setstate(self._python)
        if self._numpy is not None:
            sys.modules["numpy"].random.set_state(self._numpy)


class _Kept:
    """What was met: tensors with their numbers, containers with what they held.

    Followed are modules, their attributes, and lists, dictionaries, sets and tuples in these.
    """

    def __init__(self) -> None:
        # By identity; the objects are held, so that no other gets their number.
        self._met: dict[int, Any] = {}
        self._tensors: list[tuple[torch.Tensor, torch.Tensor, bool, torch.Tensor | None]] = []
        self._dictionaries: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._sets: list[tuple[set[Any], set[Any]]] = []

    def keep(self, found: Any) -> None:
        """Note the object and everything it holds."""
        pending = [found]
        while pending:
            each = pending.pop()
            if not _is_followed(each) or id(each) in self._met:
                continue
            self._met[id(each)] = each
            if isinstance(each, torch.Tensor):
                pending.append(self._keep_tensor(each))
            elif isinstance(each, nn.Module):
                pending.append(each.__dict__)
            else:
                pending.extend(self._keep_container(each))

    def keep_attributes(self, holder: Any) -> None:
        """Note what an object other than a module has, and what that holds."""
        self.keep(holder.__dict__)

    def _keep_tensor(self, tensor: torch.Tensor) -> torch.Tensor | None:
        grad = tensor.grad if tensor.is_leaf else None
        if not (tensor.is_meta or is_lazy(tensor)):
            self._tensors.append((tensor, _copy(tensor), tensor.requires_grad, grad))
        return grad

    def _keep_container(self, each: Any) -> list[Any]:
        if isinstance(each, dict):
            self._dictionaries.append((each, dict(each)))
            return list(each.values())
        if isinstance(each, list):
            self._lists.append((each, list(each)))
        elif isinstance(each, set):
            self._sets.append((each, set(each)))
        return list(each)

    def put_back(self) -> None:
        """Containers first: a tensor that was replaced is in its place again then."""
        for dictionary, held in self._dictionaries:
            if not _same(list(dictionary.items()), list(held.items())):
                dictionary.clear()
                dictionary.update(held)
        for items, kept in self._lists:
            if not _same(items, kept):
                items[:] = kept
        for members, before in self._sets:
            if members != before:
                members.clear()
                members.update(before)
        with torch.no_grad():
            for tensor, numbers, requires_grad, grad in self._tensors:
                _put_back(tensor, numbers, requires_grad, grad)


# Of these very types: what somebody made of one may not be written to in the same way.
_CONTAINERS = frozenset({dict, OrderedDict, defaultdict, list, set, tuple})


def _is_followed(each: Any) -> bool:
    return type(each) in _CONTAINERS or isinstance(each, torch.Tensor | nn.Module)


def _same(now: list[Any], before: list[Any]) -> bool:
    """Whether they hold the very same objects, or equal plain values, in the same order."""
    return len(now) == len(before) and all(
        _is_same(one, other) for one, other in zip(now, before, strict=True)
    )


def _is_same(one: Any, other: Any) -> bool:
    if type(one) is tuple and type(other) is tuple:
        return _same(list(one), list(other))
    return one is other or (type(one) is type(other) and isinstance(one, _PLAIN) and one == other)


_PLAIN = (int, float, str, bytes)


def _copy(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone(memory_format=torch.preserve_format)


def _put_back(
    tensor: torch.Tensor, numbers: torch.Tensor, requires_grad: bool, grad: torch.Tensor | None
) -> None:
    if tensor.shape != numbers.shape or tensor.dtype != numbers.dtype:
        # Its .data was given another one.
        tensor.data = numbers
    elif not _equal(tensor, numbers):
        # By .data: whoever holds a graph made before may still go back through it.
        tensor.data.copy_(numbers)
    if not tensor.is_leaf:
        return
    if tensor.requires_grad != requires_grad:
        tensor.requires_grad_(requires_grad)
    if tensor.grad is not grad:
        tensor.grad = grad


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether every number is the same; NaN is the same as NaN."""
    if one.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    if torch.equal(one, other):
        return True
    if not (one.is_floating_point() or one.is_complex()):
        return False
    return torch.equal(one.isnan(), other.isnan()) and torch.equal(
        one.nan_to_num(), other.nan_to_num()
    )
