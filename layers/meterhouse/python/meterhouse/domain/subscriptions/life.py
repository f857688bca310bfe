"""What the facts of one life come to, each question by itself: pure, and blind to arrival."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.facts import Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.final_hour import FINAL_WINDOW
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
)
from meterhouse.domain.subscriptions.state import Flag
from meterhouse.domain.subscriptions.suspicion import is_unexplained

# Statuses of the Agreement API (AgreementStatus in the service model).
_LIVING = frozenset({"ACTIVE", "PENDING", "SCHEDULED"})
SUCCEEDED = frozenset({"RENEWED", "REPLACED", "SUPERSEDED"})


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts that concern one folder, oldest first by AWS's time."""

    key: FolderKey
    facts: tuple[Fact, ...]
    licenses: frozenset[str] = field(default_factory=frozenset)

    @property
    def agreements(self) -> list[str]:
        """The agreements that the facts speak of."""
        return sorted({fact.agreement_id for fact in self.facts if fact.agreement_id})

    def of(self, *kinds: Kind) -> list[Fact]:
        """Return the facts of some kinds."""
        return [fact for fact in self.facts if fact.kind in kinds]

    def ends_with(self, kind: Kind, other: Kind) -> bool:
        """Tell whether the latest fact of two kinds is of the first."""
        return any(fact.kind is kind for fact in self.of(kind, other)[-1:])

    def last[Value](self, say: Callable[[Fact], Value | None]) -> Value | None:
        """Return what the latest fact says that says anything about it."""
        return next(
            (said for fact in reversed(self.facts) if (said := say(fact)) is not None), None
        )


@dataclass(frozen=True, slots=True)
class End:
    """How something ended: AWS's first word of it, and when AWS takes no record any more."""

    at: datetime
    closes_at: datetime
    status: str | None


def end_of_agreement(reading: Reading) -> End | None:
    """Return how an agreement ended, or a license, which ends with the last of its agreements."""
    ends = [_end_of_one(reading, one) for one in reading.agreements]
    last = None
    for end in ends:
        if end is None:
            return None
        last = end if last is None or (end.at, end.closes_at) > (last.at, last.closes_at) else last
    return last


def start_of_agreement(reading: Reading) -> datetime | None:
    """Return when an agreement starts, or a license, with the first of its agreements."""
    starts = [
        reading.last(lambda fact, one=one: fact.starts_at if fact.agreement_id == one else None)  # type: ignore[misc]
        for one in reading.agreements
    ]
    known = [start for start in starts if start is not None]
    return min(known) if known and len(known) == len(starts) else None


def _end_of_one(reading: Reading, agreement_id: str) -> End | None:
    """Return how an agreement ended: no older fact brings back what is over.

    An ended agreement stays so. A license that was taken away is there again if AWS updates it
    later.
    """
    facts = [fact for fact in reading.facts if fact.agreement_id == agreement_id]
    told = [fact for fact in facts if fact.kind is Kind.ENDED]
    if reading.key.startswith("license#"):
        updates = [fact.at for fact in facts if fact.kind is Kind.LICENSE_UPDATED]
        gone = [fact for fact in facts if fact.kind is Kind.LICENSE_DEPROVISIONED]
        told.extend(fact for fact in gone if not any(at > fact.at for at in updates))
    described = [
        fact
        for fact in facts
        if fact.kind is Kind.DESCRIBED and fact.status is not None and fact.status not in _LIVING
    ]
    if not told and not described:
        return None
    # What the API tells of an end that no event told is changed after it, sooner or later.
    first = min(
        [fact.at for fact in told] or [min(one.at, one.ends_at or one.at) for one in described]
    )
    last = max((fact.at for fact in told), default=first)
    statuses = [fact.status for fact in (*told, *described) if fact.status]
    return End(first, last + FINAL_WINDOW, statuses[0] if statuses else None)


def end_of_customer(reading: Reading) -> End | None:
    """Return how a legacy customer's subscription ended, unless he subscribed again since.

    AWS never says `unsubscribe-success` of who came back in time, and lets nobody subscribe who has
    not left: of what it says in one moment the subscription is the last.
    https://docs.aws.amazon.com/marketplace/latest/userguide/saas-notification.html
    """
    end: End | None = None
    for fact in sorted(
        reading.facts, key=lambda fact: (fact.at, fact.kind is Kind.SUBSCRIBE_SUCCESS)
    ):
        match fact.kind:
            case Kind.SUBSCRIBE_SUCCESS:
                end = None
            case Kind.UNSUBSCRIBE_PENDING if end is None:
                end = End(fact.at, fact.at + FINAL_WINDOW, fact.kind)
            case Kind.UNSUBSCRIBE_SUCCESS:
                end = End(end.at if end else fact.at, fact.at, fact.kind)
            case _:
                pass
    return end


