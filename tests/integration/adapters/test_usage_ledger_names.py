"""The contract of names: who pays for tenants' usage is settled under the lease, and for good."""

from datetime import datetime

from meterhouse.domain.journal.naming import NamedSpan
from meterhouse.domain.keys import LogKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, tenant_key
from meterhouse.ports.ledger import Lease, UsageLedger
from tests.integration.adapters.ledger_steps import (
    HOUR,
    LOG,
    MINUTE,
    NOON_AT,
    opened,
    taken,
    taken_over,
)

ACME = tenant_key("acme")
HALF_PAST = NOON_AT + 30 * MINUTE
OLD, NEW = SubscriptionKey("license#l-old"), SubscriptionKey("license#l-new")


def span(
    first_at: datetime,
    until_at: datetime,
    payer: SubscriptionKey | None,
    *,
    generation: int = 0,
    tenant: SubscriptionKey = ACME,
) -> NamedSpan:
    return NamedSpan(tenant, first_at, until_at, payer, generation)


def payers(ledger: UsageLedger, *moments: datetime) -> list[NamedSpan | None]:
    names = ledger.names(LOG)
    return [names.at(ACME, moment) for moment in moments]


def test_what_was_settled_is_read_back(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    paid, nobodys = span(NOON_AT, HALF_PAST, OLD), span(HALF_PAST + MINUTE, NOON_AT + HOUR, None)

    assert payers(ledger, NOON_AT) == [None]
    assert ledger.write_names(lease, [paid, nobodys]) is True

    moments = (NOON_AT, HALF_PAST, HALF_PAST + MINUTE, NOON_AT + HOUR)
    assert payers(ledger, *moments) == [paid, None, nobodys, None]
    assert ledger.names(LogKey(NOON_AT, 1)).at(ACME, NOON_AT) is None
    assert ledger.names(LOG).at(tenant_key("acm"), NOON_AT) is None


def test_the_same_again_changes_nothing(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    paid = span(NOON_AT, HALF_PAST, OLD)

    assert ledger.write_names(lease, [paid]) is True
    assert ledger.write_names(lease, [paid]) is True

    assert payers(ledger, NOON_AT) == [paid]


def test_a_later_generation_settles_more(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    first = span(NOON_AT, HALF_PAST, OLD)
    assert ledger.write_names(lease, [first])
    lease = taken_over(ledger)
    second = span(HALF_PAST, NOON_AT + HOUR, NEW, generation=1)

    assert ledger.write_names(lease, [second]) is True

    assert payers(ledger, NOON_AT, HALF_PAST) == [first, second]


def test_who_lost_the_lease_settles_nothing(ledger: UsageLedger) -> None:
    opened(ledger)
    mine = taken(ledger)
    taken_over(ledger)

    assert ledger.write_names(mine, [span(NOON_AT, HALF_PAST, OLD)]) is False
    assert ledger.write_names(Lease(LOG, "nobody's"), [span(NOON_AT, HALF_PAST, OLD)]) is False

    assert payers(ledger, NOON_AT) == [None]


def test_thousands_of_tenants_with_the_longest_ids_are_settled(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    tenants = [tenant_key(f"{number:0128}") for number in range(2_000)]
    spans = [span(NOON_AT, NOON_AT + HOUR, OLD, tenant=tenant) for tenant in tenants]

    assert ledger.write_names(lease, spans) is True

    names = ledger.names(LOG)
    assert [names.at(tenant, NOON_AT) for tenant in tenants] == spans
