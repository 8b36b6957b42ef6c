"""All planted faults, by their names."""

from collections.abc import Mapping

from planted_form import Fault
from planted_gradients import NO_GRADIENT, NON_FINITE, ZERO_GRADIENT
from planted_updates import OPTIMIZER, STRUCTURE

FAULTS: Mapping[str, Fault] = {
    **NO_GRADIENT,
    **ZERO_GRADIENT,
    **NON_FINITE,
    **OPTIMIZER,
    **STRUCTURE,
}
