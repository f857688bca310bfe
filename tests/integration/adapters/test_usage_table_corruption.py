"""What cannot have been written by this program is named, and never taken for something else."""

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from meterhouse.adapters.usage_table.documents import read_document, write_document
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.adapters.usage_table.sealed_records import write_sealed
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import BatchKey
from meterhouse.errors import JournalCorruptError
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LOG,
    NOON_AT,
    batch,
    carry,
    frozen,
    moved,
    name_of,
    opened,
    sealed,
    segment,
    taken,
)
from tests.integration.adapters.table_items import ForgetfulClient, items_of, spoil

PARTITION = str(LOG)
HEAD, BATCH = ("LOGS", PARTITION), (PARTITION, "B#a")
CARRY, MANIFEST = (PARTITION, "K#late#000000#000"), (PARTITION, "M#000000")
MANY = frozenset(map(name_of, range(45_000)))

Spoiled = dict[str, Any] | None
"""An attribute as it should not be, or none."""

BROKEN_DOCUMENTS: list[Spoiled] = [
    {"B": b""},
    {"B": b"no document"},
    {"B": zlib.compress(b"[]")},
    {"B": write_document([])},
    {"B": write_document({})},
    {"B": write_document({"format": 2})},
    {"S": "text"},
    None,
]
NO_NUMBERS: list[Spoiled] = [{"S": "three"}, {"BOOL": True}]
NO_MOMENTS: list[Spoiled] = [*NO_NUMBERS, {"N": "1" + "0" * 100}]


def named(read: Callable[[], object], *key: str) -> None:
    """Expect that reading fails, and that the failure names the item."""
    with pytest.raises(JournalCorruptError) as caught:
        read()
    assert "/".join(key) in str(caught.value)


def case(name: str, values: list[Spoiled]) -> list[dict[str, Spoiled]]:
    return [{name: value} for value in values]


@pytest.mark.parametrize(
    "attributes",
    [
        *case("open", [*NO_NUMBERS, None]),
        *case("done", NO_NUMBERS),
        *case("holds", NO_NUMBERS),
        *case("written_in", NO_NUMBERS),
        *case("written_at", NO_MOMENTS),
        *case("leased_until", NO_MOMENTS),
        *case("is_settled", [{"S": "yes"}]),
        *case("reason", [{"N": "1"}]),
        *case("waiting", BROKEN_DOCUMENTS[:3]),
        *case("aside", [*BROKEN_DOCUMENTS[:3], {"S": "text"}]),
        *case("totals", [{"S": "no document"}, {"S": '[["metered"]]'}, {"S": '[["a","b"]]'}]),
    ],
    ids=repr,
)
def test_a_corrupt_head_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, attributes: dict[str, Any]
) -> None:
    usage_table.open_log(LOG, DUE_AT, None)
    spoil(aws, usage_table_name, HEAD, **attributes)

    named(lambda: usage_table.heads([LOG]), *HEAD)
    named(lambda: list(usage_table.heads_between(NOON_AT, NOON_AT)), *HEAD)


def spoiled_document(**changes: Any) -> bytes:
    """Return the document of two sealed records with other entries."""
    parts = [("1.5", (("team", "a"),)), ("5.5", ())]
    records = [sealed(1), sealed(2, 7, dimension="users", allocations=parts)]
    document, ids = read_document(write_sealed(LOG, records))
    assert set(changes) <= {*document, "buyers", "rest"}
    return write_document({**document, **changes}, ids)


@pytest.mark.parametrize(
    "changes",
    [
        {"accounts": "1"},
        {"accounts": "1 2 3"},
        {"ids": "uuid?"},
        {"ids": ["one"]},
        {"ids": 7},
        {"prefix": "no license"},
        {"prefix": None},
        {"names": []},
        {"names": ["api_calls"]},
        {"buyers": [0]},
        {"buyers": [0, 9]},
        {"dimensions": [0, 1, 1]},
        {"seconds": [1]},
        {"seconds": ["a", "b"]},
        {"quantities": "1 two"},
        {"quantities": "1"},
        {"parts": [[1, "1.5", [0, 1]]]},
        {"parts": [[1, "1.5 5.5", [0, 9]]]},
        {"rest": [7]},
        {"tag_sets": []},
        {"tag_sets": [[["a"]], []]},
    ],
    ids=repr,
)
def test_a_batch_with_an_impossible_record_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, changes: dict[str, Any]
) -> None:
    frozen(usage_table, "a", sealed(1), sealed(2))
    spoil(aws, usage_table_name, BATCH, frozen={"B": spoiled_document()})
    assert len(usage_table.batches(LOG)[0].records) == 2

    spoil(aws, usage_table_name, BATCH, frozen={"B": spoiled_document(**changes)})

    named(lambda: usage_table.batches(LOG), *BATCH)


