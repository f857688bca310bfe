"""Packing records into calls: AWS's two limits, one product each, the soonest deadline first."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import botocore.session
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from meterhouse.domain.calls.payload import (
    RECORDS_PER_CALL_MAX,
    pack_calls,
    product_code_to_send,
    usage_record,
)
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.record import SealedRecord
from meterhouse.domain.subscriptions.identity import BilledIdentity
from meterhouse.domain.usage.events import Tags
from tests.thoroughness import chosen
from tests.unit.domain.builders import HOUR, KEY, LEGACY, LICENSE, sealed_record

MEGABYTE = 1_000_000


def sealed(
    number: int,
    *,
    hour: int = 0,
    product_code: str = "atlas",
    identity: BilledIdentity = LICENSE,
    allocations: Sequence[tuple[int, Tags]] = (),
) -> SealedRecord:
    key = KEY._replace(dimension=f"dimension-{number}", hour_at=KEY.hour_at + hour * HOUR)
    return sealed_record(1, *allocations, key=key, identity=identity, product_code=product_code)


def pack(records: Iterable[SealedRecord]) -> list[list[SealedRecord]]:
    return list(pack_calls(records, lambda record: record))


@cache
def batch_meter_usage_model() -> Any:
    model = botocore.session.Session().get_service_model("meteringmarketplace")
    return model.operation_model("BatchMeterUsage")


def request_bytes(call: list[SealedRecord]) -> int:
    """Measure the request as the SDK puts it on the wire."""
    records = []
    for record in call:
        wire: dict[str, Any] = {**usage_record(record)}
        wire["Timestamp"] = datetime.fromtimestamp(wire["Timestamp"], UTC)
        records.append(wire)
    parameters: dict[str, Any] = {"UsageRecords": records}
    code = product_code_to_send(call[0])
    if code is not None:
        parameters["ProductCode"] = code
    request = create_serializer("json").serialize_to_request(parameters, batch_meter_usage_model())
    return len(request["body"])


def test_no_records_make_no_call() -> None:
    assert pack([]) == []


def test_a_call_takes_25_records_and_the_26th_goes_into_the_next() -> None:
    calls = pack(sealed(number) for number in range(51))

    assert [len(call) for call in calls] == [25, 25, 1]


def test_a_call_holds_one_product_in_one_mode() -> None:
    records = [
        sealed(1, product_code="atlas"),
        sealed(2, product_code="borealis"),
        sealed(3, product_code="atlas", identity=LEGACY),
        sealed(4, product_code="atlas"),
    ]

    calls = [sorted(one.key.dimension[-1] for one in call) for call in pack(records)]

    assert sorted(calls) == [["1", "4"], ["2"], ["3"]]


def wide_tags(number: int) -> Tags:
    return tuple((f"{key}{'k' * 99}", f"{number:03}{'v' * 253}") for key in range(5))


def test_a_call_stays_under_a_megabyte_as_it_is_sent() -> None:
    wide = [(1, wide_tags(number)) for number in range(55)]
    records = [sealed(number, allocations=wide) for number in range(30)]

    calls = pack(records)

    sizes = [request_bytes(call) for call in calls]
    assert max(sizes) < MEGABYTE
    assert sorted(sizes)[-2] > MEGABYTE * 0.8, "and is filled as far as it goes"
    assert max(len(call) for call in calls) < RECORDS_PER_CALL_MAX
    assert sum(len(call) for call in calls) == len(records)


def test_wide_characters_are_measured_as_the_escapes_that_they_become() -> None:
    key = KEY._replace(dimension="\U0001f600" * 255)
    # Of some of these numbers of tags, records would fill a call nearly to its end if not for that.
    for count in chosen(range(24, 55), one_in=3):
        tags = [(1, wide_tags(number)) for number in range(count)]
        records = [
            sealed_record(1, *tags, key=key._replace(hour_at=key.hour_at + number * HOUR))
            for number in range(25)
        ]

        assert max(request_bytes(call) for call in pack(records)) < MEGABYTE


def test_within_a_product_the_soonest_deadline_goes_first() -> None:
    hours = [5, 3, 9, 1]

    (call,) = pack(sealed(number, hour=hour) for number, hour in enumerate(hours))

    assert [(record.key.hour_at - KEY.hour_at) // HOUR for record in call] == [1, 3, 5, 9]


def test_a_product_with_much_late_usage_does_not_keep_an_older_hour_of_another_waiting() -> None:
    atlas = [sealed(0, hour=1), *(sealed(number, hour=9) for number in range(1, 60))]
    borealis = [sealed(0, hour=2, product_code="borealis")]

    calls = pack([*atlas, *borealis])

    deadlines = [deadline_of(call[0].key.hour_at) for call in calls]
    assert deadlines == sorted(deadlines)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 4), st.sampled_from(["atlas", "borealis"])),
        max_size=80,
        unique=True,
    )
)
def test_every_record_is_in_exactly_one_call(wanted: list[tuple[int, int, str]]) -> None:
    records = [sealed(number, hour=hour, product_code=code) for number, hour, code in wanted]

    packed = [record for call in pack(records) for record in call]

    assert len(packed) == len(records)
    assert {id(record) for record in packed} == {id(record) for record in records}
    assert all(record.quantity == Decimal(1) for record in packed)
