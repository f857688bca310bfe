"""Producers: what sellers' products send, with everything that producers get wrong."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.simulation.model import Account, Model, Sending, Tags, Usage, deadline_of

Event = dict[str, Any]
# Minutes between usage and its report: within its hour, after its hour, and after its deadline.
_AGES = ((0, 1), (0, 1), (0, 20), (60, 80), (120, 300), (1_380, 1_500), (2_400, 2_401))
_AGE_WEIGHTS = (30, 20, 12, 10, 8, 6, 3)
_TAGS: tuple[Tags, ...] = ((), (), (("team", "search"),), (("team", "ads"), ("zone", "eu")))
_STRAGGLER_PROBABILITY = 0.15
# A segment takes 390,000 bytes, and an id at most 128 characters. Ids that cannot be compressed
# fill one although their message stays below SQS's megabyte.
_BULK_EVENTS = 1_700
_BULK_ID_LENGTH = 124
_BULK_LETTERS = range(0x4E00, 0x9FFF)
_PATIENCE = timedelta(hours=4)
_ROUND_SECONDS = 600
_HUGE = Decimal("9999999999.999999")
# None of these can ever become right.
_MALFORMED: tuple[Event, ...] = (
    {"quantity": -1},
    {"quantity": "1e3"},
    {"quantity": "0.0000001"},
    {"quantity": True},
    {"quantity": 10_000_000_000},
    {"time": "yesterday"},
    {"time": "2031-01-01T00:00:00Z"},
    {"subscription": "arn:aws:s3:::bucket"},
    {"dimension": ""},
    {"tags": {"team": 7}},
    {"flavour": "sour"},
)


@dataclass(frozen=True, slots=True)
class Source:
    """One buyer's dimension as a producer names it.

    Attributes:
        in_arrears: it has hourly totals only.
        since_at: when the buyer's agreement began, if that was within the history.
        is_former: the buyer has a newer license, which most usage names by now.

    """

    account: Account
    subscription: object
    in_arrears: bool = False
    since_at: datetime | None = None
    is_former: bool = False

    def has_arrears_of(self, hour_at: datetime) -> bool:
        """Tell whether an hour's total is to be reported, all of which is of this agreement."""
        is_of_hour = self.since_at is None or self.since_at <= hour_at
        return self.in_arrears and is_of_hour and not self.is_former


