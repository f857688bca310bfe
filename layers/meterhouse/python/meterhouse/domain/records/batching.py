"""Forming batches: records that are frozen together, so that one item and one call holds them."""

import hashlib
import json
from collections.abc import Iterable
from operator import attrgetter

from meterhouse.domain.keys import LogKey
from meterhouse.domain.packing import pack
from meterhouse.domain.records.record import RECORDS_PER_BATCH_MAX, Batch, BatchKey, MeteringRecord
from meterhouse.domain.subscriptions.identity import LicenseIdentity

# An item holds 400 KB; a record's parts are counted before they are compressed.
BATCH_BYTES_MAX = 350_000
# So many names of segments have room beside them.
LEFT_OUT_MAX = 500
_RECORD_BYTES = 1_000
_NAME_LENGTH = 24


def form_batches(
    log: LogKey,
    through: int,
    records: Iterable[MeteringRecord],
    left_out: Iterable[str] = (),
) -> list[Batch]:
    """Cut the records of one closing into batches of one product and mode each.

    None has both records that met an allowance and records that met none: what goes beyond their
    largest quantities is carried together.
    """
    names = tuple(sorted(left_out))
    groups: dict[tuple[str, str, bool, bool], list[MeteringRecord]] = {}
    for record in sorted(records, key=attrgetter("key")):
        sealed = record.sealed
        is_license = isinstance(sealed.identity, LicenseIdentity)
        has_met = sealed.included is not None
        group = (record.state.value, sealed.product_code, is_license, has_met)
        groups.setdefault(group, []).append(record)
    return [
        Batch(BatchKey(log, _name_of(through, share)), through, tuple(share), names)
        for group in groups.values()
        for share in pack(
            group, _weight_of, weight_max=BATCH_BYTES_MAX, count_max=RECORDS_PER_BATCH_MAX
        )
    ]


def _weight_of(record: MeteringRecord) -> int:
    parts = (*record.sealed.allocations, *record.sealed.rest)
    texts = [(str(part.quantity), part.tags) for part in parts]
    return _RECORD_BYTES + (len(json.dumps(texts)) if texts else 0)


def _name_of(through: int, records: list[MeteringRecord]) -> str:
    """Return a name that derives from what is frozen: no meter is frozen twice in a log."""
    names = "\n".join(f"{record.key} {record.units}" for record in records)
    return hashlib.sha256(f"{through}\n{names}".encode()).hexdigest()[:_NAME_LENGTH]
