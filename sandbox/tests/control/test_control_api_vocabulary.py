"""One vocabulary: what is answered is taken under the same name, and a slip is told from it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketplace_sandbox.client import FaultKind, SandboxClient
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from marketplace_sandbox.server import serve_beside
from tests.builders import ACCOUNT, AN_HOUR, NOON_AT, Shop
from tests.digests import digest_of
from tests.served_shop import raw_client

A_PRODUCT = {"title": "Atlas", "dimensions": ["calls"]}


@pytest.fixture(scope="module")
def shop_served() -> Iterator[tuple[httpx.Client, Shop]]:
    shop = Shop()
    with raw_client(shop) as client:
        yield client, shop


@pytest.fixture
def api(shop: Shop) -> Iterator[httpx.Client]:
    with raw_client(shop) as client:
        yield client


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["product_code", "code"])
def test_a_product_is_named_as_answers_name_it(api: httpx.Client, name: str) -> None:
    answer = api.post("/_sandbox/products", json=A_PRODUCT | {name: "atlas"})
    assert answer.json()["product_code"] == "atlas"


def test_a_field_under_two_names_is_refused(api: httpx.Client) -> None:
    both = A_PRODUCT | {"code": "atlas", "product_code": "borealis"}
    sentence = "the body says product_code under two names"
    assert told(api.post("/_sandbox/products", json=both)) == (400, sentence)


def test_the_clock_is_set_to_what_it_answers(api: httpx.Client) -> None:
    now = api.post("/_sandbox/clock/advance", json={"seconds": 60}).json()["now"]
    api.post("/_sandbox/clock/advance", json={"seconds": 60})
    assert api.post("/_sandbox/clock/set", json={"now": now}).json()["now"] == now


def test_calls_are_chosen_by_what_they_answer(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    (call,) = api.get("/_sandbox/calls").json()["calls"]
    for name in ("operation", "outcome", "account_id", "region", "product_code"):
        assert api.get("/_sandbox/calls", params={name: call[name]}).json()["calls"] == [call]
    assert api.get("/_sandbox/calls", params={"account_id": "0" * 12}).json()["calls"] == []


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("bill", 3),
        ("bill/double-billed", 1),
        ("bill/lost-duplicates", 1),
        ("agreements", 1),
        ("offers", 1),
    ],
)
def test_what_is_of_a_product_is_listed_by_its_code(
    api: httpx.Client, shop: Shop, path: str, count: int
) -> None:
    shop.marketplace.desks.catalogue.opt_in("legacy", MeteringMode.MIGRATING)
    buyer = shop.marketplace.desks.agreements.agreement(shop.legacy.agreement_id)
    by_license = {"LicenseArn": buyer.license_arn, "CustomerAWSAccountId": ACCOUNT}
    shop.meter(shop.legacy_record(CustomerIdentifier=None, **by_license))
    for hours, quantity in ((0, 5), (0, 6), (1, 5)):
        at = shop.now - hours * AN_HOUR
        shop.meter_legacy(shop.legacy_record(Timestamp=at, Quantity=quantity))
    shop.meter(shop.licensed_record())
    (listed,) = api.get(f"/_sandbox/{path}", params={"product_code": "legacy"}).json().values()
    assert len(listed) == count
    assert all('"product_code": "legacy"' in json.dumps(one) for one in listed)
    (every,) = api.get(f"/_sandbox/{path}").json().values()
    assert len(every) >= count
    answer = api.get(f"/_sandbox/{path}", params={"product_code": "none"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ProductNotFound")


def test_resources_are_listed_by_their_products_code(api: httpx.Client, shop: Shop) -> None:
    desks = shop.marketplace.desks
    for code in ("box", "crate"):
        box = NewProduct(code, MeteringMode.LEGACY, (Dimension("hours"),), code, Delivery.CONTAINER)
        desks.catalogue.list_product(box)
        desks.resources.launch(code, ACCOUNT, Platform.ECS, "us-east-1")
    listed = api.get("/_sandbox/resources", params={"product_code": "box"}).json()["resources"]
    assert [one["product_code"] for one in listed] == ["box"]


def test_the_bill_of_a_product_is_a_table_too(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter_legacy(shop.legacy_record())
    table = api.get("/_sandbox/bill.csv", params={"product_code": "legacy"}).text
    assert [line.partition(",")[0] for line in table.splitlines()] == ["product_code", "legacy"]


@pytest.mark.parametrize(
    "path", ["event-targets", "event_targets", "bill/double_billed", "bill/lost_duplicates"]
)
def test_an_address_of_several_words_takes_the_name_of_its_answer(
    api: httpx.Client, path: str
) -> None:
    answer = api.get(f"/_sandbox/{path}")
    assert list(answer.json()) == [path.rpartition("/")[2].replace("-", "_")]


def test_an_event_target_is_made_and_removed_under_its_answers_name(api: httpx.Client) -> None:
    command = {"kind": "http", "address": "http://127.0.0.1:9/"}
    made = api.post("/_sandbox/event_targets", json=command)
    assert made.status_code == 201
    path = f"/_sandbox/event_targets/{made.json()['target_id']}"
    assert api.post(f"{path}/replay", json={"after": 99}).json() == {"events": 0}
    assert api.delete(path).json() == {"event_targets": []}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(90, 90), ("15s", 15), ("90m", 5400), ("36h", 129_600), ("2d", 172_800), ("1d12h", 129_600)],
)
def test_a_duration_is_a_number_of_seconds_or_written_with_units(
    api: httpx.Client, said: object, seconds: int
) -> None:
    moved = api.post("/_sandbox/clock/advance", json={"seconds": said})
    assert moved.json()["offset_seconds"] == seconds
    for sign in (1, -1):
        offset = f"-{said}" if sign < 0 and isinstance(said, str) else said
        answer = api.put("/_sandbox/clock", json={"offset_seconds": offset})
        expected = -seconds if isinstance(offset, str) and offset.startswith("-") else seconds
        assert answer.json()["offset_seconds"] == expected
    delay = {"kind": "delay", "delay_seconds": said}
    assert api.post("/_sandbox/disturbances", json=delay).json()["delay_seconds"] == seconds


def test_each_field_that_is_a_duration_takes_units(api: httpx.Client, shop: Shop) -> None:
    token = {"agreement_id": shop.licensed.agreement_id, "lifetime_seconds": "90m"}
    minted = api.post("/_sandbox/tokens", json=token).json()
    assert minted["expires_at"] == "2026-11-22T13:30:00Z"
    for said, seconds in (("2m", "120"), ("1.5", "1.5"), (2.5, "2.5")):
        slow = {"kind": "slow", "delay_seconds": said}
        assert api.post("/_sandbox/faults", json=slow).json()["delay_seconds"] == seconds
    offer = {"product_code": "licensed", "duration_days": "4w"}
    assert api.post("/_sandbox/offers", json=offer).json()["duration_days"] == 28
    trial = {"product_code": "licensed", "trial_days": "14d"}
    assert api.post("/_sandbox/offers", json=trial).json()["trial_days"] == 14


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        (
            "clock/advance",
            {"seconds": "1.5h"},
            "seconds must be a whole number of seconds, or a duration like 90m, 36h or 1d12h",
        ),
        ("clock/advance", {"seconds": "-1h"}, "seconds must be at least 0"),
        (
            "faults",
            {"kind": "slow", "delay_seconds": "2 m"},
            "delay_seconds must be a number of seconds like 1.5, or a duration like 90s",
        ),
        (
            "offers",
            {"product_code": "licensed", "duration_days": "36h"},
            "duration_days must be a whole number of days, or a duration of whole days like 30d",
        ),
    ],
)
def test_what_is_no_such_duration_is_told_what_is(
    shop_served: tuple[httpx.Client, Shop], path: str, body: dict[str, Any], sentence: str
) -> None:
    assert told(shop_served[0].post(f"/_sandbox/{path}", json=body)) == (400, sentence)


def test_the_client_takes_durations_as_texts_and_as_timedeltas(shop: Shop) -> None:
    with serve_beside(shop.marketplace) as url, SandboxClient(url) as client:
        assert client.advance_clock("36h")["offset_seconds"] == 129_600
        assert client.advance_clock(timedelta(minutes=90))["offset_seconds"] == 135_000
        assert client.offset_clock(timedelta(hours=-2))["offset_seconds"] == -7200
        assert client.set_clock(NOON_AT)["now"] == "2026-11-22T12:00:00Z"
        slow = client.script_fault(FaultKind.SLOW, delay_seconds=timedelta(milliseconds=1500))
        assert slow["delay_seconds"] == "1.5"
        offer = client.make_offer("licensed", duration_days=timedelta(days=30))
        assert offer["duration_days"] == 30


@pytest.mark.parametrize(
    ("asked", "body", "sentence"),
    [
        (
            "POST agreements",
            {"prodct_code": "licensed"},
            "unknown field 'prodct_code': did you mean 'product_code'?",
        ),
        (
            "POST agreements",
            {"product_code": "licensed", "account": "444455556666"},
            "unknown field 'account': did you mean 'customer_aws_account_id'?",
        ),
        (
            "POST products",
            {"title": "A", "dimensions": [{"name": "a", "price": "1"}]},
            "unknown field 'dimensions.0.price': did you mean 'unit_price'?",
        ),
        ("PUT clock/speed", {"x": 2}, "unknown field 'x': it takes speed"),
        ("POST clock/freeze", {"at": "now"}, "unknown field 'at': it takes no fields"),
        ("DELETE faults", {"kind": "slow"}, "unknown field 'kind': it takes no fields"),
        ("GET calls?acount=1", None, "unknown field 'acount': did you mean 'account'?"),
        ("GET events?chanel=sns", None, "unknown field 'chanel': did you mean 'channel'?"),
        ("GET bill?month=2026-11", None, "unknown field 'month': it takes product_code"),
        ("GET clock?month=2026-11", None, "unknown field 'month': it takes no fields"),
        ("GET bill?product_code=a&product_code=b", None, "the field 'product_code' is named twice"),
        (
            "GET invoices/2026-11.csv?product=a",
            None,
            "unknown field 'product': did you mean 'product_code'?",
        ),
    ],
)
def test_an_unknown_field_is_answered_with_the_nearest(
    shop_served: tuple[httpx.Client, Shop],
    asked: str,
    body: dict[str, Any] | None,
    sentence: str,
) -> None:
    api, shop = shop_served
    method, path = asked.split()
    before = digest_of(shop.marketplace)
    assert told(api.request(method, f"/_sandbox/{path}", json=body)) == (400, sentence)
    assert digest_of(shop.marketplace) == before


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("POST", "prodcts", "did you mean POST /_sandbox/products?"),
        ("GET", "prodcts", "did you mean GET /_sandbox/products?"),
        ("GET", "clock/advnce", "did you mean POST /_sandbox/clock/advance?"),
        ("GET", "targets", "did you mean GET /_sandbox/event-targets?"),
        (
            "POST",
            "agreements/agmt-1/cancl",
            "did you mean POST /_sandbox/agreements/agmt-1/cancel?",
        ),
        ("GET", "double-billed", "did you mean GET /_sandbox/bill/double-billed?"),
        ("GET", "no/such/thing", "/_sandbox/docs describes what there is"),
        ("GET", "x" * 5000, "/_sandbox/docs describes what there is"),
    ],
)
def test_an_unknown_address_is_answered_with_the_nearest(
    shop_served: tuple[httpx.Client, Shop], method: str, path: str, meant: str
) -> None:
    status, sentence = told(shop_served[0].request(method, f"/_sandbox/{path}"))
    assert (status, sentence) == (404, f"there is no /_sandbox/{path[:119]}: {meant}")


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("DELETE", "products", ["GET", "POST"]),
        ("PATCH", "clock", ["GET", "PUT"]),
        ("GET", "clock/advance", ["POST"]),
        ("PUT", "event_targets", ["GET", "POST"]),
        ("PUT", "faults/fault-1", ["DELETE"]),
    ],
)
def test_a_wrong_method_is_answered_with_the_right_ones(
    shop_served: tuple[httpx.Client, Shop], method: str, path: str, methods: list[str]
) -> None:
    answer = shop_served[0].request(method, f"/_sandbox/{path}")
    use = " or ".join(methods)
    assert told(answer) == (405, f"{method} is not for /_sandbox/{path}: use {use}")
    assert answer.headers["allow"] == ", ".join(methods)
