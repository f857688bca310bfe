"""How the UsageTable spells records, pages and keys.

One partition holds one subscription and dimension: `pk` = `<subscription>|<dimension>`. In it,
`H#<hour>` is a record's header and `P#<hour>#<digest>` one of its journal pages. Small pages live
inside the header as attributes `page:<digest>`.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
)
from meterhouse.domain.journal import Page, decode_page
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records import Allocation, FrozenUsage, MeteringRecord
from meterhouse.errors import JournalCorruptError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Value = AttributeValueTypeDef
    Item = Mapping[str, AttributeValueTypeDef]

DUE_INDEX = "due"
DUE_SHARDS = 8
INLINE_PAGE_PREFIX = "page:"
HEADER_PREFIX = "H#"
PAGE_PREFIX = "P#"


def text(value: str) -> "Value":
    """Return a string attribute."""
    return {"S": value}


def number(value: Decimal | int) -> "Value":
    """Return a number attribute, in full and without exponent."""
    return {"N": format_quantity(Decimal(value))}


def binary(value: bytes) -> "Value":
    """Return a binary attribute."""
    return {"B": value}


def partition_of(account: AccountKey) -> str:
    """Return the partition key of a subscription and dimension."""
    return f"{account.subscription}|{account.dimension}"


def account_of(partition: str) -> AccountKey:
    """Read what `partition_of` wrote; subscription keys hold no `|`."""
    subscription, _, dimension = partition.partition("|")
    return AccountKey(SubscriptionKey(subscription), dimension)


def header_key(key: RecordKey) -> dict[str, "Value"]:
    """Return the primary key of a record's header."""
    return {
        "pk": text(partition_of(key.account)),
        "sk": text(HEADER_PREFIX + format_hour(key.hour_at)),
    }


def page_key(key: RecordKey, digest: str) -> dict[str, "Value"]:
    """Return the primary key of a journal page that stands in an item of its own."""
    return {"pk": text(partition_of(key.account)), "sk": text(pages_prefix(key) + digest)}


def pages_prefix(key: RecordKey) -> str:
    """Return what the sort keys of all page items of a record begin with."""
    return f"{PAGE_PREFIX}{format_hour(key.hour_at)}#"


def record_key_of(item: "Item") -> RecordKey:
    """Return the record that a header or page item belongs to."""
    account = account_of(item["pk"]["S"])
    return RecordKey(*account, read_hour(item["sk"]["S"].split("#")[1]))


def due_shard_of(key: RecordKey) -> str:
    """Return the part of the due index that a record stands in; always the same one."""
    return f"due#{zlib.crc32(str(key).encode()) % DUE_SHARDS}"


def epoch_number(moment: datetime) -> "Value":
    """Return a moment in whole seconds of the epoch."""
    return number(int(moment.timestamp()))


def read_record(header: "Item", page_blobs: Iterable[bytes]) -> MeteringRecord:
    """Return the record of a header with its journal; raises JournalCorruptError."""
    try:
        inline = [
            value["B"] for name, value in header.items() if name.startswith(INLINE_PAGE_PREFIX)
        ]
        pages = tuple(decode_page(bytes(blob)) for blob in (*inline, *page_blobs))
        return _read_header(header, pages)
    except (KeyError, ValueError, TypeError, ArithmeticError) as error:
        raise JournalCorruptError(f"record header cannot be read: {error!r}") from error


def _read_header(header: "Item", pages: tuple[Page, ...]) -> MeteringRecord:
    units, frozen = header.get("units"), header.get("frozen")
    return MeteringRecord(
        key=record_key_of(header),
        state=RecordState(header["state"]["S"]),
        version=int(header["version"]["N"]),
        due_at=_moment_or_none(header.get("due_at")),
        leased_until=_moment_or_none(header.get("leased_until")),
        written_at=_moment_or_none(header.get("written_at")),
        pages=pages,
        units=None if units is None else Decimal(units["N"]),
        frozen=None if frozen is None else read_frozen(frozen["S"]),
        rest_units=_decimal_or_zero(header.get("rest_units")),
        sends=int(_decimal_or_zero(header.get("sends"))),
        holds=int(_decimal_or_zero(header.get("holds"))),
        reason=_text_or_none(header.get("reason")),
        metering_record_id=_text_or_none(header.get("metering_record_id")),
    )


