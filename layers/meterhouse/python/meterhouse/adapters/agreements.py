"""The Agreement API of AWS Marketplace through the SDK, as the seller of agreements."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from meterhouse.adapters.marketplace_failures import call
from meterhouse.domain.subscriptions.agreement_events import OPEN_END_YEAR
from meterhouse.domain.subscriptions.registration import KnownContact, read_known_contact
from meterhouse.domain.subscriptions.sweeping import AgreementPage, FoundAgreement
from meterhouse.errors import MarketplaceOutageError, MarketplaceRefusedError, PageGoneError

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement import AgreementServiceClient
    from mypy_boto3_marketplace_agreement.type_defs import (
        AgreementViewSummaryTypeDef,
        FilterTypeDef,
        SearchAgreementsOutputTypeDef,
    )

# The API answers in this region alone, wherever the stack is.
# https://docs.aws.amazon.com/general/latest/gr/aws-marketplace.html
AGREEMENTS_REGION = "us-east-1"
# Only reads, so that the SDK may try a second time. The sweep asks for half of AWS's quotas at
# most, so that they hold even if every call is tried twice.
AGREEMENTS_CONFIG = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2}
)
# A buyer waits, and the page comes without a contact as well: one try, for three seconds at most.
CONTACTS_CONFIG = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1}
)
PAGE_SIZE_MAX = 50

_AS_PROPOSER = {"PartyType": "Proposer", "AgreementType": "PurchaseAgreement"}
_INVALID = "ValidationException"
_UNKNOWN = "ResourceNotFoundException"
_SUSPENDED = "ACCOUNT_SUSPENDED"


class AgreementsApi:
    """Implements `ports.agreements.Agreements` with the SDK, and `AgreementContacts` beside it."""

    def __init__(self, client: "AgreementServiceClient") -> None:
        self._client = client

    def updated(self, after: datetime | None, token: str | None) -> AgreementPage:
        """Return a page of what was updated; see the port."""
        since = {} if after is None else {"AfterLastUpdateTime": _written(after)}
        search = partial(
            self._client.search_agreements,
            filters=_filters(since),
            sort={"sortBy": "LastUpdateTime", "sortOrder": "ASCENDING"},
            maxResults=PAGE_SIZE_MAX,
        )
        if token is not None:
            search = partial(search, nextToken=token)
        try:
            answer = call(search)
        except MarketplaceRefusedError as error:
            if token is not None and error.code == _INVALID:
                raise PageGoneError(error.code) from None
            raise
        found = tuple(map(_read, _summaries(answer)))
        return AgreementPage(found, answer.get("nextToken") or None)

    def predecessor(self, initial_agreement_id: str, starts_at: datetime) -> str | None:
        """Return what comes before in a line; see the port."""
        line = {"InitialAgreementId": initial_agreement_id, "BeforeStartTime": _written(starts_at)}
        search = partial(
            self._client.search_agreements,
            filters=_filters(line),
            sort={"sortBy": "StartTime", "sortOrder": "DESCENDING"},
            maxResults=1,
        )
        found = _summaries(call(search))
        return _read(found[0]).agreement_id if found else None

    def is_suspended(self, agreement_id: str) -> bool | None:
        """Tell whether the buyer's account is suspended; see the port."""
        # An account is suspended, and not one of its entitlements, so that the first page tells.
        ask = partial(self._client.get_agreement_entitlements, agreementId=agreement_id)
        try:
            answer = call(ask)
        except MarketplaceRefusedError as error:
            if error.code == _UNKNOWN:
                return None
            raise
        told: Sequence[Mapping[str, Any]] | None = answer.get("agreementEntitlements")
        if told is None:
            return None
        return any(one.get("statusReasonCode") == _SUSPENDED for one in told)

    def known_contact(self, agreement_id: str) -> KnownContact:
        """Return whom the buyer named to AWS; see `ports.registrations`.

        There is none if the buyer named nobody, and none once the agreement is not active:
        https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-agreements_GetAgreementContacts.html
        """
        client: Any = self._client  # its stubs do not know this operation of November 2026
        answer = call(lambda: client.get_agreement_contacts(agreementId=agreement_id))
        told = answer.get("acceptorContact", {})
        return read_known_contact(
            email=_text(told, "emailAddress"),
            company=_text(told, "companyName"),
            name=f"{_text(told, 'firstName')} {_text(told, 'lastName')}",
        )


def _summaries(answer: "SearchAgreementsOutputTypeDef") -> "list[AgreementViewSummaryTypeDef]":
    """Return what was found; the SDK takes what is no JSON for an answer that says nothing."""
    if "agreementViewSummaries" not in answer:
        raise MarketplaceOutageError("an answer without a list of agreements")
    return answer["agreementViewSummaries"]


def _filters(named: dict[str, str]) -> "list[FilterTypeDef]":
    return [{"name": name, "values": [value]} for name, value in (_AS_PROPOSER | named).items()]


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(summary: "AgreementViewSummaryTypeDef") -> FoundAgreement:
    proposal = summary.get("proposalSummary", {})
    resources = proposal.get("resources", [])
    return FoundAgreement(
        agreement_id=summary.get("agreementId", ""),
        updated_at=_time(summary, "lastUpdateTime"),
        account_id=summary.get("acceptor", {}).get("accountId") or None,
        product_id=next((one["id"] for one in resources if one.get("id")), None),
        offer_id=proposal.get("offerId") or None,
        status=summary.get("status") or None,
        starts_at=_time(summary, "startTime"),
        ends_at=_time(summary, "endTime"),
        trial_until=_time(summary, "freeTrialEndTime"),
        end_behavior=summary.get("endTimeBehaviorType") or None,
        end_reason=summary.get("endTimeBehaviorReasonCode") or None,
        initial_agreement_id=summary.get("initialAgreementId") or None,
        license_arns=tuple(
            one["licenseArn"] for one in summary.get("entitlements", []) if one.get("licenseArn")
        ),
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _time(summary: Mapping[str, Any], name: str) -> datetime | None:
    at = summary.get(name)
    if not isinstance(at, datetime) or at.year == OPEN_END_YEAR:
        return None
    return at.astimezone(UTC)
