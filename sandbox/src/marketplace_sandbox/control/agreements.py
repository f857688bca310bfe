"""Agreements, buyers' accounts and registration tokens over the control API."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from marketplace_sandbox.control.agreements_documents import (
    AgreementDocument,
    AgreementListDocument,
    SuspendedAccountsDocument,
    TokenDocument,
)
from marketplace_sandbox.control.answers import Document, created, refusals
from marketplace_sandbox.control.catalogue import Grants, Prices
from marketplace_sandbox.control.field_types import (
    TEXT_LENGTH_MAX,
    Command,
    Instant,
    Seconds,
    Text,
    Truth,
    seconds,
)
from marketplace_sandbox.control.marketplace_in_use import Marketplace, OfProduct
from marketplace_sandbox.core.model.agreements import NewAgreement, Party
from marketplace_sandbox.core.model.contacts import Contact
from marketplace_sandbox.core.model.tokens import TOKEN_LIFETIME_MAX
from marketplace_sandbox.hosted import HostedMarketplace

router = APIRouter(tags=["agreements"])

AgreementId = Annotated[str, Path(description="The agreement's id.", max_length=TEXT_LENGTH_MAX)]
AccountId = Annotated[str, Path(description="The buyer's AWS account.", max_length=TEXT_LENGTH_MAX)]
_TOKEN_SECONDS_MAX = int(TOKEN_LIFETIME_MAX.total_seconds())


class ContactFields(Command):
    """Whom the buyer names to AWS, for GetAgreementContacts."""

    first_name: Text
    last_name: Text
    email_address: Text
    company_name: Text
    country_code: Text

    def to_core(self) -> Contact:
        """Return what the core calls it."""
        return Contact(**self.said())


class AgreementCommand(Command):
    """Let a buyer accept an offer; what is absent gets a sensible value.

    Without `starts_at` it was accepted a week ago, so that usage of the hours that are past can be
    metered at once; the events of its beginning carry that time. Without `grants` it grants what
    the offer does: a contract's public offer, one of each entitled dimension. `buyer_name` is what
    you call the buyer: it is shown here, and AWS's answers and events do not have it. `contact` is
    what GetAgreementContacts answers; without it, nobody.
    """

    product_code: Text
    customer_aws_account_id: Text | None = None
    starts_at: Instant | None = None
    offer_id: Text | None = None
    payment_fails: Truth = False
    grants: Grants | None = None
    buyer_name: Text | None = None
    contact: ContactFields | None = None

    def to_core(self) -> NewAgreement:
        """Return what the core calls it."""
        return NewAgreement(**self.said())


class AmendCommand(Command):
    """Change an agreement's terms; what is absent stays as it is.

    `renewal_disabled_by` says who sets `is_renewing` to false: the buyer, unless it says PROPOSER.
    """

    grants: Grants | None = None
    prices: Prices | None = None
    is_renewing: Truth | None = None
    renewal_disabled_by: Party | None = None


class RenewCommand(Command):
    """Renew an agreement, on its own terms or an offer's."""

    offer_id: Text | None = None


class ReplaceCommand(Command):
    """Replace an agreement by one on an offer's terms."""

    offer_id: Text


class EndCommand(Command):
    """End an agreement; without a time, now."""

    ends_at: Instant | None = None


class TokenCommand(Command):
    """Mint a registration token."""

    agreement_id: Text
    lifetime_seconds: Annotated[Seconds, Field(ge=0, le=_TOKEN_SECONDS_MAX)] | None = None


_ONE = refusals(HTTPStatus.NOT_FOUND)
_MOVE = refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_change = partial(router.post, response_model=AgreementDocument, responses=_MOVE)
_make = partial(_change, status_code=HTTPStatus.CREATED)


@router.get("/agreements", response_model=AgreementListDocument, responses=_ONE)
def list_agreements(chosen: OfProduct, marketplace: Marketplace) -> Document:
    """List all agreements, oldest first."""
    return Document({"agreements": chosen.among(marketplace.desks.agreements.agreements())})


