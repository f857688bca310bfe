"""What happened, over the control API: calls and refusals."""

from collections.abc import Mapping
from typing import Annotated, TypedDict

from fastapi import APIRouter, Query
from pydantic import Field

from marketplace_sandbox.control.answers import Document, refusals
from marketplace_sandbox.control.documents import instant_or_null
from marketplace_sandbox.control.field_types import Command, Instant, Text
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.core.calls.cloudtrail import write_log_file
from marketplace_sandbox.core.model.calls import CallEntry, CallFilter, RecordOutcome
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.refusals import Refusal

router = APIRouter(tags=["journal"])


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


class CallQuery(Command):
    """Which calls: all that is said must hold; `after` is the last sequence that was seen."""

    operation: Annotated[Text | None, Field(description="Such as BatchMeterUsage.")] = None
    outcome: Annotated[Text | None, Field(description="Of the call or one of its records.")] = None
    account: Annotated[Text | None, Field(description="The caller's or a buyer's account.")] = None
    region: Annotated[Text | None, Field(description="Called in this region.")] = None
    product_code: Annotated[Text | None, Field(description="About this product.")] = None
    license_arn: Annotated[Text | None, Field(description="With a record of this license.")] = None
    dimension: Annotated[Text | None, Field(description="With a record of this dimension.")] = None
    fault: Annotated[Text | None, Field(description="Hit by this kind of fault, or this one.")] = (
        None
    )
    since: Annotated[Instant | None, Field(description="From this time on.")] = None
    until: Annotated[Instant | None, Field(description="Before this time.")] = None
    after: Annotated[int | None, Field(description="After the call of this sequence.")] = None
    limit: Annotated[int | None, Field(description="At most so many, the latest.")] = None

    def to_core(self) -> CallFilter:
        """Return what the core calls it."""
        return CallFilter(**self.model_dump())


Calls = Annotated[CallQuery, Query()]


@router.get("/calls", response_model=CallListDocument, responses=refusals())
def list_calls(chosen: Calls, marketplace: Marketplace) -> Document:
    """List the calls of AWS's API, oldest first."""
    calls = marketplace.journal.calls(chosen.to_core())
    return Document({"calls": [call_document(one) for one in calls]})


@router.get("/calls/cloudtrail", response_model=CloudTrailDocument, responses=refusals())
def list_calls_as_cloudtrail(chosen: Calls, marketplace: Marketplace) -> Document:
    """List the calls as AWS CloudTrail writes them down."""
    return Document(write_log_file(marketplace.journal.cloudtrail(chosen.to_core())))


@router.get("/refusals", response_model=RefusalListDocument, responses=refusals())
def list_refusals(marketplace: Marketplace) -> Document:
    """List what AWS's rules refused, oldest first."""
    return Document({"refusals": [refusal_document(one) for one in marketplace.journal.refusals()]})


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
