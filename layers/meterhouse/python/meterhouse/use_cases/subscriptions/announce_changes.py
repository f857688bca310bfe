"""Announce changes: what is new goes to the bus of the seller's systems."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from meterhouse.ports.announcements import (
    CALL_ANNOUNCEMENTS_MAX,
    CALL_BYTES_MAX,
    Announcement,
    AnnouncementBus,
    Change,
)
from meterhouse.ports.process import Clock, Report

# How long a call may take with all its tries; a test adds it up.
CALL_SECONDS_MIN = 16
TRIES_MAX = 3
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class AnnounceChanges:
    """The use case; see `__call__`."""

    bus: AnnouncementBus
    clock: Clock
    report: Report

    def __call__(self, changes: Iterable[Change]) -> list[str]:
        """Announce changes in their order; return the records of those that are not all told.

        Of a subscription nothing is told before the bus took what came earlier. Lambda delivers
        again from the first record that is returned, so what is told may be told again.
        """
        waiting = [one for change in changes for one in change.announcements]
        stuck = set[str]()
        while wave := _first_of_each(waiting, stuck):
            refused = self._put(wave)
            stuck |= {one.subscription for one in refused}
            told = [one for one in wave if one not in refused]
            waiting = [one for one in waiting if one not in told]
            for one in told:
                self.report.count("EventsAnnounced")
                self.report.event(
                    "change_announced",
                    subscription=one.subscription,
                    news=one.news,
                    sequence=one.change.sequence,
                    event=one.id,
                )
        if waiting:
            self.report.failure("announcements_put_off", left=len(waiting), stuck=sorted(stuck))
        return list(dict.fromkeys(one.change.record_id for one in waiting))

    def _put(self, wave: Sequence[Announcement]) -> Sequence[Announcement]:
        """Put a few on the bus, and again what it refuses; return what it never took."""
        for tries in range(TRIES_MAX):
            pause = _PAUSE_SECONDS * tries * (1 + self.clock.jitter())
            if self.clock.seconds_left() < CALL_SECONDS_MIN + pause:
                break
            self.clock.pause(pause)
            wave = self.bus.put(wave)
            if not wave:
                break
        return wave


def _first_of_each(waiting: Sequence[Announcement], stuck: set[str]) -> list[Announcement]:
    """Return what can go into one call, whose entries fail apart: the next of each subscription."""
    first: dict[str, Announcement] = {}
    for one in waiting:
        if one.subscription not in stuck:
            first.setdefault(one.subscription, one)
    some = list(first.values())[:CALL_ANNOUNCEMENTS_MAX]
    # What a contract holds may be long.
    sizes = accumulate(len(json.dumps(one.detail)) for one in some)
    fitting = [one for one, size in zip(some, sizes, strict=True) if size <= CALL_BYTES_MAX]
    return fitting or some[:1]
