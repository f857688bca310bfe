"""What we never wrote is never counted: it is set aside, or reported as corrupt."""

import hashlib
import json
import uuid
import zlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.journal.compression import compress, decompress
from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.journal.segments import CarriedPart as Part
from meterhouse.domain.journal.segments import (
    EncodedSegment,
    Segment,
    decode_segment,
    encode_carried,
    encode_events,
    why_unreadable,
)
from meterhouse.errors import JournalCorruptError
from tests.unit.domain.builders import METER, NOON_AT, carried_segment, segment_of, usage_event

ADS = (("team", "ads"),)
ORIGIN = "2026-11-18T11#00/late#000001#000"
UUIDS = [str(uuid.UUID(int=number)) for number in (7, (1 << 127) + 5)]
PLAIN_EVENTS = [usage_event("e1", "1.5"), usage_event("e2", 2, tags=ADS)]
PACKED_EVENTS = [usage_event(UUIDS[0], "1.5"), usage_event(UUIDS[1], 2, tags=ADS)]
[PLAIN], [PACKED] = (
    list(encode_events(NOON_AT, distinct(events))) for events in (PLAIN_EVENTS, PACKED_EVENTS)
)
CARRIED_PARTS = [Part(METER, Decimal(3), ()), Part(METER, Decimal(2), ADS)]
CARRIED = encode_carried(NOON_AT, ORIGIN, CARRIED_PARTS, NOON_AT)
SEGMENTS = {"plain ids": PLAIN, "packed ids": PACKED, "carried": CARRIED}
STORED_PACKED = (
    "58a409486ff9c3e74c438b104323bcce344d334ab648334b314c32483549344fb64c314e354a334c34483249364d31"
    "4b45f106b227f0440eb26f8c507c6380e11b3d5305238c2841248d44a0b6d8d858e414128be67f8606063c809d1500"
    "d51e4ff5"
)
STORED_CARRIED = (
    "58a409486ff97d92390e80300c04bf82a007db3908ffa07591f317fc9d84220920c59d65ade4d1ece84d3427520e54"
    "13fd011780ed510365ca0a432495c89ba4033a88d2eefe082252420b4e7a15747c21f7c003913d39bdc8e14b4eab9a"
    "c44f5fab91cd3166ae6dca5d6a760b19ce7cdd17ec599d"
)
DOCUMENT: dict[str, Any] = json.loads(decompress(PLAIN.blob))
CARRIED_DOCUMENT: dict[str, Any] = json.loads(decompress(CARRIED.blob))
HEADER, _, COLUMNS = decompress(PACKED.blob).partition(b"\n")
PACKED_DOCUMENT: dict[str, Any] = json.loads(HEADER)


def content_of(document: object, columns: bytes | None = None) -> bytes:
    text = json.dumps(document, separators=(",", ":")).encode()
    return text if columns is None else text + b"\n" + columns


def named(content: bytes) -> EncodedSegment:
    """Return a segment of any content under the name that the content has."""
    return EncodedSegment(hashlib.sha256(content).hexdigest()[:32], compress(content))


def written(document: object, columns: bytes | None = None) -> EncodedSegment:
    return named(content_of(document, columns))


def decode(segment: EncodedSegment) -> Segment:
    return decode_segment(segment.name, segment.blob)


def assert_is_never_wrong(segment: EncodedSegment, blob: bytes) -> None:
    """Hold that other bytes under a segment's name are what was written, or are refused."""
    reason = why_unreadable(segment.name, blob)
    try:
        found = decode_segment(segment.name, blob)
    except JournalCorruptError:
        assert reason is not None, "what cannot be decoded is not let into a manifest"
    else:
        # A few bits of a compressed text mean nothing: what is read is what was written.
        assert found == decode(segment)
        assert reason is None


