"""Changes are announced in their order, and what the bus does not take comes again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from meterhouse.domain.subscriptions.announcing import Change
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.ports.announcements import CALL_ANNOUNCEMENTS_MAX, CALL_BYTES_MAX, Announcement
from meterhouse.use_cases.subscriptions.announce_changes import (
    CALL_SECONDS_MIN,
    TRIES_MAX,
    AnnounceChanges,
)
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.unit.domain.subscriptions.announced import ACTIVE, ENDED, ENDING, change
from tests.unit.domain.subscriptions.aws_tells import when


@dataclass
class Bus:
    """Takes announcements, but of some subscriptions only after so many refusals."""

    refusals: dict[str, int] = field(default_factory=dict)
    taken: list[Announcement] = field(default_factory=list)
    calls: list[Sequence[Announcement]] = field(default_factory=list)

    def put(self, announcements: Sequence[Announcement]) -> list[Announcement]:
        assert len(announcements) <= CALL_ANNOUNCEMENTS_MAX
        sizes = [len(json.dumps(one.detail)) for one in announcements]
        assert sum(sizes) <= CALL_BYTES_MAX or len(sizes) == 1
        self.calls.append(announcements)
        refused = []
        for one in announcements:
            if self.refusals.get(one.subscription, 0):
                self.refusals[one.subscription] -= 1
                refused.append(one)
            else:
                self.taken.append(one)
        return refused

    def told_of(self, key: str) -> list[str]:
        return [one.news for one in self.taken if one.subscription == key]


def life(key: str, first_record: int = 0) -> list[Change]:
    """Return the changes of a life: registered and active at once, ending, ended."""
    states = [replace(one, folder=FolderKey(key)) for one in (ACTIVE, ENDING, ENDED)]
    return [
        change(before, after, number, record_id=str(first_record + number))
        for number, (before, after) in enumerate(zip([None, *states], states, strict=False), 1)
    ]


WHOLE = ["registered", "activated", "ending", "ended"]


def announce(bus: Bus, changes: Sequence[Change], *, seconds_left: float = 60) -> list[str]:
    clock = VirtualClock(when(0), seconds_left=seconds_left)
    return AnnounceChanges(bus, clock, InMemoryReport())(changes)


def test_a_life_is_told_in_its_order_though_a_call_takes_its_entries_in_any() -> None:
    bus = Bus()

    assert announce(bus, life("license#l-1")) == []
    assert bus.told_of("license#l-1") == WHOLE
    assert all(len({one.subscription for one in call}) == len(call) for call in bus.calls)


def test_many_subscriptions_share_calls() -> None:
    bus = Bus()
    keys = [f"license#l-{number}" for number in range(25)]

    assert announce(bus, [one for key in keys for one in life(key)]) == []
    assert [bus.told_of(key) for key in keys] == [WHOLE] * len(keys)
    assert len(bus.calls) <= 2 * len(keys) * len(WHOLE) / CALL_ANNOUNCEMENTS_MAX


@pytest.mark.parametrize("dimensions", [200, 4_000], ids=["many", "more than a call takes"])
def test_contracts_of_many_dimensions_are_told_in_as_many_calls_as_they_need(
    dimensions: int,
) -> None:
    bus = Bus()
    held = tuple(Entitlement("d" * 100, f"{number:0100}") for number in range(dimensions))
    keys = [f"license#l-{number}" for number in range(CALL_ANNOUNCEMENTS_MAX)]
    changes = [
        change(
            replace(ACTIVE, folder=FolderKey(key)),
            replace(
                ACTIVE, folder=FolderKey(key), entitlements=Entitlements(ACTIVE.phase_at, held)
            ),
        )
        for key in keys
    ]

    assert announce(bus, changes) == []
    assert [bus.told_of(key) for key in keys] == [["entitlements_changed"]] * len(keys)


def test_what_is_refused_at_first_is_put_again_before_what_comes_after_it() -> None:
    bus = Bus({"license#l-1": TRIES_MAX - 1})

    assert announce(bus, [*life("license#l-1"), *life("license#l-2", 10)]) == []
    assert bus.told_of("license#l-1") == bus.told_of("license#l-2") == WHOLE


def test_what_stays_refused_holds_up_its_own_subscription_and_no_other() -> None:
    bus = Bus({"license#l-1": 1_000})

    left = announce(bus, [*life("license#l-1"), *life("license#l-2", 10)])

    assert left == ["1", "2", "3"]
    assert bus.told_of("license#l-1") == []
    assert bus.told_of("license#l-2") == WHOLE


def test_a_change_of_which_a_part_was_told_comes_again_whole() -> None:
    bus = Bus()
    first, *others = life("license#l-1")
    announce(bus, [first])
    bus.refusals["license#l-1"] = 1_000
    assert announce(bus, others) == ["2", "3"]

    bus.refusals.clear()
    assert announce(bus, [first, *others]) == []
    assert bus.told_of("license#l-1") == ["registered", "activated", *WHOLE]
    assert len({one.id for one in bus.taken}) == len(WHOLE)


def test_without_time_nothing_is_begun_and_everything_comes_again() -> None:
    bus = Bus()

    assert announce(bus, life("license#l-1"), seconds_left=CALL_SECONDS_MIN - 1) == ["1", "2", "3"]
    assert bus.calls == []


def test_a_call_is_never_begun_that_may_outlast_the_run() -> None:
    class SlowBus(Bus):
        def put(self, announcements: Sequence[Announcement]) -> list[Announcement]:
            assert clock.seconds_left() >= CALL_SECONDS_MIN
            clock.pause(CALL_SECONDS_MIN)
            return super().put(announcements)

    bus, clock = SlowBus({"license#l-1": 1_000}), VirtualClock(when(0), seconds_left=40)

    left = AnnounceChanges(bus, clock, InMemoryReport())(life("license#l-1"))

    assert left == ["1", "2", "3"]
    assert clock.seconds_left() >= 0


@pytest.mark.parametrize("refusals", [0, 1_000], ids=["taken", "refused"])
def test_each_event_is_counted_and_logged_once_it_is_told(refusals: int) -> None:
    report = InMemoryReport()
    bus = Bus({"license#l-1": refusals})

    AnnounceChanges(bus, VirtualClock(when(0)), report)(life("license#l-1"))

    told = len(WHOLE) if not refusals else 0
    assert report.metrics["EventsAnnounced"] == told
    assert [fields["news"] for name, fields in report.events if name == "change_announced"] == [
        one.news for one in bus.taken
    ]
    assert ("announcements_put_off" in report.failures) is bool(refusals)
