"""Scripted faults over the control API."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from marketplace_sandbox.control.answers import Document, created, refusals
from marketplace_sandbox.control.fault_documents import (
    FaultDocument,
    FaultListDocument,
)
from marketplace_sandbox.control.field_types import (
    TEXT_LENGTH_MAX,
    Amount,
    Command,
    Delay,
    Text,
    Truth,
    Whole,
)
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.faults import FaultKind, FaultTerms, NewFault
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.terms import terms_of
from marketplace_sandbox.hosted import HostedMarketplace

router = APIRouter(prefix="/faults", tags=["faults"])

FaultId = Annotated[str, Path(description="The fault's id.", max_length=TEXT_LENGTH_MAX)]


class FaultCommand(Command):
    """Let something go wrong `count` times, or `until_cleared`; what is absent matches any.

    Without a count, or with null, and without `until_cleared` it happens once. `probability` hits
    only so many of the matching calls; `delay_seconds` is for `slow`.
    """

    operation: Operation | None = None
    kind: FaultKind
    count: Whole | None = None
    until_cleared: Truth = False
    dimension: Text | None = None
    license_arn: Text | None = None
    customer_aws_account_id: Text | None = None
    customer_identifier: Text | None = None
    product_code: Text | None = None
    region: Text | None = None
    probability: Amount | None = None
    delay_seconds: Delay | None = None

    def to_core(self) -> NewFault:
        """Return what the core calls it; raise ControlError if it says both how often and ever."""
        if self.until_cleared and self.count is not None:
            raise invalid("count and until_cleared exclude each other")
        count = 1 if self.count is None else self.count
        return NewFault(
            operation=self.operation,
            kind=self.kind,
            count=None if self.until_cleared else count,
            **terms_of(self, FaultTerms),
        )


@router.get("", response_model=FaultListDocument, responses=refusals())
def list_faults(marketplace: Marketplace) -> Document:
    """List the faults that are not used up."""
    return _faults(marketplace)


@router.post(
    "",
    response_model=FaultDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.CONFLICT),
)
def script_fault(command: FaultCommand, marketplace: Marketplace) -> Document:
    """Script a fault, behind those that are scripted already."""
    return created(marketplace.desks.faults.script(command.to_core()))


@router.delete("", response_model=FaultListDocument, responses=refusals())
def clear_faults(marketplace: Marketplace) -> Document:
    """Forget all scripted faults."""
    marketplace.desks.faults.clear()
    return _faults(marketplace)


@router.delete(
    "/{fault_id}", response_model=FaultListDocument, responses=refusals(HTTPStatus.NOT_FOUND)
)
def remove_fault(fault_id: FaultId, marketplace: Marketplace) -> Document:
    """Forget one fault."""
    marketplace.desks.faults.remove(fault_id)
    return _faults(marketplace)


def _faults(marketplace: HostedMarketplace) -> Document:
    return Document({"faults": marketplace.desks.faults.faults()})
