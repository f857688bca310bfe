"""How the UsageTable spells keys and values.

The heads of all logs stand in the partition `LOGS`, under the names of their logs. Everything else
of a log stands in a partition of its own: segments `S#`, manifests `M#`, batches `B#`, carries
`K#` and names `N#`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.domain.quantity import format_quantity
from meterhouse.errors import JournalCorruptError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from meterhouse.domain.keys import LogKey

    Value = AttributeValueTypeDef
    Item = Mapping[str, AttributeValueTypeDef]
    Attributes = Mapping[str, AttributeValueTypeDef | None]

HEADS_PARTITION = "LOGS"
SEGMENT_PREFIX = "S#"
MANIFEST_PREFIX = "M#"
BATCH_PREFIX = "B#"
CARRY_PREFIX = "K#"
NAMES_PREFIX = "N#"
# Sorts behind every name.
LAST = "~"
DUE_SHARD = "due"
REFUSED_SHARD = "refused"
KEPT_SHARD = "kept"

# Generations stand in sort keys with so many digits, so that they sort as numbers do.
_GENERATION_DIGITS = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECOND_DIGITS = 6


def text(value: str) -> "Value":
    """Return a string attribute."""
    return {"S": value}


def number(value: Decimal | int) -> "Value":
    """Return a number attribute, in full and without exponent."""
    return {"N": format_quantity(Decimal(value))}


def binary(value: bytes) -> "Value":
    """Return a binary attribute."""
    return {"B": value}


def moment(value: datetime) -> "Value":
    """Return a moment in seconds of the epoch, exact to its microsecond."""
    return number(Decimal(microseconds_between(_EPOCH, value)).scaleb(-_MICROSECOND_DIGITS))


def read_moment(value: "Value") -> datetime:
    """Read what `moment` wrote."""
    return moment_after(_EPOCH, int(Decimal(value["N"]).scaleb(_MICROSECOND_DIGITS)))


def epoch_number(value: datetime) -> "Value":
    """Return a moment in whole seconds of the epoch, as TTL wants it."""
    return number(int(value.timestamp()))


def microseconds_between(start: datetime, end: datetime) -> int:
    """Return how many microseconds lie between two moments."""
    return (end - start) // _MICROSECOND


def moment_after(start: datetime, microseconds: int) -> datetime:
    """Return the moment so many microseconds after another."""
    return start + microseconds * _MICROSECOND


def maybe_moment(value: datetime | None) -> "Value | None":
    """Return a moment, or nothing."""
    return None if value is None else moment(value)


def read_maybe_moment(value: "Value | None") -> datetime | None:
    """Read what `maybe_moment` wrote."""
    return None if value is None else read_moment(value)


def due_attributes(due_at: datetime | None) -> "Attributes":
    """Return what puts an item into the index of unfinished work, or takes it out."""
    if due_at is None:
        return {"due_shard": None, "due_at": None}
    return {"due_shard": text(DUE_SHARD), "due_at": moment(due_at)}


def refused_attributes(hour_at: datetime) -> "Attributes":
    """Return what puts an item into the index of usage that ended unbilled, by its hour."""
    return {"due_shard": text(REFUSED_SHARD), "due_at": moment(hour_at)}


def kept_attributes(hour_at: datetime) -> "Attributes":
    """Return what puts an item into the index of late usage that stays unbilled, by its hour."""
    return {"due_shard": text(KEPT_SHARD), "due_at": moment(hour_at)}


def head_key(log: "LogKey") -> "dict[str, Value]":
    """Return the primary key of a log's head."""
    return {"pk": text(HEADS_PARTITION), "sk": text(str(log))}


def item_key(log: "LogKey", name: str) -> "dict[str, Value]":
    """Return the primary key of what stands in a log's own partition."""
    return {"pk": text(str(log)), "sk": text(name)}


def generation_name(generation: int) -> str:
    """Return a generation as it stands in sort keys."""
    name = f"{generation:0{_GENERATION_DIGITS}}"
    assert len(name) == _GENERATION_DIGITS
    return name


def present(attributes: "Attributes") -> "dict[str, Value]":
    """Return the attributes that have a value."""
    return {name: value for name, value in attributes.items() if value is not None}


@contextmanager
def reading(item: "Item") -> Iterator[None]:
    """Name the item in the error when it cannot be read: raises JournalCorruptError."""
    try:
        yield
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        name = f"{item['pk']['S']}/{item['sk']['S']}"
        raise JournalCorruptError(f"{name} cannot be read: {error!r}") from error
