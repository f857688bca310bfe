"""Final flush: it bills one subscription early, and forgets nobody else."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.operator_commands import Flush
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse

QUIET = timedelta(minutes=2)


def test_a_flush_forgets_no_late_usage_of_another_subscription() -> None:
    """A flush must not take an hour for dealt with that it closed for one subscription only.

    The hour had been billed. Usage of a meter that had none in it came late and was waiting for
    more of the same report when somebody else was flushed: it was closed, not frozen, and never
    looked at again, and the accounting called the hour balanced.
    """
    # Given an hour that is billed, and usage in it of somebody who had none
    house = Meterhouse()
    house.policy = replace(house.policy, quiet=QUIET)
    leaving, late = house.buyer(), house.buyer()
    house.drain(house.event(leaving, quantity=1))
    house.clock.move_to(house.clock.now() + timedelta(minutes=30))
    house.reconcile()
    assert house.billed(leaving) == {"12": Decimal(1)}
    house.drain(house.event(late, quantity=5))
    # When another subscription is flushed before the hour is quiet again
    house.reconcile(flushes=[Flush(house.key(leaving).subscription, house.clock.now())])
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()
    # Then the late usage is billed in its hour
    assert house.billed(late) == {"12": Decimal(5)}
    assert house.billed(leaving) == {"12": Decimal(1)}
    check_books(house)
