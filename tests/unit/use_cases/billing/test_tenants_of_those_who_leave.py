"""Who leaves is billed for the usage that names his tenants, too, and at once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.leaving import run_until
from tests.unit.use_cases.billing.subscription_times import MINUTE, Told, run_on
from tests.unit.use_cases.billing.tenants import (
    HALF_PAST,
    LONG_AGO,
    SECOND,
    billed,
    learn_renewal,
    link,
    use,
)


@pytest.fixture(params=[1, 8], ids=["one shard", "eight shards"])
def house(request: pytest.FixtureRequest) -> Meterhouse:
    house = Meterhouse()
    house.policy = replace(house.policy, shards=request.param)
    house.clock.move_to(HALF_PAST)
    return house


def test_a_flush_bills_what_tenants_used_until_now(house: Meterhouse) -> None:
    buyer, other = house.buyer(), house.buyer()
    link(house, buyer)
    link(house, other, tenant="umbrella")
    use(house, buyer, at=HALF_PAST - MINUTE, quantity=7)
    use(house, other, at=HALF_PAST - MINUTE, quantity=100, tenant="umbrella")

    key = house.key(buyer).subscription
    answer = house.reconcile(flushes=[Flush(key, house.clock.now())]).flushed[key]

    assert (answer["answer"], answer["left"]) == ("flushed", 0)
    assert billed(house, buyer, other) == [{"12": Decimal(7)}, {}]
    run_on(house)
    assert billed(house, buyer, other) == [{"12": Decimal(7)}, {"12": Decimal(100)}]
    check_books(house)


def test_the_final_hour_bills_tenants_by_itself(house: Meterhouse) -> None:
    buyer = house.buyer()
    link(house, buyer)
    use(house, buyer, at=HALF_PAST - MINUTE, quantity=7)
    Told(house, buyer)(ended_at=HALF_PAST, closes_at=HALF_PAST + HOUR)
    house.policy = replace(house.policy, final_usage=timedelta(minutes=10))

    run_until(house, HALF_PAST + 12 * MINUTE)

    assert house.billed(buyer) == {"12": Decimal(7)}
    check_books(house)


def test_a_flush_leaves_to_the_successor_what_is_used_after_it(house: Meterhouse) -> None:
    old, new = house.buyer(), house.buyer()
    Told(house, old)(starts_at=LONG_AGO)
    link(house, old)
    use(house, old, "before", at=HALF_PAST - SECOND, quantity=7)
    Told(house, old)(ended_at=HALF_PAST, closes_at=HALF_PAST + HOUR)
    flush = Flush(house.key(old).subscription, house.clock.now())
    assert house.reconcile(flushes=[flush]).flush_left == 0

    learn_renewal(house, old, new)
    house.clock.move_to(HALF_PAST + 20 * MINUTE)
    use(house, old, "after", at=HALF_PAST + 10 * MINUTE, quantity=10)
    run_on(house)

    assert billed(house, old, new) == [{"12": Decimal(7)}, {"12": Decimal(10)}]
    check_books(house)


def test_what_a_flush_did_not_see_is_left_and_found_by_the_next(house: Meterhouse) -> None:
    buyer = house.buyer()
    link(house, buyer)
    use(house, buyer, "first", at=HALF_PAST - MINUTE, quantity=7)
    flush = Flush(house.key(buyer).subscription, house.clock.now())
    house.reconcile(flushes=[flush])
    use(house, buyer, "second", at=HALF_PAST - MINUTE, quantity=10)

    house.reconcile(flushes=[flush])
    run_on(house)

    assert sum(house.billed(buyer).values()) == Decimal(17)
    check_books(house)


@pytest.mark.parametrize("is_frozen", [True, False], ids=["frozen", "not frozen"])
def test_tenants_usage_that_aws_has_not_taken_in_a_final_hour_is_at_risk(
    house: Meterhouse, *, is_frozen: bool
) -> None:
    buyer, other = house.buyer(), house.buyer()
    link(house, buyer)
    link(house, other, tenant="umbrella")
    Told(house, buyer)(ended_at=HALF_PAST, closes_at=HALF_PAST + HOUR)
    use(house, buyer, at=HALF_PAST - MINUTE, quantity=7)
    use(house, other, at=HALF_PAST - MINUTE, quantity=100, tenant="umbrella")
    if is_frozen:
        house.marketplace.inject_fault("throttle", count=1_000_000)
    else:
        house.policy = replace(house.policy, is_fenced=True)

    run_until(house, HALF_PAST + 45 * MINUTE)

    assert house.report.metrics["FinalUnitsAtRisk"] == 7


def test_what_a_subscription_pays_for_tenants_is_read_with_its_own_usage(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    link(house, buyer)
    use(house, buyer, at=NOON, quantity=7)
    own = house.event(buyer, "own", dimension="gigabytes", quantity=2)
    house.drain(own)
    run_on(house, hours=2)
    key = house.key(buyer).subscription

    def read() -> dict[str, Decimal]:
        used = ReadUsage(house.ledger, house.policy.shards)(key, NOON, NOON)
        return {line.dimension: line.units for line in used.lines}

    assert read() == {"api_calls": 7, "gigabytes": 2}
    run_on(house, hours=50)
    assert read() == {"api_calls": 7, "gigabytes": 2}, "as the sheets of its day have it"


def test_a_record_of_tenants_usage_is_redriven_like_any_other(house: Meterhouse) -> None:
    buyer = house.buyer()
    link(house, buyer)
    event = house.event(buyer, subscription="tenant:acme", dimension="unheard_of", quantity=7)
    house.drain(event)
    run_on(house, hours=2)
    key = house.key(buyer, "unheard_of")
    assert house.record(buyer, "unheard_of").state is RecordState.REJECTED

    summary = house.reconcile(key)

    assert summary.records["redriven"] == {str(key): "redriven"}
