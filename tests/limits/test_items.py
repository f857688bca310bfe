"""Items stay under DynamoDB's 400 KB, whatever a drain brings and a closing freezes."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from meterhouse.domain.journal.carrying import Carry, KeptPart, MeterSettlement
from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.journal.segments import (
    CarriedPart,
    decode_segment,
    encode_carried,
    encode_events,
)
from meterhouse.domain.journal.settling import SETTLEMENTS_PER_CARRY_MAX
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.batching import form_batches
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import Batch, MeteringRecord, RecordStatus, SealedRecord
from meterhouse.domain.records.sealing import seal_usage
from meterhouse.domain.records.settlement import (
    NAME_LENGTH_MAX,
    REASON_LENGTH_MAX,
    Operator,
    SettledAs,
    Settlement,
)
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.usage.events import Tags, UsageEvent
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from meterhouse.use_cases.billing.carry_usage import CARRY_BYTES_MAX
from tests.integration.adapters.ledger_steps import (
    LEASED_UNTIL,
    LOG,
    NOW,
    carry,
    head_of,
    name_of,
    opened,
    sealed,
    submitting,
    taken,
)
from tests.limits.conftest import Table
from tests.limits.sizes import ITEM_BYTES_MAX, item_bytes, large_id, large_tags

EVENTS = 30_000
LARGE_ID_EVENTS = 4_000
TAGGED_EVENTS = 2_000
ALLOCATIONS_MAX = 2_500
WIDEST_DIMENSION = "\U0001f4be" * 63
LONGEST_TEXT = "\U0001f4be" * 500


def chance(seed: int) -> Random:
    """Return what makes ids and tags that do not compress, the same in every run."""
    return Random(seed)  # noqa: S311 - as it says


def events_of(
    ids: Iterable[str], tags: Tags = (), quantity: Decimal = Decimal(1)
) -> list[UsageEvent]:
    home = sealed(1, dimension=WIDEST_DIMENSION).key
    return [UsageEvent(one, home, quantity, LOG.hour_at, tags) for one in ids]


def append_all(ledger: UsageLedger, events: list[UsageEvent]) -> None:
    for segment in encode_events(LOG.hour_at, distinct(events)):
        ledger.append(LOG, StoredSegment(0, segment.name, segment.blob))


def ids_in(ledger: UsageLedger) -> int:
    return sum(len(decode_segment(one.name, one.blob).ids) for one in ledger.segments(LOG, 0))


def largest(table: Table) -> int:
    return max(map(item_bytes, table.items()))


def test_more_events_than_an_item_holds_are_several_segments(table: Table) -> None:
    random, ledger = chance(1), table.ledger()

    append_all(ledger, events_of(f"{random.getrandbits(128):032x}" for _ in range(EVENTS)))

    assert 290_000 < largest(table) < ITEM_BYTES_MAX
    assert len(table.items()) == 2
    assert ids_in(ledger) == EVENTS


def test_events_with_maximal_ids_are_segments_that_fit(table: Table) -> None:
    random, ledger = chance(2), table.ledger()

    append_all(ledger, events_of(large_id(random) for _ in range(LARGE_ID_EVENTS)))

    assert sum(map(item_bytes, table.items())) > 800_000, "these ids do not compress"
    assert largest(table) < ITEM_BYTES_MAX
    assert ids_in(ledger) == LARGE_ID_EVENTS


def test_events_with_maximal_tags_are_segments_that_fit(table: Table) -> None:
    random, ledger = chance(3), table.ledger()
    events = [
        event
        for number in range(TAGGED_EVENTS)
        for event in events_of([f"e{number}"], large_tags(random))
    ]

    append_all(ledger, events)

    assert sum(map(item_bytes, table.items())) > 800_000, "these tags do not compress"
    assert largest(table) < ITEM_BYTES_MAX
    assert ids_in(ledger) == TAGGED_EVENTS


def maximal_record(number: int, tag_sets: dict[Tags, Decimal]) -> SealedRecord:
    """Return what sealing makes of more tags than a record may have."""
    usage = seal_usage(tag_sets)
    empty = sealed(number, dimension=f"{number:03}{WIDEST_DIMENSION}")
    return replace(empty, quantity=usage.quantity, allocations=usage.allocations, rest=usage.rest)


def large_tag_sets(seed: int, count: int, quantity: str = "9.999999") -> dict[Tags, Decimal]:
    random = chance(seed)
    return {large_tags(random): Decimal(quantity) for _ in range(count)}


def small_tag_sets(count: int) -> dict[Tags, Decimal]:
    random = chance(4)
    return {
        ((f"k{number % 5}", f"{random.getrandbits(400):0100x}"),): Decimal(1 + number)
        for number in range(count)
    }


def every_batch_fits(table: Table, records: list[SealedRecord]) -> list[Batch]:
    """Freeze records as a closing does, then end each as wordily as a record can end."""
    ledger = table.ledger()
    opened(ledger)
    lease = taken(ledger)
    formed = form_batches(
        LOG, 0, [MeteringRecord(one, submitting(LEASED_UNTIL)) for one in records]
    )
    for one in formed:
        assert ledger.freeze(lease, [one])
        ended = one.with_statuses({n: wordy(one, n) for n in range(len(one.records))})
        assert ledger.store(ended)
        assert ledger.read_batch(one.key) == ended
    assert largest(table) < ITEM_BYTES_MAX
    return formed


def wordy(one: Batch, place: int) -> RecordStatus:
    receipt = f"{one.key.name}/{place}/{LONGEST_TEXT}"[:255]
    reason = AwsCode(f"refused:{place}{LONGEST_TEXT}"[:255])
    return RecordStatus(RecordState.METERED, None, reason, 99, 99, receipt)


@pytest.mark.parametrize("quantity", ["9.999999", "9999999999.999999"], ids=["billed", "rest"])
def test_records_with_as_many_maximal_tags_as_they_may_have_are_batches_that_fit(
    table: Table, quantity: str
) -> None:
    records = [maximal_record(n, large_tag_sets(n, 200, quantity)) for n in range(3)]

    assert len(every_batch_fits(table, records)) == 3
    assert largest(table) > 150_000, "these tags do not compress"


def test_a_record_with_as_many_allocations_as_aws_takes_is_a_batch_that_fits(table: Table) -> None:
    record = maximal_record(1, small_tag_sets(ALLOCATIONS_MAX + 100))

    every_batch_fits(table, [record])

    assert 2_000 < len(record.allocations) <= ALLOCATIONS_MAX
    assert largest(table) > 100_000


def test_records_that_fill_a_batch_to_its_bound_fit(table: Table) -> None:
    records = [maximal_record(n, large_tag_sets(n, 10)) for n in range(60)]

    formed = every_batch_fits(table, records)

    assert max(len(one.records) for one in formed) < 25, "bytes are what bounds these batches"
    assert sum(len(one.records) for one in formed) == 60
    assert largest(table) > 150_000


def test_what_carries_as_much_as_it_may_fits_in_its_item_and_its_segment(table: Table) -> None:
    ledger, random = table.ledger(), chance(5)
    parts, size = list[CarriedPart](), 0
    while size < CARRY_BYTES_MAX - 2_000:
        tags = large_tags(random)
        meter = MeterKey(SubscriptionKey(f"license#l-{random.getrandbits(128):032x}"), "d")
        parts.append(CarriedPart(meter, Decimal("0.000001"), tags))
        size += 64 + sum(len(text) for text in (*meter, *(t for tag in tags for t in tag)))
    written = carry("late#000000#000", *parts)

    assert ledger.write_carry(written) == written
    append_carried(ledger, written)

    assert 150_000 < largest(table) < ITEM_BYTES_MAX
    assert ledger.carries(LOG) == {written.name: written}


def test_untagged_usage_of_as_many_meters_as_are_carried_together_fits(table: Table) -> None:
    ledger, random = table.ledger(), chance(6)
    meters = [
        MeterKey(SubscriptionKey(f"license#l-{random.getrandbits(128):032x}"), "api_calls")
        for _ in range(CARRY_BYTES_MAX // (64 + 42 + 9))
    ]
    written = carry("late#000000#000", *(CarriedPart(one, Decimal(7), ()) for one in meters))

    assert ledger.write_carry(written) == written
    append_carried(ledger, written)

    assert largest(table) < ITEM_BYTES_MAX


def test_late_usage_that_was_settled_in_as_many_words_as_may_be_fits_in_its_item(
    table: Table,
) -> None:
    ledger, random = table.ledger(), chance(8)
    meters = [
        MeterKey(SubscriptionKey(f"license#l-{random.getrandbits(128):032x}"), "api_calls")
        for _ in range(CARRY_BYTES_MAX // (64 + 42 + 9))
    ]
    kept = tuple(KeptPart(CarriedPart(one, Decimal(7), ()), Reason.AFTER_END) for one in meters)
    words = [
        Settlement(
            SettledAs.BILLED_ELSEWHERE,
            large_text(random, REASON_LENGTH_MAX),
            large_text(random, NAME_LENGTH_MAX),
            Operator(large_hex(number) * 10, large_text(random, NAME_LENGTH_MAX)),
            NOW,
        )
        for number in range(SETTLEMENTS_PER_CARRY_MAX)
    ]
    settled = tuple(
        MeterSettlement(one, words[place % len(words)]) for place, one in enumerate(meters)
    )
    written = replace(carry("late#000000#000"), parts=(), kept=kept, settlements=settled)

    assert ledger.write_carry(written) == written

    assert 100_000 < largest(table) < ITEM_BYTES_MAX
    assert ledger.carries(LOG) == {written.name: written}


def large_text(random: Random, length: int) -> str:
    """Return characters of four bytes each, which no compression makes much smaller."""
    return "".join(chr(random.randrange(0x20000, 0x2A6DF)) for _ in range(length))


def append_carried(ledger: UsageLedger, carried: Carry) -> None:
    target = carried.target
    one = encode_carried(target.hour_at, carried.origin, carried.parts, carried.carried_at)
    ledger.append(target, StoredSegment(0, one.name, one.blob))


def test_a_head_stays_small_with_all_that_may_be_named_in_it(table: Table) -> None:
    ledger = table.ledger()
    opened(ledger)
    lease = taken(ledger)
    full = replace(
        head_of(ledger),
        reason=Reason.SUBSCRIPTION_UNKNOWN,
        waiting=tuple(SubscriptionKey(f"license#l-{large_hex(n)}") for n in range(100)),
        aside=tuple(f"{n:06}#{name_of(n)}" for n in range(100)),
        totals=tuple((f"standing {n}", Decimal("9999999999999.999999")) for n in range(8)),
    )

    ledger.release(lease, full)

    assert largest(table) < 8_192, "every step of a head costs the whole of it"


def large_hex(seed: int) -> str:
    return f"{chance(seed).getrandbits(256):064x}"


def test_an_item_that_is_too_large_is_refused_and_not_tried_for_ever(table: Table) -> None:
    ledger = table.ledger()

    with pytest.raises(StorageUnavailableError):
        ledger.append(LOG, StoredSegment(0, name_of(1), chance(7).randbytes(ITEM_BYTES_MAX)))

    assert table.items() == []
