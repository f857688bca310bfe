"""The contract of segments and manifests: what a drain added, and what of it counts."""

from random import Random

import pytest

from meterhouse.domain.journal.segments import EncodedSegment
from meterhouse.domain.keys import LogKey
from meterhouse.errors import FoldTooLargeError
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from tests.integration.adapters.ledger_steps import HOUR, LOG, NOON_AT, name_of, segment

OTHER_LOGS = [LogKey(NOON_AT, 1), LogKey(NOON_AT + HOUR, 0), LogKey(NOON_AT - HOUR, 0)]
# More than one item of a manifest holds.
MANY_SEGMENTS = 45_000


def names(*numbers: int) -> frozenset[str]:
    return frozenset(map(name_of, numbers))


def test_segments_are_read_as_they_were_written(ledger: UsageLedger) -> None:
    content = bytes(Random(1).randbytes(5_000))  # noqa: S311 - any content
    written = StoredSegment(3, name_of(7), content)

    ledger.append(LOG, written)

    assert list(ledger.segments(LOG, 0)) == [written]


def test_segments_are_not_decoded(ledger: UsageLedger) -> None:
    nothing_readable = EncodedSegment(name_of(1), b"\x00no segment")

    ledger.append(LOG, StoredSegment(0, nothing_readable.name, nothing_readable.blob))

    assert [one.blob for one in ledger.segments(LOG, 0)] == [b"\x00no segment"]


def test_the_same_segment_again_changes_nothing(ledger: UsageLedger) -> None:
    for _ in range(3):
        ledger.append(LOG, segment(0, 1))

    assert list(ledger.segments(LOG, 0)) == [segment(0, 1)]


def test_one_name_may_stand_in_several_generations(ledger: UsageLedger) -> None:
    ledger.append(LOG, segment(0, 1))
    ledger.append(LOG, segment(1, 1))

    assert list(ledger.segments(LOG, 0)) == [segment(0, 1), segment(1, 1)]


def test_segments_ascend_by_generation_and_name(ledger: UsageLedger) -> None:
    generations = (0, 2, 9, 10, 100)
    written = [segment(generation, number) for generation in generations for number in (1, 2)]
    for one in reversed(written):
        ledger.append(LOG, one)

    assert list(ledger.segments(LOG, 0)) == written


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [(0, None, [0, 1, 2, 3]), (1, 2, [1, 2]), (2, 2, [2]), (2, None, [2, 3]), (4, None, [])],
)
def test_segments_of_some_generations_are_read_with_both_ends(
    ledger: UsageLedger, first: int, last: int | None, found: list[int]
) -> None:
    for generation in range(4):
        ledger.append(LOG, segment(generation, 1))

    assert [one.generation for one in ledger.segments(LOG, first, last)] == found


def test_logs_do_not_mix(ledger: UsageLedger) -> None:
    for log in OTHER_LOGS:
        ledger.append(log, segment(0, 1))
        ledger.write_manifest(log, 0, names(1))

    assert list(ledger.segments(LOG, 0)) == []
    assert ledger.manifests(LOG) == {}


def test_segments_need_no_head(ledger: UsageLedger) -> None:
    """A drain writes first and looks then."""
    ledger.append(LOG, segment(0, 1))

    assert ledger.heads([LOG]) == {}


def test_large_segments_are_read_over_many_pages(ledger: UsageLedger) -> None:
    """A query answers with at most 1 MB at a time."""
    random = Random(2)  # noqa: S311 - any content
    written = [segment(number // 4, number, random.randbytes(380_000)) for number in range(8)]
    for one in reversed(written):
        ledger.append(LOG, one)

    assert list(ledger.segments(LOG, 0)) == written
    assert list(ledger.segments(LOG, 1)) == written[4:]


def test_thousands_of_segments_are_read_in_order(ledger: UsageLedger) -> None:
    count = 600
    for number in range(count):
        ledger.append(LOG, segment(0, number * 7919 % count, bytes(2_000)))

    assert [one.name for one in ledger.segments(LOG, 0)] == [name_of(n) for n in range(count)]


def test_the_first_manifest_of_a_generation_stands(ledger: UsageLedger) -> None:
    assert ledger.write_manifest(LOG, 0, names(1, 2)) == names(1, 2)
    assert ledger.write_manifest(LOG, 0, names(1, 2, 3)) == names(1, 2)
    assert ledger.write_manifest(LOG, 0, names()) == names(1, 2)

    assert ledger.manifests(LOG) == {0: names(1, 2)}


def test_every_generation_has_a_manifest_of_its_own(ledger: UsageLedger) -> None:
    for generation in (0, 1, 9, 10, 11):
        ledger.write_manifest(LOG, generation, names(generation))

    assert ledger.manifests(LOG) == {n: names(n) for n in (0, 1, 9, 10, 11)}


def test_a_generation_without_segments_has_a_manifest_too(ledger: UsageLedger) -> None:
    assert ledger.write_manifest(LOG, 0, frozenset()) == frozenset()
    assert ledger.write_manifest(LOG, 0, names(1)) == frozenset()

    assert ledger.manifests(LOG) == {0: frozenset()}


def test_a_manifest_writes_no_segment_and_a_segment_no_manifest(ledger: UsageLedger) -> None:
    ledger.append(LOG, segment(0, 1))
    ledger.write_manifest(LOG, 0, names(2))

    assert [one.name for one in ledger.segments(LOG, 0)] == [name_of(1)]
    assert ledger.manifests(LOG) == {0: names(2)}


@pytest.mark.parametrize("count", [20_000, 20_001, MANY_SEGMENTS])
def test_a_manifest_of_many_segments_stands_whole(ledger: UsageLedger, count: int) -> None:
    many = names(*range(count))

    assert ledger.write_manifest(LOG, 1, many) == many
    assert ledger.write_manifest(LOG, 1, names(1)) == many
    assert ledger.write_manifest(LOG, 1, many | names(count)) == many

    ledger.write_manifest(LOG, 2, names(2))
    assert ledger.manifests(LOG) == {1: many, 2: names(2)}


def test_a_small_manifest_stands_against_a_large_one(ledger: UsageLedger) -> None:
    ledger.write_manifest(LOG, 0, names(1))

    assert ledger.write_manifest(LOG, 0, names(*range(MANY_SEGMENTS))) == names(1)

    assert ledger.manifests(LOG) == {0: names(1)}


def test_several_large_manifests_are_read_over_many_pages(ledger: UsageLedger) -> None:
    written = {
        generation: names(*range(generation, generation + MANY_SEGMENTS)) for generation in range(3)
    }
    for generation, of_generation in written.items():
        ledger.write_manifest(LOG, generation, of_generation)

    assert ledger.manifests(LOG) == written


def test_more_segments_than_a_manifest_holds_are_refused(ledger: UsageLedger) -> None:
    with pytest.raises(FoldTooLargeError):
        ledger.write_manifest(LOG, 0, names(*range(200_001)))

    assert ledger.manifests(LOG) == {}
