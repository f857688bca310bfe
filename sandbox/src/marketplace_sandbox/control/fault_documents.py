"""Scripted faults, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.documents import declare
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


declare(
    FaultDocument,
    Fault,
    count=lambda fault: fault.remaining,
    until_cleared=lambda fault: fault.remaining is None,
)
