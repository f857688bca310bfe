"""The measurements on a tiny scale: that they measure what they say. How fast, no test says."""

from collections.abc import Iterator

import boto3
import pytest

from bench.canned import SteadyTable, cut_off
from bench.deployment import REGION, access_environment, environment
from bench.emulation import throttling_marketplace
from bench.folding import function_memory_bytes, measure_fold
from bench.processor import time_drain
from bench.shapes import ShapeName, build_shape
from bench.throttled import time_billing, time_usual_billing
from bench.usual_way import SCHEMA, count_usual_way, create_event_table
from tests.unit.bench.laboratory import Laboratory, item, key


@pytest.fixture
def no_network() -> Iterator[None]:
    with environment(access_environment("http://127.0.0.1:9", None)):
        yield


def test_the_usual_way_costs_a_write_for_each_event_and_a_call_for_each_record(
    moto_laboratory: Laboratory,
) -> None:
    create_event_table(moto_laboratory.session.client("dynamodb"), "Events")
    moto_laboratory.recorder.add_table("Events", SCHEMA)
    shape = build_shape(ShapeName.MANY, 200)
    cost = count_usual_way(shape, moto_laboratory.client, "Events", moto_laboratory.recorder)

    assert cost.drain.write_units == cost.drain.calls == 1_000
    # Of each record of ten events: a query, a call, and a mark.
    assert cost.life.write_units == 1_100
    assert cost.life.read_units == 100
    assert cost.life.calls == 1_300
    assert len(shape.marketplace.bill()) == 20


@pytest.mark.usefixtures("no_network")
def test_the_drain_s_time_is_taken_without_a_network() -> None:
    cpu = time_drain(build_shape(ShapeName.BUSY, 1_000))

    assert min(cpu.own, cpu.with_sdk, cpu.usual_way) > 0


def test_every_event_of_the_journal_is_folded_and_the_peak_holds_its_pages() -> None:
    cost = measure_fold(30_000)

    assert cost.events == 30_000
    assert 0 < cost.before_bytes < cost.peak_bytes < cost.function_bytes


def test_the_memory_of_the_functions_that_fold_is_the_template_s() -> None:
    assert function_memory_bytes() % 2**20 == 0
    assert 128 <= function_memory_bytes() / 2**20 <= 10_240


@pytest.mark.usefixtures("no_network")
def test_a_session_that_is_cut_off_gets_empty_answers() -> None:
    session = boto3.Session(region_name=REGION)
    cut_off(session.events)
    client = session.client("dynamodb")

    assert client.get_item(TableName="t", Key=key("a")).get("Item") is None
    assert client.query(TableName="t", KeyConditionExpression="pk = :pk")["Items"] == []


@pytest.mark.usefixtures("no_network")
def test_a_steady_table_answers_reads_from_its_items_and_agrees_to_writes() -> None:
    session = boto3.Session(region_name=REGION)
    SteadyTable({"t": [item("a", due_at=5)]}, seconds=0).hook(session.events)
    client = session.client("dynamodb")
    found = client.batch_get_item(RequestItems={"t": {"Keys": [key("a"), key("b")]}})

    assert found["Responses"] == {"t": [item("a", due_at=5)]}
    client.put_item(TableName="t", Item=item("a"), ConditionExpression="attribute_not_exists(pk)")


@pytest.mark.stack
def test_billing_runs_against_the_emulator_and_a_marketplace_that_throttles(
    emulator_url: str,
) -> None:
    with (
        throttling_marketplace() as marketplace_url,
        environment(access_environment(emulator_url, marketplace_url)),
    ):
        times = time_billing(marketplace_url, records=60)

    for speed in (times.steady, times.emulator):
        assert speed.records == 60
        assert speed.records_per_call >= 15


@pytest.mark.stack
def test_the_usual_billing_sends_every_record_alone(emulator_url: str) -> None:
    with (
        throttling_marketplace() as marketplace_url,
        environment(access_environment(emulator_url, marketplace_url)),
    ):
        speed = time_usual_billing(marketplace_url, records=12)

    assert (speed.records, speed.calls) == (12, 12)
