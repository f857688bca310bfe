"""`balance` on tables that are as they should be."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.adapters.usage_table.layout import hold_layout
from meterhouse.domain.keys import shard_of
from tests.fakes.meterhouse import HOUR, NOON
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState


def test_meters_in_every_state_balance_to_the_last_decimal(
    command: Command, keys: EveryState
) -> None:
    outcome = command.check()

    assert outcome.exit_code == 0
    document = outcome.document()
    assert (document["is_right"], document["faults"]) == (True, [])
    names = [(meter["subscription"], meter["dimension"]) for meter in document["meters"]]
    assert names == sorted(names)
    meters = dict(zip(names, document["meters"], strict=True))
    metered = meters[keys.metered.meter]
    # 100.000001 in time, and one late, which was carried on twice and counts where it arrived, too.
    assert metered["journalled"] == "103.000001"
    assert metered["standings"] == {
        "metered": "100.000001",
        "pending": "1",
        "held": "0",
        "rejected": "0",
        "disputed": "0",
        "expired": "0",
        "included": "0",
        "carried": "2",
    }
    assert (metered["carried_out"], metered["carried_in"]) == ("2", "2")
    assert (metered["difference"], metered["unplaced"], metered["faults"]) == ("0", "0", [])
    assert meters[keys.large.meter]["standings"]["metered"] == "9999999999.999999"
    assert document["totals"]["journalled"] == "10000000170.500003"


def test_a_spreadsheet_gets_a_line_for_each_meter(command: Command, keys: EveryState) -> None:
    rows = [*csv.DictReader(io.StringIO(command("--csv").output))]

    (metered,) = (
        one for one in rows if (one["subscription"], one["dimension"]) == keys.metered.meter
    )
    assert (metered["journalled"], metered["metered"], metered["carried"]) == (
        "103.000001",
        "100.000001",
        "2",
    )
    assert (metered["is_right"], metered["faults"]) == ("true", "0")
    assert sum(Decimal(one["journalled"]) for one in rows) == Decimal("10000000170.500003")
    assert command("--csv", "--json").exit_code == 2


def test_a_person_sees_every_digit_and_a_verdict_in_the_last_line(
    command: Command, keys: EveryState
) -> None:
    outcome = command()

    assert outcome.exit_code == 0
    assert "9999999999.999999" in outcome.output
    assert "103.000001" in outcome.output
    assert keys.metered.subscription in outcome.output
    assert outcome.output.splitlines()[-1] == (
        "balance: OK: 9 meters, 10000000170.500003 units journalled, each in its place"
    )
    assert "Not seen: " in outcome.output


def test_a_table_without_usage_balances(command: Command) -> None:
    outcome = command()

    assert outcome.exit_code == 0
    assert outcome.output.splitlines()[-1] == "balance: OK: no meter has usage"


@pytest.mark.usefixtures("keys")
def test_the_command_only_reads(books: Books, command: Command) -> None:
    before = books.contents()

    assert command.check().exit_code == 0

    assert books.contents() == before


@pytest.mark.usefixtures("keys")
def test_usage_before_the_period_is_left_out_with_what_was_carried_from_it(
    command: Command,
) -> None:

    outcome = command.check("--since", f"{NOON + 24 * HOUR:%Y-%m-%dT%H}:30")

    assert outcome.exit_code == 0
    document = outcome.document()
    # The held and the waiting record, and the open hour with what was carried to it.
    assert document["totals"]["journalled"] == "36.500001"
    assert {(one["carried_out"], one["carried_in"]) for one in document["meters"]} == {("0", "0")}


@pytest.mark.usefixtures("keys")
def test_the_last_hours_are_counted_back_from_now(command: Command) -> None:

    document = command.check("--hours", "1").document()

    assert document["meters"] == [], "the story of this table is long over"


def test_one_subscription_is_shown_alone_however_it_is_named(
    books: Books, command: Command
) -> None:
    house = books.house()
    buyer, other = house.buyer(), house.buyer()
    house.drain(house.event(buyer, quantity=3), house.event(other, quantity=4))
    key = house.key(buyer)
    assert buyer.license_arn is not None

    for name in (key.subscription, buyer.license_arn):
        outcome = command.check("--subscription", name)
        document = outcome.document()
        assert outcome.exit_code == 0
        assert document["subscription"] == key.subscription
        (meter,) = document["meters"]
        assert (meter["subscription"], meter["journalled"]) == (key.subscription, "3")


def test_of_one_subscription_only_the_hours_of_its_shard_are_read(
    books: Books, command: Command
) -> None:
    hold_layout(books.aws.dynamodb, books.table_name, 8)
    house = books.house()
    house.policy = replace(house.policy, shards=8)
    buyers = [house.buyer() for _ in range(5)]
    house.drain(*(house.event(buyer, quantity=n) for n, buyer in enumerate(buyers, 1)))
    key = house.key(buyers[2])
    shard = shard_of(key.subscription, 8)
    for log in books.logs():
        if log.shard != shard:
            # Whoever reads this notices.
            books.spoil(books.keys(log, "S#")[0], blob={"B": b"damaged"})

    assert command.check().exit_code == 1
    outcome = command.check("--subscription", key.subscription)

    assert outcome.exit_code == 0
    assert [one["journalled"] for one in outcome.document()["meters"]] == ["3"]
