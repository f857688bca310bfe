"""What one subscription used can be read without reading everybody's hours."""

from datetime import timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import day_of
from meterhouse.domain.journal.head import Head
from meterhouse.use_cases.accounting.read_usage import ReadUsage, SubscriptionUsage
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

DAY = day_of(NOON)
AFTER_FILING = DAY + timedelta(days=2, hours=2)


def read(house: Meterhouse, agreement: Agreement) -> SubscriptionUsage:
    return ReadUsage(house.ledger, house.policy.shards)(house.key(agreement).subscription, DAY, DAY)


def units(usage: SubscriptionUsage) -> dict[tuple[str, str], Decimal]:
    return {(line.hour_at.strftime("%H"), line.standing.value): line.units for line in usage.lines}


def run_on(house: Meterhouse, *, hours: int) -> None:
    for _ in range(hours):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()


def _stored(house: Meterhouse) -> InMemoryLedger:
    assert isinstance(house.ledger, InMemoryLedger)
    return house.ledger


def test_a_day_is_filed_once_aws_takes_nothing_more_for_it() -> None:
    house = Meterhouse()
    first, second = house.buyer(), house.buyer()
    house.drain(house.event(first, quantity="2.5"), house.event(second, quantity=3))
    run_on(house, hours=24)
    assert _stored(house).stored_sheets == {}

    house.clock.move_to(AFTER_FILING)
    house.reconcile()

    assert units(read(house, first)) == {("12", "metered"): Decimal("2.5")}
    assert units(read(house, second)) == {("12", "metered"): Decimal(3)}
    assert house.ledger.due(now=None, count_max=10) == [], "nothing remains to be done"


def test_before_a_day_is_filed_its_hours_are_read_from_the_batches() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity="2.5"))

    assert units(read(house, buyer)) == {("12", "metered"): Decimal("2.5")}


def test_an_hour_that_is_still_open_is_named() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer, time=(NOON + HOUR).isoformat()))

    assert read(house, buyer) == SubscriptionUsage((), (NOON + HOUR,))


def test_late_usage_stands_as_carried_in_its_own_hour_and_as_metered_in_another() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", quantity=2))
    house.drain(house.event(buyer, "e2", quantity=5))
    run_on(house, hours=3)

    expected = {
        ("12", "metered"): Decimal(2),
        ("12", "carried"): Decimal(5),
        ("13", "metered"): Decimal(5),
    }
    assert units(read(house, buyer)) == expected

    house.clock.move_to(AFTER_FILING)
    house.reconcile()
    assert units(read(house, buyer)) == expected


def test_usage_that_comes_after_its_day_was_filed_is_filed_again() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", quantity=2))
    run_on(house, hours=2)
    house.clock.move_to(AFTER_FILING)
    house.reconcile()

    house.drain(house.event(buyer, "e2", quantity=5))
    house.reconcile()
    assert units(read(house, buyer))["12", "carried"] == Decimal(5)
    run_on(house, hours=2)

    [sheet] = house.ledger.sheets(house.key(buyer).subscription, DAY, DAY)
    assert {(line.standing, line.units) for line in sheet.lines} == {
        (Standing.METERED, Decimal(2)),
        (Standing.CARRIED, Decimal(5)),
    }


def test_a_day_with_an_hour_that_does_not_balance_is_not_filed() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer))
    run_on(house, hours=2)
    stored = _stored(house)
    stored.stored_manifests = dict.fromkeys(stored.stored_manifests, frozenset())
    log = next(iter(stored.stored_heads))
    stored.stored_heads[log] = Head(log, open=1, done=1, is_settled=True, due_at=house.clock.now())

    house.clock.move_to(AFTER_FILING)
    house.reconcile()

    assert stored.stored_sheets == {}
    assert house.report.metrics["AccountingDifferences"] >= 1
