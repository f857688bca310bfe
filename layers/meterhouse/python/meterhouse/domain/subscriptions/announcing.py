"""What the seller's systems are told when the state of a subscription changes: pure.

An announcement carries all that may be told, as it stands then: whoever missed one knows everything
again with the next. Its id follows from the subscription, the version of its state and the content,
so that a repeated one has the same.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from meterhouse.domain.hours import format_moment
from meterhouse.domain.strict_json import digest_of
from meterhouse.domain.subscriptions.entitlements import Entitlements, tell_entitlement
from meterhouse.domain.subscriptions.facts import AGREEMENT_PREFIX, FolderKey
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
)
from meterhouse.domain.subscriptions.state import Phase, State

SCHEMA_VERSION = 1
_FIELDS = (
    *("product_code", "product_id", "account_id", "agreement_id", "previous_agreement_id"),
    *("successor", "offer_id", "status", "starts_at", "ends_at", "ended_at", "closes_at"),
    *("stopped_at", "trial_until", "registered_at", "tenant"),
)


class News(StrEnum):
    """What happened to a subscription, in the order in which it is told of one change."""

    REGISTERED = "registered"
    """Its buyer came to the registration page for the first time."""
    SCHEDULED = "scheduled"
    PENDING = "pending"
    """It cannot be billed any more for the present, such as when a payment failed."""
    ACTIVATED = "activated"
    ENDING = "ending"
    ENDED = "ended"
    SUPERSEDED = "superseded"
    FLAGGED = "flagged"
    UNFLAGGED = "unflagged"
    ENTITLEMENTS_CHANGED = "entitlements_changed"
    """What its contract holds is another, or is known and something for the first time."""
    CHANGED = "changed"
    """Something else of what is told is another."""
    RENAMED = "renamed"
    """AWS has named it: from now on all is told under that name."""
    WITHDRAWN = "withdrawn"
    """It turned out to be of a product that is not this stack's."""
    CURRENT = "current"
    """Nothing happened: somebody asked to be told how it stands."""


