"""What the Agreement API tells: an agreement as it was found becomes facts; how far a sweep came.

https://docs.aws.amazon.com/marketplace/latest/APIReference/API_agreement-marketplace_SearchAgreements.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from meterhouse.domain.subscriptions.facts import Fact, Kind
from meterhouse.domain.subscriptions.own_facts import own_fact
from meterhouse.errors import UnreadableError

# AWS does not say how soon a search shows an update, nor whether each comes in its order.
OVERLAP = timedelta(minutes=10)
_SOURCE = "api"
_ACTIVE = "ACTIVE"
# Why an agreement does not renew though its terms allow it; the others never meant to.
_OPTED_OUT = frozenset({"PROPOSER_RENEW_OPTED_OUT", "ACCEPTOR_RENEW_OPTED_OUT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAgreement:
    """An agreement as a search shows it; what AWS leaves out is None.

    Attributes:
        initial_agreement_id: the first of the line of renewals and replacements that it is of.

    """

    agreement_id: str
    updated_at: datetime | None
    account_id: str | None = None
    product_id: str | None = None
    offer_id: str | None = None
    status: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_until: datetime | None = None
    end_behavior: str | None = None
    end_reason: str | None = None
    initial_agreement_id: str | None = None
    license_arns: tuple[str, ...] = ()

    @property
    def is_active(self) -> bool:
        """Whether AWS says that it runs."""
        return self.status == _ACTIVE

    @property
    def auto_renewal(self) -> bool | None:
        """Whether it renews at its end; None where that was never agreed."""
        if self.end_behavior == "RENEW":
            return True
        return False if self.end_reason in _OPTED_OUT else None


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """One page of a search, and the token of the next one."""

    agreements: tuple[FoundAgreement, ...]
    token: str | None = None


def described(found: FoundAgreement) -> Iterator[Fact]:
    """Yield what AWS says of an agreement: one fact a license, or one without any.

    Raises UnreadableError.
    """
    for license_arn in found.license_arns or (None,):
        yield own_fact(
            _SOURCE,
            Kind.DESCRIBED,
            _updated_at(found),
            agreement_id=found.agreement_id,
            license_arn=license_arn,
            account_id=found.account_id,
            product_id=found.product_id,
            offer_id=found.offer_id,
            status=found.status,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            trial_until=found.trial_until,
            auto_renewal=found.auto_renewal,
        )


def follows(found: FoundAgreement, previous_agreement_id: str) -> Fact:
    """Return the fact that an agreement goes on where another one ended."""
    return own_fact(
        _SOURCE,
        Kind.DESCRIBED,
        _updated_at(found),
        agreement_id=found.agreement_id,
        previous_agreement_id=previous_agreement_id,
    )


def suspension(found: FoundAgreement, now: datetime, *, is_suspended: bool) -> Fact:
    """Return the fact that AWS says now that the buyer's account is suspended, or no longer.

    That is no update of the agreement, and has no time of AWS's.
    """
    return own_fact(
        _SOURCE,
        Kind.DESCRIBED,
        now,
        agreement_id=found.agreement_id,
        is_suspended=is_suspended,
    )


def _updated_at(found: FoundAgreement) -> datetime:
    if found.updated_at is None:
        raise UnreadableError("fact_invalid", "it has no lastUpdateTime")
    return found.updated_at


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the sweep came: what a run needs to go on where the last one stopped.

    Attributes:
        version: grows by one whenever it is stored, from 0 for never.
        after: this sweep looks at what was updated later; None for everything.
        token: AWS's, of the page that comes next.
        reached_at: the latest lastUpdateTime that was learned.
        is_running: a sweep began and did not come to its end.
        is_whole: that sweep began at the beginning.

    """

    version: int = 0
    after: datetime | None = None
    token: str | None = None
    reached_at: datetime | None = None
    is_running: bool = False
    is_whole: bool = False

    def begun(self, *, from_beginning: bool) -> "Cursor":
        """Return where a run begins: in the sweep that another run left, or with a new one."""
        if from_beginning:
            return Cursor(self.version, is_running=True, is_whole=True)
        if self.is_running:
            return self
        return replace(self.restarted(), is_running=True, is_whole=self.reached_at is None)

    def turned(self, page: AgreementPage) -> "Cursor":
        """Return where the sweep goes on after a page."""
        times = [one.updated_at for one in page.agreements if one.updated_at is not None]
        reached_at = max(filter(None, (self.reached_at, *times)), default=None)
        return replace(
            self, token=page.token, reached_at=reached_at, is_running=page.token is not None
        )

    def restarted(self) -> "Cursor":
        """Return where the sweep goes on when AWS no longer knows the next page."""
        after = None if self.reached_at is None else self.reached_at - OVERLAP
        return replace(self, after=after, token=None)
