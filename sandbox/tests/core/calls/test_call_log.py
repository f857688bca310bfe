"""The log of calls: what each entry says, how it is filtered, and that it does not grow forever."""

from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import given
from hypothesis import strategies as st

from marketplace_sandbox.core.model.calls import (
    CALLS_KEPT_MAX,
    CallEntry,
    CallFilter,
    RecordOutcome,
    log_call,
    next_sequence,
    select_calls,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.operations.batch_decision import STATUS_OF_TOMORROW
from marketplace_sandbox.core.protocol.excerpts import TEXT_KEPT_LENGTH_MAX
from tests.builders import ACCOUNT, AN_HOUR, NOON_AT, Shop, code_of

OTHER_ACCOUNT = "777788889999"


def the_call(shop: Shop) -> CallEntry:
    (entry,) = shop.marketplace.calls()
    return entry


def sequences(shop: Shop, chosen: CallFilter) -> list[int]:
    return [entry.sequence for entry in shop.marketplace.calls(chosen)]


def test_an_entry_says_who_called_what_and_what_was_answered(shop: Shop) -> None:
    abroad = shop.marketplace.as_caller(region="eu-west-1")
    answer = abroad.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    entry = the_call(shop)
    assert entry.request_id == answer["ResponseMetadata"]["RequestId"]
    assert (entry.at, entry.operation, entry.service) == (
        NOON_AT,
        "BatchMeterUsage",
        "meteringmarketplace",
    )
    assert (entry.account_id, entry.region, entry.resource_id) == (
        "111122223333",
        "eu-west-1",
        None,
    )
    assert (entry.records, entry.outcome, entry.http_status) == (1, "Success", 200)
    assert (entry.product_code, entry.message, entry.fault) == ("licensed", None, None)


def test_each_record_has_its_outcome(shop: Shop) -> None:
    ended = shop.subscribe("licensed", OTHER_ACCOUNT)
    shop.marketplace.end_agreement(ended.agreement_id, ends_at=NOON_AT - 2 * AN_HOUR)
    shop.meter(shop.licensed_record())
    shop.marketplace.inject_fault("unprocessed", dimension="storage")
    shop.marketplace.inject_fault("unknown_status", dimension="storage")
    answer = shop.meter(
        shop.licensed_record(Quantity=7),
        shop.licensed_record(ended),
        shop.licensed_record(Dimension="storage"),
        shop.licensed_record(Dimension="storage", Timestamp=NOON_AT),
    )
    (_, entry) = shop.marketplace.calls()
    outcomes = entry.record_outcomes
    assert [one.status for one in outcomes] == [
        "DuplicateRecord",
        "CustomerNotSubscribed",
        "Unprocessed",
        STATUS_OF_TOMORROW,
    ]
    assert outcomes[0] == RecordOutcome(
        status="DuplicateRecord",
        dimension="api_calls",
        license_arn=shop.licensed.license_arn,
        customer=ACCOUNT,
        quantity="7",
        used_at=NOON_AT - AN_HOUR,
        metering_record_id=answer["Results"][0]["MeteringRecordId"],
    )
    assert (entry.records, entry.outcome, entry.fault) == (4, "Success", "unprocessed")


def test_a_refused_call_names_its_records_and_says_more_than_aws(shop: Shop) -> None:
    bad = shop.licensed_record(Dimension="unknown", Quantity=None, QuantityAsDecimal="1.50")
    with pytest.raises(ClientError) as caught:
        shop.meter(shop.licensed_record(), bad)
    entry = the_call(shop)
    assert "unknown" in str(entry.message)
    assert "unknown" not in caught.value.response["Error"]["Message"]
    assert entry.http_status == 400
    assert {one.status for one in entry.record_outcomes} == {"InvalidUsageDimensionException"}
    assert entry.record_outcomes[1].quantity == "1.50"
    assert entry.record_outcomes[1].used_at == NOON_AT - AN_HOUR
    assert shop.marketplace.refusals()[0].request_id == entry.request_id


def test_refused_records_carry_the_request_id_too(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=9))
    (refusal,) = shop.marketplace.refusals()
    assert refusal.request_id == shop.marketplace.calls()[1].request_id