def test_the_segments_of_these_tests_are_read() -> None:
    assert decode(written(DOCUMENT)) == decode(PLAIN) == segment_of(*PLAIN_EVENTS)
    assert decode(written(PACKED_DOCUMENT, COLUMNS)) == decode(PACKED)
    assert decode(CARRIED) == carried_segment((3, ()), (2, ADS), origin=ORIGIN, carried_at=NOON_AT)


@pytest.mark.parametrize(
    ("name", "stored", "expected"),
    [
        (
            "030795dbc9815d60369e42b8f83d5cdb",
            STORED_PACKED,
            PACKED,
        ),
        (
            "f90dd6abcd560b5c3e9c8b44b04b63b2",
            STORED_CARRIED,
            None,
        ),
    ],
    ids=["packed ids", "carried"],
)
def test_a_segment_that_was_stored_once_is_read_for_ever_and_keeps_its_name(
    name: str, stored: str, expected: EncodedSegment | None
) -> None:
    # Whoever changes how a segment is written gives it another name, and must still read these.
    blob = bytes.fromhex(stored)

    found = decode_segment(name, blob)

    assert why_unreadable(name, blob) is None
    if expected is None:
        parts = ((3, ()), ("2.5", ADS))
        assert found == carried_segment(*parts, origin=ORIGIN, carried_at=NOON_AT)
    else:
        assert (expected.name, decode(expected)) == (name, found)


@pytest.mark.parametrize("kind", SEGMENTS)
def test_every_flipped_bit_is_noticed(kind: str) -> None:
    segment = SEGMENTS[kind]
    for place in range(len(segment.blob)):
        for bit in range(8):
            blob = bytearray(segment.blob)
            blob[place] ^= 1 << bit
            assert_is_never_wrong(segment, bytes(blob))


@pytest.mark.parametrize("kind", SEGMENTS)
@given(place=st.floats(0, 1, exclude_max=True), difference=st.integers(1, 255))
def test_a_changed_byte_is_noticed(kind: str, place: float, difference: int) -> None:
    segment = SEGMENTS[kind]
    blob = bytearray(segment.blob)
    blob[int(place * len(blob))] ^= difference

    assert_is_never_wrong(segment, bytes(blob))


@pytest.mark.parametrize("kind", SEGMENTS)
def test_a_truncated_segment_is_noticed_wherever_it_was_cut(kind: str) -> None:
    segment = SEGMENTS[kind]
    for end in range(len(segment.blob)):
        assert why_unreadable(segment.name, segment.blob[:end]) is not None
        with pytest.raises(JournalCorruptError):
            decode_segment(segment.name, segment.blob[:end])


@pytest.mark.parametrize("kind", SEGMENTS)
@pytest.mark.parametrize("surplus", [b"x", b"\x00", PLAIN.blob])
def test_a_segment_with_something_behind_it_is_noticed(kind: str, surplus: bytes) -> None:
    segment = SEGMENTS[kind]

    assert why_unreadable(segment.name, segment.blob + surplus) is not None
    with pytest.raises(JournalCorruptError):
        decode_segment(segment.name, segment.blob + surplus)


@pytest.mark.parametrize("version", [0, 1, 3, 20, "2", None])
@pytest.mark.parametrize("document", [DOCUMENT, CARRIED_DOCUMENT], ids=["home", "carried"])
def test_a_segment_of_another_format_is_refused_and_says_so(
    version: object, document: dict[str, Any]
) -> None:
    segment = written(document | {"format": version})
    if "origin" in document:
        segment = EncodedSegment(CARRIED.name, segment.blob)

    assert "format" in (why_unreadable(segment.name, segment.blob) or "")
    with pytest.raises(JournalCorruptError):
        decode(segment)


@pytest.mark.parametrize("kind", SEGMENTS)
def test_a_segment_under_another_name_is_corrupt(kind: str) -> None:
    others = [one for one in SEGMENTS.values() if one is not SEGMENTS[kind]]

    for other in others:
        with pytest.raises(JournalCorruptError):
            decode_segment(other.name, SEGMENTS[kind].blob)