_PHASES = {
    Phase.SCHEDULED: News.SCHEDULED,
    Phase.PENDING: News.PENDING,
    Phase.ACTIVE: News.ACTIVATED,
    Phase.ENDING: News.ENDING,
    Phase.ENDED: News.ENDED,
    Phase.SUPERSEDED: News.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A state that was written over another one.

    Attributes:
        record_id: the number of the record by which the table's stream tells it.
        sequence: the version of the state, which grows with each.
        changed_at: when it was written.
        is_asked_for: whether it is to be told how it stands, though nothing is new.

    """

    record_id: str
    before: State | None
    after: State
    sequence: int
    changed_at: datetime
    is_asked_for: bool = False

    @property
    def announcements(self) -> "tuple[Announcement, ...]":
        """What it gives to tell, in order."""
        news = news_of(self.before, self.after)
        if not news and self.is_asked_for and content(self.after) is not None:
            news = (News.CURRENT,)
        return tuple(Announcement(one, self) for one in news)


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to tell of a change; those of one change have its sequence in common."""

    news: News
    change: Change

    @property
    def subscription(self) -> FolderKey:
        """Of whom it is told."""
        return self.change.after.folder

    @property
    def id(self) -> str:
        """The same whenever the same change is told again, and never that of another one."""
        change = self.change
        said = [self.news, change.sequence, _said(change.after), self._more()]
        return digest_of(said)

    @property
    def detail_type(self) -> str:
        """What EventBridge calls it."""
        return f"Subscription {self.news.replace('_', ' ').title()}"

    @property
    def detail(self) -> dict[str, object]:
        """All of it, as `events/schemas/subscription.v1.schema.json` describes it."""
        return {
            "version": SCHEMA_VERSION,
            "id": self.id,
            "type": self.news,
            "sequence": self.change.sequence,
            "changed_at": format_moment(self.change.changed_at),
            "subscription": _said(self.change.after),
            **self._more(),
        }

    def _more(self) -> dict[str, object]:
        before, after = self.change.before, self.change.after
        had = set(before.flags) if before is not None and content(before) else set()
        match self.news:
            case News.FLAGGED:
                return {"raised": sorted(set(after.flags) - had)}
            case News.UNFLAGGED:
                return {"lowered": sorted(had - set(after.flags))}
            case News.RENAMED:
                return {"renamed_to": after.alias_of}
            case _:
                return {}


def news_of(before: State | None, after: State) -> tuple[News, ...]:
    """Return what happened between two states: nothing exactly if what is told is the same.

    It is the same though AWS was asked again, or for the first time, and says that nothing is held.
    """
    was, now = content(before), content(after)
    if now is None:
        gone = News.WITHDRAWN if after.alias_of is None else News.RENAMED
        return () if was is None else (gone,)
    known = before if was is not None else None
    news = [
        *_of_registration(known, after),
        *_of_phase(known, after),
        *_of_flags(known, after),
        *_of_entitlements(known, after),
    ]
    if not news and _apart_from_entitlements(was) == _apart_from_entitlements(now):
        return ()
    return tuple(news) or (News.CHANGED,)


def content(state: State | None) -> dict[str, object] | None:
    """Return what is told of a state; None of one that is nobody's subscription.

    An agreement is told of by its licenses, and another name of a subscription by that itself. As
    long as nobody came and nobody can be billed there is nothing to tell.
    """
    if state is None or state.alias_of is not None or state.folder.startswith(AGREEMENT_PREFIX):
        return None
    is_somebodys = state.identity is not None or state.registered_at is not None
    return _said(state) if is_somebodys else None


def _of_registration(before: State | None, after: State) -> list[News]:
    came_before = before is not None and before.registered_at is not None
    return [News.REGISTERED] if after.registered_at is not None and not came_before else []


def _of_phase(before: State | None, after: State) -> list[News]:
    if before is not None and before.phase is after.phase:
        return []
    # Who has just come waits for AWS's word; that needs no telling.
    is_waiting = before is None and after.phase is Phase.PENDING
    return [] if is_waiting else [_PHASES[after.phase]]


def _of_flags(before: State | None, after: State) -> list[News]:
    had, has = set(before.flags if before else ()), set(after.flags)
    return [News.FLAGGED] * bool(has - had) + [News.UNFLAGGED] * bool(had - has)


def _of_entitlements(before: State | None, after: State) -> list[News]:
    return [News.ENTITLEMENTS_CHANGED] * (_held(before) != _held(after))


def _held(state: State | None) -> list[dict[str, object]]:
    """Return what a contract holds as it is told: 1 and yes are different things there."""
    held = state.entitlements if state is not None else None
    return [tell_entitlement(one) for one in held.all] if held is not None else []


def _apart_from_entitlements(said: dict[str, object] | None) -> dict[str, object] | None:
    return said and {**said, "entitlements": None}


def _said(state: State) -> dict[str, object]:
    """Return what may be told: never what the buyer wrote, which no state holds."""
    said: dict[str, object] = {
        "key": state.folder,
        "phase": state.phase,
        "has_access": state.has_access,
        "flags": list(state.flags),
        "entitlements": state.entitlements and _entitlements(state.entitlements),
    }
    match state.identity:
        case LicenseIdentity(license_arn=license_arn):
            said["license_arn"] = license_arn
        case LegacyCustomerIdentity(customer_identifier=customer_identifier):
            said["customer_identifier"] = customer_identifier
        case LegacyAccountIdentity() | None:
            pass
        case _:
            assert_never(state.identity)
    values = {name: getattr(state, name) for name in _FIELDS}
    return said | {name: _written(one) for name, one in values.items() if one is not None}


def _written(value: datetime | str) -> str:
    return format_moment(value) if isinstance(value, datetime) else value


def _entitlements(known: Entitlements) -> dict[str, object]:
    held = [tell_entitlement(one) for one in known.all]
    return {"asked_at": format_moment(known.asked_at), "all": held}
