"""AWS refuses the records of a subscription that runs: its buyer's account may be suspended."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.operator_commands import NO_COMMANDS
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.facts import FolderKey, Kind
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Flag, Phase, State
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.errors import StorageUnavailableError
from meterhouse.use_cases import reconcile_assembly
from meterhouse.use_cases.subscriptions import note_suspicions
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.use_cases.billing.leaving import say_ended

SUSPECTED = (Flag.SUSPENSION_SUSPECTED,)
REFUSED, ACCEPTED = Kind.METERING_REFUSED, Kind.METERING_ACCEPTED


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def run(house: Meterhouse) -> None:
    """Do a scheduled run an hour later, keeping subscriptions as in AWS."""
    house.clock.move_to(house.clock.now() + HOUR)
    reconcile_assembly.reconcile_usage(house.ports(), house.keeper())(NO_COMMANDS)


def use(house: Meterhouse, *buyers: Agreement) -> None:
    """Let buyers use something in this hour."""
    house.hour_at = house.clock.now().replace(minute=0)
    house.drain(*(house.event(one, f"{house.hour_at}") for one in buyers))


def suspend(house: Meterhouse, *buyers: Agreement) -> None:
    for buyer in buyers:
        house.marketplace.desks.agreements.suspend(buyer.customer_aws_account_id)


def reinstate(house: Meterhouse, buyer: Agreement) -> None:
    house.marketplace.desks.agreements.reinstate(buyer.customer_aws_account_id)


def state(house: Meterhouse, buyer: Agreement) -> State:
    return house.subscriptions.states[FolderKey(house.key(buyer).subscription)][1]


def heard(house: Meterhouse) -> list[Kind]:
    """Return what was learned from answers to metering, in the order of time."""
    facts = [fact for folder in house.subscriptions.facts.values() for fact in folder.values()]
    answers = [fact for fact in facts if fact.kind in (REFUSED, ACCEPTED)]
    return [fact.kind for fact in sorted(answers, key=lambda fact: fact.at)]


def test_a_refusal_makes_a_suspension_suspected_and_takes_no_access(house: Meterhouse) -> None:
    buyer, other = house.buyer(), house.buyer()
    suspend(house, buyer)
    use(house, buyer, other)

    run(house)

    found = state(house, buyer)
    assert (found.flags, found.phase, found.has_access) == (SUSPECTED, Phase.ACTIVE, True)
    assert state(house, other).flags == ()
    assert heard(house) == [REFUSED]
    assert house.report.metrics["SuspensionsSuspected"] == 1
    assert ("suspension_suspected", {"subscription": house.key(buyer).subscription}) in (
        house.report.events
    )


def test_a_record_that_aws_takes_again_clears_it(house: Meterhouse) -> None:
    buyer = house.buyer()
    suspend(house, buyer)
    use(house, buyer)
    run(house)
    reinstate(house, buyer)

    run(house)

    assert house.state(buyer) is RecordState.METERED
    assert state(house, buyer).flags == ()
    assert heard(house) == [REFUSED, ACCEPTED]


def test_only_what_changes_is_written(house: Meterhouse) -> None:
    dimensions = tuple(f"d{number}" for number in range(100))
    product = house.marketplace.create_product(title="Borea", dimensions=dimensions)
    buyer = house.buyer(product.product_code)
    suspend(house, buyer)
    house.drain(*(house.event(buyer, one, dimension=one) for one in dimensions))

    for _ in range(3):
        run(house)
    assert heard(house) == [REFUSED]

    reinstate(house, buyer)
    for _ in range(3):
        run(house)
    assert house.state(buyer, "d99") is RecordState.METERED
    assert heard(house) == [REFUSED, ACCEPTED]


def test_the_last_word_of_a_run_counts(house: Meterhouse, monkeypatch: pytest.MonkeyPatch) -> None:
    dimensions = tuple(f"d{number}" for number in range(30))
    product = house.marketplace.create_product(title="Borea", dimensions=dimensions)
    buyer = house.buyer(product.product_code)
    suspend(house, buyer)
    house.drain(*(house.event(buyer, one, dimension=one) for one in dimensions))
    answer = house.metering.batch_meter_usage

    def then_reinstate(*asked: Any) -> CallAnswer:
        answered = answer(*asked)
        if house.marketplace.desks.agreements.suspended_accounts():
            reinstate(house, buyer)
        return answered

    monkeypatch.setattr(house.metering, "batch_meter_usage", then_reinstate)
    run(house)

    states = [house.state(buyer, one) for one in dimensions]
    assert {*states} == {RecordState.SEALED, RecordState.METERED}
    assert heard(house) == []


@dataclass
class Watched:
    """A keeper and a book that say what they were asked, and may be out of reach."""

    house: Meterhouse
    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    def note_suspicion(self, heard: Suspicion) -> None:
        self.asked.append("note_suspicion")
        if self.is_down:
            raise StorageUnavailableError("simulated")
        self.house.keeper().note_suspicion(heard)

    def note_stopped(self, key: SubscriptionKey, stopped_at: datetime) -> Subscription | None:
        raise AssertionError(key, stopped_at)

    def refresh(self, now: datetime) -> None:
        self.asked.append("refresh")
        self.house.keeper().refresh(now)

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        self.asked.append("find")
        return self.house.subscriptions.find(keys)

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        self.asked.append("ending")
        return self.house.subscriptions.ending(now)

    def run(self) -> list[str]:
        """Do a run; return what was asked in it."""
        self.asked = []
        house = self.house
        house.clock.move_to(house.clock.now() + HOUR)
        ports = replace(house.ports(), subscriptions=self)
        reconcile_assembly.reconcile_usage(ports, self)(NO_COMMANDS)
        return self.asked


def test_a_run_asks_nothing_more_unless_something_changed(house: Meterhouse) -> None:
    watched, buyer = Watched(house), house.buyer()
    use(house, buyer)
    quiet = ["refresh", "ending", "find"]
    assert watched.run() == quiet
    assert house.state(buyer) is RecordState.METERED

    suspend(house, buyer)
    use(house, buyer)
    assert watched.run() == [*quiet, "note_suspicion"]
    assert watched.run() == quiet
    reinstate(house, buyer)
    assert watched.run() == [*quiet, "note_suspicion"]
    assert house.state(buyer) is RecordState.METERED
    use(house, buyer)
    assert watched.run() == quiet


def test_what_cannot_be_stored_harms_no_record_and_is_heard_again(house: Meterhouse) -> None:
    watched, buyers = Watched(house, is_down=True), [house.buyer() for _ in range(3)]
    suspend(house, *buyers)
    use(house, *buyers)

    assert watched.run().count("note_suspicion") == 1, "a table that is away is asked once"

    assert {house.state(one) for one in buyers} == {RecordState.SEALED}
    assert {house.record(one).status.reason for one in buyers} == {"CustomerNotSubscribed"}
    assert ("suspicions_left", {"left": 3, "error": "simulated"}) in house.report.events
    watched.is_down = False
    watched.run()
    assert [state(house, one).flags for one in buyers] == [SUSPECTED] * 3


def test_a_run_says_so_of_some_if_aws_refuses_everybody(
    house: Meterhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(note_suspicions, "NOTED_MAX", 2)
    buyers = [house.buyer() for _ in range(5)]
    suspend(house, *buyers)
    use(house, *buyers)

    told = []
    for _ in range(4):
        run(house)
        told.append(len(heard(house)))

    assert told == [2, 4, 5, 5]
    assert house.report.failures.count("suspicions_left") == 2


def test_a_run_that_has_no_time_left_puts_it_off(
    house: Meterhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = house.buyer()
    suspend(house, buyer)
    use(house, buyer)

    answer = house.metering.batch_meter_usage

    def take_long(*asked: Any) -> CallAnswer:
        house.clock.pause(house.clock.seconds_left() - 19)
        return answer(*asked)

    monkeypatch.setattr(house.metering, "batch_meter_usage", take_long)
    run(house)

    assert heard(house) == []
    assert ("suspicions_left", {"left": 1, "error": None}) in house.report.events
    assert house.record(buyer).status.reason == "CustomerNotSubscribed"


def test_who_has_ended_is_refused_for_that_reason(house: Meterhouse) -> None:
    buyer = house.buyer()
    use(house, buyer)
    suspend(house, buyer)
    say_ended(house, buyer, closes_after=3 * HOUR)

    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()

    assert house.record(buyer).status.reason == "CustomerNotSubscribed"
    assert heard(house) == []


def test_what_a_drain_was_refused_is_heard_when_it_is_sent_again(house: Meterhouse) -> None:
    buyer = house.buyer()
    suspend(house, buyer)
    house.drain(house.event(buyer))
    assert house.record(buyer).status.reason == "CustomerNotSubscribed"
    assert heard(house) == []

    run(house)

    assert heard(house) == [REFUSED]


def test_the_fake_keeps_an_answer_as_the_use_case_does(house: Meterhouse) -> None:
    for keeper in (house.keeper(), house.subscriptions):
        key = house.key(house.buyer()).subscription
        for is_raised in (True, False):
            known = house.subscriptions.find([key])[key]
            keeper.note_suspicion(Suspicion(known, house.clock.now(), is_raised=is_raised))
            house.clock.pause(1)
            kept = replace(known, is_suspected=is_raised)
            assert house.subscriptions.find([key])[key] == kept
    assert heard(house) == [REFUSED, ACCEPTED] * 2
