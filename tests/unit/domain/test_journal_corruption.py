"""What we never wrote is never counted: it is reported as corrupt."""

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.journal import Page, decode_page, encode_page
from meterhouse.errors import JournalCorruptError
from tests.unit.domain.builders import NOON_AT, page_of

PAGE = page_of(("e1", "1.5"), ("e2", 2), tags=(("team", "ads"),))
UUIDS = ["0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6b", "ffffffff-0000-4000-8000-000000000001"]
PACKED_PAGE = page_of((UUIDS[0], "1.5"), (UUIDS[1], 2))
DOCUMENT = {
    "format": 1,
    "kind": "home",
    "from": "2026-11-18T12",
    "earliest": NOON_AT.timestamp(),
    "ids": ["e1", "e2"],
    "quantities": "1.5 2",
    "tag_sets": [[["team", "ads"]]],
    "tags": [],
}
PACKED = {**DOCUMENT, "ids": "uuid", "tag_sets": [[]]}
COLUMNS = b"".join(
    bytes(pair)
    for pair in zip(*(bytes.fromhex(one.replace("-", "")) for one in UUIDS), strict=True)
)


def blob_of(written: object, columns: bytes | None = None) -> bytes:
    document = json.dumps(written).encode()
    return zlib.compress(document if columns is None else document + b"\n" + columns)


def test_a_page_is_read() -> None:
    assert decode_page(blob_of(DOCUMENT)) == PAGE


def test_a_page_of_packed_uuids_is_read() -> None:
    assert decode_page(blob_of(PACKED, COLUMNS)) == PACKED_PAGE


def test_a_page_that_was_stored_once_is_read_for_ever_and_keeps_its_name() -> None:
    # Whoever changes how a page is written gives it another name, and must still read these.
    stored = bytes.fromhex(
        "58a42f1f429b23d26643435d438b1043235417985b9a1a18181b1918e819e0738ca19ea982115e5770fdeff9"
        "2fffdfee7f2c8336838f433e4357c36c0619065d063b067f8628866c4600b12a3054"
    )

    assert decode_page(stored) == PACKED_PAGE
    assert encode_page(PACKED_PAGE).digest == "2e28c08a3f8338fcffadea167f2190cf"


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"not compressed",
        encode_page(PAGE).blob[:-4],
        encode_page(PAGE).blob[: len(encode_page(PAGE).blob) // 2],
        zlib.compress(b"\xff\xfe"),
        zlib.compress(b"{"),
        zlib.compress(b"[" * 200_000),
        blob_of([]),
        blob_of(None),
        blob_of({}),
        blob_of(DOCUMENT) + b"x",
        blob_of(PACKED),
        blob_of(PACKED, COLUMNS[:-1]),
        blob_of(PACKED, COLUMNS[:-16]),
        blob_of(PACKED, COLUMNS + bytes(16)),
        blob_of({**PACKED, "ids": "ulid"}, COLUMNS),
        blob_of(DOCUMENT, COLUMNS),
        blob_of(DOCUMENT)[:2] + b"another dictionary",
    ],
)
def test_bytes_that_are_no_page_are_corrupt(blob: bytes) -> None:
    with pytest.raises(JournalCorruptError):
        decode_page(blob)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": None},
        {"kind": "unheard_of"},
        {"kind": None},
        {"from": "yesterday"},
        {"from": None},
        {"earliest": "noon"},
        {"earliest": 1e300},
        {"earliest": -1e15},
        {"ids": ["e1"]},
        {"ids": ["e1", "e2", "e3"]},
        {"ids": None},
        {"ids": "e1"},
        {"ids": [7, "e2"]},
        {"quantities": "1.5 two"},
        {"quantities": "1.5 NaN"},
        {"quantities": ["1.5", "2"]},
        {"quantities": "1.5 -2"},
        {"quantities": "1.5"},
        {"quantities": "1.5  2"},
        {"quantities": ""},
        {"quantities": 1.5},
        {"tag_sets": []},
        {"tag_sets": [[["team"]]]},
        {"tag_sets": None},
        {"tags": [0, 7]},
        {"tags": [0]},
        {"tags": ["0", "0"]},
    ],
    ids=repr,
)
def test_a_page_with_a_member_that_we_never_write_is_corrupt(change: dict[str, Any]) -> None:
    with pytest.raises(JournalCorruptError):
        decode_page(blob_of(DOCUMENT | change))


@pytest.mark.parametrize("name", sorted(DOCUMENT))
def test_a_page_that_lacks_a_member_is_corrupt(name: str) -> None:
    with pytest.raises(JournalCorruptError):
        decode_page(blob_of({key: value for key, value in DOCUMENT.items() if key != name}))


@pytest.mark.parametrize("page", [PAGE, PACKED_PAGE], ids=["plain ids", "packed ids"])
@given(place=st.floats(0, 1, exclude_max=True), difference=st.integers(1, 255))
def test_a_flipped_byte_is_noticed(page: Page, place: float, difference: int) -> None:
    blob = bytearray(encode_page(page).blob)
    blob[int(place * len(blob))] ^= difference

    try:
        read = decode_page(bytes(blob))
    except JournalCorruptError:
        return
    # A few bits of a compressed text mean nothing: what is read is what was written.
    assert read == page
