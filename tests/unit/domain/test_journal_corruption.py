"""What we never wrote is never counted: it is reported as corrupt."""

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.journal import decode_page, encode_page
from meterhouse.errors import JournalCorruptError
from tests.unit.domain.builders import page_of

PAGE = page_of(("e1", "1.5"), ("e2", 2), tags=(("team", "ads"),))


def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(zlib.decompress(encode_page(PAGE).blob))
    return read


def blob_of(written: object) -> bytes:
    return zlib.compress(json.dumps(written).encode())


def test_the_documents_of_these_tests_are_right_until_they_are_changed() -> None:
    assert decode_page(blob_of(document())) == PAGE


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
    ],
)
def test_bytes_that_are_no_page_are_corrupt(blob: bytes) -> None:
    with pytest.raises(JournalCorruptError):
        decode_page(blob)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
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
        {"quantities": ["1.5", "two"]},
        {"quantities": ["1.5", None]},
        {"quantities": ["1.5", "NaN"]},
        {"quantities": ["1.5", "-2"]},
        {"quantities": ["1.5"]},
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
        decode_page(blob_of(document() | change))


@pytest.mark.parametrize("name", sorted(document()))
def test_a_page_that_lacks_a_member_is_corrupt(name: str) -> None:
    with pytest.raises(JournalCorruptError):
        decode_page(blob_of({key: value for key, value in document().items() if key != name}))


@given(st.integers(0, len(encode_page(PAGE).blob) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_noticed(position: int, difference: int) -> None:
    blob = bytearray(encode_page(PAGE).blob)
    blob[position] ^= difference

    try:
        page = decode_page(bytes(blob))
    except JournalCorruptError:
        return
    # A few bits of a compressed text mean nothing: what is read is what was written.
    assert page == PAGE
