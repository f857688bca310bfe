"""A newer model of AWS brings newer members and limits without a change of the sandbox."""

import copy
import json
from typing import Any

import pytest

from marketplace_sandbox.aws_models import (
    operation_models,
    raw_model,
    service_model,
)
from marketplace_sandbox.core.answer_request import JSON, Request, answer_request
from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.core.model.errors import ServiceError
from marketplace_sandbox.core.model.operation import ENTITLEMENT, METERING, Operation
from marketplace_sandbox.core.protocol.model_input import check_input
from marketplace_sandbox.core.protocol.model_shapes import OperationModel, compile_operations
from tests.builders import NOON_AT, Shop

BATCH = "BatchMeterUsage"
RECORD = {"Timestamp": int(NOON_AT.timestamp()), "Dimension": "api_calls"}


def refusal_of(document: dict[str, Any], model: OperationModel) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        check_input(document, model.input_shape)
    return caught.value


def changed_model(**changes: dict[str, Any]) -> dict[str, Any]:
    """Return the metering service's model with members of some shapes replaced."""
    description = copy.deepcopy(dict(raw_model(METERING)))
    for shape, change in changes.items():
        description["shapes"][shape] = description["shapes"].get(shape, {}) | change
    return description


def compiled(description: dict[str, Any], operation: str = BATCH) -> OperationModel:
    return compile_operations(description, service=METERING)[operation]


def test_a_registration_token_is_never_told() -> None:
    newer = compiled(changed_model(NonEmptyString={"max": 3}), "ResolveCustomer")
    assert refusal_of({"RegistrationToken": "secret"}, newer).message == (
        "1 validation error detected: Value at 'registrationToken' failed to satisfy constraint: "
        "Member must have length less than or equal to 3"
    )


def test_a_newer_models_limits_hold_without_a_change_of_the_sandbox() -> None:
    newer = compiled(changed_model(UsageDimension={"max": 10}, UsageRecordList={"max": 2}))
    assert "length less than or equal to 10" in (
        refusal_of({"UsageRecords": [RECORD | {"Dimension": "x" * 11}]}, newer).message
    )
    assert "length less than or equal to 2" in (
        refusal_of({"UsageRecords": [RECORD] * 3}, newer).message
    )


def test_a_newer_models_members_are_checked_without_a_change_of_the_sandbox() -> None:
    members = raw_model(METERING)["shapes"]["UsageRecord"]["members"]
    newer = changed_model(
        Plan={"type": "string", "enum": ["BASIC", "PLUS"]},
        UsageRecord={
            "members": members | {"Plan": {"shape": "Plan"}},
            "required": ["Timestamp", "Dimension", "Plan"],
        },
    )
    model = compiled(newer)
    assert "'usageRecords.1.member.plan' failed to satisfy constraint: Member must not be null" in (
        refusal_of({"UsageRecords": [RECORD]}, model).message
    )
    assert "enum value set: [BASIC, PLUS]" in (
        refusal_of({"UsageRecords": [RECORD | {"Plan": "GOLD"}]}, model).message
    )
    check_input({"UsageRecords": [RECORD | {"Plan": "PLUS"}]}, model.input_shape)


def test_what_a_newer_model_allows_is_metered_without_a_change_of_the_sandbox(shop: Shop) -> None:
    newer = changed_model(
        UsageRecordList={"max": 30},
        UsageQuantity={"max": 10**12},
        UsageQuantityAsDecimalString={"max": 40, "pattern": r"^[0-9]+(\.[0-9]{1,12})?$"},
    )
    licensed = {
        "CustomerAWSAccountId": shop.licensed.customer_aws_account_id,
        "LicenseArn": shop.licensed.license_arn,
    }
    records = [RECORD | licensed | {"Quantity": 10**11}] * 29
    records += [RECORD | licensed | {"Dimension": "storage", "QuantityAsDecimal": "0.123456789012"}]
    state = shop.marketplace._state
    answer = answer_request(
        state,
        Request(
            f"AWSMPMeteringService.{BATCH}",
            json.dumps({"UsageRecords": records}).encode(),
            Caller(state.seller_account_id),
        ),
        {Operation.BATCH_METER_USAGE: compiled(newer)},
        codec=JSON,
        now=NOON_AT,
        entropy=bytes(32),
    )
    assert answer.status == 200
    assert shop.billed() == [("api_calls", "100000000000"), ("storage", "0.123456789012")]


def test_a_pattern_in_another_dialect_is_not_held_against_anybody() -> None:
    newer = compiled(changed_model(UsageDimension={"pattern": r"^\p{L}++$"}))
    check_input({"UsageRecords": [RECORD]}, newer.input_shape)


@pytest.mark.parametrize("service", [METERING, ENTITLEMENT])
def test_every_operation_of_metering_and_entitlements_can_be_performed(service: str) -> None:
    performed = {str(one) for one in operation_models() if one.about.service == service}
    assert performed == set(service_model(service).operation_names)