@dataclass(slots=True)
class Producer:
    """Builds messages; all that it sends stands in the model. Only what is named is sent again."""

    name: str
    random: Random
    model: Model
    send: Callable[[str], str]
    is_punctual: bool
    is_patient: bool
    is_naming_all: bool
    sources: list[Source]
    _count: int = 0
    _last: tuple[Source, datetime] | None = None
    _sent: list[tuple[Event, Usage]] = field(default_factory=list)

    def report(self, now: datetime) -> None:
        """Send one message with one or several events."""
        members = [self._draw_member(now) for _ in range(self.random.choice((1, 1, 2, 3, 6)))]
        self._send(members)
        if self.random.random() < 0.1:
            self._send(members)

    def burst(self, now: datetime) -> None:
        """Send few events of one old hour in many messages at once, the same event in several.

        So several drains write, seal or carry one record at the same time.
        """
        source, moment = self.random.choice(self.sources), self._draw_moment(now)
        if self.random.random() < 0.5:
            moment = now - timedelta(minutes=self.random.randint(75, 110))
        members = [self._new_event(source, moment) for _ in range(4)]
        for _ in range(8):
            self._send(self.random.sample(members, self.random.randint(1, 2)))

    def crowd(self, now: datetime, sleep: Callable[[int], None]) -> None:
        """Send usage of a few meters and of one hour for some seconds, maybe as the hour turns."""
        sources = self.random.sample(self.sources, min(2, len(self.sources)))
        moment = now - timedelta(hours=self.random.choice((0, 0, 1, 1, 2)))
        seconds_left = 3_600 - now.minute * 60 - now.second
        if seconds_left < 2 * _ROUND_SECONDS:
            sleep((seconds_left - self.random.randint(0, 10)) * 1_000)
        for _ in range(self.random.randint(3, 7)):
            member = self._new_event(self.random.choice(sources), moment)
            self._send([member] if self.random.random() < 0.8 else [member, *self._sent[-1:]])
            sleep(self.random.randint(0, 5_000))

    def meet_deadline(self, now: datetime, sleep: Callable[[int], None]) -> None:
        """Send few events in many messages while the last moment for their hour passes."""
        source = self.random.choice(self.sources)
        hour_at = now.replace(minute=0) - timedelta(hours=23)
        members = [self._new_event(source, hour_at) for _ in range(3)]
        for _ in range(10):
            self._send(self.random.sample(members, self.random.randint(1, 2)))
            sleep(self.random.randint(0, 30_000))

    def meet_next_hour(self, now: datetime, sleep: Callable[[int], None]) -> None:
        """Send late usage in many messages while the hour turns to which it will be carried."""
        source = self.random.choice(self.sources)
        moment = now - timedelta(hours=self.random.randint(3, 26))
        members = [self._new_event(source, moment) for _ in range(3)]
        for _ in range(8):
            self._send(self.random.sample(members, self.random.randint(1, 2)))
            sleep(self.random.randint(0, 5_000))

    def report_hour(self, source: Source, hour_at: datetime, pause: Callable[[int], None]) -> None:
        """Send an hour's totals in arrears, in several messages up to 100 seconds apart.

        A product that has stopped says nothing more, in the middle of a report neither.
        """
        moment = hour_at + timedelta(minutes=self.random.randint(0, 59))
        for _ in range(self.random.randint(1, 3)):
            if all(one.account != source.account for one in self.sources):
                return
            members = [self._new_event(source, moment) for _ in range(self.random.randint(1, 2))]
            self._send(members)
            pause(self.random.choice((0, self.random.randint(0, 100_000))))

    def take_leave(self, sources: Sequence[Source], now: datetime) -> None:
        """Report what was used last, each dimension in messages of its own."""
        for source in sources:
            for _ in range(self.random.randint(1, 8)):
                moment = now - timedelta(seconds=self.random.randint(1, 60))
                self._send([self._new_event(source, moment)])

    def straggle(self, hour_at: datetime) -> None:
        """Report one event of an hour that is long over."""
        self._send([self._new_event(self.random.choice(self.sources), hour_at)])

    def report_bulk(self, source: Source, moment: datetime) -> None:
        """Send so many events with such long ids in one message that a segment cannot hold them."""
        members = []
        for number in range(_BULK_EVENTS):
            letters = self.random.choices(_BULK_LETTERS, k=_BULK_ID_LENGTH)
            event_id = f"{number:04}{''.join(map(chr, letters))}"
            usage = Usage(source.account, hour_of(moment), event_id, Decimal(number))
            event = {
                "id": event_id,
                "subscription": source.subscription,
                "dimension": source.account[1],
                "quantity": number,
                "time": moment.isoformat(),
            }
            members.append((event, usage))
        self._send(members)

    def _draw_member(self, now: datetime) -> tuple[Event, Usage | None]:
        chance = self.random.random()
        if chance < 0.06:
            event, _ = self._new_event(self._draw_source(), now)
            return _spoil(event, self.random.choice(_MALFORMED)), None
        if chance < 0.2 and self._sent:
            return self.random.choice(self._sent)
        if chance < 0.23 and self._sent:
            event, usage = self.random.choice(self._sent[-3:])
            # In time, which of the two quantities counts is certain.
            is_in_time = usage.hour == hour_of(now)
            is_sold = any(one.account == usage.account for one in self.sources)
            if not self.is_punctual or (is_in_time and is_sold):
                return self._contradict(event, usage)
        if self._last is not None and not self.is_punctual and chance < 0.5:
            # More of the same hour: that is how several drains come to write one record.
            return self._new_event(*self._last)
        self._last = self._draw_source(), self._draw_moment(now)
        return self._new_event(*self._last)

    def _draw_moment(self, now: datetime) -> datetime:
        """Draw when usage was; a patient producer reports in time, or far too late."""
        while True:
            minutes = (0, 1) if self.is_punctual else self.random.choices(_AGES, _AGE_WEIGHTS)[0]
            age_seconds = self.random.randint(minutes[0] * 60, minutes[1] * 60)
            moment = now - timedelta(seconds=age_seconds)
            time_left = deadline_of(hour_of(moment)) - now
            if not self.is_patient or not timedelta(0) < time_left < _PATIENCE:
                return moment

    def _draw_source(self) -> Source:
        is_straggler = self.random.random() < _STRAGGLER_PROBABILITY
        usual = [one for one in self.sources if not one.in_arrears]
        drawn = [one for one in usual if one.is_former == is_straggler]
        return self.random.choice(drawn or usual)

    def _new_event(self, source: Source, moment: datetime) -> tuple[Event, Usage]:
        self._count += 1
        quantity, tags = self._draw_quantity(), self.random.choice(_TAGS)
        is_named = self.random.random() >= 0.05 or self.is_naming_all
        event_id = f"{self.name}-{self._count}" if is_named else None
        usage = Usage(source.account, hour_of(moment), event_id, quantity, tags)
        event: Event = {
            "subscription": source.subscription,
            "dimension": source.account[1],
            "quantity": self._write_quantity(quantity),
            "time": moment.isoformat(),
        }
        if tags:
            event["tags"] = dict(tags)
        if event_id is not None:
            event["id"] = event_id
        if event_id is not None and self.random.random() < 0.1:
            event, usage = _as_cloud_event(event, usage)
        return event, usage

    def _contradict(self, event: Event, usage: Usage) -> tuple[Event, Usage]:
        """Use an id for another quantity, which no producer should."""
        quantity = self._draw_quantity()
        other = Usage(usage.account, usage.hour, usage.event_id, quantity, usage.tags)
        if "data" in event:
            data = {**event["data"], "quantity": self._write_quantity(quantity)}
            return {**event, "data": data}, other
        return {**event, "quantity": self._write_quantity(quantity)}, other

    def _draw_quantity(self) -> Decimal:
        match self.random.randrange(20):
            case 0:
                return Decimal(0)
            case 1:
                return _HUGE if not self.is_punctual else Decimal(self.random.randint(1, 10**9))
            case 2 | 3 | 4 | 5 | 6:
                return Decimal(self.random.randint(1, 5_000_000_000)) / 1_000_000
            case 7 | 8 | 9:
                return Decimal(self.random.randint(1, 99_999)) / 100
            case _:
                return Decimal(self.random.randint(1, 3_000_000))

    def _write_quantity(self, quantity: Decimal) -> object:
        """Write a quantity as a text, or as a number of JSON."""
        if self.random.random() < 0.4:
            return f"{quantity:f}"
        whole = quantity == quantity.to_integral_value()
        return int(quantity) if whole else f"@{quantity:f}@"

    def _send(self, members: Sequence[tuple[Event, Usage | None]]) -> None:
        events = [event for event, _ in members]
        self._sent += [(event, one) for event, one in members if one and one.event_id]
        is_single = len(events) == 1 and self.random.random() < 0.5
        body = json.dumps(events[0] if is_single else {"events": events}, ensure_ascii=False)
        # A decimal number of JSON, which must not pass through a float on its way.
        body = body.replace('"@', "").replace('@"', "")
        self.model.note(
            self.send(body),
            Sending(
                tuple((place, one) for place, (_, one) in enumerate(members) if one is not None),
                tuple(place for place, (_, one) in enumerate(members) if one is None),
                is_single,
            ),
        )


def hour_of(moment: datetime) -> str:
    """Name an hour as the model does."""
    return f"{moment:%Y-%m-%dT%H}"


def _spoil(event: Event, flaw: Event) -> Event:
    """Return an event that can never become right."""
    if "data" in event and "time" not in flaw:
        return {**event, "data": {**event["data"], **flaw}}
    return {**event, **flaw}


def _as_cloud_event(event: Event, usage: Usage) -> tuple[Event, Usage]:
    data = {name: event[name] for name in ("dimension", "quantity", "subscription")}
    if "tags" in event:
        data["tags"] = event["tags"]
    cloud_event = {
        "specversion": "1.0",
        "id": event["id"],
        "source": "/meters/a",
        "type": "usage",
        "time": event["time"],
        "data": data,
    }
    named = Usage(usage.account, usage.hour, f"/meters/a {event['id']}", usage.quantity, usage.tags)
    return cloud_event, named
