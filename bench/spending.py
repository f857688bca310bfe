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


@dataclass(frozen=True, slots=True)
class Costs:
    """What was spent, as numbers to reckon with; `write_units` include the `index_units`."""

    write_units: Decimal = Decimal(0)
    index_units: Decimal = Decimal(0)
    read_units: Decimal = Decimal(0)
    calls: Decimal = Decimal(0)

    @classmethod
    def of(cls, spent: Spent) -> "Costs":
        """Return what was spent."""
        return cls(
            Decimal(spent.write_units),
            Decimal(spent.index_units),
            spent.read_units,
            Decimal(spent.call_count),
        )

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(
            self.write_units + other.write_units,
            self.index_units + other.index_units,
            self.read_units + other.read_units,
            self.calls + other.calls,
        )

    def __mul__(self, factor: Decimal | int) -> "Costs":
        return Costs(
            self.write_units * factor,
            self.index_units * factor,
            self.read_units * factor,
            self.calls * factor,
        )

    def __sub__(self, other: "Costs") -> "Costs":
        return self + other * -1

    def each(self, count: Decimal | int) -> "Costs":
        """Return the share of one of `count`."""
        return self * (1 / Decimal(count))
