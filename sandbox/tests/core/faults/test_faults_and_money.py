"""Whatever goes wrong: bill, log and CloudTrail tell one story, and nothing is billed twice."""

import contextlib
from decimal import Decimal
from typing import Any, cast

from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.core.model.faults import FaultKind
from marketplace_sandbox.core.operations.batch_decision import STATUS_OF_TOMORROW
from marketplace_sandbox.in_process import InProcessMarketplace
from tests.builders import AN_HOUR, NOON_AT, Shop

FAULTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(FaultKind),
        "count": st.none() | st.integers(1, 3),
        "dimension": st.none() | st.just("storage"),
        "probability": st.none() | st.just(Decimal("0.5")),
    }
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "Dimension": st.sampled_from(["api_calls", "storage"]),
            "Quantity": st.integers(1, 2),
            "Timestamp": st.sampled_from([NOON_AT - hours * AN_HOUR for hours in (0, 1, 30)]),
        }
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(faults=st.lists(FAULTS, max_size=4), calls=st.lists(RECORDS, max_size=8))
def test_bill_log_and_trail_agree(
    faults: list[dict[str, Any]], calls: list[list[dict[str, Any]]]
) -> None:
    shop = Shop()
    shop.marketplace = _restless(shop)
    for fault in faults:
        _script(shop.marketplace, fault)
    for records in calls:
        with contextlib.suppress(ClientError, ConnectionClosedError):
            shop.meter(*[shop.licensed_record(**record) for record in records])
    billed = {line.metering_record_id for line in shop.marketplace.bill()}
    log = shop.marketplace.calls()
    assert len(log) == len(calls)
    assert billed == {
        outcome.metering_record_id
        for entry in log
        for outcome in entry.record_outcomes
        if outcome.status == "Success"
    }
    _check_trail(shop, billed)
    assert all(fault.remaining != 0 for fault in shop.marketplace.faults())


def _restless(shop: Shop) -> InProcessMarketplace:
    """Give the shop a marketplace whose slow answers cost no time."""
    marketplace = InProcessMarketplace(clock=lambda: NOON_AT, sleep=lambda _: None)
    marketplace.create_product(code="licensed", dimensions=("api_calls", "storage"))
    shop.licensed = marketplace.create_agreement("licensed")
    return marketplace


def _script(marketplace: InProcessMarketplace, fault: dict[str, Any]) -> None:
    if fault["kind"] is FaultKind.SLOW:
        fault = fault | {"delay_seconds": Decimal(60)}
    if fault["kind"] is FaultKind.REGION_DISABLED:
        fault = fault | {"region": "us-east-1"}
    marketplace.inject_fault(**fault)


def _check_trail(shop: Shop, billed: set[str]) -> None:
    """CloudTrail never claims what was not billed; only an internal error hides what was."""
    trail = cast("list[dict[str, Any]]", shop.marketplace.desks.calls.cloudtrail())
    answered = {
        result.get("meteringRecordId"): result["status"]
        for event in trail
        for result in (event["responseElements"] or {"results": []})["results"]
        if result["status"] not in {"DuplicateRecord", STATUS_OF_TOMORROW}
    }
    assert set(answered) <= billed
    hides = FaultKind.INTERNAL_ERROR_AFTER
    if all(entry.fault is not hides for entry in shop.marketplace.calls()):
        assert set(answered) == billed
