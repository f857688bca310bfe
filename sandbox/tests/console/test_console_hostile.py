"""Every page of the console, with names that mean harm in it, and what holds for all pages."""

import re
from collections.abc import Iterator

import pytest
from loopback_console.testing.rules import check_labels, check_origins, check_way_in

from marketplace_sandbox.console.routes import console_routes
from marketplace_sandbox.core.agreements.requests import NewCancellation
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.cancellations import CancellationReason
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    ValueType,
)
from marketplace_sandbox.core.model.disturbances import DisturbanceKind, NewDisturbance
from marketplace_sandbox.core.model.faults import FaultKind, NewFault
from marketplace_sandbox.core.model.offers import Grant, NewOffer
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind
from tests.builders import ACCOUNT, Shop, code_of
from tests.visitor import Page, Visitor

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
TURNED = "safe\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe"
HALF = "half\ud83d"
INVISIBLE = "zero\N{ZERO WIDTH SPACE}width\x00\x1b[31m\u2028line"
LONG = "w" * 255
HOSTILE = (SCRIPT, BREAKOUT, TURNED, HALF, INVISIBLE, LONG)
ENTITLED = "<b>seats</b>"


def open_hostile_shop() -> Shop:
    """Put hostile text wherever a person, a seller or a buyer can put text."""
    shop = Shop()
    sandbox = shop.marketplace
    for number, text in enumerate(HOSTILE):
        dimensions = (
            Dimension(text),
            Dimension(ENTITLED, DimensionKind.ENTITLED, value_type=ValueType.STRING),
        )
        code = f"hostile/{number}"
        url = f'http://127.0.0.1:1/{number}?a="><script>'
        sandbox.desks.catalogue.list_product(
            NewProduct(text, MeteringMode.LICENSE, dimensions, code=code, registration_url=url)
        )
        offer = sandbox.desks.catalogue.make_offer(
            NewOffer(
                code,
                duration_days=30,
                is_renewing=True,
                grants=(Grant(ENTITLED, text if text.isprintable() else SCRIPT),),
            )
        )
        agreement = sandbox.desks.agreements.subscribe(
            NewAgreement(code, ACCOUNT, offer_id=offer.offer_id)
        )
        shop.meter(shop.licensed_record(agreement, Dimension=text))
        code_of(lambda text=text: shop.meter(shop.licensed_record(Dimension=text)))  # type: ignore[misc]  # a default binds the loop's variable
        sandbox.desks.faults.script(
            NewFault(Operation.BATCH_METER_USAGE, FaultKind.THROTTLE, dimension=text)
        )
        sandbox.desks.events.script_disturbance(
            NewDisturbance(DisturbanceKind.DROP, name_prefix=text)
        )
    sandbox.desks.requests.request_cancellation(
        shop.licensed.agreement_id, NewCancellation(CancellationReason.OTHER, BREAKOUT)
    )
    sandbox.desks.catalogue.list_product(
        NewProduct(SCRIPT, MeteringMode.LEGACY, (Dimension("h"),), "image", Delivery.AMI)
    )
    sandbox.desks.resources.launch("image", ACCOUNT, Platform.EC2, "us-east-1")
    sandbox.desks.events.add_target(NewTarget(TargetKind.HTTP, "http://127.0.0.1:1/<script>"))
    return shop


def list_addresses(shop: Shop) -> Iterator[str]:
    """List the address of every page, for every product and agreement."""
    product_ids = [one.product_id for one in shop.marketplace.desks.catalogue.products()]
    agreement_ids = [one.agreement_id for one in shop.marketplace.desks.agreements.agreements()]
    for route in console_routes(shop.marketplace):
        if "GET" not in (route.methods or ()) or route.path.endswith((".css", ".json")):
            continue
        if "{product_id}" in route.path:
            yield from (route.path.format(product_id=one) for one in product_ids)
        elif "{agreement_id}" in route.path:
            yield from (route.path.format(agreement_id=one) for one in agreement_ids)
        else:
            yield route.path


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    shop = open_hostile_shop()
    visitor = Visitor(shop)
    return {address: visitor.read(address) for address in list_addresses(shop)}


def test_every_page_is_read(pages: dict[str, Page]) -> None:
    assert len(pages) > 60
    sections = {one["href"] for one in pages["/"].all("a") if one["href"] in pages}
    assert len(sections) >= 12


def test_no_text_from_outside_becomes_an_element(pages: dict[str, Page]) -> None:
    allowed = {"script", "img", "b", "iframe", "object", "style", "embed", "base"}
    for address, page in pages.items():
        assert not page.names() & allowed, address
        assert not [one for _, one in page.elements for name in one if name.startswith("on")]
    assert SCRIPT in pages["/"].text
    assert "{{ 7*7 }}" in pages["/"].text


def test_what_would_turn_text_around_or_hide_is_written_out(pages: dict[str, Page]) -> None:
    for page in pages.values():
        shown = " ".join([*page.words, *(v for _, one in page.elements for v in one.values())])
        assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff\x00\x1b\u2028]", shown)
    text = pages["/"].text
    assert r"safe\u202egnp.exe" in text
    assert r"half\ud83d" in text
    assert r"zero\u200bwidth\u0000\u001b[31m\u2028line" in text
    assert LONG in text


def test_nothing_is_loaded_from_elsewhere(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        check_origins(page, address)
    style = Visitor(Shop()).answer("/console.css").text
    assert "url(" not in style
    assert "@import" not in style


def test_every_input_has_a_label(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        check_labels(page, address)


def test_every_page_can_be_found_one_s_way_in(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        check_way_in(page, address)


def test_every_form_posts_to_an_address_of_the_console(pages: dict[str, Page]) -> None:
    shop = open_hostile_shop()
    routes = [one for one in console_routes(shop.marketplace) if "POST" in (one.methods or ())]
    patterns = [re.compile(one.path_regex) for one in routes]
    used = set()
    for address, page in pages.items():
        for one in page.all("form"):
            if one["method"] == "get" or address.endswith("/setup"):
                continue
            found = [pattern for pattern in patterns if pattern.fullmatch(one["action"])]
            assert found, one
            used.update(found)
    unused = {one.pattern for one in patterns if one not in used}
    # Only a suspended account can be reinstated, only the license of what has ended be
    # deprovisioned, and only containers have a key.
    assert unused == {
        r"^/agreements/(?P<agreement_id>[^/]+)/deprovision$",
        r"^/agreements/(?P<agreement_id>[^/]+)/reinstate$",
        r"^/resources/public\-keys$",
    }


def test_pages_say_that_no_script_may_run_and_nobody_may_frame_them() -> None:
    policy = Visitor(Shop()).answer("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_hostile_filter_is_shown_again_as_it_was_entered() -> None:
    visitor = Visitor(Shop())
    page = visitor.read("/bill?dimension=%22%3E%3Cscript%3E&account_id=%FF%00")
    assert page.values()["dimension"] == '"><script>'
    assert "script" not in page.names()
    assert visitor.read("/?done=%3Cscript%3E").names().isdisjoint({"script"})


def test_a_hostile_form_is_shown_again_as_it_was_entered() -> None:
    visitor = Visitor(Shop())
    page = visitor.fail("/products/new", title=BREAKOUT, mode=SCRIPT)
    assert page.values()["title"] == BREAKOUT
    assert SCRIPT not in page.text
    assert page.names().isdisjoint({"script", "img"})
