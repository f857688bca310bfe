"""Find one record among the batches of its hour."""

from meterhouse.domain.keys import LogKey, RecordKey, shards_of
from meterhouse.domain.records.record import PlacedRecord
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


def changed_meanwhile(key: RecordKey) -> CommandRefusedError:
    """Return what an operator is told whose record somebody else changed."""
    return CommandRefusedError(
        "changed_meanwhile", f"record {key} was changed meanwhile; look again"
    )