@_make("/agreements")
def subscribe(command: AgreementCommand, marketplace: Marketplace) -> Document:
    """Let a buyer accept an offer."""
    return created(marketplace.desks.agreements.subscribe(command.to_core()))


@router.get("/agreements/{agreement_id}", response_model=AgreementDocument, responses=_ONE)
def show_agreement(agreement_id: AgreementId, marketplace: Marketplace) -> Document:
    """Show one agreement."""
    return Document(marketplace.desks.agreements.agreement(agreement_id))


@_change("/agreements/{agreement_id}/end")
def end_agreement(
    agreement_id: AgreementId, command: EndCommand, marketplace: Marketplace
) -> Document:
    """End an agreement, now unless a time is given; its last hour of metering begins."""
    return Document(marketplace.desks.agreements.end(agreement_id, ends_at=command.ends_at))


@_change("/agreements/{agreement_id}/amend")
def amend_agreement(
    agreement_id: AgreementId, command: AmendCommand, marketplace: Marketplace
) -> Document:
    """Change a running agreement's terms; its license stays."""
    return Document(marketplace.desks.agreements.amend(agreement_id, **command.said()))


@_make("/agreements/{agreement_id}/renew")
def renew_agreement(
    agreement_id: AgreementId, command: RenewCommand, marketplace: Marketplace
) -> Document:
    """Renew an agreement; the answer is the new one, which has a new license."""
    return created(marketplace.desks.agreements.renew(agreement_id, offer_id=command.offer_id))


@_make("/agreements/{agreement_id}/replace")
def replace_agreement(
    agreement_id: AgreementId, command: ReplaceCommand, marketplace: Marketplace
) -> Document:
    """Replace an agreement; the answer is the new one, which has a new license."""
    return created(marketplace.desks.agreements.replace(agreement_id, command.offer_id))


@_change("/agreements/{agreement_id}/cancel")
def cancel_agreement(agreement_id: AgreementId, marketplace: Marketplace) -> Document:
    """Let the buyer end an agreement now; its last hour of metering begins."""
    return Document(marketplace.desks.agreements.cancel(agreement_id))


@_change("/agreements/{agreement_id}/terminate")
def terminate_agreement(agreement_id: AgreementId, marketplace: Marketplace) -> Document:
    """Let AWS end an agreement now."""
    return Document(marketplace.desks.agreements.terminate(agreement_id))


@_change("/agreements/{agreement_id}/deprovision")
def deprovision_agreement(agreement_id: AgreementId, marketplace: Marketplace) -> Document:
    """Take an ended agreement's license away before its time."""
    return Document(marketplace.desks.agreements.deprovision(agreement_id))


@router.get("/accounts/suspended", response_model=SuspendedAccountsDocument, responses=refusals())
def list_suspended_accounts(marketplace: Marketplace) -> Document:
    """List the suspended accounts."""
    return _suspended(marketplace)


@router.post(
    "/accounts/{account_id}/suspend", response_model=SuspendedAccountsDocument, responses=_MOVE
)
def suspend_account(account_id: AccountId, marketplace: Marketplace) -> Document:
    """Suspend a buyer's AWS account: none of its usage is taken until it is reinstated."""
    marketplace.desks.agreements.suspend(account_id)
    return _suspended(marketplace)


@router.post(
    "/accounts/{account_id}/reinstate", response_model=SuspendedAccountsDocument, responses=_MOVE
)
def reinstate_account(account_id: AccountId, marketplace: Marketplace) -> Document:
    """Take a suspension back."""
    marketplace.desks.agreements.reinstate(account_id)
    return _suspended(marketplace)


@router.post(
    "/tokens", response_model=TokenDocument, status_code=HTTPStatus.CREATED, responses=_MOVE
)
def issue_token(command: TokenCommand, marketplace: Marketplace) -> Document:
    """Mint a registration token for the buyer of an agreement."""
    number = command.lifetime_seconds
    lifetime = None if number is None else seconds(number)
    token = marketplace.desks.agreements.issue_token(command.agreement_id, lifetime=lifetime)
    return created(token)


def _suspended(marketplace: HostedMarketplace) -> Document:
    return Document({"suspended_accounts": list(marketplace.desks.agreements.suspended_accounts())})
