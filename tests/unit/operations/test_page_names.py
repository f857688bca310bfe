"""A page is named after its content."""

import uuid
import zlib
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.journal import Page, encode_page
from operations.inspection import is_named_after_its_content
from tests.unit.domain.builders import page_of

PAGES = [
    page_of(("e1", 1)),
    page_of(("é \n", "0.000001"), ("e2", "9999999999.999999"), tags=(("team", "ads"),)),
    page_of(*((str(uuid.UUID(int=n)), n) for n in range(300))),
]


@pytest.mark.parametrize("page", PAGES, ids=["short", "odd", "uuids"])
def test_a_page_bears_the_name_of_what_it_holds(page: Page) -> None:
    stored = encode_page(page)

    assert is_named_after_its_content(stored.blob, stored.digest)
    assert not is_named_after_its_content(stored.blob, "0" * 32)


@pytest.mark.parametrize("page", PAGES, ids=["short", "odd", "uuids"])
def test_a_changed_quantity_does_not_bear_the_old_name(page: Page) -> None:
    first, *others = page.entries
    more = first.quantity + Decimal("0.000001")
    changed = replace(page, entries=(first._replace(quantity=more), *others))

    assert not is_named_after_its_content(encode_page(changed).blob, encode_page(page).digest)


@pytest.mark.parametrize("blob", [b"", b"text", zlib.compress(b"[]"), zlib.compress(b"{}")])
def test_what_is_no_page_bears_no_name(blob: bytes) -> None:
    assert not is_named_after_its_content(blob, "0" * 32)
