"""What is left of the units that a contract includes can be read at any time."""

from dataclasses import replace
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.allowances.rules import read_rules
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.use_cases.accounting.read_allowances import ReadAllowances
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.including import meterhouse

HELD = Entitlements(NOON, (Entitlement("api_calls", Decimal(50)),))


def read(
    house: Meterhouse, buyer: Agreement, held: Entitlements | None = None
) -> list[tuple[str, str, str | None, str]]:
    """Return period, dimension, what is granted and what is left of a buyer's allowances."""
    assert isinstance(house.ledger, InMemoryLedger)
    known = house.subscriptions.subscriptions[house.key(buyer).subscription]
    allowances = ReadAllowances(house.ledger, house.policy.included)
    return [
        (
            one.key.period,
            one.key.meter.dimension,
            None if one.granted is None else format_quantity(one.granted),
            format_quantity(one.left),
        )
        for one, *_ in allowances(replace(known, entitlements=held), house.clock.now())
    ]


def test_what_nobody_has_taken_from_is_left_whole() -> None:
    house = meterhouse("api_calls=100/month,gigabytes=7/agreement,other:gigabytes=8/month")
    buyer = house.buyer()

    assert read(house, buyer) == [
        ("2026-11", "api_calls", "100", "100"),
        ("agreement", "gigabytes", "7", "7"),
    ]


def test_what_was_taken_is_not_left_and_a_period_that_is_over_is_still_told() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=60))
    house.clock.move_to(NOON + 24 * 14 * HOUR)

    assert read(house, buyer) == [
        ("2026-11", "api_calls", "100", "40"),
        ("2026-12", "api_calls", "100", "100"),
    ]


def test_what_aws_says_now_is_granted_and_as_long_as_it_says_nothing_nobody_knows() -> None:
    house = meterhouse("api_calls=entitlement/agreement")
    buyer = house.buyer()

    assert read(house, buyer) == [("agreement", "api_calls", None, "0")]
    assert read(house, buyer, HELD) == [("agreement", "api_calls", "50", "50")]


def test_without_a_rule_what_was_taken_before_is_told_as_it_was() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=60))
    house.policy = replace(house.policy, included=read_rules(""))

    assert read(house, buyer) == [("2026-11", "api_calls", "100", "40")]


def test_who_has_ended_or_lies_ahead_has_none_of_the_present() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=60))
    key, now = house.key(buyer).subscription, house.clock.now()
    known = house.subscriptions.subscriptions[key]

    for gone in (replace(known, ended_at=NOON), replace(known, starts_at=now + HOUR)):
        assert isinstance(house.ledger, InMemoryLedger)
        [one] = ReadAllowances(house.ledger, house.policy.included)(gone, now)
        assert not one.is_current
        assert one.allowance.taken == 60
