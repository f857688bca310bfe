"""Calls stay under 25 records and 1 MB, measured on what botocore puts on the wire."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest
from botocore.serialize import create_serializer
from marketplace_sandbox.testing import metering_model

from meterhouse.adapters.usage_table.sealed_records import write_sealed
from meterhouse.domain.calls.payload import pack_calls, product_code_to_send, usage_record
from meterhouse.domain.records.record import SealedRecord
from meterhouse.domain.records.sealing import seal_usage
from meterhouse.domain.usage.events import Tags
from tests.limits.sizes import large_tags
from tests.unit.domain.builders import KEY, LICENSE, LOG, sealed_record

RECORDS_MAX = 25
# "less than 1 MB" does not say which megabyte; the smaller one is the safe reading.
REQUEST_BYTES_LIMIT = 1_000_000
# Of the 400 KB of an item, the rest is for where the records of a batch stand.
FROZEN_BYTES_LIMIT = 350_000
# Bytes per record of what AWS names in a record: the longest dimension, in characters that JSON
# writes as twelve bytes each, and the longest names of a license and of an account.
WIDEST_DIMENSION = "\U0001f4be" * 63
LONGEST_LICENSE = replace(
    LICENSE,
    customer_aws_account_id="1" * 255,
    license_arn="arn:aws:license-manager::" + "1" * 12 + ":license:l-" + "a" * 64,
)


def sealed_of(number: int, by_tags: dict[Tags, Decimal]) -> SealedRecord:
    """Return what sealing makes of sums by tags, under the longest names."""
    usage = seal_usage(by_tags)
    key = KEY._replace(dimension=f"{number:03}{WIDEST_DIMENSION}")
    return replace(
        sealed_record(usage.quantity, key=key, identity=LONGEST_LICENSE),
        allocations=usage.allocations,
    )


def maximal_record(number: int, tag_sets: int) -> SealedRecord:
    """Return a record that sealing made of as many of the largest tag sets as it takes."""
    random = Random(number)  # noqa: S311 - tags that differ, the same in every run
    by_tags = {large_tags(random): Decimal("9.999999") for _ in range(tag_sets)}
    by_tags[()] = Decimal("0.000001")
    return sealed_of(number, by_tags)


def request_bytes(call: list[SealedRecord]) -> int:
    """Serialize a call as boto3 does."""
    documents = [usage_record(record) for record in call]
    records = [
        {**one, "Timestamp": datetime.fromtimestamp(one["Timestamp"], UTC)} for one in documents
    ]
    parameters: dict[str, object] = {"UsageRecords": records}
    product_code = product_code_to_send(call[0])
    if product_code is not None:
        parameters["ProductCode"] = product_code
    model = metering_model().operation_model("BatchMeterUsage")
    request = create_serializer("json").serialize_to_request(parameters, model)
    return len(request["body"])


@pytest.mark.parametrize("tag_sets", [0, 1, 10, 18, 19, 22, 50, 100])
def test_calls_of_maximal_records_are_taken_by_aws(tag_sets: int) -> None:
    records = [maximal_record(number, tag_sets) for number in range(60)]

    calls = list(pack_calls(records, lambda record: record))

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
    record = sealed_of(1, by_tags)

    assert request_bytes([record]) < REQUEST_BYTES_LIMIT
    assert len(write_sealed(LOG, [record])) < FROZEN_BYTES_LIMIT
    if tags * width < 20:
        assert len(record.allocations) == 2_500


def fullness(call: list[SealedRecord]) -> float:
    return max(len(call) / RECORDS_MAX, request_bytes(call) / REQUEST_BYTES_LIMIT)