@pytest.mark.parametrize(
    "attributes",
    [
        *case("frozen", BROKEN_DOCUMENTS),
        *case("statuses", BROKEN_DOCUMENTS),
        *case(
            "statuses",
            [
                {"B": write_document([[["METERED", None, None, 1, 0, True]], [], ["one"]])},
                {"B": write_document([[["METERED", None, None, 1, 0, False]], [], ["one"]])},
                {"B": write_document([[["METERED", None, None, 1, 0, False]], [0], []])},
                {"B": write_document([[["METERED", None, None, 1, 0, False]], [0, 1], []])},
                {"B": write_document([[["METERED", 0, None, 1, 0, False]], [], []])},
                {"B": write_document([[["SEALED", None, None, 1, 0, False]], [], []])},
                {"B": write_document([[["UNHEARD_OF", None, None, 1, 0, False]], [], []])},
                {"B": write_document([[["SEALED", 10**30, None, 1, 0, False]], [], []])},
                {"B": write_document([[["METERED"]], [], []])},
            ],
        ),
        *case("through", [*NO_NUMBERS, None]),
        *case("left_out", [*BROKEN_DOCUMENTS[:3], {"S": "text"}]),
        *case("version", [*NO_NUMBERS, None]),
    ],
    ids=repr,
)
def test_a_corrupt_batch_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, attributes: dict[str, Any]
) -> None:
    frozen(usage_table, "a", sealed(1), sealed(2))
    spoil(aws, usage_table_name, BATCH, **attributes)

    named(lambda: usage_table.batches(LOG), *BATCH)
    named(lambda: usage_table.read_batch(BatchKey(LOG, "a")), *BATCH)


@pytest.mark.parametrize(
    "attributes",
    [
        *case("parts", BROKEN_DOCUMENTS),
        *case("carried_at", [*NO_MOMENTS, None]),
        *case("target", [{"S": "nowhere"}, {"N": "1"}, None]),
        *case("generation", [*NO_NUMBERS, None]),
        *case("has_arrived", [{"S": "yes"}, None]),
    ],
    ids=repr,
)
def test_a_corrupt_carry_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, attributes: dict[str, Any]
) -> None:
    usage_table.write_carry(carry())
    spoil(aws, usage_table_name, CARRY, **attributes)

    named(lambda: usage_table.carries(LOG), *CARRY)
    named(lambda: usage_table.write_carry(carry()), *CARRY)


def test_a_carry_that_disappeared_is_named(usage_table: UsageTable) -> None:
    named(lambda: usage_table.write_carry(moved(carry())), PARTITION, "late#000000#000")


@pytest.mark.parametrize(
    "attributes",
    [
        *case("names", [{"B": b"half a name"}, {"S": "text"}, None]),
        *case("parts", [{"S": "one"}]),
    ],
    ids=repr,
)
def test_a_corrupt_manifest_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, attributes: dict[str, Any]
) -> None:
    usage_table.write_manifest(LOG, 0, frozenset([name_of(1)]))
    spoil(aws, usage_table_name, MANIFEST, **attributes)

    named(lambda: usage_table.manifests(LOG), *MANIFEST)
    named(lambda: usage_table.write_manifest(LOG, 0, frozenset()), *MANIFEST)


@pytest.mark.parametrize("lost", ["M#000000", "M#000000#1", "M#000000#2"])
def test_a_manifest_that_lost_a_part_is_never_taken_for_a_whole_one(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, lost: str
) -> None:
    usage_table.write_manifest(LOG, 0, MANY)
    key: Any = {"pk": {"S": PARTITION}, "sk": {"S": lost}}
    aws.dynamodb.delete_item(TableName=usage_table_name, Key=key)

    named(lambda: usage_table.manifests(LOG), PARTITION)


@pytest.mark.parametrize("hidden", ["M#000000", "M#000000#1", "M#000000#2"])
def test_a_query_that_comes_between_the_parts_of_a_manifest_is_made_again(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, hidden: str
) -> None:
    """A query and a transaction are not isolated from each other.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    usage_table.write_manifest(LOG, 0, MANY)
    client = ForgetfulClient(aws.dynamodb, hidden, answers=2)

    assert UsageTable(client.typed, usage_table_name).manifests(LOG) == {0: MANY}


def test_a_segment_without_content_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    usage_table.append(LOG, segment(0, 1))
    key = (PARTITION, f"S#000000#{name_of(1)}")
    spoil(aws, usage_table_name, key, blob=None)

    named(lambda: list(usage_table.segments(LOG, 0)), *key)


@pytest.mark.parametrize("name", ["B", "S#000000#0", "", "18T"])
def test_what_is_due_and_no_log_or_batch_is_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, name: str
) -> None:
    stray: Any = {
        "pk": {"S": PARTITION if name else "LOGS"},
        "sk": {"S": name or "no log"},
        "due_shard": {"S": "due"},
        "due_at": {"N": "1"},
    }
    aws.dynamodb.put_item(TableName=usage_table_name, Item=stray)

    named(lambda: usage_table.due(now=None, count_max=1), stray["pk"]["S"], stray["sk"]["S"])


def test_what_others_keep_in_the_table_is_not_read(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    frozen(usage_table, "a")
    for partition in ("QUOTA", "DRAIN", "LOGS "):
        stray: Any = {"pk": {"S": partition}, "sk": {"S": "B#b"}}
        aws.dynamodb.put_item(TableName=usage_table_name, Item=stray)

    assert [one.key.name for one in usage_table.batches(LOG)] == ["a"]
    assert [one.log for one in usage_table.heads_between(NOON_AT, NOON_AT)] == [LOG]
    assert usage_table.batches(LogKey(NOON_AT, 1)) == []


def test_batches_that_were_frozen_in_part_are_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    """Transactions are whole; a holder of a lease that freezes a meter again is broken."""
    opened(usage_table)
    lease = taken(usage_table)
    usage_table.freeze(lease, [batch("a", sealed(1))])

    named(lambda: usage_table.freeze(lease, [batch("a", sealed(1)), batch("b")]), PARTITION)

    assert set(items_of(aws, usage_table_name)) == {HEAD, BATCH}
