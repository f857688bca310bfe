"""What a reconcile run may be asked to do besides its work, read from its event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import TENANT_PREFIX, SubscriptionKey, read_name
from meterhouse.errors import CommandUnreadableError, UnreadableError


@dataclass(frozen=True, slots=True)
class Flush:
    """The final flush of a subscription whose usage stopped at `stopped_at`."""

    subscription: SubscriptionKey
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """The seller's word that its product stopped for a subscription at `stopped_at`."""

    subscription: SubscriptionKey
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Commands:
    """What is asked for.

    Attributes:
        redriven: rejected records to be billed after all.
        flushes: subscriptions to be flushed.
        stops: subscriptions of which the seller says that its product stopped.
        ending: subscriptions of which AWS just said that they ended.
        released: records that wait as spikes, to be sent at once.
        rejected: records that wait as spikes, not to be billed.

    """

    redriven: tuple[RecordKey, ...] = ()
    flushes: tuple[Flush, ...] = ()
    stops: tuple[Stop, ...] = ()
    ending: tuple[SubscriptionKey, ...] = ()
    released: tuple[RecordKey, ...] = ()
    rejected: tuple[RecordKey, ...] = ()


NO_COMMANDS = Commands()
_NAMES = ("redrive", "release", "reject", "flush", "stopped", "ending")


def read_commands(event: object, now: datetime) -> Commands:
    """Read the commands of an event; a schedule's event has none.

    `redrive`, `release` and `reject` list records as log lines name them, `ending` subscriptions,
    as usage events or log lines do. `flush` and `stopped` list subscriptions, too, or
    `{"subscription": …, "stopped_at": …}`. Only an event whose `source` is AWS may hold something
    else. Raises CommandUnreadableError before anything is done.
    """
    if not isinstance(event, Mapping):
        raise CommandUnreadableError(f"an event must be an object, and not {event!a}"[:200])
    unknown = sorted(event.keys() - {*_NAMES})
    if unknown and not str(event.get("source", "")).startswith("aws."):
        raise CommandUnreadableError(
            f"{', '.join(map(ascii, unknown))[:200]}: a command is {', '.join(_NAMES[:-1])} or "
            f"{_NAMES[-1]}, each a list"
        )
    flushes = _read_moments(event, "flush", now)
    stops = _read_moments(event, "stopped", now)
    for subscription, stopped_at in stops.items():
        if stopped_at > now:
            raise CommandUnreadableError(
                f"stopped: {subscription}: stopped_at {stopped_at.isoformat()} is in the future; "
                "say it when the product has stopped"
            )
    return Commands(
        redriven=_read_records(event, "redrive"),
        released=_read_records(event, "release"),
        rejected=_read_records(event, "reject"),
        flushes=tuple(Flush(name, min(moment, now)) for name, moment in flushes.items()),
        stops=tuple(Stop(name, moment) for name, moment in stops.items()),
        ending=tuple(
            dict.fromkeys(_read_reference(name, "ending") for name in _read_list(event, "ending"))
        ),
    )


def _read_list(event: Mapping[str, object], name: str) -> list[object]:
    value = event.get(name, [])
    if not isinstance(value, list):
        raise CommandUnreadableError(f"{name} must be a list")
    return value


def _read_records(event: Mapping[str, object], command: str) -> tuple[RecordKey, ...]:
    found: dict[RecordKey, None] = {}
    for name in _read_list(event, command):
        try:
            found[RecordKey.parse(str(name))] = None
        except ValueError as error:
            raise CommandUnreadableError(f"{command}: {name!a}: {error}") from error
    return tuple(found)


def _read_moments(
    event: Mapping[str, object], name: str, now: datetime
) -> dict[SubscriptionKey, datetime]:
    """Read when each subscription of a list stopped, which is now unless it says so."""
    moments: dict[SubscriptionKey, datetime] = {}
    for entry in _read_list(event, name):
        stopped_at, reference = now, entry
        if isinstance(entry, dict) and entry.keys() <= {"subscription", "stopped_at"}:
            reference = entry.get("subscription")
            stopped_at = _read_moment(entry.get("stopped_at", now.isoformat()), name)
        subscription = _read_reference(reference, name)
        if subscription in moments:
            raise CommandUnreadableError(f"{name}: {subscription} is named twice")
        moments[subscription] = stopped_at
    return moments


def _read_reference(reference: object, name: str) -> SubscriptionKey:
    if isinstance(reference, str) and reference.startswith(("tenant:", TENANT_PREFIX)):
        raise CommandUnreadableError(
            f"{name}: {reference!a} is a tenant; name the subscriptions that pay for it"
        )
    try:
        return read_name(reference)
    except UnreadableError as error:
        raise CommandUnreadableError(f"{name}: {reference!a}: {error}") from error


def _read_moment(value: object, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise CommandUnreadableError(f"{name}: stopped_at {value!a} has no offset")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandUnreadableError(f"{name}: stopped_at {value!a} is no time") from error
