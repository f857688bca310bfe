"""Operators see usage of tenants under the license that pays for it, and nothing amiss with it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import tenant_key
from operations.reads import read_record
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.builders import audited, faults_of
from tests.unit.use_cases.billing.tenants import HALF_PAST, billed, link, renewed, use

ACME = RecordKey(tenant_key("acme"), "api_calls", NOON)


@pytest.fixture(params=[1, 8], ids=["one shard", "eight shards"])
def house(request: pytest.FixtureRequest) -> Meterhouse:
    house = Meterhouse()
    house.policy = replace(house.policy, shards=request.param)
    house.clock.move_to(HALF_PAST)
    return house


def faults(house: Meterhouse) -> list[object]:
    assert isinstance(house.ledger, InMemoryLedger)
    return [*faults_of(audited(house.ledger, house.clock.now()))]


def test_an_audit_finds_nothing_amiss_at_any_time(house: Meterhouse) -> None:
    old, new = renewed(house)
    use(house, old, "a", at=NOON, quantity=1)
    use(house, old, "b", at=HALF_PAST, quantity=10)
    use(house, old, "c", at=NOON, quantity=100, tenant="nobody")
    assert faults(house) == []

    for hours in (1.5, 2, 26, 60):
        house.clock.move_to(NOON + hours * HOUR)
        if hours == 2:
            use(house, old, "late", at=HALF_PAST, quantity=1_000)
        house.reconcile()
        assert faults(house) == [], f"after {hours} hours"

    assert billed(house, old, new)[0] == {"12": Decimal(1)}


def test_a_record_shows_the_events_of_tenants_that_it_bills(house: Meterhouse) -> None:
    buyer = house.buyer()
    link(house, buyer)
    use(house, buyer, "a", at=NOON, quantity=7)
    use(house, buyer, "b", at=HALF_PAST, quantity=2)
    house.clock.move_to(NOON + 2 * HOUR)
    house.reconcile()

    answer = read_record(house.ledger, house.policy.shards, house.key(buyer))

    assert {one.id: one.quantity for one in answer.events} == {"a": 7, "b": 2}
    assert not answer.carried_in
    assert answer.journalled == 9
    assert answer.status is not None
    assert answer.status.state is RecordState.METERED


def test_usage_that_waits_for_a_link_is_shown_under_its_tenant(house: Meterhouse) -> None:
    use(house, house.buyer(), quantity=7)
    house.clock.move_to(NOON + 2 * HOUR)
    house.reconcile()

    answer = read_record(house.ledger, house.policy.shards, ACME)

    assert answer.hour_reason == "tenant_unlinked"
    assert answer.standings == {"held": 7}
