"""The items of one account as they stand in the table: names, contents and headers fit together."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.account_items import AccountItems
from meterhouse.adapters.dynamodb_calls import batch_get
from meterhouse.adapters.usage_items import (
    HEADER_PREFIX,
    INLINE_PAGE_PREFIX,
    PAGE_PREFIX,
    header_key,
    read_record,
    record_key_of,
)
from meterhouse.domain.journal import page_digest
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.errors import JournalCorruptError
from operations.faults import Fault, FaultKind
from operations.header_rules import contradictions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_items import Item

_BEFORE_SUBMISSION = frozenset({RecordState.OPEN, RecordState.CARRIED})


class Inspection:
    """One look at the items of an account; what only a whole record shows is not looked for here.

    Attributes:
        keys: the records that have a header, once `faults` was read to its end.
        has_been_submitted: one of them went as far as that its account must be registered.

    """

    def __init__(self, client: "DynamoDBClient", table_name: str, account: AccountKey) -> None:
        self._client = client
        self._table_name = table_name
        self._account = account
        self._items = AccountItems(client, table_name)
        self.keys: list[RecordKey] = []
        self.has_been_submitted = False

    def faults(self, since: datetime | None) -> Iterator[Fault]:
        """Yield what is wrong with the items of the hours from `since` on."""
        for header in self._items.read(self._account, HEADER_PREFIX, since):
            self.keys.append(record_key_of(header))
            yield from self._faults_of_header(header)
        homeless: dict[RecordKey, int] = {}
        known = set(self.keys)
        for page in self._items.read(self._account, PAGE_PREFIX, since):
            key, name = record_key_of(page), page["sk"]["S"].rpartition("#")[2]
            if not is_named_after_its_content(bytes(page["blob"]["B"]), name):
                yield _altered(key, name)
            if key not in known:
                homeless[key] = homeless.get(key, 0) + 1
        yield from self._faults_of_homeless(homeless)

    def _faults_of_header(self, header: "Item") -> Iterator[Fault]:
        key = record_key_of(header)
        for attribute, value in header.items():
            name = attribute.removeprefix(INLINE_PAGE_PREFIX)
            if name != attribute and not is_named_after_its_content(
                bytes(value.get("B", b"")), name
            ):
                yield _altered(key, name)
        # A header that cannot be read has no balance, which is reported with it.
        with suppress(JournalCorruptError):
            record = read_record(header, ())
            # Late usage alone makes a CARRIED record, before anything of its account is submitted.
            self.has_been_submitted |= record.sends > 0 or record.state not in _BEFORE_SUBMISSION
            clauses = "; ".join(contradictions(header, record))
            if clauses:
                yield Fault(key, FaultKind.STATE_IMPOSSIBLE, f"it {clauses}")

    def _faults_of_homeless(self, homeless: dict[RecordKey, int]) -> Iterator[Fault]:
        """Yield pages without a header; one that was written meanwhile is there by now."""
        wanted = [header_key(key) for key in homeless]
        there = {record_key_of(one) for one in batch_get(self._client, self._table_name, wanted)}
        for key, count in homeless.items():
            if key not in there:
                detail = f"{count} journal pages, and no record that they belong to"
                yield Fault(key, FaultKind.PAGE_WITHOUT_HEADER, detail)


def is_named_after_its_content(blob: bytes, name: str) -> bool:
    """Tell whether a page holds what it was named after when it was written."""
    try:
        return page_digest(blob) == name
    except ValueError:
        return False


def _altered(key: RecordKey, name: str) -> Fault:
    return Fault(key, FaultKind.PAGE_ALTERED, f"page {name} does not hold what it was named after")
