"""Work that waits for other processes, done two cases at a time.

A test that starts the program anew spends its time in that process; the first of several such
tests starts all of them, and each then waits for its own.
"""

from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Generic, TypeVar

Case = TypeVar("Case", bound=Hashable)
Outcome = TypeVar("Outcome")

AT_ONCE = 2


class Ahead(Generic[Case, Outcome]):
    """`ahead(case)` is what `work(case)` gives; the first call begins with all of the cases."""

    def __init__(self, work: Callable[[Case], Outcome], cases: Iterable[Case]) -> None:
        self._work = work
        self._cases = tuple(cases)

    def __call__(self, case: Case) -> Outcome:
        return self._begun[case].result()

    @cached_property
    def _begun(self) -> dict[Case, "Future[Outcome]"]:
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ahead")
        begun = {case: pool.submit(self._work, case) for case in self._cases}
        pool.shutdown(wait=False)
        return begun
