"""Whatever people settle, reopen and redrive, in any order: nothing is billed twice or lost."""

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import integers, sampled_from

from meterhouse.domain.records.lifecycle import NOT_BILLED
from meterhouse.domain.records.settlement import SettledAs, Settlement
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.test_late_usage_of_strangers import late_stranger, redrive
from tests.unit.use_cases.billing.test_settling import (
    ANN,
    ledger_of,
    reopen,
    settle,
    trail,
    who_needs_a_person,
)

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.subscription import Subscription


class Settling(RuleBasedStateMachine):
    """One buyer whose usage of one hour is refused, comes late, and is settled or redriven."""

    def __init__(self) -> None:
        super().__init__()
        self.house = Meterhouse()
        self.buyer = late_stranger(self.house, first=3, late=0)
        self.key = self.house.key(self.buyer)
        self.used = Decimal(3)
        self.events = 0
        self.known: Subscription | None = None

    @rule(quantity=integers(1, 5))
    def report_late(self, quantity: int) -> None:
        self.events += 1
        self.used += quantity
        self.house.drain(self.house.event(self.buyer, f"late {self.events}", quantity=quantity))

    @rule()
    def know_or_forget(self) -> None:
        """Let the buyer register, or his subscription be lost and be found again."""
        book = self.house.subscriptions.subscriptions
        if self.key.subscription in book:
            self.known = book.pop(self.key.subscription)
        elif self.known:
            book[self.key.subscription] = self.known
        else:
            self.house.register(self.buyer)

    @rule(settled_as=sampled_from(SettledAs))
    def settle(self, settled_as: SettledAs) -> None:
        reference = "INV-7" if settled_as is SettledAs.BILLED_ELSEWHERE else None
        word = Settlement(settled_as, "a reason", reference, ANN, self.house.clock.now())
        entries = len(trail(self.house))
        answer = settle(self.house, self.key, word)
        assert (len(trail(self.house)) > entries) <= (answer == "settled")

    @rule()
    def reopen(self) -> None:
        is_settled = self.settled_units() > 0
        assert (reopen(self.house, self.key) == "reopened") == is_settled
        assert self.settled_units() == 0

    @rule()
    def redrive(self) -> None:
        settled = self.settled_units()
        redrive(self.house, self.buyer)
        assert self.settled_units() == settled

    @rule(hours=integers(1, 3))
    def wait(self, hours: int) -> None:
        for _ in range(hours * 2):
            self.house.clock.move_to(self.house.clock.now() + HOUR / 2)
            self.house.reconcile()

    def settled_units(self) -> Decimal:
        """Return the units of which a person said what became of them."""
        [record] = self.house.records(NOON)
        units = record.units if record.status.settlement else Decimal(0)
        assert not record.status.settlement or record.state in NOT_BILLED
        carries = ledger_of(self.house).stored_carries.values()
        settled = [
            part.quantity
            for carry in carries
            for part, _ in carry.kept
            if carry.settlement_of(part.meter)
        ]
        return units + sum(settled, Decimal(0))

    @invariant()
    def nobody_pays_twice(self) -> None:
        billed = sum(self.house.billed(self.buyer).values(), Decimal(0))
        assert billed + self.settled_units() <= self.used

    @invariant()
    def every_unit_has_its_place(self) -> None:
        check_books(self.house)

    @invariant()
    def who_needs_a_person_is_told_of_what_is_left(self) -> None:
        [record] = self.house.records(NOON)
        carries = ledger_of(self.house).stored_carries
        is_late_left = any(one.needs_person for one in carries.values())
        assert bool(who_needs_a_person(self.house)) == (record.needs_person or is_late_left)

    def teardown(self) -> None:
        """In the end all that was used is billed, settled, or needs somebody."""
        for _ in range(60):
            self.house.clock.move_to(self.house.clock.now() + HOUR)
            self.house.reconcile()
        self.nobody_pays_twice()
        billed = sum(self.house.billed(self.buyer).values(), Decimal(0))
        if not who_needs_a_person(self.house):
            assert billed + self.settled_units() == self.used


TestSettling = Settling.TestCase
TestSettling.settings = settings(stateful_step_count=12, deadline=None)
