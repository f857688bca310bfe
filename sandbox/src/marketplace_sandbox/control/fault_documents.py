"""Scripted faults, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.documents import amount_or_null
from marketplace_sandbox.core.model.faults import Fault


class FaultDocument(TypedDict):
    """A scripted fault; `count` is what remains of it, null that it is there `until_cleared`."""

    fault_id: str
    operation: str | None
    kind: str
    count: int | None
    until_cleared: bool
    dimension: str | None
    license_arn: str | None
    customer_aws_account_id: str | None
    customer_identifier: str | None
    product_code: str | None
    region: str | None
    probability: str | None
    delay_seconds: str | None


class FaultListDocument(TypedDict):
    """The faults that are not used up, oldest first: the oldest hits first."""

    faults: list[FaultDocument]


def fault_document(fault: Fault) -> FaultDocument:
    """Write a scripted fault."""
    return {
        "fault_id": fault.fault_id,
        "operation": None if fault.operation is None else str(fault.operation),
        "kind": str(fault.kind),
        "count": fault.remaining,
        "until_cleared": fault.remaining is None,
        "dimension": fault.dimension,
        "license_arn": fault.license_arn,
        "customer_aws_account_id": fault.customer_aws_account_id,
        "customer_identifier": fault.customer_identifier,
        "product_code": fault.product_code,
        "region": fault.region,
        "probability": amount_or_null(fault.probability),
        "delay_seconds": amount_or_null(fault.delay_seconds),
    }
