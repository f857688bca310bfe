"""The page at `/`, read by a parser as a browser would."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from sandbox.marketplace import bill_view
from sandbox.marketplace.page import render_page
from tests.unit.sandbox.builders import AN_HOUR, Shop, code_of


class _Text(HTMLParser):
    """Collects what a reader sees, and which elements the page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.extend(data.split())


def read_page(shop: Shop) -> tuple[str, set[str]]:
    parser = _Text()
    parser.feed(render_page(shop.marketplace.snapshot()))
    return " ".join(parser.words), parser.elements


def test_a_new_sandbox_says_how_to_begin(shop: Shop) -> None:
    shop.marketplace._state.products.clear()
    text, _ = read_page(shop)
    assert "Nothing is on sale" in text
    assert "Nothing was refused." in text
    assert "Nobody has called yet." in text


def test_it_shows_what_is_billed_per_hour_and_in_total(shop: Shop) -> None:
    shares = [
        {"AllocatedUsageQuantity": 1_234_000, "Tags": [{"Key": "team", "Value": "search"}]},
        {"AllocatedUsageQuantity": 567},
    ]
    shop.meter(
        shop.licensed_record(Quantity=1_234_567, UsageAllocations=shares),
        shop.licensed_record(Timestamp=shop.now - 2 * AN_HOUR, Quantity=1),
        shop.licensed_record(Dimension="storage", Quantity=None, QuantityAsDecimal="2.50"),
    )
    text, elements = read_page(shop)
    assert "2026-11-22 11:00 1,234,567 2 allocations team=search: 1,234,000 untagged: 567" in text
    assert "2026-11-22 10:00 1 \N{EN DASH}" in text
    assert "Total 1,234,568 2.5" in text
    assert "script" not in elements


def test_it_shows_refusals_calls_faults_and_the_clock(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=6))
    shop.marketplace.inject_fault("throttle", count=1234)
    shop.marketplace.time.set_offset(-90_000)
    text, _ = read_page(shop)
    assert "DuplicateRecord sent 6, but 5 is billed" in text
    assert "BatchMeterUsage 1 Success" in text
    assert "throttle any 1,234" in text
    assert "2026-11-21 11:00:00 UTC moved by -90,000 s" in text


@pytest.mark.parametrize(
    ("ended_hours_ago", "status"), [(-1, "active"), (0.5, "final hour"), (2, "ended")]
)
def test_it_says_whether_an_agreement_is_metered(
    shop: Shop, ended_hours_ago: float, status: str
) -> None:
    ends_at = shop.now - ended_hours_ago * AN_HOUR
    shop.marketplace.end_agreement(shop.licensed.agreement_id, ends_at=ends_at)
    assert f"Account 444455556666 {status}" in read_page(shop)[0]


def test_an_agreement_of_the_future_has_not_started(shop: Shop) -> None:
    shop.marketplace.create_agreement("licensed", starts_at=shop.now + AN_HOUR)
    assert "not started" in read_page(shop)[0]


def test_what_comes_from_outside_is_escaped(shop: Shop) -> None:
    attack = "<script>alert(1)</script>"
    shop.marketplace.create_product(code="attack", title=attack, dimensions=(attack,))
    code_of(lambda: shop.meter(shop.licensed_record(Dimension=attack)))
    text, elements = read_page(shop)
    assert text.count(attack) >= 3
    assert "script" not in elements


def test_a_long_bill_is_cut_and_says_so(shop: Shop) -> None:
    for _ in range(bill_view.HOURS_SHOWN_MAX + 2):
        shop.meter(shop.licensed_record(Quantity=1))
        shop.now += timedelta(hours=1)
    for _ in range(bill_view.AGREEMENTS_SHOWN_MAX):
        shop.marketplace.create_agreement("licensed")
    text, _ = read_page(shop)
    assert "2 earlier hours are not shown; the totals count them." in text
    assert f"Total {bill_view.HOURS_SHOWN_MAX + 2} 0" in text
    assert "1 more agreements are not shown" in text
