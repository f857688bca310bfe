"""Every page of the console, with names that mean harm in it, and what holds for all pages."""

import re
from collections.abc import Iterator

import pytest
from loopback_console.testing.rules import check_labels, check_origins, check_way_in
from loopback_console.testing.visiting import Page, Visitor

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import license_key
from operations.console.app import build_app
from operations.console.routes import ACTIONS, PAGES, QUESTIONS
from tests.integration.operations.console.filled_stack import FilledStack, filled_stack
from tests.integration.operations.console.walking import one_of_each, walk

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
TURNED = "safe\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe"
INVISIBLE = "zero\N{ZERO WIDTH SPACE}width"
LONG = "w" * 128
HOSTILE = (SCRIPT, BREAKOUT, TURNED, INVISIBLE, LONG)
# What an address may hold in place of a name.
QUERIES = (
    "?done=%3Cscript%3E",
    "?name=%22%3E%3Cscript%3E&month=%FF%00&after=%00",
    "?limit=99999999",
)


def pattern_of(path: str) -> str:
    """Return a pattern of the addresses that a path of a row stands for."""
    return re.sub(r"\{\w+\}", "[^/]+", path)


def fill(filled: FilledStack) -> None:
    """Put hostile text wherever a producer of usage can put text."""
    house = filled.house
    for number, text in enumerate(HOSTILE):
        house.drain(house.event(house.subscribe(), text, quantity=number + 1, dimension=text))
        filled.reject(f"m{number}", {"id": text, "subscription": text, "quantity": text})
    house.drain(*(house.event(house.buyer(), text, dimension=text) for text in HOSTILE))
    # AWS refuses these dimensions, and gives no answer about the others.
    house.reconcile()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(*(house.event(house.buyer(), text, dimension=text) for text in HOSTILE))
    filled.know_all()
    held = [Entitlement(text, text) for text in HOSTILE]
    for agreement in house.marketplace.desks.agreements.agreements():
        assert agreement.license_arn is not None
        filled.hold(license_key(agreement.license_arn), *held)
    filled.stack.at = house.clock.now()


@pytest.fixture(scope="module", params=[False, True], ids=["only looks", "may change"])
def may_change(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def filled() -> Iterator[FilledStack]:
    with filled_stack() as found:
        fill(found)
        yield found


@pytest.fixture(scope="module")
def visitor(filled: FilledStack, *, may_change: bool) -> Visitor:
    return Visitor(build_app(filled.stack, may_change=may_change))


@pytest.fixture(scope="module")
def pages(visitor: Visitor) -> dict[str, Page]:
    return walk(visitor)


def test_every_row_of_the_table_is_read(pages: dict[str, Page]) -> None:
    assert [path for path, address in one_of_each(pages).items() if not address] == []


def test_no_text_from_outside_becomes_an_element(pages: dict[str, Page]) -> None:
    forbidden = {"script", "img", "iframe", "object", "style", "embed", "base"}
    for address, page in pages.items():
        assert not page.names() & forbidden, address
        assert not [one for _, one in page.elements for name in one if name.startswith("on")]
    assert any(SCRIPT in page.text for page in pages.values())
    assert any("{{ 7*7 }}" in page.text for page in pages.values())


def test_what_would_turn_text_around_or_hide_is_written_out(pages: dict[str, Page]) -> None:
    for page in pages.values():
        values = [
            value
            for _, one in page.elements
            for name, value in one.items()
            # What is sent back is what it was, and nobody sees it.
            if name != "value" or one.get("type") not in {"hidden", "checkbox"}
        ]
        shown = " ".join([*page.words, *values])
        assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff\x00\x1b\u2028]", shown)


def test_what_a_contract_holds_is_text_like_any_other(pages: dict[str, Page]) -> None:
    shown = [page.text for path, page in pages.items() if path.startswith("/subscription?")]

    assert shown
    for text in shown:
        assert f"{SCRIPT} {SCRIPT} " in text
        assert f"{BREAKOUT} {BREAKOUT} " in text


def test_nothing_is_loaded_from_elsewhere(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        check_origins(page, address)


def test_every_page_can_be_found_one_s_way_in(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        check_way_in(page, address)


def test_every_input_has_a_label(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        check_labels(page, address)


def test_forms_that_change_something_are_drawn_only_with_leave(
    pages: dict[str, Page], *, may_change: bool
) -> None:
    forms = [one for page in pages.values() for one in page.all("form")]
    changing = [one["action"].partition("?")[0] for one in forms if one.get("method") == "post"]
    patterns = [
        pattern_of(one) for one in (*(d.path for d in ACTIONS), *(q.path for q in QUESTIONS))
    ]

    assert bool(changing) == (may_change and bool(ACTIONS))
    for action in changing:
        assert any(re.fullmatch(one, action) for one in patterns), action


def test_pages_say_that_no_script_may_run_and_nobody_may_frame_or_keep_them(
    visitor: Visitor,
) -> None:
    headers = visitor.answer("/").headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("query", QUERIES)
def test_a_strange_query_breaks_no_page(visitor: Visitor, query: str) -> None:
    for row in PAGES:
        if "{" not in row.path:
            answer = visitor.answer(row.path + query)
            assert answer.status_code in {200, 400, 404}, row.path
            assert Page(answer.text).names().isdisjoint({"script", "img"})
