"""What a reconcile run may be asked to do besides its work, read from its event."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.settlement import (
    ARN_LENGTH_MAX,
    NAME_LENGTH_MAX,
    REASON_LENGTH_MAX,
    Operator,
    Order,
    Reopening,
    SettledAs,
    Settlement,
)
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


DONE = {
    "redrive": "redriven",
    "release": "released",
    "reject": "rejected",
    "settle": "settled",
    "reopen": "reopened",
}
"""What is answered of a record when the command about it is done."""

type Orders = Mapping[RecordKey, Order | None]


@dataclass(frozen=True, slots=True)
class Commands:
    """What is asked for.

    Attributes:
        redriven: rejected records to be billed after all, each with who says so where it was told.
        settled: records of which a person says what became of their unbilled usage.
        reopened: records of which a person takes that back.
        flushes: subscriptions to be flushed.
        stops: subscriptions of which the seller says that its product stopped.
        ending: subscriptions of which AWS just said that they ended.
        released: records that wait as spikes, to be sent at once; as those that are redriven.
        rejected: records that wait as spikes, not to be billed; likewise.

    """

    redriven: Orders = field(default_factory=dict)
    flushes: tuple[Flush, ...] = ()
    stops: tuple[Stop, ...] = ()
    ending: tuple[SubscriptionKey, ...] = ()
    released: Orders = field(default_factory=dict)
    rejected: Orders = field(default_factory=dict)
    settled: Mapping[RecordKey, Settlement] = field(default_factory=dict)
    reopened: Mapping[RecordKey, Reopening] = field(default_factory=dict)


NO_COMMANDS = Commands()
_NAMES = ("redrive", "release", "reject", "settle", "reopen", "flush", "stopped", "ending")
_SAID_OF_A_RECORD = {"record", "reason", "caller", "name"}
_SAID_WHEN_SETTLED = _SAID_OF_A_RECORD | {"as", "reference"}


def read_commands(event: object, now: datetime) -> Commands:
    """Read the commands of an event; a schedule's event has none.

    `redrive`, `release` and `reject` list records as log lines name them, or `{"record": …,
    "caller": …}`, so that it is on record who does so. `settle` lists `{"record":
    …, "as": …, "reason": …, "caller": …}`, and what is billed elsewhere has a `reference`;
    `reopen` lists the same without both; `name` may say who it is. `ending` lists subscriptions,
    as usage events or log lines name them, `flush` and `stopped` do, too, or `{"subscription": …,
    "stopped_at": …}`. Only an event whose `source` is AWS may hold something else. Raises
    CommandUnreadableError before anything is done.
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
        redriven=_read_orders(event, "redrive", now),
        released=_read_orders(event, "release", now),
        rejected=_read_orders(event, "reject", now),
        settled=_once("settle", (_read_settled(one, now) for one in _read_list(event, "settle"))),
        reopened=_once("reopen", (_read_reopened(one, now) for one in _read_list(event, "reopen"))),
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


def _read_orders(event: Mapping[str, object], command: str, now: datetime) -> Orders:
    orders: dict[RecordKey, Order | None] = {}
    for entry in _read_list(event, command):
        if isinstance(entry, dict):
            said = _read_object(entry, command, _SAID_OF_A_RECORD)
            reason = _read_text(said, command, "reason", REASON_LENGTH_MAX)
            order = Order(_read_operator(said, command), now, reason)
            orders[_read_record(said.get("record"), command)] = order
        else:
            orders[_read_record(entry, command)] = None
    return orders


def _read_record(name: object, command: str) -> RecordKey:
    try:
        return RecordKey.parse(str(name))
    except ValueError as error:
        raise CommandUnreadableError(f"{command}: {name!a}: {error}") from error


def _once[Word](command: str, words: Iterable[tuple[RecordKey, Word]]) -> dict[RecordKey, Word]:
    found: dict[RecordKey, Word] = {}
    for record, word in words:
        if record in found:
            raise CommandUnreadableError(f"{command}: {record} is named twice")
        found[record] = word
    return found


def _read_settled(entry: object, now: datetime) -> tuple[RecordKey, Settlement]:
    said = _read_object(entry, "settle", _SAID_WHEN_SETTLED)
    try:
        settled_as = SettledAs(str(said.get("as")))
    except ValueError as error:
        known = " or ".join(SettledAs)
        raise CommandUnreadableError(f"settle: as {said.get('as')!a} is not {known}") from error
    reference = _read_text(said, "settle", "reference", NAME_LENGTH_MAX)
    if (reference is not None) != (settled_as is SettledAs.BILLED_ELSEWHERE):
        raise CommandUnreadableError(
            "settle: what is billed elsewhere has a reference, and nothing else has one"
        )
    reason = _read_words(said, "settle", "reason", REASON_LENGTH_MAX)
    settlement = Settlement(settled_as, reason, reference, _read_operator(said, "settle"), now)
    return _read_record(said.get("record"), "settle"), settlement


def _read_reopened(entry: object, now: datetime) -> tuple[RecordKey, Reopening]:
    said = _read_object(entry, "reopen", _SAID_OF_A_RECORD)
    reason = _read_words(said, "reopen", "reason", REASON_LENGTH_MAX)
    reopening = Reopening(reason, _read_operator(said, "reopen"), now)
    return _read_record(said.get("record"), "reopen"), reopening


def _read_object(entry: object, command: str, names: AbstractSet[str]) -> Mapping[str, object]:
    if not isinstance(entry, dict) or not entry.keys() <= names:
        raise CommandUnreadableError(f"{command}: an entry is an object of {sorted(names)}")
    return entry


def _read_operator(said: Mapping[str, object], command: str) -> Operator:
    name = _read_text(said, command, "name", NAME_LENGTH_MAX)
    return Operator(_read_words(said, command, "caller", ARN_LENGTH_MAX), name)


def _read_words(said: Mapping[str, object], command: str, name: str, length_max: int) -> str:
    text = _read_text(said, command, name, length_max)
    if text is None:
        raise CommandUnreadableError(f"{command}: {name} is missing")
    return text


def _read_text(said: Mapping[str, object], command: str, name: str, length_max: int) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > length_max:
        raise CommandUnreadableError(
            f"{command}: {name} must be a text of 1 to {length_max} characters"
        )
    return value.strip()


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
        raise CommandUnreadableError(
            f"{name}: stopped_at {value!a} is no time like 2026-11-22T18:31:00Z"
        ) from error
