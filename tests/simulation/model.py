"""What should come of a history: an independent account of what producers sent.

It knows no rule of folding, sealing or carrying. It knows that the same event counts once, and,
where one id was sent with several quantities, that exactly one of them counts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

Account = tuple[str, str]
"""A buyer's name and a dimension."""
Tags = tuple[tuple[str, str], ...]
Identity = tuple[Account, str, str]
"""An account, an hour, and an event's id."""
# More open choices than this are held to their bounds, not to one of their sums.
_CHOICES_MAX = 12


@dataclass(frozen=True, slots=True)
class Usage:
    """One valid event as a producer meant it; without an id it is known by its place."""

    account: Account
    hour: str
    event_id: str | None
    quantity: Decimal
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class Sending:
    """One message: its valid events by their places, and the places of those that are not."""

    usages: tuple[tuple[int, Usage], ...]
    invalid: tuple[int, ...]
    is_single: bool


@dataclass(slots=True)
class Expected:
    """What may have come of one account: a sum, and choices that were left open."""

    units: Decimal = Decimal(0)
    by_tags: dict[Tags, Decimal] = field(default_factory=dict)
    choices: list[frozenset[Decimal]] = field(default_factory=list)

    @property
    def bounds(self) -> tuple[Decimal, Decimal]:
        """The smallest and the greatest sum that may come of it."""
        lowest, highest = total(map(min, self.choices)), total(map(max, self.choices))
        return self.units + lowest, self.units + highest

    def allows(self, units: Decimal) -> bool:
        """Tell whether the account's units may come to this sum."""
        if len(self.choices) > _CHOICES_MAX:
            lowest, highest = self.bounds
            return lowest <= units <= highest
        rests = {units - self.units}
        for choice in self.choices:
            rests = {rest - one for rest in rests for one in choice}
        return Decimal(0) in rests


@dataclass(slots=True)
class Model:
    """Everything that producers sent, by message."""

    sendings: dict[str, Sending] = field(default_factory=dict)
    redriven: dict[str, str] = field(default_factory=dict)
    """Dead letters that came back, by their new names."""

    def note(self, message_id: str, sending: Sending) -> None:
        """Remember a message."""
        self.sendings[message_id] = sending

    def note_redriven(self, old_id: str, new_id: str) -> None:
        """Remember that a dead letter came back under another name."""
        self.sendings[new_id] = self.sendings[old_id]
        self.redriven[new_id] = old_id

    def expected(self) -> dict[Account, Expected]:
        """Return what may have come of every account."""
        accounts: dict[Account, Expected] = {}
        for (account, _, _), variants in self._variants().items():
            expected = accounts.setdefault(account, Expected())
            quantities = frozenset(quantity for quantity, _ in variants)
            if len(quantities) > 1:
                expected.choices.append(quantities)
                continue
            quantity, tags = min(variants)
            expected.units += quantity
            expected.by_tags[tags] = expected.by_tags.get(tags, Decimal(0)) + quantity
        return accounts

    def by_hour(self) -> dict[tuple[Account, str], Decimal]:
        """Return each hour's units, the smaller quantity counting where an id came with two."""
        hours: dict[tuple[Account, str], Decimal] = {}
        for (account, hour, _), variants in self._variants().items():
            place = account, hour
            hours[place] = hours.get(place, Decimal(0)) + min(variants)[0]
        return hours

    def first_sendings(
        self, choose: Callable[[Iterable[Decimal]], Decimal]
    ) -> Iterator[tuple[Identity, str, Decimal]]:
        """Yield each event with the message that first brought it, and one of its quantities."""
        first: dict[Identity, str] = {}
        for message_id in self.sendings:
            for identity in self.identities(message_id):
                first.setdefault(identity, message_id)
        for identity, variants in self._variants().items():
            yield identity, first[identity], choose(quantity for quantity, _ in variants)

    def identities(self, message_id: str) -> Iterator[Identity]:
        """Yield the events that a message brought."""
        for place, usage in self.sendings[message_id].usages:
            yield self._identity(message_id, place, usage)

    def _identity(self, message_id: str, place: int, usage: Usage) -> Identity:
        name = usage.event_id
        if name is None:
            single = self.sendings[message_id].is_single
            name = message_id if single else f"{message_id}/{place}"
        return usage.account, usage.hour, name

    def _variants(self) -> dict[Identity, set[tuple[Decimal, Tags]]]:
        """Return each event's quantities and tags; zero is one where nobody can know.

        An event without an id that came back from the dead-letter queue has a new identity: the
        earlier one may have been journalled, or not (runbook, UsageDeadLetterQueue).
        """
        variants: dict[Identity, set[tuple[Decimal, Tags]]] = {}
        forgotten = set(self.redriven.values())
        for message_id, sending in self.sendings.items():
            for place, usage in sending.usages:
                of_event = variants.setdefault(self._identity(message_id, place, usage), set())
                of_event.add((usage.quantity, usage.tags))
                if usage.event_id is None and message_id in forgotten:
                    of_event.add((Decimal(0), usage.tags))
        return variants


def deadline_of(hour: str) -> datetime:
    """Return until when AWS takes an hour's record: a day, or six hours into the next month.

    Source: UsageRecord$Timestamp in the service model, read strictly.
    """
    hour_at = datetime.fromisoformat(f"{hour}:00:00+00:00")
    next_month_at = (hour_at.replace(day=1, hour=0) + timedelta(days=32)).replace(day=1)
    return min(hour_at + timedelta(hours=24), next_month_at + timedelta(hours=6))


def total(quantities: Iterable[Decimal]) -> Decimal:
    """Add up exactly."""
    return sum(quantities, Decimal(0))
