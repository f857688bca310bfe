"""Balances of several hours, added up."""

from decimal import Decimal

from meterhouse.domain.accounting.balances import Balance, Standing
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey

METER = MeterKey(SubscriptionKey("license#l-1"), "api_calls")
FIVE = Decimal(5)


def test_usage_that_arrived_in_two_hours_arrived_twice() -> None:
    origin = "2026-11-18T12#00/late#000001#000"
    balance = Balance(METER, FIVE, arrived={origin: FIVE})

    balance.add(Balance(METER, FIVE, arrived={origin: FIVE}))

    assert balance.arrived == {origin: 10}


def test_everything_else_is_added_up_too() -> None:
    one, other = Balance(METER, FIVE, records=1, entries=2), Balance(METER, FIVE, records=1)
    one.place(Standing.METERED, FIVE)
    other.left = {"a": FIVE}

    one.add(other)
    one.add(other)

    assert one.journalled == 15
    assert one.standings[Standing.METERED] == 5
    assert one.left == {"a": 10}
    assert (one.records, one.entries) == (3, 2)
    assert one.difference == 10
