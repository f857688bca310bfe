"""MeterUsage on AgentCore: as often as it is used, told apart by ClientToken."""

import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.core.model.callers import Caller, Platform, Resource
from tests.builders import NOON_AT, code_of
from tests.estate import Estate

A_MINUTE_AGO = NOON_AT - timedelta(seconds=62.5)


@pytest.fixture
def estate() -> Estate:
    return Estate()


@pytest.fixture
def session(estate: Estate) -> Resource:
    return estate.launch(Platform.AGENTCORE)


def test_the_timestamp_is_not_rounded(estate: Estate, session: Resource) -> None:  # MODEL
    estate.meter(session, Timestamp=A_MINUTE_AGO)
    (line,) = estate.marketplace.bill()
    assert line.used_at == A_MINUTE_AGO


def test_a_dimension_may_be_metered_many_times_an_hour(
    estate: Estate, session: Resource
) -> None:  # MODEL
    for quantity in (5, 6, 7):
        estate.meter(session, UsageQuantity=quantity)
    assert sum(line.quantity for line in estate.marketplace.bill()) == 18


def test_the_same_timestamp_with_new_tokens_adds_up(
    estate: Estate, session: Resource
) -> None:  # MODEL: duplicate Timestamps are aggregated as long as the ClientToken is unique
    ids = {estate.meter(session, ClientToken=token) for token in ("one", "two")}
    assert len(ids) == 2
    assert sum(line.quantity for line in estate.marketplace.bill()) == 10


def test_the_same_token_with_the_same_parameters_is_counted_once(
    estate: Estate, session: Resource
) -> None:  # MODEL
    shares = [
        {"AllocatedUsageQuantity": 2, "Tags": [{"Key": "team", "Value": "red"}]},
        {"AllocatedUsageQuantity": 3},
    ]
    first = estate.meter(
        session, ClientToken="one", Timestamp=A_MINUTE_AGO, UsageAllocations=shares
    )
    estate.pass_time(hours=1)
    again = estate.meter(
        session, ClientToken="one", Timestamp=A_MINUTE_AGO, UsageAllocations=shares[::-1]
    )
    assert again == first
    assert len(estate.marketplace.bill()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"UsageQuantity": 6},
        {"UsageDimension": "hosts"},
        {"Timestamp": A_MINUTE_AGO + timedelta(milliseconds=1)},
        {"UsageAllocations": [{"AllocatedUsageQuantity": 5}]},
    ],
)
def test_the_same_token_with_other_parameters_conflicts(
    estate: Estate, session: Resource, changed: dict[str, Any]
) -> None:  # MODEL
    sent: dict[str, Any] = {"ClientToken": "one", "Timestamp": A_MINUTE_AGO}
    estate.meter(session, **sent)
    assert code_of(lambda: estate.meter(session, **sent | changed)) == (
        "IdempotencyConflictException"
    )
    assert [line.quantity for line in estate.marketplace.bill()] == [Decimal(5)]


def test_a_quantity_of_the_same_value_is_no_conflict(estate: Estate, session: Resource) -> None:
    first = estate.meter(session, ClientToken="one")
    again = estate.meter(
        session, ClientToken="one", UsageQuantity=None, UsageQuantityAsDecimal="5.0"
    )
    assert again == first


def test_tokens_are_case_sensitive(estate: Estate, session: Resource) -> None:  # MODEL
    estate.meter(session, ClientToken="one")
    estate.meter(session, ClientToken="ONE", UsageQuantity=6)
    assert len(estate.marketplace.bill()) == 2


def test_a_token_is_known_to_the_whole_account_and_to_no_other(
    estate: Estate, session: Resource
) -> None:  # INF
    estate.meter(session, ClientToken="one")
    sibling = estate.launch(Platform.AGENTCORE)
    assert (
        code_of(lambda: estate.meter(sibling, ClientToken="one")) == "IdempotencyConflictException"
    )
    account = "777788889999"
    estate.marketplace.create_agreement("agentcore", customer_aws_account_id=account)
    stranger = estate.launch(Platform.AGENTCORE, account=account)
    estate.meter(stranger, ClientToken="one")


def test_a_token_is_known_in_one_region_only(estate: Estate, session: Resource) -> None:  # INF
    estate.meter(session, ClientToken="one")
    elsewhere = estate.launch(Platform.AGENTCORE, region="eu-west-1")
    estate.meter(elsewhere, ClientToken="one")
    assert len(estate.marketplace.bill()) == 2


def test_each_call_without_a_token_counts(
    estate: Estate, session: Resource
) -> None:  # MODEL: AWS makes up a random one; an older SDK sends none
    body = json.dumps(
        {
            "ProductCode": "agentcore",
            "Timestamp": NOON_AT.timestamp(),
            "UsageDimension": "scans",
            "UsageQuantity": 5,
        }
    )
    caller = Caller(session.account_id, session.region, session)
    for _ in range(2):
        answer = estate.marketplace.answer(
            "AWSMPMeteringService.MeterUsage", body.encode("ascii"), caller=caller
        )
        assert answer.status is HTTPStatus.OK
    assert sum(line.quantity for line in estate.marketplace.bill()) == 10


def test_a_refused_request_does_not_use_up_its_token(estate: Estate, session: Resource) -> None:
    code_of(lambda: estate.meter(session, ClientToken="one", UsageDimension="nothing"))
    estate.meter(session, ClientToken="one")
    assert len(estate.marketplace.bill()) == 1


calls = st.lists(
    st.tuples(
        st.sampled_from(["scans", "hosts"]),
        st.integers(min_value=0, max_value=100),
        st.sampled_from([0, 1, 7]),
        st.integers(min_value=1, max_value=3),
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(calls=calls)
def test_however_often_each_call_is_repeated_the_bill_adds_up_the_calls(
    calls: list[tuple[str, int, int, int]],
) -> None:
    estate = Estate()
    session = estate.launch(Platform.AGENTCORE)
    sums: dict[str, int] = defaultdict(int)
    for number, (dimension, quantity, minutes, times) in enumerate(calls):
        ids = {
            estate.meter(
                session,
                ClientToken=f"token-{number}",
                UsageDimension=dimension,
                UsageQuantity=quantity,
                Timestamp=NOON_AT - timedelta(minutes=minutes),
            )
            for _ in range(times)
        }
        assert len(ids) == 1
        sums[dimension] += quantity
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for line in estate.marketplace.bill():
        billed[line.key.dimension] += line.quantity
    assert billed == sums
