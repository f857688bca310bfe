"""Carries: what leaves a log is written down first, and moved elsewhere by its version only."""

from meterhouse.adapters.usage_table.carry_items import (
    carry_key,
    new_carry,
    read_carry,
    target_attributes,
)
from meterhouse.adapters.usage_table.items import CARRY_PREFIX, LAST, number
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.journal.carrying import ABSENT_VERSION, Carry
from meterhouse.domain.keys import LogKey
from meterhouse.errors import ConditionFailedError, JournalCorruptError


class Carries(TablePart):
    """Reads and writes the carries of logs."""

    def carries(self, log: LogKey) -> dict[str, Carry]:
        """Return everything that is carried from a log, by name."""
        items = self._table.between(str(log), CARRY_PREFIX, CARRY_PREFIX + LAST)
        return {carry.name: carry for carry in map(read_carry, items)}

    def write_carry(self, carry: Carry) -> Carry:
        """Write a carry if the version before it still stands; return the one that stands."""
        before = carry.version - 1
        if before == ABSENT_VERSION:
            standing = self._table.put_first(new_carry(carry))
            return carry if standing is None else read_carry(standing)
        try:
            self._table.update(
                carry_key(carry),
                target_attributes(carry),
                only_if="#version = :before",
                given={":before": number(before)},
            )
        except ConditionFailedError as error:
            if error.item is None:
                raise JournalCorruptError(f"{carry.origin} is there no more") from error
            return read_carry(error.item)
        return carry
