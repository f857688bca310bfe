"""How the ledger uses DynamoDB: where things stand, and what each step writes and reads."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.allowances.allowance import AllowanceKey, Taking
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode
from meterhouse.domain.records.record import BatchKey, RecordStatus
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import Lease, UsageLedger
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LEASED_UNTIL,
    LOG,
    NOON_AT,
    NOW,
    batch,
    carry,
    finished,
    frozen,
    head_of,
    moved,
    name_of,
    opened,
    sealed,
    segment,
    taken,
)
from tests.integration.adapters.table_items import FrugalClient, items_of

HEAD = ("LOGS", "2026-11-18T12#00")
BATCH = ("2026-11-18T12#00", "B#a")
CARRY = ("2026-11-18T12#00", "K#late#000000#000")
MANIFEST = ("2026-11-18T12#00", "M#000000")
MANY = frozenset(map(name_of, range(45_000)))


def fill(ledger: UsageLedger) -> None:
    """Write one of everything."""
    frozen(ledger, "a")
    ledger.append(LOG, segment(3, 7))
    ledger.write_manifest(LOG, 0, frozenset([name_of(1)]))
    ledger.write_carry(carry())


def calls_while(aws: Aws, work: Any) -> list[str]:
    aws.calls.clear()
    work()
    return [name for name, _ in aws.calls]


def test_everything_stands_where_the_layout_says(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    fill(usage_table)
    usage_table.write_manifest(LOG, 1, MANY)

    assert set(items_of(aws, usage_table_name)) == {
        HEAD,
        BATCH,
        CARRY,
        MANIFEST,
        (BATCH[0], "M#000001"),
        (BATCH[0], "M#000001#1"),
        (BATCH[0], "M#000001#2"),
        (BATCH[0], "S#000003#" + name_of(7)),
    }


def test_only_heads_and_batches_with_something_to_do_stand_in_the_index(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    fill(usage_table)
    indexed = {key for key, item in items_of(aws, usage_table_name).items() if "due_at" in item}
    assert indexed == {HEAD, BATCH}

    usage_table.store(finished(batch("a")))
    lease = Lease(LOG, "mine")
    usage_table.release(lease, replace(head_of(usage_table), due_at=None))

    for item in items_of(aws, usage_table_name).values():
        assert not {"due_at", "due_shard"} & set(item)


def test_usage_that_ended_unbilled_stands_in_a_part_of_the_index_by_its_hour(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    written = frozen(usage_table, "a")
    usage_table.store(
        written.with_statuses({0: RecordStatus(RecordState.REJECTED, None, AwsCode("why"))})
    )

    item = items_of(aws, usage_table_name)[BATCH]
    assert item["due_shard"] == {"S": "refused"}
    assert item["due_at"] == {"N": f"{NOON_AT.timestamp():.0f}"}


def test_every_step_is_one_request(aws: Aws, usage_table: UsageTable) -> None:
    lease, batches = Lease(LOG, "mine"), [batch("a", sealed(1)), batch("b", sealed(2))]

    assert calls_while(aws, lambda: usage_table.append(LOG, segment(0, 1))) == ["PutItem"]
    assert calls_while(aws, lambda: opened(usage_table)) == ["PutItem", "BatchGetItem"]
    head = head_of(usage_table)
    assert calls_while(aws, lambda: usage_table.postpone(head, head)) == ["UpdateItem"]
    assert calls_while(aws, lambda: usage_table.wake(LOG, 0, DUE_AT, NOW)) == ["UpdateItem"]
    head = head_of(usage_table)
    assert calls_while(aws, lambda: usage_table.take(head, lease, NOW, LEASED_UNTIL)) == [
        "UpdateItem"
    ]
    assert calls_while(aws, lambda: usage_table.freeze(lease, batches)) == ["TransactWriteItems"]
    assert calls_while(aws, lambda: usage_table.store(finished(batches[0]))) == ["UpdateItem"]
    assert calls_while(aws, lambda: usage_table.release(lease, head)) == ["UpdateItem"]
    names = frozenset([name_of(1)])
    assert calls_while(aws, lambda: usage_table.write_manifest(LOG, 0, names)) == ["PutItem"]
    # What stands comes with the refusal.
    assert calls_while(aws, lambda: usage_table.write_manifest(LOG, 0, names)) == ["PutItem"]
    assert calls_while(aws, lambda: usage_table.write_manifest(LOG, 1, MANY)) == [
        "TransactWriteItems"
    ]
    assert calls_while(aws, lambda: usage_table.write_carry(carry())) == ["PutItem"]
    assert calls_while(aws, lambda: usage_table.write_carry(carry())) == ["PutItem"]
    assert calls_while(aws, lambda: usage_table.write_carry(moved(carry()))) == ["UpdateItem"]
    assert calls_while(aws, lambda: usage_table.write_carry(moved(carry()))) == ["UpdateItem"]


def test_usage_that_came_during_a_closing_costs_one_request_more(
    aws: Aws, usage_table: UsageTable
) -> None:
    opened(usage_table)
    lease = taken(usage_table)
    head = head_of(usage_table)
    usage_table.wake(LOG, 1, DUE_AT, NOW)

    assert calls_while(aws, lambda: usage_table.release(lease, head)) == ["UpdateItem"] * 2


def test_a_step_does_not_send_what_is_frozen_or_carried_again(
    aws: Aws, usage_table: UsageTable
) -> None:
    written = frozen(usage_table, "a")
    usage_table.write_carry(carry())
    aws.calls.clear()

    usage_table.store(finished(written))
    usage_table.write_carry(moved(carry()))

    sent = [call["ExpressionAttributeNames"].values() for call in aws.calls_of("UpdateItem")]
    assert len(sent) == 2
    assert not [names for names in sent if {"frozen", "parts", "carried_at", "through"} & {*names}]


def test_all_reads_but_those_of_the_index_are_strongly_consistent(
    aws: Aws, usage_table: UsageTable
) -> None:
    fill(usage_table)
    aws.calls.clear()

    usage_table.heads([LOG])
    list(usage_table.heads_between(NOON_AT, NOON_AT))
    list(usage_table.segments(LOG, 0))
    usage_table.manifests(LOG)
    usage_table.batches(LOG)
    usage_table.read_batch(BatchKey(LOG, "a"))
    usage_table.carries(LOG)
    (batch_get,) = aws.calls_of("BatchGetItem")
    (requested,) = batch_get["RequestItems"].values()
    reads = [requested, *aws.calls_of("GetItem"), *aws.calls_of("Query")]
    assert len(reads) == 7
    assert all(read["ConsistentRead"] is True for read in reads)

    aws.calls.clear()
    usage_table.due(now=None, count_max=10)
    (query,) = aws.calls_of("Query")
    assert query["IndexName"] == "due"
    assert "ConsistentRead" not in query


def test_keys_that_dynamodb_leaves_unprocessed_are_asked_for_again(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    logs = [LOG._replace(shard=shard) for shard in range(3)]
    for log in logs:
        usage_table.open_log(log, DUE_AT, None)

    frugal = UsageTable(FrugalClient(aws.dynamodb).typed, usage_table_name)

    assert set(frugal.heads(logs)) == set(logs)


def test_without_its_table_every_call_says_that_storage_is_unavailable(aws: Aws) -> None:
    ledger = UsageTable(aws.dynamodb, "no-such-table")
    head, lease = Head(LOG, due_at=DUE_AT), Lease(LOG, "mine")
    for call in (
        lambda: ledger.append(LOG, segment(0, 1)),
        lambda: ledger.heads([LOG]),
        lambda: list(ledger.heads_between(NOON_AT, NOON_AT)),
        lambda: ledger.open_log(LOG, DUE_AT, None),
        lambda: ledger.wake(LOG, 0, DUE_AT, NOW),
        lambda: ledger.take(head, lease, NOW, LEASED_UNTIL),
        lambda: ledger.release(lease, head),
        lambda: ledger.postpone(head, head),
        lambda: list(ledger.segments(LOG, 0)),
        lambda: ledger.manifests(LOG),
        lambda: ledger.write_manifest(LOG, 0, frozenset()),
        lambda: ledger.write_manifest(LOG, 0, MANY),
        lambda: ledger.freeze(lease, [batch("a")]),
        lambda: ledger.batches(LOG),
        lambda: ledger.read_batch(BatchKey(LOG, "a")),
        lambda: ledger.store(batch("a")),
        lambda: ledger.carries(LOG),
        lambda: ledger.write_carry(carry()),
        lambda: ledger.write_carry(moved(carry())),
        lambda: ledger.due(now=None, count_max=1),
    ):
        with pytest.raises(StorageUnavailableError):
            call()


def test_an_allowance_has_news_by_the_taking_alone_that_crosses_a_threshold(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    calls = AllowanceKey(MeterKey(SubscriptionKey("license#l-1"), "api_calls"), "2026-11")
    opened(usage_table)
    lease, news = taken(usage_table), []

    for name, (before, units) in {"a": (0, 79), "b": (79, 1), "c": (80, 19), "d": (99, 1)}.items():
        one = Taking(calls, Decimal(before), Decimal(units), Decimal(100))
        assert usage_table.freeze(lease, [batch(name)], [one])
        item = items_of(aws, usage_table_name)["ALLOWANCE#license#l-1", "2026-11#api_calls"]
        news.append("news" in item)

    assert news == [False, True, False, True]
