"""How usage splits by the buyer's tags: rules `allocations.…` and `tags.…`."""

from typing import Any

import pytest

from tests.builders import Shop, code_of, statuses

FIVE_TAGS = {f"tag{n}": "x" for n in range(5)}
BAD_ALLOCATIONS = "InvalidUsageAllocationsException"
BAD_TAG = "InvalidTagException"


def share(quantity: Any, **tags: str) -> dict[str, Any]:
    is_decimal = isinstance(quantity, str)
    field = "AllocatedUsageQuantityAsDecimal" if is_decimal else "AllocatedUsageQuantity"
    allocation: dict[str, Any] = {field: quantity}
    if tags:
        allocation["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return allocation


def refusal_of(shop: Shop, *shares: dict[str, Any], quantity: int = 5) -> str:
    """Send a record with allocations beside a good one; return what refuses both."""
    bad = shop.licensed_record(Quantity=quantity, UsageAllocations=list(shares))
    code = code_of(lambda: shop.meter(shop.licensed_record(), bad))
    assert shop.billed() == []
    return code


def accepts(shop: Shop, *shares: dict[str, Any], quantity: int = 5) -> bool:
    record = shop.licensed_record(Quantity=quantity, UsageAllocations=list(shares))
    return statuses(shop.meter(record)) == ["Success"]


def test_a_record_has_1_to_2500_allocations(shop: Shop) -> None:
    shares = [share(1, n=str(n)) for n in range(2501)]
    assert refusal_of(shop, *shares, quantity=2501) == BAD_ALLOCATIONS
    assert accepts(shop, *shares[:2500], quantity=2500)


@pytest.mark.parametrize("quantity", [4, 6])
def test_allocations_add_up_to_their_record(shop: Shop, quantity: int) -> None:
    assert refusal_of(shop, share(quantity, team="a")) == BAD_ALLOCATIONS
    assert accepts(shop, share(3, team="a"), share(2, team="b"))


def test_allocations_use_the_number_type_of_their_record(shop: Shop) -> None:
    assert refusal_of(shop, share("5", team="a")) == BAD_ALLOCATIONS
    assert refusal_of(shop, share(4, team="a"), share("1", team="b")) == BAD_ALLOCATIONS
    decimal = shop.licensed_record(
        Quantity=None, QuantityAsDecimal="5.0", UsageAllocations=[share("5", team="a")]
    )
    assert statuses(shop.meter(decimal)) == ["Success"]


def test_no_two_allocations_have_the_same_tags(shop: Shop) -> None:
    assert refusal_of(shop, share(4, team="a"), share(1, team="a")) == BAD_ALLOCATIONS
    reordered = (share(4, a="1", b="2"), share(1, b="2", a="1"))
    assert refusal_of(shop, *reordered) == BAD_ALLOCATIONS
    assert refusal_of(shop, share(4), share(1)) == BAD_ALLOCATIONS


def test_the_untagged_rest_is_one_allocation_without_tags(shop: Shop) -> None:
    assert accepts(shop, share(4, team="a"), share(1))
    (line,) = shop.marketplace.bill()
    assert [one.tags for one in line.allocations] == [(("team", "a"),), ()]


def test_an_allocation_has_at_most_five_tags(shop: Shop) -> None:
    assert refusal_of(shop, share(5, **FIVE_TAGS, more="x")) == BAD_TAG
    assert accepts(shop, share(5, **FIVE_TAGS))


def test_a_records_allocations_have_at_most_five_tag_keys(shop: Shop) -> None:
    assert refusal_of(shop, share(4, **FIVE_TAGS), share(1, more="x")) == BAD_TAG
    assert accepts(shop, share(4, **FIVE_TAGS), share(1, tag0="y"))


def test_a_tag_has_a_key_to_100_and_a_value_to_256_characters(shop: Shop) -> None:
    assert refusal_of(shop, share(5, **{"k" * 101: "x"})) == BAD_TAG
    assert refusal_of(shop, share(5, team="v" * 257)) == BAD_TAG
    assert accepts(shop, share(5, **{"k" * 100: "v" * 256}))


@pytest.mark.parametrize("text", ["te#m{", "sök", "a\n"])
def test_a_tag_is_made_of_the_models_characters(shop: Shop, text: str) -> None:
    assert refusal_of(shop, share(5, **{text: "x"})) == BAD_TAG
    assert refusal_of(shop, share(5, team=text)) == BAD_TAG
    assert accepts(shop, share(5, team="aZ09+ -=._:/@"))


def test_an_allocation_names_a_tag_key_once(shop: Shop) -> None:
    twice = share(5) | {"Tags": [{"Key": "team", "Value": value} for value in "ab"]}
    assert refusal_of(shop, twice) == BAD_TAG
