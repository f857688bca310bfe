"""The journal stays small and holds no secret, whatever a caller sends."""

import json
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.protocol.excerpts import (
    MESSAGE_KEPT_LENGTH_MAX,
    RECORD_CHARACTERS_MAX,
    TEXT_KEPT_LENGTH_MAX,
    excerpt,
)
from marketplace_sandbox.core.protocol.peeking import share
from tests.builders import Shop

METER = "AWSMPMeteringService.BatchMeterUsage"
RESOLVE = "AWSMPMeteringService.ResolveCustomer"
JUNK = ["x" * 1_000] * 50
MEGABYTE = 1_000_000


def send(shop: Shop, target: str, document: dict[str, Any]) -> dict[str, Any]:
    answer = shop.marketplace.answer(target, json.dumps(document).encode())
    said: dict[str, Any] = json.loads(answer.body)
    return said


def wire_record(shop: Shop, **fields: Any) -> dict[str, Any]:
    return shop.licensed_record(**fields) | {"Timestamp": shop.now.timestamp() - 3600}


def the_refusal(shop: Shop) -> Refusal:
    (refusal,) = shop.marketplace.refusals()
    return refusal


def test_a_refusal_keeps_the_record_without_what_no_model_knows(shop: Shop) -> None:
    record = wire_record(shop, Dimension="unknown")
    send(shop, METER, {"UsageRecords": [record | {"Junk": JUNK}], "More": JUNK})
    assert the_refusal(shop).record == record


def test_a_refusal_keeps_little_of_long_texts(shop: Shop) -> None:
    send(shop, METER, {"UsageRecords": [wire_record(shop, Dimension="x" * 10_000)]})
    kept = the_refusal(shop).record
    assert kept is not None
    assert kept["Dimension"] == "x" * TEXT_KEPT_LENGTH_MAX


def test_a_refusal_keeps_no_long_lists(shop: Shop) -> None:
    few = [{"AllocatedUsageQuantity": 5, "Tags": [{"Key": "a", "Value": "b"}]}]
    many = [
        {"AllocatedUsageQuantity": 0, "Tags": [{"Key": "a", "Value": str(n)}]} for n in range(99)
    ]
    for allocations in (few, many):
        record = wire_record(shop, Dimension="unknown", UsageAllocations=allocations)
        send(shop, METER, {"UsageRecords": [record]})
    with_few, with_many = (refusal.record for refusal in shop.marketplace.refusals())
    assert with_few is not None
    assert with_many is not None
    assert with_few["UsageAllocations"] == few
    assert "UsageAllocations" not in with_many
    assert with_many["LicenseArn"] == shop.licensed.license_arn


@pytest.mark.parametrize("value", [Decimal("0." + "1" * 9_999), "x" * 9_999, ["x"] * 9_999])
def test_no_excerpt_is_large(value: object) -> None:
    kept = excerpt(dict.fromkeys("abcdefgh", value))
    assert len(json.dumps(kept, default=str)) <= RECORD_CHARACTERS_MAX


def test_the_journal_keeps_the_beginning_of_a_long_message(shop: Shop) -> None:
    said = send(shop, METER, {"UsageRecords": [wire_record(shop, Dimension="x" * 999)] * 25})
    assert len(said["message"]) > MESSAGE_KEPT_LENGTH_MAX
    (entry,) = shop.marketplace.calls()
    assert entry.message == said["message"][:MESSAGE_KEPT_LENGTH_MAX] + "..."
    assert the_refusal(shop).message == entry.message


def test_a_request_that_is_too_large_is_refused_for_that_alone_and_not_kept(shop: Shop) -> None:
    padding = " " * MEGABYTE
    said = send(shop, METER, {"UsageRecords": [{"Quantity": -1, "Dimension": padding}]})
    assert said["message"] == "A request must be smaller than 1000000 bytes."
    assert the_refusal(shop).record is None
    (event,) = shop.marketplace.desks.calls.cloudtrail()
    assert event["requestParameters"] is None


def test_large_calls_leave_hardly_a_trace_in_memory(shop: Shop) -> None:
    body = json.dumps({"UsageRecords": [{"Timestamp": 1, "Junk": JUNK} for _ in range(19)]})
    tracemalloc.start()
    try:
        for number in range(30):
            record = {"Timestamp": 1, "Dimension": f"{number}" + "x" * 900_000}
            send(shop, METER, {"UsageRecords": [record]})
            shop.marketplace.answer(METER, body.encode())
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < 5 * MEGABYTE


def test_texts_that_the_log_repeats_are_one_object() -> None:
    assert share("dimension" + "s" * 3) is share("dimension" + "s" * len("abc"))
    assert share("x" * 10_000) is share("x" * 20_000)


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (RESOLVE, lambda token: {"registrationToken": token}),
        (RESOLVE, lambda token: {"Token": token}),
        (RESOLVE, lambda token: {"RegistrationToken": [token]}),
        (METER, lambda token: {"UsageRecords": [{"RegistrationToken": token}]}),
        (METER, lambda token: {"UsageRecords": [{"Dimension": {"RegistrationToken": token}}]}),
        (RESOLVE, lambda token: {"RegistrationToken": token}),
    ],
    ids=["small letter", "another name", "in a list", "in a record", "deep", "its own place"],
)
def test_a_registration_token_stands_nowhere_in_the_journal(
    shop: Shop, target: str, place: Any
) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    send(shop, target, place(token))
    journal = shop.marketplace.desks.calls
    assert token not in repr((journal.calls(), journal.cloudtrail(), journal.refusals()))
