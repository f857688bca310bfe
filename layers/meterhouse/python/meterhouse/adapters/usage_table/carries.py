"""Carries: what leaves a log is written down first, and moved elsewhere by its version only."""

from meterhouse.adapters.usage_table.carry_items import (
    carry_key,
    later_attributes,
    new_carry,
    read_carry,
)
from meterhouse.adapters.usage_table.items import CARRY_PREFIX, LAST, number
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.journal.carrying import ABSENT_VERSION, Carry
from meterhouse.domain.keys import LogKey
from meterhouse.errors import (
    ConditionFailedError,
    JournalCorruptError,
    TransactionCancelledError,
)


class Carries(TablePart):
    """Reads and writes the carries of logs."""

    def carries(self, log: LogKey) -> dict[str, Carry]:
        """Return everything that is carried from a log, by name."""
        items = self._table.between(str(log), CARRY_PREFIX, CARRY_PREFIX + LAST)
        return {carry.name: carry for carry in map(read_carry, items)}

    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        """Write a carry if the version before it still stands; see the port."""
        if keeper is not None:
            return self._take_along(carry, keeper)
        before = carry.version - 1
        if before == ABSENT_VERSION:
            standing = self._table.put_first(new_carry(carry))
            return carry if standing is None else read_carry(standing)
        try:
            self._table.update(
                carry_key(carry),
                later_attributes(carry),
                only_if="#version = :before",
                given={":before": number(before)},
            )
        except ConditionFailedError as error:
            if error.item is None:
                raise JournalCorruptError(f"{carry.origin} is there no more") from error
            return read_carry(error.item)
        return carry

    def _take_along(self, carry: Carry, keeper: Carry) -> Carry:
        """Write a new carry of what another one kept, and that one, or none of them."""
        actions = [
            self._table.updating(carry_key(keeper), later_attributes(keeper), keeper.version),
            self._table.putting_first(new_carry(carry)),
        ]
        try:
            self._table.write_together(actions)
        except TransactionCancelledError as error:
            for one in (carry, keeper):
                item = self._table.get(carry_key(one))
                if item is not None:
                    return read_carry(item)
            raise JournalCorruptError(f"{keeper.origin} is there no more") from error
        return carry
