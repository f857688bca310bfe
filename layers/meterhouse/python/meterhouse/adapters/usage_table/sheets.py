"""Sheets: what one subscription used, a day an item, in a partition of its own."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.documents import read_document, write_document
from meterhouse.adapters.usage_table.items import LAST, binary, reading, text
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DaySheet, SheetLine
from meterhouse.domain.hours import HOUR
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.subscriptions.identity import SubscriptionKey

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item

FORMAT = 1
_PREFIX = "SHEET#"
_OF_TENANTS = "#tenants"


class Sheets(TablePart):
    """Reads and writes the sheets of subscriptions."""

    def write_sheet(self, sheet: DaySheet) -> None:
        """Write a sheet in place of what was written before."""
        lines = [
            [line.hour_at.hour, line.dimension, line.standing.value, format_quantity(line.units)]
            for line in sheet.lines
        ]
        item = {
            "pk": text(_PREFIX + sheet.subscription),
            "sk": text(_name_of(sheet.day_at) + (_OF_TENANTS if sheet.is_of_tenants else "")),
            "lines": binary(write_document({"format": FORMAT, "lines": lines})),
        }
        self._table.put(item)

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        """Return the sheets of the days from `first_at` to `last_at`, in their order."""
        first, last = _name_of(first_at), _name_of(last_at) + LAST
        items = self._table.between(_PREFIX + subscription, first, last)
        return [_read_sheet(item) for item in items]


def _name_of(day_at: datetime) -> str:
    return day_at.date().isoformat()


def _read_sheet(item: "Item") -> DaySheet:
    with reading(item):
        day = item["sk"]["S"].removesuffix(_OF_TENANTS)
        day_at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        document, _ = read_document(bytes(item["lines"]["B"]))
        if document["format"] != FORMAT:
            raise ValueError(f"sheet of unknown format {document['format']}")
        lines = tuple(
            SheetLine(day_at + hour * HOUR, dimension, Standing(standing), Decimal(units))
            for hour, dimension, standing, units in document["lines"]
        )
        name = SubscriptionKey(item["pk"]["S"].removeprefix(_PREFIX))
        return DaySheet(name, day_at, lines, is_of_tenants=day != item["sk"]["S"])
