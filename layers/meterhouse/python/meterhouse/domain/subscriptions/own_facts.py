"""Facts that no document of AWS's tells: a registration, an answer of an API, the seller's word."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from meterhouse.domain.strict_json import read_json
from meterhouse.domain.subscriptions.agreement_events import read_event
from meterhouse.domain.subscriptions.entitlements import (
    Entitlements,
    read_entitlement,
    write_entitlement,
)
from meterhouse.domain.subscriptions.facts import Fact, Kind, checked, is_agreement_id
from meterhouse.domain.subscriptions.identity import BilledIdentity, SubscriptionKey, billed_key
from meterhouse.domain.subscriptions.legacy_messages import read_notification, topic_product
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.errors import UnreadableError

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.tenants import TenantLink

_OWN = frozenset({"fact_id", "at", "document"})
_FIELDS = [field.name for field in fields(Fact) if field.name not in _OWN]
_TIMES = frozenset({"starts_at", "ends_at", "trial_until"})


def registration(customer: ResolvedCustomer, now: datetime, *, trial: bool) -> Fact:
    """Return the fact that AWS resolved a token; the same answer is the same fact, for ever.

    Raises UnreadableError for identifiers in a form of which we know nothing.
    """
    return own_fact(
        "visit",
        Kind.REGISTERED,
        now,
        # It helps to find what belongs together; no buyer is turned away over it.
        agreement_id=customer.agreement_id if is_agreement_id(customer.agreement_id) else None,
        license_arn=customer.license_arn,
        product_code=customer.product_code or None,
        account_id=customer.customer_aws_account_id,
        customer_identifier=customer.customer_identifier,
        is_trial=trial or None,
    )


def stop(key: SubscriptionKey, stopped_at: datetime) -> Fact:
    """Return the seller's word that the product sends no usage from later than `stopped_at`."""
    return own_fact("seller", Kind.STOPPED, stopped_at, **_names_of(key))


def tenant_facts(key: SubscriptionKey, tenant: str, link: "TenantLink") -> list[Fact]:
    """Return what the seller said of a tenant that a subscription pays for, or paid for."""
    names = {**_names_of(key), "tenant": tenant}
    said = [(Kind.LINKED, link.linked_at), (Kind.UNLINKED, link.unlinked_at)]
    return [own_fact("seller", kind, at, **names) for kind, at in said if at is not None]


def metering_answer(heard: Suspicion) -> Fact:
    """Return the fact that AWS refused a record, or took one, of who is billed for it."""
    kind = Kind.METERING_REFUSED if heard.is_raised else Kind.METERING_ACCEPTED
    billed = billed_key(heard.subscription.identity)
    return own_fact("metering", kind, heard.at, **_names_of(billed))


def entitlements_fact(identity: BilledIdentity, said: Entitlements) -> Fact:
    """Return the fact that AWS said, when it was asked, what somebody holds who is billed."""
    names = _names_of(billed_key(identity))
    return own_fact("entitlement", Kind.ENTITLEMENTS, said.asked_at, entitlements=said.all, **names)


def own_fact(source: str, kind: Kind, at: datetime, **said: Any) -> Fact:  # noqa: ANN401 - fields of a Fact
    """Return a fact of our own making, named by all that it says."""
    told = {"kind": kind, **{name: value for name, value in said.items() if value is not None}}
    document = json.dumps(
        {name: _written(value) for name, value in told.items()},
        separators=(",", ":"),
        sort_keys=True,
    )
    # When a buyer visited is no part of what AWS said of him; of the others it is.
    named = document if kind is Kind.REGISTERED else f"{at.isoformat()} {document}"
    digest = hashlib.sha256(named.encode()).hexdigest()[:32]
    return checked(Fact(fact_id=f"{source}#{digest}", at=at, document=document, **told))


def read_fact(fact_id: str, at: datetime, document: str) -> Fact:
    """Read a fact that was stored; raises UnreadableError."""
    said = read_json(document)
    if not isinstance(said, Mapping):
        raise UnreadableError("fact_invalid", "its document is not an object")
    match fact_id.partition("#")[0]:
        case "event":
            return read_event(said, document)
        case "sns":
            return read_notification(said, document, {topic_product(said)})
        case _:
            told = {name: _read(name, said[name]) for name in _FIELDS if name in said}
            return Fact(fact_id=fact_id, at=at, document=document, **told)


def _names_of(key: SubscriptionKey) -> dict[str, str]:
    """Return the fields of a fact about a subscription."""
    kind, *rest = key.split("#")
    match kind, rest:
        case "license", [name]:
            return {"license_arn": f"aws:license-manager::license:{name}"}
        case "customer", [code, identifier]:
            return {"product_code": code, "customer_identifier": identifier}
        case "account", [code, account]:
            return {"product_code": code, "account_id": account}
        case _:
            raise UnreadableError("fact_invalid", f"{key!a} is no subscription"[:200])


def _written(value: Any) -> Any:  # noqa: ANN401 - a field of a Fact
    match value:
        case datetime():
            return value.isoformat()
        case tuple():
            return [write_entitlement(one) for one in value]
        case _:
            return value


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - a field of a Fact
    if name in _TIMES:
        return datetime.fromisoformat(value)
    if name == "entitlements":
        return tuple(read_entitlement(one) for one in value)
    return Kind(value) if name == "kind" else value