def test_after_an_internal_error_the_log_still_says_what_was_applied(shop: Shop) -> None:
    fault = shop.marketplace.inject_fault("internal_error_after")
    code_of(lambda: shop.meter(shop.licensed_record()))
    entry = the_call(shop)
    assert (entry.outcome, entry.http_status) == ("InternalServiceErrorException", 500)
    assert (entry.fault, entry.fault_id) == ("internal_error_after", fault.fault_id)
    assert [one.status for one in entry.record_outcomes] == ["Success"]


def test_resolving_a_customer_names_the_product_and_no_token(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    shop.marketplace.resolve_customer(RegistrationToken=token)
    entry = the_call(shop)
    assert (entry.records, entry.product_code) == (0, "licensed")
    assert token not in repr(entry)


def test_reading_entitlements_is_a_call_of_the_other_service(shop: Shop) -> None:
    shop.marketplace.get_entitlements(ProductCode="licensed")
    assert the_call(shop).service == "marketplace-entitlement"
    assert the_call(shop).product_code == "licensed"


def test_a_request_that_is_no_call_is_logged_as_well(shop: Shop) -> None:
    shop.marketplace.answer("AWSMPMeteringService.MakeCoffee", b"{}")
    shop.marketplace.answer("AWSMPMeteringService.BatchMeterUsage", b"{")
    assert [(entry.operation, entry.outcome) for entry in shop.marketplace.calls()] == [
        ("MakeCoffee", "UnknownOperationException"),
        ("BatchMeterUsage", "SerializationException"),
    ]
    ids = {entry.request_id for entry in shop.marketplace.calls()}
    assert ids == {refusal.request_id for refusal in shop.marketplace.refusals()}
    assert len(ids) == 2


def test_a_hostile_request_cannot_fill_the_log(shop: Shop) -> None:
    record = shop.licensed_record(Dimension="x" * 100_000)
    with pytest.raises(ClientError):
        shop.meter(*[record] * 26)
    entry = the_call(shop)
    assert entry.records == 26
    assert len(entry.record_outcomes) == 25
    assert entry.record_outcomes[0].dimension == "x" * TEXT_KEPT_LENGTH_MAX


def test_a_request_of_the_wrong_types_is_logged(shop: Shop) -> None:
    body = b'{"UsageRecords": [1, {"Dimension": [], "Quantity": true, "Timestamp": "now"}]}'
    shop.marketplace.answer("AWSMPMeteringService.BatchMeterUsage", body)
    entry = the_call(shop)
    assert entry.outcome == "SerializationException"
    assert entry.record_outcomes[0].dimension is None
    assert entry.record_outcomes[1].used_at is None


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Five calls: metering of two buyers and one legacy buyer, a throttled and a refused one."""
    other = shop.subscribe("licensed", OTHER_ACCOUNT)
    shop.meter(shop.licensed_record())
    shop.now += AN_HOUR
    shop.meter(shop.licensed_record(other, Dimension="storage"))
    shop.meter_legacy(shop.legacy_record())
    shop.marketplace.inject_fault("throttle")
    code_of(lambda: shop.meter(shop.licensed_record()))
    shop.now += AN_HOUR
    code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken="forged"))
    return shop


def test_without_a_filter_all_calls_are_listed(busy: Shop) -> None:
    assert sequences(busy, CallFilter()) == [1, 2, 3, 4, 5]


def test_calls_are_chosen_by_operation(busy: Shop) -> None:
    assert sequences(busy, CallFilter(operation="ResolveCustomer")) == [5]


def test_calls_are_chosen_by_their_outcome_or_by_that_of_a_record(busy: Shop) -> None:
    assert sequences(busy, CallFilter(outcome="ThrottlingException")) == [4]
    assert sequences(busy, CallFilter(outcome="Success")) == [1, 2, 3]
    busy.meter(busy.licensed_record(Quantity=77, Timestamp=NOON_AT - AN_HOUR))
    assert sequences(busy, CallFilter(outcome="DuplicateRecord")) == [6]


def test_calls_are_chosen_by_the_account_of_caller_or_buyer(busy: Shop) -> None:
    assert sequences(busy, CallFilter(account="111122223333")) == [1, 2, 3, 4, 5]
    assert sequences(busy, CallFilter(account=OTHER_ACCOUNT)) == [2]


def test_calls_are_chosen_by_license_dimension_and_product(busy: Shop) -> None:
    assert sequences(busy, CallFilter(license_arn=busy.licensed.license_arn)) == [1, 4]
    assert sequences(busy, CallFilter(dimension="storage")) == [2]
    assert sequences(busy, CallFilter(product_code="legacy")) == [3]


def test_calls_are_chosen_by_fault_or_its_id(busy: Shop) -> None:
    fault_id = busy.marketplace.calls()[3].fault_id
    assert sequences(busy, CallFilter(fault="throttle")) == [4]
    assert sequences(busy, CallFilter(fault=fault_id)) == [4]


def test_calls_are_chosen_by_time(busy: Shop) -> None:
    since, until = NOON_AT + AN_HOUR, NOON_AT + 2 * AN_HOUR
    assert sequences(busy, CallFilter(since=since, until=until)) == [2, 3, 4]


def test_a_limit_keeps_the_latest_calls(busy: Shop) -> None:
    assert sequences(busy, CallFilter(limit=2)) == [4, 5]


def test_a_reader_who_comes_back_gets_what_is_new_in_portions(busy: Shop) -> None:
    assert sequences(busy, CallFilter(after=2, limit=2)) == [3, 4]
    assert sequences(busy, CallFilter(after=4, limit=2)) == [5]
    assert sequences(busy, CallFilter(after=5, limit=2)) == []


def test_conditions_hold_together(busy: Shop) -> None:
    chosen = CallFilter(license_arn=busy.licensed.license_arn, outcome="ThrottlingException")
    assert sequences(busy, chosen) == [4]


@pytest.mark.parametrize(
    "chosen",
    [
        CallFilter(limit=0),
        CallFilter(limit=CALLS_KEPT_MAX + 1),
        CallFilter(after=-1),
        CallFilter(since=datetime(2026, 11, 22, 12)),  # noqa: DTZ001 - that is what is wrong
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(shop: Shop, chosen: CallFilter) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.calls(chosen)


def test_the_oldest_calls_make_room_and_numbers_go_on() -> None:
    calls: deque[CallEntry] = deque(maxlen=3)
    for _ in range(5):
        log_call(calls, CallEntry(NOON_AT, "Op", 0, "Success", None, next_sequence(calls)))
    assert [entry.sequence for entry in calls] == [3, 4, 5]
    assert [entry.sequence for entry in select_calls(calls, CallFilter(after=1))] == [3, 4, 5]


@given(
    minutes=st.lists(st.integers(0, 50), max_size=12),
    since=st.none() | st.integers(0, 50),
    after=st.none() | st.integers(0, 12),
    limit=st.none() | st.integers(1, 12),
)
def test_a_filter_lets_through_what_it_says_in_the_order_of_the_log(
    minutes: list[int], since: int | None, after: int | None, limit: int | None
) -> None:
    start_at = datetime(2026, 11, 22, tzinfo=UTC)
    moments = [start_at + timedelta(minutes=minute) for minute in minutes]
    calls = [
        CallEntry(at, "Op", 0, "Success", None, number) for number, at in enumerate(moments, 1)
    ]
    since_at = None if since is None else start_at + timedelta(minutes=since)
    found = select_calls(calls, CallFilter(since=since_at, after=after, limit=limit))
    fitting = [
        call
        for call in calls
        if (since_at is None or call.at >= since_at) and (after is None or call.sequence > after)
    ]
    if limit is not None:
        fitting = fitting[:limit] if after is not None else fitting[-limit:]
    assert list(found) == fitting


def test_a_meter_usage_call_has_one_record(shop: Shop) -> None:
    caller = shop.marketplace.as_caller(account_id=ACCOUNT)
    with pytest.raises(ClientError):
        caller.meter_usage(
            ProductCode="legacy", Timestamp=NOON_AT, UsageDimension="hours", UsageQuantity=3
        )
    entry = the_call(shop)
    assert (entry.records, entry.account_id, entry.product_code) == (1, ACCOUNT, "legacy")
    (outcome,) = entry.record_outcomes
    assert (outcome.dimension, outcome.quantity, outcome.customer) == ("hours", "3", ACCOUNT)
    assert outcome.used_at == NOON_AT


def test_what_a_fault_did_to_an_answer_stands_beside_the_outcome(shop: Shop) -> None:
    shop.marketplace.inject_fault("lost_answer", probability=Decimal(1))
    with pytest.raises(ConnectionClosedError):
        shop.meter(shop.licensed_record())
    entry = the_call(shop)
    assert (entry.outcome, entry.fault, entry.http_status) == ("Success", "lost_answer", None)
