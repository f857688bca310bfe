"""Appending journal pages to the UsageTable.

A small page is written into its record's header by one conditional update; a larger one, or one
that no longer fits there, becomes an item of its own, in a transaction with the header. Both create
the header if there is none and refuse a record that is no longer open.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    CancelledError,
    ConditionFailedError,
    RequestRefusedError,
    call,
    pause_after_conflict,
)
from meterhouse.adapters.usage_actions import (
    CREATE_OPEN,
    HEADER_NAMES,
    OPEN,
    page_put,
    touch_header,
)
from meterhouse.adapters.usage_items import (
    INLINE_PAGE_PREFIX,
    binary,
    due_shard_of,
    epoch_number,
    header_key,
    number,
    text,
)
from meterhouse.domain.journal import EncodedPage, encode_page
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import JournalResult, JournalWrite, Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# An update costs the whole header, so pages live in it only while both are small: a transaction
# costs twice its items, which is more than a header of this size.
INLINE_PAGE_BYTES_MAX = 1_024
INLINE_BYTES_MAX = 3_072
# TransactWriteItems: at most 100 items and 4 MB together; the rest is room for keys and headers.
TRANSACTION_ITEMS_MAX = 100
TRANSACTION_BYTES_MAX = 3_500_000
_HEADER_BYTES = 4_096
# Eight pages at their limit before compression are 2.8 MB.
TRANSACTION_PAGES_MAX = 8
_PARALLEL_WRITES = 16


@dataclass(slots=True)
class _Pending:
    """A write on its way: its position in the answer, and the pages still to be written.

    `is_alone` marks a further part of a very large write: one transaction takes one part.
    """

    position: int
    write: JournalWrite
    pages: list[EncodedPage]

    is_alone: bool = False

    @property
    def item_count(self) -> int:
        return 1 + len(self.pages)

    @property
    def size_bytes(self) -> int:
        return _HEADER_BYTES + sum(len(page.blob) for page in self.pages)


class UsageJournal:
    """Writes pages of many records in few calls; one refused record harms no other."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: Report) -> None:
        self._client = client
        self._table_name = table_name
        self._report = report

    def write(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        """Return one result for each write, in order."""
        results = [JournalResult.WRITTEN] * len(writes)
        pending = [one for place, write in enumerate(writes) for one in _split(place, write)]
        small = [one for one in pending if _is_small(one)]
        large = [one for one in pending if not _is_small(one)]
        with ThreadPoolExecutor(max_workers=_PARALLEL_WRITES) as pool:
            for one, result in zip(small, pool.map(self._write_inline, small), strict=True):
                if result is None:
                    large.append(one)
                else:
                    results[one.position] = max(results[one.position], result)
            for settled in pool.map(self._write_group, _group(large)):
                for position, result in settled.items():
                    results[position] = max(results[position], result)
        return results

    def _write_inline(self, one: _Pending) -> JournalResult | None:
        """Write one small page into the header; None means that the header is full."""
        page = one.pages[0]
        name = INLINE_PAGE_PREFIX + page.digest
        try:
            call(partial(self._update_inline, one.write, page, name))
        except ConditionFailedError as error:
            item = error.item or {}
            if name in item:
                # A redelivery, or our own write whose answer was lost.
                return JournalResult.WRITTEN
            return JournalResult.CLOSED if item.get("state") != OPEN else None
        except StorageUnavailableError as error:
            self._report.event("journal_write_failed", record=str(one.write.key), error=str(error))
            return JournalResult.FAILED
        return JournalResult.WRITTEN

    def _update_inline(self, write: JournalWrite, page: EncodedPage, name: str) -> None:
        size = len(page.blob)
        self._client.update_item(
            TableName=self._table_name,
            Key=header_key(write.key),
            UpdateExpression=(
                f"SET {CREATE_OPEN}, #page = :blob, written_at = :written_at, "
                "inline_bytes = if_not_exists(inline_bytes, :zero) + :size"
            ),
            ConditionExpression=(
                # The page is not there yet, and the record is new, or open with room for it.
                "attribute_not_exists(#page) AND (attribute_not_exists(#state) OR (#state = :open "
                "AND (attribute_not_exists(inline_bytes) OR inline_bytes <= :room)))"
            ),
            ExpressionAttributeNames={**HEADER_NAMES, "#page": name},
            ExpressionAttributeValues={
                ":open": OPEN,
                ":zero": number(0),
                ":one": number(1),
                ":size": number(size),
                ":room": number(INLINE_BYTES_MAX - size),
                ":blob": binary(page.blob),
                ":shard": text(due_shard_of(write.key)),
                ":due_at": epoch_number(write.due_at),
                ":written_at": epoch_number(write.written_at),
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _write_group(self, group: list[_Pending]) -> dict[int, JournalResult]:
        """Write one transaction's worth of records; those that are refused fall out of it."""
        results = dict.fromkeys((one.position for one in group), JournalResult.FAILED)
        left = group
        for attempt in range(CONFLICT_ATTEMPTS_MAX):
            actions = [action for one in left for action in self._actions(one)]
            try:
                call(partial(self._client.transact_write_items, TransactItems=actions))
            except CancelledError as error:
                left = _fall_out(left, error, results)
                if error.is_passing:
                    pause_after_conflict(attempt)
            except RequestRefusedError as error:
                return results | self._write_halves(left, error)
            except StorageUnavailableError as error:
                self._report.event("journal_write_failed", records=len(left), error=str(error))
                return results
            else:
                return results | dict.fromkeys(
                    (one.position for one in left), JournalResult.WRITTEN
                )
            if not left:
                return results
        self._report.event("journal_write_failed", records=len(left), error="conflicts")
        return results

    def _write_halves(
        self, group: list[_Pending], error: RequestRefusedError
    ) -> dict[int, JournalResult]:
        """One record of the group is at fault, and must not harm the others."""
        if len(group) == 1:
            key = str(group[0].write.key)
            self._report.event("journal_write_failed", record=key, error=str(error))
            return {group[0].position: JournalResult.FAILED}
        middle = len(group) // 2
        return self._write_group(group[:middle]) | self._write_group(group[middle:])

    def _actions(self, one: _Pending) -> "list[TransactWriteItemTypeDef]":
        key, write = one.write.key, one.write
        touch = touch_header(
            self._table_name,
            key,
            due_at=write.due_at,
            written_at=write.written_at,
            pages=len(one.pages),
        )
        puts = [page_put(self._table_name, key, page, once=True) for page in one.pages]
        return [touch, *puts]


def _is_small(one: _Pending) -> bool:
    return len(one.pages) == 1 and len(one.pages[0].blob) <= INLINE_PAGE_BYTES_MAX


def _split(position: int, write: JournalWrite) -> Iterator[_Pending]:
    """Split a write into parts whose pages are certain to fit into one transaction."""
    pages = [encode_page(page) for page in write.pages]
    for start in range(0, len(pages), TRANSACTION_PAGES_MAX):
        part = pages[start : start + TRANSACTION_PAGES_MAX]
        yield _Pending(position, write, part, is_alone=start > 0)


def _group(pending: Sequence[_Pending]) -> list[list[_Pending]]:
    """Pack writes by both limits of a transaction."""
    groups: list[list[_Pending]] = []
    items = size = 0
    for one in sorted(pending, key=attrgetter("is_alone")):
        items, size = items + one.item_count, size + one.size_bytes
        if (
            not groups
            or one.is_alone
            or items > TRANSACTION_ITEMS_MAX
            or size > TRANSACTION_BYTES_MAX
        ):
            groups.append([])
            items, size = one.item_count, one.size_bytes
        groups[-1].append(one)
    return groups


def _fall_out(
    group: list[_Pending], error: CancelledError, results: dict[int, JournalResult]
) -> list[_Pending]:
    """Take what a cancelled transaction settles out of the group; return what is left to write."""
    left: list[_Pending] = []
    codes = iter(error.codes)
    for one in group:
        header_code = next(codes)
        page_codes = [next(codes) for _ in one.pages]
        if header_code == CONDITION_FAILED:
            results[one.position] = JournalResult.CLOSED
            continue
        one.pages = [
            page
            for page, code in zip(one.pages, page_codes, strict=True)
            if code != CONDITION_FAILED
        ]
        if one.pages:
            left.append(one)
        else:
            results[one.position] = JournalResult.WRITTEN
    return left
