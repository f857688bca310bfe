"""`usage`, `record`, `unfinished` and `refused`: what they show, and which partitions they read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from meterhouse.adapters.usage_table.layout import hold_layout
from meterhouse.domain.keys import LogKey, RecordKey, log_of
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState, find_record

DAYS = ("--since", "2026-11-18", "--until", "2026-11-19")
SHARDS = 8
HOURS = 3


@dataclass(frozen=True, slots=True)
class Seller:
    """A table with several buyers in several shards, who used something in several hours."""

    house: Meterhouse
    keys: tuple[RecordKey, ...]

    @property
    def shard_of_first(self) -> set[str]:
        """The hour logs of the first buyer's shard."""
        logs = [
            log_of(self.keys[0]._replace(hour_at=NOON + n * HOUR), SHARDS) for n in range(HOURS)
        ]
        return {*map(str, logs)}


@pytest.fixture
def every_state(books: Books, keys: EveryState) -> EveryState:
    hold_layout(books.aws.dynamodb, books.table_name, 1)
    return keys


@pytest.fixture
def seller(books: Books) -> Seller:
    hold_layout(books.aws.dynamodb, books.table_name, SHARDS)
    house = books.house()
    house.policy = replace(house.policy, shards=SHARDS)
    buyers = [house.buyer() for _ in range(6)]
    house.clock.move_to(NOON + (HOURS + 0.4) * HOUR)
    for hours in range(HOURS):
        time = (NOON + hours * HOUR).isoformat()
        house.drain(*(house.event(buyer, f"e{hours}", time=time) for buyer in buyers))
    keys = tuple(house.key(buyer) for buyer in buyers)
    assert len({log_of(key, SHARDS).shard for key in keys}) > 1
    return Seller(house, keys)


