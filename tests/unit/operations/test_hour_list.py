"""Which hour logs an audit looks at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, shard_of
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import StoredSegment
from operations.careful_ledger import Noted, Part
from operations.findings import EVERYTHING, PROBED_DAYS, Fault, FaultKind, Scope
from operations.hour_list import HourList
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.operations.builders import NOON_AT, audited

NOW = NOON_AT + timedelta(hours=3, minutes=20)
SEGMENT = StoredSegment(0, "0" * 32, b"whatever")


def log(hours: int, shard: int = 0) -> LogKey:
    """Return a log of so many hours after noon."""
    return LogKey(NOON_AT + hours * HOUR, shard)


def ledger_with(*logs: LogKey, usage: tuple[LogKey, ...] = ()) -> InMemoryLedger:
    """Return a ledger with heads, and with usage in hours that may have none."""
    ledger = InMemoryLedger()
    for one in logs:
        ledger.stored_heads[one] = Head(one)
    for one in usage:
        ledger.append(one, SEGMENT)
    return ledger


def listed(
    ledger: InMemoryLedger,
    scope: Scope = EVERYTHING,
    shards: int | None = None,
    noted: tuple[Noted, ...] = (),
) -> tuple[list[LogKey], list[Fault]]:
    hours = HourList(ledger, scope, noted, shards)
    return [head.log for head in hours.read(NOW)], list(hours.faults())


def test_hours_come_in_order_whatever_their_shard() -> None:
    ledger = ledger_with(log(1, 1), log(0, 1), log(1))

    assert listed(ledger) == ([log(0, 1), log(1), log(1, 1)], [])


def test_hours_before_the_period_are_left_out() -> None:
    ledger = ledger_with(log(0), log(1), log(2), usage=(log(-1),))

    assert listed(ledger, Scope(since_at=NOON_AT + HOUR)) == ([log(1), log(2)], [])


@pytest.mark.parametrize("hours", [-24, 1, 26], ids=["before", "between", "after"])
def test_usage_without_a_head_is_found(hours: int) -> None:
    ledger = ledger_with(log(0), log(2), usage=(log(hours),))

    logs, faults = listed(ledger)

    assert logs == sorted([log(0), log(2), log(hours)])
    assert [(one.subject, one.kind) for one in faults] == [
        (str(log(hours)), FaultKind.HEAD_MISSING)
    ]


def test_usage_without_a_head_is_found_where_there_is_nothing_else() -> None:
    logs, faults = listed(ledger_with(usage=(log(-10),)))

    assert logs == [log(-10)]
    assert len(faults) == 1


def test_usage_without_a_head_is_found_in_every_shard_of_the_table() -> None:
    ledger = ledger_with(log(0), usage=(log(0, 3),))

    assert listed(ledger, shards=4)[0] == [log(0), log(0, 3)]


def test_usage_without_a_head_is_not_looked_for_in_the_distant_past() -> None:
    far = -24 * (PROBED_DAYS + 1)
    ledger = ledger_with(log(far - 1), log(0), usage=(log(far),))

    assert listed(ledger) == ([log(far - 1), log(0)], [])


def test_a_head_that_came_meanwhile_is_no_fault() -> None:
    ledger = ledger_with(log(0), usage=(log(1),))
    hours = HourList(ledger, Scope(), (), None)
    hours.read(NOW)

    ledger.stored_heads[log(1)] = Head(log(1))

    assert list(hours.faults()) == []


def test_an_hour_whose_head_cannot_be_read_is_read_all_the_same() -> None:
    unreadable = Fault("LOGS/2026-11-18T13#00", FaultKind.UNREADABLE, "broken")
    ledger = ledger_with(log(0), usage=(log(1),))

    logs, faults = listed(ledger, noted=(Noted(log(1), Part.HEAD, unreadable),))

    assert (logs, faults) == ([log(0), log(1)], []), "that it cannot be read is told elsewhere"


def test_an_hour_that_came_into_being_meanwhile_has_its_own_head() -> None:
    ledger = ledger_with(log(0))
    hours = HourList(ledger, Scope(), (), None)
    hours.read(NOW)

    ledger.append(log(1), SEGMENT)
    ledger.stored_heads[log(1)] = Head(log(1), open=3)

    assert hours.find(log(1)) == Head(log(1), open=3)
    assert list(hours.faults()) == []


def test_an_hour_without_usage_needs_no_head() -> None:
    assert HourList(ledger_with(log(0)), Scope(), (), None).find(log(1)) is None


def test_an_unreadable_head_of_another_shard_is_not_looked_behind() -> None:
    subscription = SubscriptionKey("license#l-1")
    other = (shard_of(subscription, 8) + 1) % 8
    unreadable = Fault("LOGS/…", FaultKind.UNREADABLE, "broken")
    ledger = ledger_with(usage=(log(0, other),))

    logs, _ = listed(
        ledger,
        Scope(subscription=subscription),
        shards=8,
        noted=(Noted(log(0, other), Part.HEAD, unreadable),),
    )

    assert logs == []


def test_a_stand_in_knows_what_is_closed() -> None:
    ledger = ledger_with(usage=(log(0),))
    ledger.write_manifest(log(0), 0, {SEGMENT.name})
    ledger.write_manifest(log(0), 1, set())

    (head,) = HourList(ledger, Scope(), (), None).read(NOW)

    assert (head.open, head.done) == (2, 0)


class NotingLedger(InMemoryLedger):
    """Remembers whose segments were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[LogKey] = []

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        self.read.append(log)
        return super().manifests(log)


@pytest.mark.parametrize("is_known", [True, False])
def test_one_subscription_is_read_in_its_shard_alone(*, is_known: bool) -> None:
    ledger = NotingLedger()
    house = Meterhouse(ledger)
    house.policy = replace(house.policy, shards=8)
    buyers = [house.buyer() for _ in range(6)]
    house.drain(*(house.event(buyer, quantity=n) for n, buyer in enumerate(buyers, 1)))
    ledger.read.clear()
    key = house.key(buyers[3])
    shards = 8 if is_known else None

    found = audited(ledger, house.clock.now(), Scope(subscription=key.subscription), shards=shards)

    assert found.is_right
    assert [line.meter for line in found.statements] == [key.meter]
    assert found.statements[0].balance.journalled == 4
    of_subscription = shard_of(key.subscription, 8)
    if is_known:
        assert {log.shard for log in ledger.read} == {of_subscription}
    else:
        assert of_subscription in {log.shard for log in ledger.read}


def test_a_subscription_without_usage_has_nothing_to_show() -> None:
    house = Meterhouse()
    house.drain(house.event(house.buyer()))

    found = audited(
        house.ledger, house.clock.now(), Scope(subscription=SubscriptionKey("license#l-0"))
    )

    assert (found.is_right, found.statements) == (True, ())
