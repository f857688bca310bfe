"""Tags become usage allocations: merged, within AWS's limits, and exact to the last digit."""

import json
import string
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.regressions.accidents import watch

Parts = dict[tuple[tuple[str, str], ...], Decimal]
SEARCH, ADS = {"team": "search"}, {"team": "ads"}
ALLOCATIONS_MAX = 2_500


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def buyer(house: Meterhouse) -> Agreement:
    return house.buyer()


def report(house: Meterhouse, buyer: Agreement, *usage: tuple[object, dict[str, str]]) -> None:
    """Drain one message with an event for each quantity and tag set."""
    house.drain(
        *(
            house.event(buyer, f"e{number}", quantity=quantity, tags=tags)
            for number, (quantity, tags) in enumerate(usage)
        )
    )


def allocations(house: Meterhouse) -> list[Parts]:
    """Return the allocations of every line of the bill, after checking that they add up."""
    found = []
    for line in house.marketplace.bill():
        parts = {part.tags: part.quantity for part in line.allocations}
        assert len(parts) == len(line.allocations), "no two allocations have the same tags"
        assert sum(parts.values()) == (line.quantity if parts else 0)
        found.append(parts)
    return found


def test_equal_tag_sets_are_merged_whatever_order_and_message_they_come_in(
    house: Meterhouse, buyer: Agreement
) -> None:
    events = [
        house.event(buyer, "a", quantity=2, tags={"team": "search", "env": "prod"}),
        house.event(buyer, "b", quantity="0.5", tags={"env": "prod", "team": "search"}),
        house.event(buyer, "c", quantity=4, tags={"team": "search", "env": "test"}),
    ]
    house.drain_bodies(json.dumps(event) for event in events)

    assert allocations(house) == [
        {
            (("env", "prod"), ("team", "search")): Decimal("2.5"),
            (("env", "test"), ("team", "search")): Decimal(4),
        }
    ]


def test_untagged_usage_is_an_allocation_of_its_own(house: Meterhouse, buyer: Agreement) -> None:
    report(house, buyer, (2, SEARCH), (3, {}), (4, {}))

    assert allocations(house) == [{(("team", "search"),): Decimal(2), (): Decimal(7)}]


def test_usage_without_any_tags_has_no_allocations(house: Meterhouse, buyer: Agreement) -> None:
    report(house, buyer, (2, {}), (3, {}))

    assert house.billed(buyer) == {"12": Decimal(5)}
    assert allocations(house) == [{}]


def test_a_tag_set_without_units_is_no_allocation(house: Meterhouse, buyer: Agreement) -> None:
    report(house, buyer, (2, SEARCH), (0, ADS))

    assert allocations(house) == [{(("team", "search"),): Decimal(2)}]


def test_of_more_than_five_tag_keys_the_largest_sums_keep_theirs(
    house: Meterhouse, buyer: Agreement
) -> None:
    report(house, buyer, *((10 - number, {f"key{number}": "x"}) for number in range(8)))

    tagged: Parts = {((f"key{number}", "x"),): Decimal(10 - number) for number in range(5)}
    untagged: Parts = {(): Decimal(5 + 4 + 3)}
    assert allocations(house) == [tagged | untagged]


def test_of_more_tag_sets_than_aws_takes_none_loses_a_unit(
    house: Meterhouse, buyer: Agreement
) -> None:
    count = ALLOCATIONS_MAX + 100
    report(house, buyer, *(("0.000001", {"t": f"{number}"}) for number in range(count)))

    (parts,) = allocations(house)
    assert sum(parts.values()) == Decimal(count) / 1_000_000
    assert len(parts) == ALLOCATIONS_MAX


@pytest.mark.parametrize(
    ("quantities", "whole"),
    [
        ((1, 2), True),
        (("1.0", "2.000000"), True),
        (("0.5", "0.5"), False),  # whole in sum, not in its parts
        ((1, "0.5"), False),
        ((2_147_483_646, 1), True),
        ((2_147_483_647, 1), False),
        ((3_000_000_000, 1), False),
    ],
    ids=repr,
)
def test_a_record_and_its_allocations_are_integer_or_decimal_together(
    house: Meterhouse, buyer: Agreement, quantities: tuple[object, object], *, whole: bool
) -> None:
    """AWS refuses allocations of another type than their record's."""
    api = watch(house)
    report(house, buyer, (quantities[0], SEARCH), (quantities[1], ADS))

    ((record,),) = api.sent
    assert ("Quantity" in record, "QuantityAsDecimal" in record) == (whole, not whole)
    for part in record["UsageAllocations"]:
        assert ("AllocatedUsageQuantity" in part) == whole
        assert ("AllocatedUsageQuantityAsDecimal" in part) == (not whole)
    assert house.billed(buyer) == {"12": sum(Decimal(str(one)) for one in quantities)}


def test_a_sum_beyond_ten_digits_keeps_its_tags_in_both_hours(
    house: Meterhouse, buyer: Agreement
) -> None:
    report(house, buyer, (9_000_000_000, SEARCH), (2_000_000_000, ADS), (1, {}))
    house.clock.move_to(house.hour_at + 2 * HOUR + (house.policy.settle))
    house.reconcile()

    first, second = allocations(house)
    together = {tags: first.get(tags, Decimal(0)) + second.get(tags, Decimal(0)) for tags in second}
    assert sum(first.values()) == Decimal("9999999999.999999")
    assert first[("team", "search"),] == 9_000_000_000
    assert together == {(("team", "ads"),): Decimal(2_000_000_000), (): Decimal(1)}
    check_books(house)


def test_late_usage_takes_its_tags_to_the_hour_that_bills_it(
    house: Meterhouse, buyer: Agreement
) -> None:
    house.drain(house.event(buyer, "on time", quantity=2, tags=SEARCH))
    house.drain(
        house.event(buyer, "late", quantity=3, tags=ADS),
        house.event(buyer, "later", quantity=1, tags=SEARCH),
    )
    house.clock.move_to(house.hour_at + 2 * HOUR + house.policy.settle)
    house.reconcile()

    assert allocations(house) == [
        {(("team", "search"),): Decimal(2)},
        {(("team", "ads"),): Decimal(3), (("team", "search"),): Decimal(1)},
    ]


@pytest.mark.parametrize(
    "letter", [one for one in string.printable if one not in string.ascii_letters]
)
def test_tags_that_aws_refuses_never_come_into_a_record_with_others(
    house: Meterhouse, buyer: Agreement, letter: str
) -> None:
    """AWS refuses the whole record for one letter of one tag, and all usage of its hour with it."""
    report(house, buyer, (5, SEARCH), (2, {"team": f"a{letter}b"}), (1, {f"k{letter}": "v"}))

    assert house.state(buyer) is RecordState.METERED
    rejected = {json.dumps(rejection.content) for rejection in house.rejected.rejections}
    units = 5 + 3 - sum(quantity_in(text) for text in rejected)
    assert house.billed(buyer) == {"12": Decimal(units)}


def quantity_in(text: str) -> int:
    quantity = json.loads(text)["quantity"]
    assert isinstance(quantity, int)
    return quantity
