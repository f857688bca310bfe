"""What an operator may ask a reconcile run to do besides its work, read from its event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, read_subscription
from meterhouse.errors import CommandUnreadableError, UnreadableError

# As log lines name a subscription; see SubscriptionKey.
_KEY = re.compile(r"license#[^#|\s]+|customer#[^#|\s]+#[^#|\s]+|account#[^#|\s]+#[0-9]+")


@dataclass(frozen=True, slots=True)
class Flush:
    """The final flush of a subscription whose usage stopped at `stopped_at`."""

    subscription: SubscriptionKey
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Commands:
    """Rejected records to be billed after all, and subscriptions to be flushed."""

    redriven: tuple[RecordKey, ...] = ()
    flushes: tuple[Flush, ...] = ()


NO_COMMANDS = Commands()


def read_commands(event: object, now: datetime) -> Commands:
    """Read `redrive` and `flush` of an event; a schedule's event has neither.

    `redrive` lists records as log lines name them. `flush` lists subscriptions, each as usage
    events name it, as log lines do, or as `{"subscription": …, "stopped_at": …}`. Only an event
    whose `source` is AWS may hold something else. Raises CommandUnreadableError before anything is
    done.
    """
    if not isinstance(event, Mapping):
        raise CommandUnreadableError(f"an event must be an object, and not {event!a}"[:200])
    unknown = sorted(event.keys() - {"redrive", "flush"})
    if unknown and not str(event.get("source", "")).startswith("aws."):
        raise CommandUnreadableError(
            f"{', '.join(map(ascii, unknown))[:200]}: a command is redrive or flush, each a list"
        )
    commands = Commands(
        redriven=tuple(dict.fromkeys(_read_record(name) for name in _read_list(event, "redrive"))),
        flushes=tuple(_read_flush(entry, now) for entry in _read_list(event, "flush")),
    )
    flushed = [one.subscription for one in commands.flushes]
    for subscription in flushed:
        if flushed.count(subscription) > 1:
            raise CommandUnreadableError(f"flush: {subscription} is named twice")
    return commands


def _read_list(event: Mapping[str, object], name: str) -> list[object]:
    value = event.get(name, [])
    if not isinstance(value, list):
        raise CommandUnreadableError(f"{name} must be a list")
    return value


def _read_record(name: object) -> RecordKey:
    try:
        return RecordKey.parse(str(name))
    except ValueError as error:
        raise CommandUnreadableError(f"redrive: {name!a}: {error}") from error


def _read_flush(entry: object, now: datetime) -> Flush:
    stopped_at, reference = now, entry
    if isinstance(entry, dict) and entry.keys() <= {"subscription", "stopped_at"}:
        reference = entry.get("subscription")
        stopped_at = _read_moment(entry.get("stopped_at", now.isoformat()))
    return Flush(_read_reference(reference), min(stopped_at, now))


def _read_reference(reference: object) -> SubscriptionKey:
    if isinstance(reference, str) and _KEY.fullmatch(reference):
        return SubscriptionKey(reference)
    try:
        return read_subscription(reference)
    except UnreadableError as error:
        raise CommandUnreadableError(f"flush: {reference!a}: {error}") from error


def _read_moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise CommandUnreadableError(f"flush: stopped_at {value!a} has no offset")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandUnreadableError(f"flush: stopped_at {value!a} is no time") from error
