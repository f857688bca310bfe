"""The in-process marketplace is used like boto3's client, and answers like boto3's client."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.aws_models import operation_models
from marketplace_sandbox.core.model.errors import ErrorCode
from marketplace_sandbox.core.operations.batch_decision import RecordStatus
from marketplace_sandbox.in_process import metering_model
from marketplace_sandbox.server import serve_beside
from tests.builders import Shop

# AWS's front door answers these; no service lists them in its model.
FRONT_DOOR_CODES = {
    "InvalidSignatureException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "UnknownOperationException",
}
# AWS's prose names these, its models don't: MeterUsage's DryRun, `too_many_tags`.
CODES_OF_PROSE = {"DryRunOperation", "TooManyTagsException", "UnauthorizedException"}


@contextmanager
def boto3_client(shop: Shop, **config: Any) -> Iterator[Any]:
    """Serve the shop's marketplace on a loopback port and give boto3's own client for it."""
    with serve_beside(shop.marketplace) as url:
        client = boto3.client(
            "meteringmarketplace",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="anything",
            aws_secret_access_key="goes",
            config=Config(**config),
        )
        yield client
        client.close()


@pytest.fixture
def served(shop: Shop) -> Iterator[Any]:
    with boto3_client(shop, retries={"total_max_attempts": 1}) as client:
        yield client


def answer_of(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a call gives or raises, without what differs from call to call."""
    try:
        answer = call()
    except ClientError as error:
        return {
            "error": error.response["Error"],
            "members": error.response.keys(),
            "type": type(error).__name__,
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
    metadata = answer.pop("ResponseMetadata")
    return answer | {"status": metadata["HTTPStatusCode"]}


def test_it_answers_exactly_what_boto3_gets_over_http(shop: Shop, served: Any) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    legacy_token = shop.marketplace.mint_token(shop.legacy.agreement_id).token
    shop.meter(shop.licensed_record(Dimension="storage", Quantity=1))
    records = [
        shop.licensed_record(Timestamp=shop.now - timedelta(microseconds=123_457)),
        shop.licensed_record(Quantity=None, QuantityAsDecimal="5"),
        shop.licensed_record(
            UsageAllocations=[
                {"AllocatedUsageQuantity": 4, "Tags": [{"Key": "team", "Value": "search"}]},
                {"AllocatedUsageQuantity": 1},
            ]
        ),
        shop.licensed_record(Dimension="storage", Quantity=2),
    ]
    requests: list[tuple[str, dict[str, Any]]] = [
        ("resolve_customer", {"RegistrationToken": token}),
        ("resolve_customer", {"RegistrationToken": legacy_token}),
        ("resolve_customer", {"RegistrationToken": "nonsense"}),
        ("batch_meter_usage", {"UsageRecords": records}),
        ("batch_meter_usage", {"UsageRecords": []}),
        ("batch_meter_usage", {"UsageRecords": [shop.licensed_record(Dimension="unknown")]}),
        ("batch_meter_usage", {"UsageRecords": [shop.legacy_record()], "ProductCode": "legacy"}),
    ]
    for method, parameters in requests:
        here = answer_of(lambda m=method, p=parameters: getattr(shop.marketplace, m)(**p))  # type: ignore[misc]
        there = answer_of(lambda m=method, p=parameters: getattr(served, m)(**p))  # type: ignore[misc]
        assert here == there, method


@pytest.mark.parametrize(
    "kind", ["throttle", "internal_error_before", "access_denied", "disabled_api"]
)
def test_a_fault_looks_the_same_in_process_and_over_http(
    shop: Shop, served: Any, kind: str
) -> None:
    shop.marketplace.inject_fault(kind, count=2)
    request = {"UsageRecords": [shop.licensed_record()]}
    here = answer_of(lambda: shop.marketplace.batch_meter_usage(**request))
    assert here == answer_of(lambda: served.batch_meter_usage(**request))


def test_boto3s_own_retries_get_past_a_short_fault(shop: Shop) -> None:
    shop.marketplace.inject_fault("internal_error_after")
    with boto3_client(shop) as client:
        answer = client.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert answer["Results"][0]["Status"] == "Success"
    assert len(shop.marketplace.calls()) == 2
    assert len(shop.billed()) == 1


def test_refusals_are_boto3s_modeled_exceptions(shop: Shop) -> None:
    with pytest.raises(shop.marketplace.exceptions.InvalidTokenException) as caught:
        shop.marketplace.resolve_customer(RegistrationToken="nonsense")
    assert isinstance(caught.value, ClientError)
    assert caught.value.operation_name == "ResolveCustomer"


def test_every_error_code_is_one_that_aws_knows() -> None:
    modeled = {name for model in operation_models().values() for name in model.errors}
    unmodeled = FRONT_DOOR_CODES | CODES_OF_PROSE
    assert {str(code) for code in ErrorCode} - modeled == unmodeled
    assert modeled.isdisjoint(unmodeled)
    assert modeled <= {str(code) for code in ErrorCode}


def test_every_record_status_is_one_of_the_models() -> None:
    statuses: Any = metering_model().shape_for("UsageRecordResultStatus")
    assert {str(status) for status in RecordStatus} == set(statuses.enum)


def test_no_member_of_an_answer_is_lost_in_boto3s_parser(shop: Shop) -> None:
    """What the parser drops is what the model does not know: nothing of ours may be."""
    shop.meter(shop.licensed_record())
    shop.marketplace.inject_fault("unprocessed", dimension="storage")
    answer = shop.meter(shop.licensed_record(Quantity=6), shop.licensed_record(Dimension="storage"))
    assert answer.keys() == {"Results", "UnprocessedRecords", "ResponseMetadata"}
    (result,) = answer["Results"]
    assert result.keys() == {"UsageRecord", "Status", "MeteringRecordId"}
    assert result["UsageRecord"] == shop.licensed_record(Quantity=6)
    assert answer["UnprocessedRecords"] == [shop.licensed_record(Dimension="storage")]


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.datetimes(
        min_value=datetime(2026, 11, 21, 12, 0, 1),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(2026, 11, 22, 12, 5),  # noqa: DTZ001 - hypothesis adds the zone
        timezones=st.just(UTC),
    )
)
def test_a_timestamp_comes_back_to_the_microsecond(used_at: datetime) -> None:
    shop = Shop()
    answer = shop.meter(shop.licensed_record(Timestamp=used_at))
    assert answer["Results"][0]["UsageRecord"]["Timestamp"] == used_at
    (line,) = shop.marketplace.bill()
    assert line.used_at == used_at
    assert line.key.hour_at == used_at.replace(minute=0, second=0, microsecond=0)


def test_a_timestamp_of_another_zone_is_billed_in_its_utc_hour(shop: Shop) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    used_at = datetime(2026, 11, 22, 15, 20, tzinfo=india)
    shop.meter(shop.licensed_record(Timestamp=used_at))
    (line,) = shop.marketplace.bill()
    assert line.key.hour_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_the_same_seed_gives_the_same_ids() -> None:
    assert Shop().licensed == Shop().licensed


def test_metering_costs_the_same_however_much_is_billed(shop: Shop) -> None:
    """The bill is one dictionary: a call neither copies nor walks it."""
    bill = shop.marketplace._state.bill
    for _ in range(3):
        shop.meter(shop.licensed_record())
        shop.now += timedelta(hours=1)
    assert shop.marketplace._state.bill is bill
    assert len(bill) == 3
