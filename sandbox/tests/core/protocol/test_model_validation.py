"""AWS's own model is held against each request, and its words are AWS's."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.aws_models import (
    operation_models,
)
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.protocol.model_input import (
    DEPTH_MAX,
    VIOLATIONS_TOLD_MAX,
    check_input,
)
from marketplace_sandbox.core.protocol.model_shapes import OperationModel, compile_operations
from tests.builders import NOON_AT, Shop

BATCH = "BatchMeterUsage"
RECORD = {"Timestamp": int(NOON_AT.timestamp()), "Dimension": "api_calls"}


def refusal_of(
    document: dict[str, Any], operation: str = BATCH, *, model: OperationModel | None = None
) -> ServiceError:
    """Hold a document against the model; return what AWS says."""
    model = model or operation_models()[Operation(operation)]
    with pytest.raises(ServiceError) as caught:
        check_input(document, model.input_shape)
    return caught.value


def words_of(document: dict[str, Any], operation: str = BATCH) -> str:
    error = refusal_of(document, operation)
    assert error.code is ErrorCode.VALIDATION
    return error.message


def test_a_violation_is_told_in_awss_words() -> None:
    assert words_of({"UsageRecords": [RECORD | {"Dimension": ""}]}) == (
        "1 validation error detected: Value '' at 'usageRecords.1.member.dimension' failed to "
        "satisfy constraint: Member must have length greater than or equal to 1"
    )


def test_a_missing_member_is_told_as_null() -> None:
    assert words_of({}) == (
        "1 validation error detected: Value null at 'usageRecords' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_each_violation_is_counted_and_told() -> None:
    records = [RECORD | {"Quantity": -1}, {"Dimension": "x" * 256}]
    told = words_of({"UsageRecords": records})
    assert told.startswith("3 validation errors detected: Value '-1' at 'usageRecords.1.member.")
    assert told.count("; Value ") == 2
    assert "Value null at 'usageRecords.2.member.timestamp'" in told


@pytest.mark.parametrize(
    ("operation", "document", "constraint"),
    [
        (
            BATCH,
            {"UsageRecords": [RECORD] * 26},
            "Member must have length less than or equal to 25",
        ),
        (
            BATCH,
            {"UsageRecords": [RECORD | {"Quantity": 2**31}]},
            "Member must have value less than or equal to 2147483647",
        ),
        (
            BATCH,
            {"UsageRecords": [RECORD | {"QuantityAsDecimal": "1e3"}]},
            "Member must satisfy regular expression pattern: ^(0|[1-9][0-9]{0,9})(\\.[0-9]{1,6})?$",
        ),
        (
            BATCH,
            {"UsageRecords": [], "ProductCode": "no spaces"},
            "Member must satisfy regular expression pattern: ^[-a-zA-Z0-9/=:_.@]*$",
        ),
        (
            "GetEntitlements",
            {"ProductCode": "x", "MaxResults": 26},
            "Member must have value less than or equal to 25",
        ),
        (
            "GetEntitlements",
            {"ProductCode": "x", "Filter": {"COLOUR": ["red"]}},
            "set: [CUSTOMER_IDENTIFIER, DIMENSION, CUSTOMER_AWS_ACCOUNT_ID, LICENSE_ARN]]",
        ),
        (
            "GetEntitlements",
            {"ProductCode": "x", "Filter": {"DIMENSION": []}},
            "Member must have length greater than or equal to 1",
        ),
        (
            "RegisterUsage",
            {"ProductCode": "x", "PublicKeyVersion": 0},
            "Member must have value greater than or equal to 1",
        ),
        (
            "MeterUsage",
            {"ProductCode": "x", "UsageDimension": "x", "Timestamp": 1, "ClientToken": "x" * 65},
            "Member must have length less than or equal to 64",
        ),
    ],
)
def test_a_bound_of_the_model_is_held(
    operation: str, document: dict[str, Any], constraint: str
) -> None:
    assert words_of(document, operation).endswith(constraint)


@pytest.mark.parametrize("text", ["5\n", "\n5", " 5", "5 "])
def test_a_pattern_has_to_match_the_whole_string(text: str) -> None:
    assert "pattern" in words_of({"UsageRecords": [RECORD | {"QuantityAsDecimal": text}]})


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"Dimension": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"Dimension": True}, "TRUE_VALUE cannot be converted to String"),
        ({"Quantity": "5"}, "STRING_VALUE cannot be converted to Integer"),
        ({"Timestamp": "2026-11-22"}, "STRING_VALUE cannot be converted to Date"),
        ({"UsageAllocations": {}}, "STRUCTURE_VALUE cannot be converted to List"),
        ({"UsageAllocations": [[]]}, "LIST_VALUE cannot be converted to Structure"),
    ],
)
def test_a_wrong_type_cannot_be_read_at_all(fields: dict[str, Any], found: str) -> None:
    error = refusal_of({"UsageRecords": [RECORD, RECORD | fields]})
    assert (error.code, error.message) == (ErrorCode.SERIALIZATION, found)
    assert error.record == RECORD | fields


def test_a_refusal_names_the_record_that_caused_it(shop: Shop) -> None:
    bad = RECORD | {"Quantity": -1}
    body = json.dumps({"UsageRecords": [RECORD, bad]}).encode()
    shop.marketplace.answer(f"AWSMPMeteringService.{BATCH}", body)
    (refusal,) = shop.marketplace.refusals()
    assert (refusal.code, refusal.record) == ("ValidationException", bad)


def test_null_counts_as_absent_and_unknown_members_are_ignored() -> None:
    document = {"UsageRecords": [RECORD | {"Quantity": None, "Colour": {"red": [1]}}], "More": 5}
    check_input(document, operation_models()[Operation.BATCH_METER_USAGE].input_shape)


def test_countless_violations_are_all_counted_but_not_all_told() -> None:
    shares = [{"AllocatedUsageQuantity": -1}] * 2500
    told = words_of({"UsageRecords": [RECORD | {"UsageAllocations": shares}] * 25})
    assert told.startswith("62500 validation errors detected: ")
    assert told.count("failed to satisfy constraint") == VIOLATIONS_TOLD_MAX


def test_a_refused_value_is_told_in_short() -> None:
    assert len(words_of({"UsageRecords": [RECORD | {"Dimension": "x" * 100_000}]})) < 1000


def test_a_list_that_is_too_long_is_not_looked_into() -> None:
    told = words_of({"UsageRecords": [{}] * 100_000})
    assert told.startswith("1 validation error detected: ")


def test_a_circular_model_is_followed_to_a_bounded_depth() -> None:
    description = {
        "metadata": {"targetPrefix": "Nested", "protocol": "json", "jsonVersion": "1.1"},
        "operations": {"Nest": {"input": {"shape": "Doll"}}},
        "shapes": {"Doll": {"type": "structure", "members": {"Inner": {"shape": "Doll"}}}},
    }
    model = compile_operations(description, service="nested")["Nest"]
    doll: dict[str, Any] = {}
    for _ in range(DEPTH_MAX - 1):
        doll = {"Inner": doll}
    check_input(doll, model.input_shape)
    assert refusal_of({"Inner": doll}, model=model).code is ErrorCode.SERIALIZATION


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
MEMBERS = ("Timestamp", "Dimension", "Quantity", "UsageAllocations", "LicenseArn", "Extra")


@settings(deadline=None, max_examples=200)  # a busy machine is no failure
@given(
    record=st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=4),
    whole=st.dictionaries(st.sampled_from(("UsageRecords", "ProductCode")), json_values),
)
def test_nothing_that_is_sent_hurts(record: dict[str, Any], whole: dict[str, Any]) -> None:
    shop = Shop()
    shop.now += timedelta(minutes=1)
    for document in ({"UsageRecords": [record]}, whole):
        answer = shop.marketplace.answer(
            f"AWSMPMeteringService.{BATCH}", json.dumps(document).encode()
        )
        assert answer.status in {200, 400}
    assert shop.billed() == []
