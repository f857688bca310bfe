"""What calls of AWS cost together."""

from dataclasses import astuple, dataclass
from decimal import Decimal


@dataclass(slots=True)
class Costs:
    """Capacity units of DynamoDB, and calls; `write_units` include the `index_units`.

    `calls` are of all services, but for BatchMeterUsage.
    """

    write_units: Decimal = Decimal(0)
    index_units: Decimal = Decimal(0)
    read_units: Decimal = Decimal(0)
    calls: Decimal = Decimal(0)

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, factor: Decimal | int) -> "Costs":
        return Costs(*(mine * factor for mine in astuple(self)))

    def __sub__(self, other: "Costs") -> "Costs":
        return self + other * -1

    def each(self, count: Decimal | int) -> "Costs":
        """Return the share of one of `count`."""
        return self * (1 / Decimal(count))
