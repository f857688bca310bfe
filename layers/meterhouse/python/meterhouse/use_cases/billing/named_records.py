"""Find the record that an operator named, and store what he ordered."""

from meterhouse.domain.keys import LogKey, RecordKey, shards_of
from meterhouse.domain.records.audit_trail import order_entry
from meterhouse.domain.records.record import PlacedRecord, RecordStatus
from meterhouse.domain.records.settlement import Order
from meterhouse.errors import CommandRefusedError
from meterhouse.ports.ledger import UsageLedger


def find_record(ledger: UsageLedger, shards: int, key: RecordKey) -> PlacedRecord:
    """Return a record of a table of so many shards; raises CommandRefusedError if it is not there.

    It stands in the log of its subscription, or in that of tenants.
    """
    for shard in sorted(shards_of(key.subscription, shards)):
        for batch in ledger.batches(LogKey(key.hour_at, shard)):
            for place, record in enumerate(batch.records):
                if record.key == key:
                    return PlacedRecord(batch, place)
    raise CommandRefusedError("not_found", f"there is no record {key}")


def store_order(
    ledger: UsageLedger, placed: PlacedRecord, status: RecordStatus, order: Order | None
) -> None:
    """Write a record's next status, and what the audit trail says of it, both or none.

    Raises CommandRefusedError if somebody else changed the record since it was read.
    """
    after = placed.batch.with_statuses({placed.place: status})
    if order is None:
        is_stored = ledger.store(after)
    else:
        entry = order_entry(order, placed.record, after.records[placed.place])
        is_stored = ledger.store_audited(entry, after, ())
    if not is_stored:
        raise changed_meanwhile(placed.record.key)


def changed_meanwhile(key: RecordKey) -> CommandRefusedError:
    """Return what an operator is told whose record somebody else changed."""
    return CommandRefusedError(
        "changed_meanwhile", f"record {key} was changed meanwhile; look again"
    )
