"""Calls stay under 25 records and 1 MB, measured on what botocore puts on the wire."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest
from botocore.serialize import create_serializer

from meterhouse.adapters.usage_items import write_frozen
from meterhouse.domain.folding import Fold
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.calls.payload import pack_calls, product_code_to_send, usage_record
from meterhouse.domain.records import FrozenUsage, MeteringRecord
from meterhouse.domain.records.sealing import seal_usage
from sandbox.marketplace.in_process import metering_model
from tests.limits.sizes import large_tags
from tests.unit.domain.builders import KEY, LICENSE, NOON_AT, PRODUCT_CODE, record_in

RECORDS_MAX = 25
# "less than 1 MB" does not say which megabyte; the smaller one is the safe reading.
REQUEST_BYTES_LIMIT = 1_000_000
# Of the 400 KB of an item, the rest is for pages and all else that stands in a header.
FROZEN_BYTES_LIMIT = 350_000
# Bytes per record of what AWS names in a record: the longest dimension, in characters that JSON
# writes as twelve bytes each, and the longest names of a license and of an account.
WIDEST_DIMENSION = "\U0001f4be" * 63
LONGEST_LICENSE = replace(
    LICENSE,
    customer_aws_account_id="1" * 255,
    license_arn="arn:aws:license-manager::" + "1" * 12 + ":license:l-" + "a" * 64,
)


def maximal_record(number: int, tag_sets: int) -> MeteringRecord:
    """Return a record that sealing made of as many of the largest tag sets as it takes."""
    random = Random(number)  # noqa: S311 - tags that differ, the same in every run
    by_tags = {large_tags(random): Decimal("9.999999") for _ in range(tag_sets)}
    by_tags[()] = Decimal("0.000001")
    sealed = seal_usage(Fold(sum(by_tags.values(), Decimal(0)), by_tags))
    frozen = FrozenUsage(
        LONGEST_LICENSE, PRODUCT_CODE, NOON_AT, sealed.quantity, sealed.allocations
    )
    key = KEY._replace(dimension=f"{number:03}{WIDEST_DIMENSION}")
    return record_in(RecordState.SEALED, key=key, units=sealed.quantity, frozen=frozen)


def request_bytes(call: list[MeteringRecord]) -> int:
    """Serialize a call as boto3 does."""
    records = []
    for record in call:
        assert record.frozen is not None
        document = usage_record(record.key.dimension, record.frozen)
        timestamp_at = datetime.fromtimestamp(document["Timestamp"], UTC)
        records.append({**document, "Timestamp": timestamp_at})
    parameters: dict[str, object] = {"UsageRecords": records}
    assert call[0].frozen is not None
    product_code = product_code_to_send(call[0].frozen)
    if product_code is not None:
        parameters["ProductCode"] = product_code
    model = metering_model().operation_model("BatchMeterUsage")
    request = create_serializer("json").serialize_to_request(parameters, model)
    return len(request["body"])


@pytest.mark.parametrize("tag_sets", [0, 1, 10, 18, 19, 22, 50, 100])
def test_calls_of_maximal_records_are_taken_by_aws(tag_sets: int) -> None:
    records = [maximal_record(number, tag_sets) for number in range(60)]

    calls = list(pack_calls(records))

    assert max(map(len, calls)) <= RECORDS_MAX
    assert max(map(request_bytes, calls)) < REQUEST_BYTES_LIMIT
    assert sorted(record.key for call in calls for record in call) == sorted(
        record.key for record in records
    )
    # Every call but the last is as full as either limit lets it be.
    assert min(map(fullness, calls[:-1])) > 0.8


@pytest.mark.parametrize("width", [1, 2, 5, 20, 60])
@pytest.mark.parametrize("tags", [1, 5])
def test_one_record_with_as_many_allocations_as_aws_takes_fits_into_a_call(
    width: int, tags: int
) -> None:
    names = [f"{number:0{max(width, 4)}}" for number in range(2_600)]
    by_tags = {
        tuple((f"k{tag}", name) for tag in range(tags)): Decimal("999999.999999") for name in names
    }
    fold = Fold(sum(by_tags.values(), Decimal(0)), by_tags)
    sealed = seal_usage(fold)
    frozen = FrozenUsage(
        LONGEST_LICENSE, PRODUCT_CODE, NOON_AT, sealed.quantity, sealed.allocations
    )
    key = KEY._replace(dimension=WIDEST_DIMENSION)
    record = record_in(RecordState.SEALED, key=key, units=sealed.quantity, frozen=frozen)

    assert request_bytes([record]) < REQUEST_BYTES_LIMIT
    assert len(write_frozen(frozen)) < FROZEN_BYTES_LIMIT
    if tags * width < 20:
        assert len(sealed.allocations) == 2_500


def fullness(call: list[MeteringRecord]) -> float:
    return max(len(call) / RECORDS_MAX, request_bytes(call) / REQUEST_BYTES_LIMIT)
