"""Calls and refusals, as JSON."""

from collections.abc import Mapping
from typing import TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.calls import CallEntry, RecordOutcome
from marketplace_sandbox.core.model.refusals import Refusal


class RecordOutcomeDocument(TypedDict):
    """What became of one record of a call."""

    status: str
    dimension: str | None
    license_arn: str | None
    customer: str | None
    quantity: str | None
    used_at: str | None
    metering_record_id: str | None


class CallDocument(TypedDict):
    """One call of AWS's API; the outcome is `Success` or the name of the error."""

    at: str
    operation: str
    records: int
    outcome: str
    fault: str | None
    sequence: int
    service: str
    request_id: str
    account_id: str
    region: str
    resource_id: str | None
    product_code: str | None
    http_status: int | None
    message: str | None
    fault_id: str | None
    record_outcomes: list[RecordOutcomeDocument]


class CallListDocument(TypedDict):
    """The latest calls, oldest first."""

    calls: list[CallDocument]


class CloudTrailDocument(TypedDict):
    """A CloudTrail log file."""

    Records: list[dict[str, object]]


class RefusalDocument(TypedDict):
    """What a rule refused; the record stands as it was sent."""

    at: str
    operation: str
    code: str
    message: str
    record: Mapping[str, object] | None
    request_id: str


class RefusalListDocument(TypedDict):
    """The latest refusals, oldest first."""

    refusals: list[RefusalDocument]


declare(RecordOutcomeDocument, RecordOutcome)
declare(CallDocument, CallEntry)
declare(RefusalDocument, Refusal)
