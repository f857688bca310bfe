"""What it costs that a person settles what AWS does not bill, and to find what is left of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched, islice
from typing import Any

import boto3

from bench.counting import Bench
from bench.deployment import REGION
from bench.playing import Play, playing
from bench.reading import LookUp
from bench.shapes import sparse
from bench.spending import Costs
from meterhouse.domain.hours import HOUR
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.records.settlement import Operator, SettledAs, Settlement
from meterhouse.use_cases.billing.settle_record import SettleRecord
from operations.careful_ledger import CarefulUsageTable
from operations.reads import read_refused

REFUSED = 1_000
LEFT = 10
OTHERS = 1_000_000
# BatchWriteItem takes so many.
_ITEMS_PER_WRITE = 25
_ANN = Operator("arn:aws:iam::123456789012:user/ann", "Ann")
_REASON = "goodwill, as agreed upon with the buyer"


@dataclass(frozen=True, slots=True)
class SettlingCost:
    """What settling took, a record each, and what is read to find those that are left."""

    records: int
    each: Costs
    look_up: LookUp


def measure_settling(
    bench: Bench, records: int = REFUSED, *, left: int = LEFT, others: int = OTHERS
) -> SettlingCost:
    """Let usage of strangers be refused, settle all of it but some, and look at what is left.

    Beside it the table holds so many other records that a person has settled.
    """
    with playing(sparse(records), *bench.account(), is_registered=False) as play:
        play.drain_all()
        play.account_for()
        settled = play.records()[left:]
        with play.recorder.spending() as spent:
            _settle(play, settled)
        written = _write_others(play, others)
        ledger = CarefulUsageTable(boto3.client("dynamodb"), play.account.usage_table)
        with play.recorder.spending() as read:
            found = read_refused(ledger, play.shape.market.clock.now())
        if len(found.records) != left:
            raise ValueError(f"{len(found.records)} of {left} records were found")
    of = f"{left} of {records + written:,} records that were refused"
    return SettlingCost(
        len(settled),
        spent.each(len(settled)),
        LookUp("what needs a person", of, read.read_units),
    )


def _settle(play: Play, records: list[MeteringRecord]) -> None:
    ports = play.deployment.ports
    settle = SettleRecord(ports.ledger, ports.report, ports.policy.shards)
    word = Settlement(SettledAs.WRITTEN_OFF, _REASON, None, _ANN, play.shape.market.clock.now())
    for record in records:
        settle(record.key, word)


def _write_others(play: Play, records: int) -> int:
    """Write copies of a batch that is settled, each into an hour of its own; return how many.

    Nobody watches these writes: a read that met such an item would find it unknown, and fail.
    """
    batch = next(
        one
        for head in play.heads()
        for one in play.deployment.ports.ledger.batches(head.log)
        if not one.needs_person
    )
    table = play.account.usage_table
    [item] = (one for one in play.recorder.items(table) if one["sk"]["S"] == f"B#{batch.key.name}")
    count = -(-records // len(batch.records))
    client = boto3.Session(region_name=REGION).client("dynamodb")
    for some in batched(
        islice(_copies(item, batch.key.log), count), _ITEMS_PER_WRITE, strict=False
    ):
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": one}} for one in some]}
        )
    return count * len(batch.records)


def _copies(item: Mapping[str, Any], log: LogKey) -> Iterator[dict[str, Any]]:
    hour_at = log.hour_at - timedelta(days=10)
    while True:
        hour_at -= HOUR
        yield {**item, "pk": {"S": str(LogKey(hour_at, log.shard))}}
