"""What a program gone wrong, or a page of another site, may send to the control API."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import httpx
import pytest

from tests.builders import Shop
from tests.digests import digest_of
from tests.served_shop import raw_client

if TYPE_CHECKING:
    from marketplace_sandbox.desks.bill import BillDesk

PRODUCTS = "/_sandbox/products"
RESET = b'{"confirm": "reset"}'
UNSOUND_BODIES = {
    "not a number": b'{"title": NaN}',
    "no end": b'{"title": Infinity}',
    "overflow": b'{"title": 1e999}',
    "a number of 10,000 digits": b'{"title": ' + b"9" * 10_000 + b"}",
    "a thousand levels of lists": b'{"title": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "a hundred thousand levels": b'{"title": ' + b"[" * 100_000,
    "deep objects": b'{"title": ' + b'{"a": ' * 500 + b"1" + b"}" * 501,
    "half a character": b'{"title": "\\ud800", "mode": "license", "dimensions": ["d"]}',
    "half a character as a name": b'{"\\udfff": 1}',
    "a field twice": b'{"title": "A", "title": "B", "mode": "license", "dimensions": ["d"]}',
    "a control character": b'{"title": "\\u001b[2J", "mode": "license", "dimensions": ["d"]}',
    "no UTF-8": b'{"title": "\xff\xfe"}',
    "two documents": b"{} {}",
    "text": b"hello",
    "null": b"null",
}


@pytest.fixture(scope="module")
def untouched() -> Iterator[tuple[httpx.Client, Shop]]:
    """Serve one shop for all that is refused: nothing of it may change anything."""
    shop = Shop()
    with raw_client(shop) as client:
        yield client, shop


@pytest.mark.parametrize("body", UNSOUND_BODIES.values(), ids=list(UNSOUND_BODIES))
def test_an_unsound_document_is_refused_and_changes_nothing(
    untouched: tuple[httpx.Client, Shop], body: bytes
) -> None:
    api, shop = untouched
    before = digest_of(shop.marketplace)
    answer = api.post(PRODUCTS, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequest"
    assert len(answer.content) < 1_000
    assert digest_of(shop.marketplace) == before


def test_nine_megabytes_are_refused(untouched: tuple[httpx.Client, Shop]) -> None:
    api, shop = untouched
    before = digest_of(shop.marketplace)
    for content in (b"[" * 9_000_000, (b"x" * 1_000_000 for _ in range(9))):
        answer = api.post(PRODUCTS, content=content)
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "RequestEntityTooLarge"
    assert digest_of(shop.marketplace) == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data"])
def test_what_says_that_it_is_no_json_is_refused(
    untouched: tuple[httpx.Client, Shop], media_type: str
) -> None:
    api, _ = untouched
    answer = api.post("/_sandbox/reset", content=RESET, headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "application/x-www-form-urlencoded"]
)
def test_json_is_read_under_the_names_that_programs_give_it(
    untouched: tuple[httpx.Client, Shop], media_type: str
) -> None:
    api, _ = untouched
    headers = {"content-type": media_type}
    answer = api.put("/_sandbox/clock", content=b'{"offset_seconds": 0}', headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [PRODUCTS, "/_sandbox/nothing", "/_sandbox/"])
@pytest.mark.parametrize("method", ["PATCH", "PROPFIND", "DELETE"])
def test_an_unknown_method_or_path_is_refused_in_the_same_envelope(
    untouched: tuple[httpx.Client, Shop], method: str, path: str
) -> None:
    api, _ = untouched
    answer = api.request(method, path)
    assert answer.status_code in {404, 405}
    assert answer.json()["error"].keys() == {"code", "message"}


def test_a_path_of_any_length_and_content_is_refused_in_few_words(
    untouched: tuple[httpx.Client, Shop],
) -> None:
    api, _ = untouched
    for name in ("%00", "%ff%fe", "..%2f..%2fetc", "x" * 3_000, "%F0%9F%92%A5"):
        answer = api.get(f"/_sandbox/agreements/{name}")
        assert answer.status_code in {400, 404}
        assert len(answer.content) < 9_000


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1"},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
    ],
    ids=str,
)
def test_a_page_of_another_site_can_change_nothing(
    untouched: tuple[httpx.Client, Shop], headers: dict[str, str]
) -> None:
    api, shop = untouched
    before = digest_of(shop.marketplace)
    answer = api.post("/_sandbox/reset", content=RESET, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "Forbidden"
    assert digest_of(shop.marketplace) == before


@pytest.mark.parametrize("path", ["/_sandbox/bill", "/_sandbox/openapi.json", "/"])
def test_a_strangers_name_for_this_machine_can_read_nothing(
    untouched: tuple[httpx.Client, Shop], path: str
) -> None:
    api, _ = untouched
    assert api.get(path, headers={"host": "rebound.example:8901"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "none"},
        {"host": "localhost:8901", "origin": "http://localhost:8901"},
        {"host": "[::1]:8901", "origin": "http://[::1]:8901"},
        {"host": "sandbox.localhost"},
    ],
    ids=str,
)
def test_the_sandboxs_own_pages_and_programs_are_served(
    untouched: tuple[httpx.Client, Shop], headers: dict[str, str]
) -> None:
    api, _ = untouched
    answer = api.put("/_sandbox/clock", json={"offset_seconds": 0}, headers=headers)
    assert answer.status_code == 200


def test_a_fault_of_our_own_is_answered_without_its_trace(shop: Shop) -> None:
    desks = replace(shop.marketplace.desks, bill=cast("BillDesk", None))
    shop.marketplace.desks = desks
    with raw_client(shop) as api:
        answer = api.get("/_sandbox/bill")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "InternalError")
    assert "Traceback" not in answer.text


def test_sdks_reach_aws_under_any_name(untouched: tuple[httpx.Client, Shop]) -> None:
    api, _ = untouched
    headers = {
        "host": "host.docker.internal:8901",
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSMPMeteringService.BatchMeterUsage",
    }
    assert api.post("/", content=b'{"UsageRecords": []}', headers=headers).status_code == 200