@pytest.fixture
def touched(command: Command, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the partitions that are read, parts of the index as `index/`, and single heads."""
    del command
    found: set[str] = set()
    session = boto3.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        assert model.name in {"Query", "GetItem", "BatchGetItem", "DescribeTable"}, "it reads only"
        found.update(_places_of(params))

    session.events.register("before-parameter-build.dynamodb", note)
    return found


def _places_of(params: dict[str, Any]) -> Iterator[str]:
    keys = [params["Key"]] if "Key" in params else []
    for request in params.get("RequestItems", {}).values():
        keys += request["Keys"]
    for key in keys:
        is_shared = key["pk"]["S"] == "LOGS"
        yield f"LOGS/{key['sk']['S']}" if is_shared else key["pk"]["S"]
    values = params.get("ExpressionAttributeValues", {})
    if "IndexName" in params:
        yield f"index/{values[':shard']['S']}"
    elif values:
        yield values[":pk"]["S"]


def test_usage_is_read_without_the_hours_of_other_shards(
    seller: Seller, command: Command, touched: set[str]
) -> None:
    name = seller.keys[0].subscription

    outcome = command.other("usage").check(name, *DAYS)

    assert outcome.exit_code == 0
    lines = [(one["hour"], one["units"]) for one in outcome.document()["lines"]]
    assert lines == [(f"2026-11-18T{hour}", "1") for hour in (12, 13, 14)]
    assert touched == {"LAYOUT", "LOGS", f"SHEET#{name}", *seller.shard_of_first}


def test_filed_usage_is_read_without_any_hour(
    seller: Seller, command: Command, touched: set[str]
) -> None:
    name, house = seller.keys[0].subscription, seller.house
    for hours in (5, 40):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()

    outcome = command.other("usage").check(name, *DAYS)

    assert len(outcome.document()["lines"]) == HOURS
    assert (outcome.document()["unsettled"], outcome.exit_code) == ([], 0)
    assert touched == {"LAYOUT", "LOGS", f"SHEET#{name}"}


def test_a_record_is_read_from_its_own_hour_alone(
    seller: Seller, command: Command, touched: set[str]
) -> None:
    key = seller.keys[0]

    outcome = command.other("record").check(key.subscription, key.dimension, "2026-11-18T12")

    document = outcome.document()
    assert outcome.exit_code == 0
    assert [(one["id"], one["quantity"]) for one in document["events"]] == [("e0", "1")]
    assert document["status"]["state"] == "METERED"
    log = log_of(key, SHARDS)
    assert touched == {"LAYOUT", f"LOGS/{log}", str(log)}


def test_what_is_unfinished_or_refused_is_read_from_the_index(
    books: Books, command: Command, every_state: EveryState, touched: set[str]
) -> None:
    dealt_with, open_logs = [every_state.log, every_state.next_log], _unsettled(every_state)
    batch, _ = find_record(books.ledger, every_state.submitting)

    unfinished = command.other("unfinished").check()

    assert unfinished.exit_code == 0
    assert [one["log"] for one in unfinished.document()["hours"]] == [*map(str, open_logs)]
    assert [one["record"] for one in unfinished.document()["records"]] == [
        str(every_state.submitting)
    ]
    heads = {f"LOGS/{log}" for log in (*dealt_with, *open_logs)}
    assert touched == {"index/due", *heads, str(batch.key.log)}

    touched.clear()
    refused = command.other("refused").check()

    assert refused.exit_code == 0
    assert {one["record"]: one["units"] for one in refused.document()["records"]} == {
        str(every_state.rejected): "2",
        str(every_state.disputed): "3",
        str(every_state.expired): "4",
    }
    logs = {str(every_state.log), str(batch.key.log)}
    assert touched == {"index/due", "index/refused", "index/kept", *logs}


def _unsettled(keys: EveryState) -> list[LogKey]:
    return [LogKey(keys.held.hour_at, 0), keys.last_log]


READS: dict[str, Callable[[EveryState], tuple[str, ...]]] = {
    "usage": lambda keys: (keys.metered.subscription, *DAYS),
    "record": lambda keys: (keys.metered.subscription, "api_calls", "2026-11-18T12"),
    "unfinished": lambda _: (),
    "refused": lambda _: (),
}


@pytest.mark.parametrize("name", READS)
def test_people_see_the_same_and_nothing_is_written(
    books: Books, command: Command, every_state: EveryState, name: str
) -> None:
    before = books.contents()

    outcome = command.other(name)(*READS[name](every_state))

    assert (outcome.exit_code, outcome.errors) == (0, "")
    assert outcome.output.splitlines()[0] == f"table: {books.table_name}"
    expected = {
        "usage": "100.000001",
        "record": "0.000001",
        "unfinished": every_state.held.subscription,
        "refused": "InvalidLicenseException",
    }
    assert expected[name] in outcome.output
    assert books.contents() == before


@pytest.mark.parametrize("name", READS)
def test_what_is_damaged_is_named_and_the_rest_is_shown(
    books: Books, command: Command, every_state: EveryState, name: str
) -> None:
    key = books.batch_of(every_state.submitting if name == "unfinished" else every_state.metered)
    books.spoil(key, statuses={"B": b"damaged"})

    outcome = command.other(name).check(*READS[name](every_state))

    assert outcome.exit_code == 2
    assert f"{name}: this is not all" in outcome.errors
    (named,) = outcome.document()["unreadable"]
    assert key[1].removeprefix("B#") in named["name"]
    rest = {"usage": "lines", "record": "events", "unfinished": "hours", "refused": "is_whole"}
    assert outcome.document()[rest[name]]


def test_a_sheet_that_is_damaged_is_named(seller: Seller, books: Books, command: Command) -> None:
    name, house = seller.keys[0].subscription, seller.house
    for hours in (5, 40):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()
    books.spoil((f"SHEET#{name}", "2026-11-18"), lines={"B": b"damaged"})

    outcome = command.other("usage")(name, *DAYS)

    assert outcome.exit_code == 2
    assert f"SHEET#{name}/2026-11-18 cannot be read" in outcome.errors


def test_without_the_number_of_shards_nobody_knows_where_to_look(
    command: Command, keys: EveryState
) -> None:
    for name in ("usage", "record"):
        outcome = command.other(name)(*READS[name](keys))
        assert (outcome.exit_code, outcome.output) == (2, "")
        assert "LAYOUT/shards" in outcome.errors


def test_a_table_that_is_not_there_is_not_done(books: Books, command: Command) -> None:
    del books
    for name in ("unfinished", "refused"):
        outcome = command.other(name)("--table", "no-such-table")
        assert (outcome.exit_code, outcome.output) == (2, "")
        assert "no-such-table" in outcome.errors
