"""Where the records of a batch stand, as bytes: what they share is written once."""

from collections.abc import Sequence

from meterhouse.adapters.usage_table.documents import (
    Positions,
    pack_texts,
    read_document,
    unpack_texts,
    write_document,
)
from meterhouse.adapters.usage_table.items import microseconds_between, moment_after
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import read_why
from meterhouse.domain.records.record import RecordStatus

_Shared = tuple[str, int | None, str | None, int, int, bool]


def write_statuses(log: LogKey, statuses: Sequence[RecordStatus]) -> bytes:
    """Return statuses as bytes: the distinct ones, which record has which, and the receipts."""
    distinct = Positions[_Shared]()
    places = [distinct.of(_shared_part(log, status)) for status in statuses]
    receipts = [one.metering_record_id for one in statuses if one.metering_record_id is not None]
    texts, packed = pack_texts(receipts)
    return write_document([distinct.things, places if any(places) else [], texts], packed)


def read_statuses(log: LogKey, blob: bytes, count: int) -> list[RecordStatus]:
    """Read what `write_statuses` wrote; raises one of the errors of broken documents."""
    (distinct, places, texts), packed = read_document(blob)
    shared: list[_Shared] = [distinct[place] for place in places or [0] * count]
    receipts = unpack_texts(texts, packed)
    if (len(shared), len(receipts)) != (count, sum(one[-1] for one in shared)):
        raise ValueError(f"statuses that are not those of {count} records")
    left = iter(receipts)
    return [_read_status(log, one, next(left) if one[-1] else None) for one in shared]


def _shared_part(log: LogKey, status: RecordStatus) -> _Shared:
    due_at = status.due_at
    return (
        status.state.value,
        None if due_at is None else microseconds_between(log.hour_at, due_at),
        status.reason,
        status.sends,
        status.holds,
        status.metering_record_id is not None,
    )


def _read_status(log: LogKey, shared: _Shared, receipt: str | None) -> RecordStatus:
    state, due, reason, sends, holds, _ = shared
    return RecordStatus(
        state=RecordState(state),
        due_at=None if due is None else moment_after(log.hour_at, due),
        reason=read_why(reason),
        sends=sends,
        holds=holds,
        metering_record_id=receipt,
    )
