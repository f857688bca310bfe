"""What happened, over the control API: calls and refusals."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Query
from pydantic import Field

from marketplace_sandbox.control.answers import Document, refusals
from marketplace_sandbox.control.call_documents import (
    CallListDocument,
    CloudTrailDocument,
    RefusalListDocument,
)
from marketplace_sandbox.control.field_types import Command, Instant, Text
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.core.calls.cloudtrail import write_log_file
from marketplace_sandbox.core.model.calls import CallFilter

router = APIRouter(tags=["journal"])


class CallQuery(Command):
    """Which calls: all that is said must hold; `after` is the last sequence that was seen."""

    OTHER_NAMES: ClassVar = {"account_id": "account"}
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
        return CallFilter(**self.said())


Calls = Annotated[CallQuery, Query()]


@router.get("/calls", response_model=CallListDocument, responses=refusals())
def list_calls(chosen: Calls, marketplace: Marketplace) -> Document:
    """List the calls of AWS's API, oldest first."""
    return Document({"calls": marketplace.desks.calls.calls(chosen.to_core())})


@router.get("/calls/cloudtrail", response_model=CloudTrailDocument, responses=refusals())
def list_calls_as_cloudtrail(chosen: Calls, marketplace: Marketplace) -> Document:
    """List the calls as AWS CloudTrail writes them down."""
    return Document(write_log_file(marketplace.desks.calls.cloudtrail(chosen.to_core())))


@router.get("/refusals", response_model=RefusalListDocument, responses=refusals())
def list_refusals(marketplace: Marketplace) -> Document:
    """List what AWS's rules refused, oldest first."""
    return Document({"refusals": marketplace.desks.calls.refusals()})
