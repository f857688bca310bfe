"""What calls of AWS cost together."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True)
class Spent:
    """What was spent while a block lasted; `write_units` include the `index_units`."""

    write_units: int = 0
    index_units: int = 0
    read_units: Decimal = Decimal(0)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def call_count(self) -> int:
        """All calls together."""
        return self.calls.total()