def page_items_of(header: "Item") -> int:
    """Return how many journal pages of a record stand in items of their own."""
    return int(_decimal_or_zero(header.get("page_items")))


def record_attributes(record: MeteringRecord) -> dict[str, "Value | None"]:
    """Return the header's attributes but its keys and pages; None means that it has none."""
    due_at, leased_until = record.due_at, record.leased_until
    return {
        "state": text(record.state.value),
        "version": number(record.version),
        "due_shard": None if due_at is None else text(due_shard_of(record.key)),
        "due_at": None if due_at is None else epoch_number(due_at),
        "leased_until": None if leased_until is None else epoch_number(leased_until),
        "units": None if record.units is None else number(record.units),
        "frozen": None if record.frozen is None else text(write_frozen(record.frozen)),
        "rest_units": number(record.rest_units) if record.rest_units else None,
        "sends": number(record.sends) if record.sends else None,
        "holds": number(record.holds) if record.holds else None,
        "reason": None if record.reason is None else text(record.reason),
        "metering_record_id": (
            None if record.metering_record_id is None else text(record.metering_record_id)
        ),
    }


def write_frozen(frozen: FrozenUsage) -> str:
    """Return frozen usage as text; equal usage gives equal text."""
    document = {
        "identity": write_identity(frozen.identity),
        "product_code": frozen.product_code,
        "timestamp": int(frozen.timestamp_at.timestamp()),
        "quantity": format_quantity(frozen.quantity),
        "allocations": [[format_quantity(part.quantity), part.tags] for part in frozen.allocations],
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def read_frozen(document_text: str) -> FrozenUsage:
    """Read what `write_frozen` wrote."""
    document = json.loads(document_text)
    return FrozenUsage(
        identity=read_identity(document["identity"]),
        product_code=document["product_code"],
        timestamp_at=datetime.fromtimestamp(document["timestamp"], UTC),
        quantity=Decimal(document["quantity"]),
        allocations=tuple(
            Allocation(Decimal(quantity), tuple((key, value) for key, value in tags))
            for quantity, tags in document["allocations"]
        ),
    )


def write_identity(identity: BilledIdentity) -> str:
    """Return an identity as text."""
    match identity:
        case LicenseIdentity(account, license_arn):
            parts = [identity.kind, account, license_arn]
        case LegacyCustomerIdentity(product_code, customer_identifier):
            parts = [identity.kind, product_code, customer_identifier]
        case LegacyAccountIdentity(product_code, account):
            parts = [identity.kind, product_code, account]
    return json.dumps(parts, separators=(",", ":"))


def read_identity(document_text: str) -> BilledIdentity:
    """Read what `write_identity` wrote."""
    match json.loads(document_text):
        case ["license", str(account), str(license_arn)]:
            return LicenseIdentity(account, license_arn)
        case ["legacy_customer", str(product_code), str(customer_identifier)]:
            return LegacyCustomerIdentity(product_code, customer_identifier)
        case ["legacy_account", str(product_code), str(account)]:
            return LegacyAccountIdentity(product_code, account)
        case _:
            raise ValueError("unknown identity")


def _decimal_or_zero(value: "Value | None") -> Decimal:
    return Decimal(0) if value is None else Decimal(value["N"])


def _moment_or_none(value: "Value | None") -> datetime | None:
    return None if value is None else datetime.fromtimestamp(int(value["N"]), UTC)


def _text_or_none(value: "Value | None") -> str | None:
    return None if value is None else value["S"]
