"""The measurements on a tiny scale: that they measure what they say. How fast, no test says."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import boto3
import pytest
from moto import mock_aws

from bench import shapes
from bench.canned import cut_off, on_the_wire
from bench.counting import Bench, live
from bench.deployment import REGION, access_environment, environment
from bench.emulation import throttling_marketplace
from bench.folding import measure_fold
from bench.playing import playing
from bench.processor import time_drain
from bench.reading import read_month, read_record, read_refused, read_unfinished
from bench.recovery import measure_recovery
from bench.settling import measure_settling
from bench.throttled import time_billing
from meterhouse.domain.records.step_when_due import LEASE
from tests.bench.laboratory import key

HEAD = {"open": {"N": "3"}, "waiting": {"B": b"abc"}}


@pytest.fixture
def no_network() -> Iterator[None]:
    with environment(access_environment("http://127.0.0.1:9", None)):
        yield


@pytest.fixture
def bench() -> Iterator[Bench]:
    with mock_aws(), environment(access_environment(None, None)):
        yield Bench()


@pytest.mark.usefixtures("no_network")
def test_the_drain_s_time_is_taken_without_a_network() -> None:
    time = time_drain(shapes.many(2))

    assert time.events == 200
    assert min(time.ours, time.usual) > 0


@pytest.mark.usefixtures("no_network")
def test_a_session_that_is_cut_off_finds_the_head_and_nothing_else() -> None:
    session = boto3.Session(region_name=REGION)
    cut_off(session.events, on_the_wire(HEAD))
    client = session.client("dynamodb")
    found = client.batch_get_item(RequestItems={"t": {"Keys": [key("a")]}})

    assert found["Responses"] == {"t": [{**key("a"), **HEAD}]}
    assert client.query(TableName="t", KeyConditionExpression="pk = :pk")["Items"] == []
    client.put_item(TableName="t", Item=key("a"), ConditionExpression="attribute_not_exists(pk)")


def test_every_event_of_an_hour_is_folded_and_the_peak_holds_its_segments() -> None:
    cost = measure_fold(30_000)

    assert cost.events == 30_000
    assert 0 < cost.before_bytes < cost.peak_bytes


def test_a_crash_is_played_until_the_record_goes_out_again(bench: Bench) -> None:
    recovery = measure_recovery(bench)

    assert recovery.free == LEASE
    # The run was cut off 51 seconds after it began, so the next one, after 249, comes too early.
    assert recovery.longest == timedelta(minutes=10, seconds=-51)


def test_unfinished_and_refused_records_are_read_by_their_batches(bench: Bench) -> None:
    unfinished = read_unfinished(bench, records=26)
    refused = read_refused(bench, records=26)

    # A page of the index, and two batches of less than 4 KB.
    assert unfinished.read_units == refused.read_units == Decimal("0.5") + 2


def test_a_settlement_is_one_write_and_what_is_left_is_found_by_its_batches(bench: Bench) -> None:
    cost = measure_settling(bench, records=52, left=2, others=500)

    assert cost.look_up.of == "2 of 552 records that were refused"
    # A page of the index for each of its parts, and one batch of less than 4 KB.
    assert cost.look_up.read_units == 3 * Decimal("0.5") + 1
    # A batch and an entry in a transaction, which counts twice.
    assert cost.each.write_units - cost.each.index_units >= 4
    # The hour's batches and carries are read, and everything is written by one call.
    assert cost.each.calls == 3


def test_a_record_is_read_down_to_its_events_with_its_hour(bench: Bench) -> None:
    with playing(shapes.many(1), *bench.account()) as play:
        live(play)
        look_up = read_record(play)

    assert look_up.of == "an hour of 10 records and 100 events"
    # Batches, manifests and segments, each less than 4 KB.
    assert look_up.read_units == 3


def test_a_month_of_one_subscription_costs_its_sheets_and_the_heads(bench: Bench) -> None:
    month, unfiled, everything, one = read_month(bench, 2, 1, days=5, hours=3)

    # Five small sheets, and fifteen heads of some 150 bytes.
    assert month.read_units == 1 + 1
    # No sheet; three heads; and of each hour its batches and its carries.
    assert unfiled.read_units == 1 + 1 + 3 * 2
    # Both read all hours, each its carries, batches, manifests and segments: with one shard
    # everybody stands in the same logs.
    assert everything.read_units == one.read_units > 3 * 4


@pytest.mark.stack
def test_billing_runs_against_the_emulator_and_a_marketplace_that_throttles(
    emulator_url: str,
) -> None:
    with (
        throttling_marketplace() as marketplace_url,
        environment(access_environment(emulator_url, marketplace_url)),
    ):
        speed = time_billing(marketplace_url, records=60)

    assert speed.records == 60
    assert speed.records_per_call == 20
