"""What it costs to look something up, in read units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import boto3

from bench.counting import Bench
from bench.playing import Play, playing
from bench.shapes import DAY_AT, HOURS_OF_A_DAY, day, sparse
from meterhouse.adapters.usage_table.items import HEADS_PARTITION
from meterhouse.domain.accounting.sheets import DAY
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer, Throttled
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import BatchKey
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.audit import Audit
from operations.careful_ledger import CarefulUsageTable
from operations.findings import Scope

RECORDS = 1_000
DAYS_OF_A_MONTH = 30
_COUNT_MAX = 100_000


@dataclass(frozen=True, slots=True)
class LookUp:
    """What was looked up, in how much, and the read units that it took."""

    what: str
    of: str
    read_units: Decimal


class Unreachable:
    """Implements `ports.marketplace.Metering`: AWS takes no call."""

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Bill nothing."""
        del product_code, records
        return Throttled()


def read_record(play: Play) -> LookUp:
    """Count reading one record of a play of one hour that is over, down to its events."""
    ledger, [head] = play.deployment.ports.ledger, play.heads()

    def read() -> None:
        ledger.batches(head.log)
        ledger.manifests(head.log)
        list(ledger.segments(head.log, 0))

    of = f"an hour of {len(play.records()):,} records and {play.shape.events:,} events"
    return LookUp("one record, down to its events", of, _units_of(play, read))


def read_month(
    bench: Bench,
    customers: int,
    dimensions: int,
    *,
    days: int = DAYS_OF_A_MONTH,
    hours: int = HOURS_OF_A_DAY,
) -> list[LookUp]:
    """Count reading what one subscription used, and accounting for everybody's usage."""
    shape = day(customers * dimensions, dimensions, hours)
    subscription = shape.market.customers[0].key
    size = f"{customers:,} customers x {dimensions} dimensions"
    with playing(shape, *bench.account()) as play:
        read_usage = ReadUsage(play.deployment.ports.ledger, shards=1)

        def read(last_at: datetime, lines: int) -> Decimal:
            found = 0

            def work() -> None:
                nonlocal found
                found = len(read_usage(subscription, DAY_AT, last_at).lines)

            units = _units_of(play, work)
            _expect(found, lines)
            return units

        play.drain_all()
        play.account_for()
        lines = shape.events // customers
        unfiled = read(DAY_AT, lines)
        play.finish()
        accounts = [_account(play, Scope(None, one)) for one in (None, subscription)]
        for number in range(1, days):
            _copy_day(play, number * DAY)
        month = read(DAY_AT + (days - 1) * DAY, lines * days)
    return [
        LookUp("one subscription's month", f"{days} filed days of {size}", month),
        LookUp("the same, a day that is not filed yet", f"a day of {size}", unfiled),
        LookUp("make balance, everything", f"a day of {size}", accounts[0]),
        LookUp("make balance, one subscription", f"a day of {size}, one shard", accounts[1]),
    ]


def _account(play: Play, scope: Scope) -> Decimal:
    """Return what the command's audit reads, which must find nothing wrong."""
    client = boto3.client("dynamodb")

    def audit() -> None:
        ledger = CarefulUsageTable(client, play.account.usage_table)
        made = Audit(ledger, scope, noted=ledger.noted, shards=ledger.shards())
        for head in made.hours(play.shape.market.clock.now()):
            made.read(head)
        if not made.findings().is_right:
            raise ValueError("the accounts do not balance")

    return _units_of(play, audit)


def _copy_day(play: Play, later: timedelta) -> None:
    """Write the heads and sheets of the only day there is once more, for a later day."""
    client, table = boto3.client("dynamodb"), play.account.usage_table
    first = DAY_AT.date().isoformat()
    for item in play.recorder.items(table):
        partition, name = item["pk"]["S"], item["sk"]["S"]
        if partition != HEADS_PARTITION and not partition.startswith("SHEET#"):
            continue
        if not name.startswith(first):
            continue
        copied = {"sk": {"S": name.replace(first, (DAY_AT + later).date().isoformat())}}
        client.put_item(TableName=table, Item={**item, **copied})


def read_unfinished(bench: Bench, records: int = RECORDS) -> LookUp:
    """Count finding and reading all records that AWS takes no call for."""
    with playing(sparse(records), *bench.account(), metering=Unreachable()) as play:
        play.drain_all()
        play.close()
        ledger = play.deployment.ports.ledger

        def find() -> list[BatchKey]:
            due = ledger.due(now=None, count_max=_COUNT_MAX)
            return [one.key for one in due if isinstance(one.key, BatchKey)]

        units = _read_batches(play, find, records, RecordState.SEALED)
    return LookUp("everything unfinished", f"{records:,} unfinished records", units)


def read_refused(bench: Bench, records: int = RECORDS) -> LookUp:
    """Count finding and reading all records that ended unbilled: nobody's subscription is known."""
    with playing(sparse(records), *bench.account(), is_registered=False) as play:
        play.drain_all()
        play.account_for()
        ledger = play.deployment.ports.ledger
        units = _read_batches(
            play, lambda: ledger.refused(count_max=_COUNT_MAX), records, RecordState.REJECTED
        )
    return LookUp("everything refused", f"{records:,} refused records", units)


def _read_batches(
    play: Play, find: Callable[[], list[BatchKey]], records: int, state: RecordState
) -> Decimal:
    states: list[RecordState] = []

    def read() -> None:
        batches = map(play.deployment.ports.ledger.read_batch, find())
        states.extend(one.state for batch in batches if batch for one in batch.records)

    units = _units_of(play, read)
    _expect(states.count(state), records)
    return units


def _units_of(play: Play, work: Callable[[], object]) -> Decimal:
    with play.recorder.spending() as spent:
        work()
    return spent.read_units


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise ValueError(f"{found} of {wanted} were found")
