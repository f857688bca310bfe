"""Pages and items stay under DynamoDB's 400 KB, whatever one drain holds for one record."""

import json
from dataclasses import replace
from decimal import Decimal
from random import Random

from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import Change
from meterhouse.ports import CommitResult
from tests.fakes.meterhouse import Meterhouse
from tests.limits.conftest import Table
from tests.limits.sizes import ITEM_BYTES_MAX, item_bytes, large_id, large_tags
from tests.unit.domain.builders import frozen_usage

MESSAGES = 10_000
TAGGED_EVENTS = 2_000
ALLOCATIONS_MAX = 2_500


def test_ten_thousand_messages_of_one_record_with_maximal_ids_fit_into_items(
    house: Meterhouse, table: Table
) -> None:
    random = Random(1)  # noqa: S311 - ids that do not compress, the same in every run
    buyer = house.buyer()
    ids = [large_id(random) for _ in range(MESSAGES)]
    bodies = [json.dumps(house.event(buyer, one), ensure_ascii=False) for one in ids]

    assert house.drain_bodies(bodies) == []

    items = table.items()
    assert max(map(item_bytes, items)) < ITEM_BYTES_MAX
    assert sum(map(item_bytes, items)) > 2_000_000, "these ids do not compress"
    written = [entry.event_id for page in house.record(buyer).pages for entry in page.entries]
    assert sorted(written) == sorted(ids)
    assert house.billed(buyer) == {"12": Decimal(MESSAGES)}


def test_maximal_tags_of_many_events_fit_into_items(house: Meterhouse, table: Table) -> None:
    random = Random(2)  # noqa: S311 - as above
    buyer = house.buyer()
    events = [
        house.event(buyer, f"e{number}", quantity=number, tags=dict(large_tags(random)))
        for number in range(TAGGED_EVENTS)
    ]

    assert house.drain_bodies(json.dumps(event) for event in events) == []

    assert max(map(item_bytes, table.items())) < ITEM_BYTES_MAX
    units = Decimal(sum(range(TAGGED_EVENTS)))
    assert house.billed(buyer) == {"12": units}
    (line,) = house.marketplace.bill()
    # What a header has no room for is billed untagged, in an allocation of its own.
    assert sum(part.quantity for part in line.allocations) == units
    assert 10 < len(line.allocations) < TAGGED_EVENTS


def test_a_header_takes_the_largest_frozen_usage_beside_its_inline_pages(
    house: Meterhouse, table: Table
) -> None:
    """AWS takes 2,500 allocations; a header must hold them, even if no drain makes so many."""
    buyer = house.subscribe()
    for number in range(40):
        house.drain(house.event(buyer, f"e{number}"))
    record = house.record(buyer)
    assert record.state is RecordState.OPEN
    parts = [(1, (("k" * 20, f"{number:04}" + "v" * 20),)) for number in range(ALLOCATIONS_MAX)]
    sealed = record.stepped(RecordState.SUBMITTING, due_at=house.clock.now())
    frozen = frozen_usage(ALLOCATIONS_MAX, *parts)
    change = Change(replace(sealed, frozen=frozen), record.version)

    assert house.ledger.commit(change) is CommitResult.COMMITTED

    (header,) = (item for item in table.items() if "frozen" in item)
    assert 100_000 < item_bytes(header) < ITEM_BYTES_MAX
    assert house.record(buyer).frozen == frozen


def test_more_tag_sets_than_aws_takes_are_billed_to_the_last_unit(
    house: Meterhouse, table: Table
) -> None:
    buyer = house.buyer()
    count = ALLOCATIONS_MAX + 500
    house.drain_bodies(
        json.dumps(house.event(buyer, f"e{number}", quantity=2, tags={"t": f"{number}"}))
        for number in range(count)
    )

    (line,) = house.marketplace.bill()
    assert line.quantity == sum(part.quantity for part in line.allocations) == 2 * count
    assert len(line.allocations) <= ALLOCATIONS_MAX
    assert max(map(item_bytes, table.items())) < ITEM_BYTES_MAX


def test_small_pages_stay_in_the_header_until_it_is_full_and_spill_then(
    house: Meterhouse, table: Table
) -> None:
    buyer = house.subscribe()
    drains = 60
    for number in range(drains):
        house.drain(*(house.event(buyer, f"{number}/{part}") for part in range(3)))

    items = table.items()
    kinds = {item["sk"]["S"][:2]: item for item in items}
    inline = [name for name in kinds["H#"] if name.startswith("page:")]
    assert inline, "the first pages live in the header"
    assert "P#" in kinds, "later pages are items of their own"
    assert item_bytes(kinds["H#"]) < 8_192, "an update costs its whole header"
    pages = house.record(buyer).pages
    assert len(pages) == drains
    assert len({entry.event_id for page in pages for entry in page.entries}) == 3 * drains
    assert {page.kind for page in pages} == {PageKind.HOME}
