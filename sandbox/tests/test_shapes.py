"""What the sandbox says of AWS's shapes is what AWS's model says."""

import json

import pytest

from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.shapes import describe_operations, write_shapes


def test_every_operation_is_described() -> None:
    described = {one["name"] for one in describe_operations()["operations"]}
    assert described == set(Operation)


@pytest.mark.parametrize("name", ["BatchMeterUsage", "batch_meter_usage", "batch-meter-usage"])
def test_an_operation_is_found_under_each_of_its_names(name: str) -> None:
    (described,) = describe_operations(name)["operations"]
    assert described["name"] == "BatchMeterUsage"


def test_an_unknown_operation_is_not_found() -> None:
    with pytest.raises(ControlError) as caught:
        describe_operations("CancelEverything")
    assert caught.value.problem is ControlProblem.NOT_FOUND
    assert "BatchMeterUsage" in caught.value.message


def test_a_description_holds_the_models_bounds_and_what_is_required() -> None:
    (described,) = describe_operations("BatchMeterUsage")["operations"]
    records = described["input"]["members"]["UsageRecords"]
    assert records["required"]
    assert records["bounds"] == {"length_min": 0, "length_max": 25}
    dimension = records["member"]["members"]["Dimension"]
    assert dimension["required"]
    assert dimension["bounds"]["length_max"] == 255
    assert not records["member"]["members"]["LicenseArn"]["required"]


def test_a_description_names_each_error_with_its_status() -> None:
    (described,) = describe_operations("GetEntitlements")["operations"]
    assert {one["name"]: one["status"] for one in described["errors"]} == {
        "InvalidParameterException": 400,
        "ThrottlingException": 400,
        "InternalServiceErrorException": 500,
    }


def test_a_status_is_the_models_where_the_model_names_one() -> None:
    (described,) = describe_operations("DescribeAgreement")["operations"]
    assert {one["name"]: one["status"] for one in described["errors"]} == {
        "AccessDeniedException": 403,
        "InternalServerException": 500,
        "ResourceNotFoundException": 404,
        "ThrottlingException": 429,
        "ValidationException": 400,
    }


def test_a_description_says_what_every_answer_carries() -> None:
    shared = describe_operations("GetEntitlements")["every_answer"]
    assert "x-amzn-requestid" in shared["headers"]
    assert shared["error"].keys() == {"__type", "message"}
    assert "ThrottlingException" in {one["name"] for one in shared["errors"]}


def test_a_description_is_json() -> None:
    document = describe_operations()
    assert json.loads(json.dumps(document)) == document


def test_a_tree_shows_members_under_what_holds_them() -> None:
    lines = write_shapes(describe_operations("MeterUsage")).splitlines()
    assert lines[0] == "MeterUsage (meteringmarketplace)"
    assert "    ProductCode*: string length_min=0 length_max=255" in " ".join(lines)
    allocations = lines.index(next(line for line in lines if "UsageAllocations:" in line))
    assert lines[allocations + 1].startswith("      [member]: structure")
