"""One break of production code.

This is the only module that may patch our own code, and only inside a process of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mutant:
    """One break: `change` makes the wrong attribute of `owner` from the right one.

    `seed` is a history that found it when this was written, so that a short check need not search,
    and `histories_max` how many may pass from there on before one finds it. A break without a seed
    is found too rarely for a short check. Only those about tenants are tried on histories that have
    some: the others are found without, where fewer things happen. So it is with spikes that wait.
    """

    name: str
    owner: object
    attribute: str
    change: Callable[[Any], object]
    seed: int | None = 15
    histories_max: int = 60
    with_tenants: bool = False
    holds_spikes: bool = False

    def apply(self) -> None:
        """Break the code of this process."""
        setattr(self.owner, self.attribute, self.change(getattr(self.owner, self.attribute)))
