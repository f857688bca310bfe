"""Usage that names a tenant is billed to the subscription that covers its time, and to no other."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.identity import tenant_key
from meterhouse.ports.ledger import Lease
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import MINUTE, Told, lines, run_on
from tests.unit.use_cases.billing.tenants import (
    HALF_PAST,
    SECOND,
    billed,
    learn_renewal,
    link,
    renewed,
    use,
)

ACME = tenant_key("acme")


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_usage_of_a_linked_tenant_is_billed_and_stands_under_the_license(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    link(house, buyer)

    use(house, buyer, quantity=7)

    assert house.billed(buyer) == {"12": Decimal(7)}
    assert lines(house, buyer) == {("12", Standing.METERED): Decimal(7)}
    run_on(house, hours=50)
    assert lines(house, buyer) == {("12", Standing.METERED): Decimal(7)}
    check_books(house)


def test_several_tenants_of_one_license_and_its_own_name_are_one_record(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.clock.move_to(HALF_PAST)
    link(house, buyer)
    link(house, buyer, tenant="umbrella")

    use(house, buyer, quantity=7)
    use(house, buyer, quantity=10, tenant="umbrella")
    house.drain(house.event(buyer, quantity=100))
    run_on(house)

    assert house.billed(buyer) == {"12": Decimal(117)}, "one id under three names is three events"
    check_books(house)


def test_usage_without_tenants_asks_nobody_for_them(house: Meterhouse) -> None:
    class Silent(InMemoryLedger):
        def names(self, log: LogKey) -> Names:
            raise AssertionError(log)

    house.ledger = Silent()
    house.drain(house.event(house.buyer()))
    run_on(house, hours=50)

    assert house.tenants.asked == 0


def test_usage_of_an_unlinked_tenant_waits_in_sight_and_is_billed_once_it_is_linked(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    use(house, buyer, quantity=7)

    head = house.head()
    assert (head.waiting, head.reason) == ((ACME,), Reason.TENANT_UNLINKED)
    assert head.totals == (("held", Decimal(7)),)
    held = [fields for name, fields in house.report.events if name == "usage_held"]
    assert [one["reason"] for one in held] == ["tenant_unlinked"]

    run_on(house, hours=4)
    assert house.billed(buyer) == {}
    link(house, buyer, linked_at=house.clock.now())
    run_on(house)

    assert house.billed(buyer) == {"12": Decimal(7)}, "also from before the link"
    check_books(house)


def test_a_tenant_that_nobody_covers_is_closed_no_more_often_than_anything_changes(
    house: Meterhouse,
) -> None:
    use(house, house.buyer())
    closings = house.head().open

    run_on(house, hours=4)

    assert house.head().open == closings


def test_after_the_deadline_it_is_refused_and_a_later_link_changes_nothing(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    use(house, buyer, quantity=7)
    run_on(house, hours=25)
    [record] = house.records()
    assert (record.key.subscription, record.state) == (ACME, RecordState.REJECTED)
    assert record.status.reason == Reason.TENANT_UNLINKED

    link(house, buyer)
    use(house, buyer, quantity=7)
    use(house, buyer, "late", quantity=2)
    summary = house.reconcile(record.key)
    run_on(house, hours=50)

    assert summary.records["redriven"] == {str(record.key): "tenant_unlinked"}
    assert house.billed(buyer) == {}
    check_books(house)


def test_late_usage_of_a_linked_tenant_goes_to_the_present_hour_like_that_of_its_license(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    link(house, buyer)
    use(house, buyer, quantity=7)
    use(house, buyer, "late", quantity=2)
    run_on(house)

    assert house.billed(buyer) == {"12": Decimal(7), "13": Decimal(2)}
    check_books(house)


def test_usage_of_an_hour_with_a_renewal_is_shared_out_by_its_second(house: Meterhouse) -> None:
    house.clock.move_to(HALF_PAST)
    old, new = renewed(house)

    for place, at in enumerate((NOON, HALF_PAST - SECOND, HALF_PAST, HALF_PAST + SECOND)):
        use(house, old, f"e{place}", at=at, quantity=10**place)
    run_on(house)

    assert billed(house, old, new) == [{"12": Decimal(11)}, {"12": Decimal(1100)}]
    check_books(house)


def test_a_renewal_that_becomes_known_between_two_deliveries_bills_nothing_twice(
    house: Meterhouse,
) -> None:
    old, new = house.buyer(), house.buyer()
    link(house, old)
    after = HALF_PAST + MINUTE
    use(house, old, at=after, quantity=7)
    assert billed(house, old, new) == [{"12": Decimal(7)}, {}]

    learn_renewal(house, old, new)
    use(house, old, at=after, quantity=7)
    run_on(house)

    assert billed(house, old, new) == [{"12": Decimal(7)}, {}]
    check_books(house)


@pytest.mark.parametrize("first", [True, False], ids=["the old part first", "the new part first"])
def test_an_event_that_comes_with_two_times_counts_where_it_came_first(
    house: Meterhouse, *, first: bool
) -> None:
    old, new = renewed(house)
    times = [HALF_PAST - SECOND, HALF_PAST]
    for at in times if first else reversed(times):
        use(house, old, at=at, quantity=7)
    use(house, old, "other", at=NOON, quantity=1)
    run_on(house)

    expected = [Decimal(7), Decimal(0)] if first else [Decimal(0), Decimal(7)]
    ours = [sum(one.values()) for one in billed(house, old, new)]
    assert [ours[0] - 1, ours[1]] == expected
    check_books(house)


def test_of_what_one_closing_sees_the_copy_with_the_first_time_counts(house: Meterhouse) -> None:
    house.clock.move_to(HALF_PAST)
    old, new = renewed(house)

    use(house, old, at=HALF_PAST, quantity=7)
    use(house, old, at=NOON, quantity=7)
    run_on(house)

    assert billed(house, old, new) == [{"12": Decimal(7)}, {}]
    check_books(house)


def test_what_is_unlinked_within_the_hour_pays_until_then_and_the_next_buyer_after(
    house: Meterhouse,
) -> None:
    house.clock.move_to(HALF_PAST)
    first, second = house.buyer(), house.buyer()
    Told(house, second)(starts_at=NOON - 5 * HOUR)
    link(house, first)
    house.tenants.unlink("acme", house.key(first).subscription, HALF_PAST)
    link(house, second, HALF_PAST + 10 * MINUTE)

    for place, at in enumerate((NOON, HALF_PAST, HALF_PAST + 10 * MINUTE)):
        use(house, first, f"e{place}", at=at, quantity=10**place)
    run_on(house)

    # Between the two nobody was linked; who is linked next covers it.
    assert billed(house, first, second) == [{"12": Decimal(1)}, {"12": Decimal(110)}]
    check_books(house)


def test_a_part_that_was_open_when_the_record_was_frozen_is_late_for_it(house: Meterhouse) -> None:
    buyer = house.buyer()
    Told(house, buyer)(starts_at=NOON - HOUR)
    link(house, buyer)
    house.tenants.unlink("acme", house.key(buyer).subscription, HALF_PAST)
    use(house, buyer, "known", at=NOON, quantity=7)
    use(house, buyer, "open", at=HALF_PAST + MINUTE, quantity=2)
    run_on(house, hours=2)
    assert house.billed(buyer) == {"12": Decimal(7)}

    link(house, buyer, linked_at=house.clock.now())
    run_on(house, hours=5)

    assert house.billed(buyer)["12"] == Decimal(7)
    assert sum(house.billed(buyer).values()) == Decimal(9)
    check_books(house)


def test_who_lost_the_lease_settles_nothing_and_carries_nothing(house: Meterhouse) -> None:
    class Losing(InMemoryLedger):
        is_losing = False

        def write_names(self, lease: Lease, spans: Sequence[NamedSpan]) -> bool:
            if self.is_losing:
                self.leases[lease.log] = "another's"
            return super().write_names(lease, spans)

    house.ledger = ledger = Losing()
    buyer = house.buyer()
    link(house, buyer)
    house.tenants.unlink("acme", house.key(buyer).subscription, HALF_PAST)
    use(house, buyer, "known", at=NOON, quantity=7)
    link(house, buyer, HALF_PAST + MINUTE)
    settled = [*ledger.stored_names.values()]

    ledger.is_losing = True
    use(house, buyer, "open", at=HALF_PAST + MINUTE, quantity=2)

    assert [*ledger.stored_names.values()] == settled
    assert ledger.stored_carries == {}, "whoever has the lease may settle it in another way"


@pytest.mark.parametrize("shards", [1, 8])
def test_tenants_of_one_license_share_a_log_whatever_the_number_of_shards(
    house: Meterhouse, shards: int
) -> None:
    house.policy = replace(house.policy, shards=shards)
    buyer = house.buyer()
    house.clock.move_to(HALF_PAST)
    for place in range(5):
        link(house, buyer, tenant=f"tenant-{place}")
        use(house, buyer, tenant=f"tenant-{place}", quantity=1)
    run_on(house)

    assert house.billed(buyer) == {"12": Decimal(5)}