def test_a_home_segment_under_another_name_is_not_let_into_a_manifest() -> None:
    assert why_unreadable(PACKED.name, PLAIN.blob) == "it does not hold what it was named after"
    assert why_unreadable(CARRIED.name, PLAIN.blob) is not None


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"not compressed",
        zlib.compress(b"\xff\xfe"),
        zlib.compress(b"{"),
        compress(b"[" * 200_000),
        compress(b""),
        compress(b'{"format":2,'),
        compress(b'{"format":2,' + b"[" * 200_000),
    ],
)
def test_bytes_that_are_no_segment_are_corrupt(blob: bytes) -> None:
    assert why_unreadable(PLAIN.name, blob) is not None
    with pytest.raises(JournalCorruptError):
        decode_segment(PLAIN.name, blob)


@pytest.mark.parametrize(
    "segment",
    [
        named(b'{"format":2,'),
        named(b'{"format":2,' + b"[" * 200_000),
        written([]),
        written(None),
        written({}),
        written(2),
        written(PACKED_DOCUMENT),
        written(PACKED_DOCUMENT, COLUMNS[:-1]),
        written(PACKED_DOCUMENT, COLUMNS[:-16]),
        written(PACKED_DOCUMENT, COLUMNS + bytes(16)),
        written({**PACKED_DOCUMENT, "ids": "ulid"}, COLUMNS),
        written(DOCUMENT, COLUMNS),
    ],
)
def test_content_that_is_no_segment_is_corrupt_though_it_has_its_own_name(
    segment: EncodedSegment,
) -> None:
    with pytest.raises(JournalCorruptError):
        decode(segment)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"hour": "yesterday"},
        {"hour": None},
        {"origin": 7},
        {"subscriptions": None},
        {"subscriptions": "one two"},
        {"meters": []},
        {"meters": [2]},
        {"meters": [0]},
        {"meters": [1, 1]},
        {"meters": "1"},
        {"names": []},
        {"dimensions": []},
        {"dimensions": [1]},
        {"dimensions": [0, 0]},
        {"dimensions": ["0"]},
        {"events": []},
        {"events": [1]},
        {"events": [3]},
        {"events": [2, 0]},
        {"meters": [2], "dimensions": [0, 0], "events": [3, -1], "seconds": [0, 0]},
        {"meters": [2], "dimensions": [0, 0], "events": [2, 0], "seconds": [0, 0]},
        {"events": ["2"]},
        {"seconds": []},
        {"seconds": [1e300]},
        {"seconds": [10**15]},
        {"ids": ["e1"]},
        {"ids": ["e1", "e2", "e3"]},
        {"ids": "e1"},
        {"ids": [7, "e2"]},
        {"quantities": "1.5 two"},
        {"quantities": "1.5 NaN"},
        {"quantities": "1.5 Infinity"},
        {"quantities": ["1.5", "2"]},
        {"quantities": "1.5 -2"},
        {"quantities": "1.5"},
        {"quantities": "1.5  2"},
        {"quantities": ""},
        {"tag_sets": []},
        {"tag_sets": [[["team"]], []]},
        {"tag_sets": None},
        {"tags": [0, 7]},
        {"tags": ["0", "0"]},
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["its own", "as carried"])
def test_a_segment_with_a_member_that_we_never_write_is_corrupt(
    change: dict[str, Any], name: str
) -> None:
    segment = written(DOCUMENT | change)
    if name == "as carried":
        carried = written(CARRIED_DOCUMENT | {"ids": ["e1", "e2"]} | change)
        segment = EncodedSegment(CARRIED.name, carried.blob)

    with pytest.raises(JournalCorruptError):
        decode(segment)


@pytest.mark.parametrize("name", sorted(set(DOCUMENT) - {"tags", "tag_sets"}))
def test_a_segment_that_lacks_a_member_is_corrupt(name: str) -> None:
    with pytest.raises(JournalCorruptError):
        decode(written({key: value for key, value in DOCUMENT.items() if key != name}))