def identity_of(reading: Reading) -> BilledIdentity | None:
    """Return under whom AWS bills; of a license, in the form in which a token named it, if one did.

    In a sample of AWS's a license stands without `arn:`, which no call takes.
    """
    kind, *names = reading.key.split("#")
    if kind == "customer":
        return LegacyCustomerIdentity(names[0], names[1])
    if kind == "account":
        return LegacyAccountIdentity(names[0], names[1])
    account = reading.last(lambda fact: fact.account_id)
    named = [
        fact
        for fact in reading.facts
        if str(fact.license) == reading.key and (fact.license_arn or "").startswith("arn:")
    ]
    if kind != "license" or not named or account is None:
        return None
    visits = [fact for fact in named if fact.kind is Kind.REGISTERED]
    best = visits[-1] if visits else named[0]
    return LicenseIdentity(best.account_id or account, best.license_arn or "")


def flags_of(reading: Reading) -> Iterator[Flag]:
    """Yield what stands beside the phase."""
    if reading.ends_with(Kind.ADVISORY_ISSUED, Kind.ADVISORY_RESOLVED):
        yield Flag.ADVISORY
    if reading.last(lambda fact: fact.is_suspended):
        yield Flag.SUSPENDED
    if reading.last(lambda fact: fact.auto_renewal) is False:
        yield Flag.AUTO_RENEWAL_OFF
    if reading.of(Kind.CANCELLATION_REQUEST):
        yield Flag.CANCELLATION_REQUESTED
    if reading.ends_with(Kind.SUBSCRIBE_FAIL, Kind.SUBSCRIBE_SUCCESS):
        yield Flag.PAYMENT_FAILED
    if reading.key.startswith("license#") and len(reading.licenses) > 1:
        yield Flag.OTHER_LICENSE
    if reading.of(Kind.UNKNOWN):
        yield Flag.NOT_UNDERSTOOD


def is_suspected(
    facts: Iterable[Fact], starts_at: datetime | None, ended_at: datetime | None
) -> bool:
    """Tell whether AWS's last answer to metering was a refusal while the subscription ran."""
    answers = [
        fact
        for fact in facts
        if fact.kind is Kind.METERING_ACCEPTED
        or (fact.kind is Kind.METERING_REFUSED and is_unexplained(fact.at, starts_at, ended_at))
    ]
    last = max(
        answers, key=lambda fact: (fact.at, fact.kind is Kind.METERING_ACCEPTED), default=None
    )
    return last is not None and last.kind is Kind.METERING_REFUSED


def entitlements_of(
    facts: Iterable[Fact], starts_at: datetime | None, ended_at: datetime | None
) -> Entitlements | None:
    """Return what AWS last said of a subscription's entitlements while it ran; None if it did not.

    Of one that lies ahead, or has ended, AWS says that it holds nothing. That is no answer for the
    time in which it runs; of what AWS said after the end alone, the first is nearest to that time.
    """
    said = [
        Entitlements(fact.at, fact.entitlements)
        for fact in sorted(facts, key=lambda fact: (fact.at, fact.fact_id))
        if fact.entitlements is not None and (starts_at is None or starts_at <= fact.at)
    ]
    in_time = [one for one in said if ended_at is None or one.asked_at < ended_at]
    return next(iter(in_time[-1:] or said), None)


def tenant_of(facts: Iterable[Fact]) -> str | None:
    """Return the tenant that is linked, by facts of which the oldest comes first.

    The times of one tenant's links follow each other; between tenants clocks may disagree, so only
    the word that unlinks a tenant ends its link.
    """
    said = [fact for fact in facts if fact.kind in (Kind.LINKED, Kind.UNLINKED)]
    last = {fact.tenant: fact for fact in said}
    return next(
        (
            fact.tenant
            for fact in reversed(said)
            if fact is last[fact.tenant] and fact.kind is Kind.LINKED
        ),
        None,
    )


def stop_of(fact: Fact) -> datetime | None:
    """Return when the seller's product stopped, if a fact says so."""
    return fact.at if fact.kind is Kind.STOPPED else None
