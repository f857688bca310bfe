"""Calls and refusals, as JSON."""

from collections.abc import Mapping
from typing import TypedDict

from marketplace_sandbox.control.documents import instant_or_null
from marketplace_sandbox.core.model.calls import CallEntry, RecordOutcome
from marketplace_sandbox.core.model.instants import format_iso
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


def call_document(call: CallEntry) -> CallDocument:
    """Write one call."""
    return {
        "at": format_iso(call.at),
        "operation": call.operation,
        "records": call.records,
        "outcome": call.outcome,
        "fault": None if call.fault is None else str(call.fault),
        "sequence": call.sequence,
        "service": call.service,
        "request_id": call.request_id,
        "account_id": call.account_id,
        "region": call.region,
        "resource_id": call.resource_id,
        "product_code": call.product_code,
        "http_status": call.http_status,
        "message": call.message,
        "fault_id": call.fault_id,
        "record_outcomes": [_outcome_document(one) for one in call.record_outcomes],
    }


def refusal_document(refusal: Refusal) -> RefusalDocument:
    """Write one refusal."""
    return {
        "at": format_iso(refusal.at),
        "operation": refusal.operation,
        "code": refusal.code,
        "message": refusal.message,
        "record": refusal.record,
        "request_id": refusal.request_id,
    }


def _outcome_document(outcome: RecordOutcome) -> RecordOutcomeDocument:
    return {
        "status": outcome.status,
        "dimension": outcome.dimension,
        "license_arn": outcome.license_arn,
        "customer": outcome.customer,
        "quantity": outcome.quantity,
        "used_at": instant_or_null(outcome.used_at),
        "metering_record_id": outcome.metering_record_id,
    }
