"""The control API over HTTP: its documents, and what it does with bad input."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketplace_sandbox.server import serve_beside
from tests.builders import NOON_AT, Shop
from tests.digests import digest_of


@pytest.fixture
def api(shop: Shop) -> Iterator[httpx.Client]:
    with serve_beside(shop.marketplace) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="module")
def untouched() -> Iterator[tuple[httpx.Client, Shop]]:
    """Serve one shop for all bad commands: none of them may change it."""
    shop = Shop()
    with serve_beside(shop.marketplace) as url, httpx.Client(base_url=url) as client:
        yield client, shop


def test_health(api: httpx.Client) -> None:
    assert api.get("/_sandbox/health").json() == {"status": "ok"}


def test_a_product_is_created_as_told(api: httpx.Client) -> None:
    product = {"title": "Atlas", "mode": "license", "dimensions": ["calls", "storage"]}
    answer = api.post("/_sandbox/products", json=product | {"code": "atlas"})
    assert answer.status_code == 201
    assert product.items() <= answer.json().items()
    assert answer.json()["product_code"] == "atlas"
    assert answer.json() in api.get("/_sandbox/products").json()["products"]


def test_a_product_without_a_code_gets_one_of_awss_shape(api: httpx.Client) -> None:
    product = {"title": "Atlas", "mode": "legacy", "dimensions": ["calls"]}
    code = api.post("/_sandbox/products", json=product).json()["product_code"]
    assert len(code) == 25
    assert code.isalnum()


def test_an_agreement_is_created_with_defaults(api: httpx.Client) -> None:
    answer = api.post("/_sandbox/agreements", json={"product_code": "licensed"})
    assert answer.status_code == 201
    agreement = answer.json()
    assert agreement["starts_at"] == "2026-11-15T12:00:00Z"
    assert agreement["ends_at"] is None
    assert agreement["customer_identifier"] is None
    assert agreement["license_arn"].startswith("arn:aws:license-manager::")
    assert len(agreement["customer_aws_account_id"]) == 12
    assert agreement in api.get("/_sandbox/agreements").json()["agreements"]


def test_a_legacy_agreement_has_a_customer_identifier(api: httpx.Client) -> None:
    command = {
        "product_code": "legacy",
        "customer_aws_account_id": "777788889999",
        "starts_at": "2026-11-22T10:00:00+02:00",
    }
    agreement = api.post("/_sandbox/agreements", json=command).json()
    assert agreement["license_arn"] is None
    assert agreement["customer_identifier"]
    assert agreement["customer_aws_account_id"] == "777788889999"
    assert agreement["starts_at"] == "2026-11-22T08:00:00Z"


def test_an_agreement_ends_now_or_when_told(api: httpx.Client, shop: Shop) -> None:
    path = "/_sandbox/agreements/{}/end"
    now = api.post(path.format(shop.licensed.agreement_id))
    assert (now.status_code, now.json()["ends_at"]) == (200, "2026-11-22T12:00:00Z")
    then = {"ends_at": "2026-11-23T00:00:00Z"}
    assert (
        api.post(path.format(shop.legacy.agreement_id), json=then).json()["ends_at"]
        == (then["ends_at"])
    )


def test_a_token_is_minted(api: httpx.Client, shop: Shop) -> None:
    command = {"agreement_id": shop.licensed.agreement_id, "lifetime_seconds": 60}
    answer = api.post("/_sandbox/tokens", json=command)
    assert answer.status_code == 201
    assert answer.json()["expires_at"] == "2026-11-22T12:01:00Z"
    shop.marketplace.resolve_customer(RegistrationToken=answer.json()["token"])


def test_the_bill_has_a_line_per_hour(api: httpx.Client, shop: Shop) -> None:
    allocations = [
        {"AllocatedUsageQuantityAsDecimal": "2.50", "Tags": [{"Key": "team", "Value": "a"}]},
        {"AllocatedUsageQuantityAsDecimal": "3"},
    ]
    record = shop.licensed_record(
        Timestamp=NOON_AT - timedelta(minutes=3),
        Quantity=None,
        QuantityAsDecimal="5.50",
        UsageAllocations=allocations,
    )
    metering_record_id = shop.meter(record)["Results"][0]["MeteringRecordId"]
    assert api.get("/_sandbox/bill").json() == {
        "records": [
            {
                "product_code": "licensed",
                "agreement_id": shop.licensed.agreement_id,
                "license_arn": shop.licensed.license_arn,
                "customer_identifier": None,
                "customer_aws_account_id": shop.licensed.customer_aws_account_id,
                "dimension": "api_calls",
                "hour": "2026-11-22T11:00:00Z",
                "quantity": "5.5",
                "timestamp": "2026-11-22T11:57:00Z",
                "allocations": [
                    {"quantity": "2.5", "tags": {"team": "a"}},
                    {"quantity": "3", "tags": {}},
                ],
                "metering_record_id": metering_record_id,
                "holder": shop.licensed.license_arn,
                "region": "us-east-1",
                "resource_id": None,
            }
        ]
    }


def test_refusals_and_calls_are_listed(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=6))
    shop.marketplace.inject_fault("unprocessed")
    shop.meter(shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    (refusal,) = api.get("/_sandbox/refusals").json()["refusals"]
    assert refusal["record"]["Quantity"] == 6
    assert (refusal["at"], refusal["operation"], refusal["code"]) == (
        "2026-11-22T12:00:00Z",
        "BatchMeterUsage",
        "DuplicateRecord",
    )
    calls = api.get("/_sandbox/calls").json()["calls"]
    assert [(call["records"], call["outcome"], call["fault"]) for call in calls] == [
        (1, "Success", None),
        (1, "Success", None),
        (2, "Success", "unprocessed"),
    ]


def test_faults_are_listed_and_cleared(api: httpx.Client) -> None:
    command = {"operation": "BatchMeterUsage", "kind": "throttle", "count": 3, "dimension": "x"}
    answer = api.post("/_sandbox/faults", json=command)
    assert answer.status_code == 201
    fault = answer.json()
    assert fault.pop("fault_id")
    assert command.items() <= fault.items()
    assert len(api.get("/_sandbox/faults").json()["faults"]) == 1
    assert api.delete("/_sandbox/faults").json() == {"faults": []}
    assert api.get("/_sandbox/faults").json() == {"faults": []}


def test_the_clock_is_shown_and_moved(api: httpx.Client, shop: Shop) -> None:
    shown = api.get("/_sandbox/clock").json()
    assert (shown["offset_seconds"], shown["now"]) == (0, "2026-11-22T12:00:00Z")
    moved = api.put("/_sandbox/clock", json={"offset_seconds": -3600}).json()
    assert (moved["offset_seconds"], moved["now"]) == (-3600, "2026-11-22T11:00:00Z")
    assert shop.marketplace.now() == NOON_AT - timedelta(hours=1)


GOOD_PRODUCT = {"title": "T", "mode": "license", "dimensions": ["d"]}
AGREEMENT_OF = "/_sandbox/agreements"
BAD_COMMANDS: list[tuple[str, str, Any, int]] = [
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"code": "licensed"}, 409),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"code": "with space"}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"mode": "free"}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"mode": "none"}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"title": ""}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"title": 5}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"title": "line\nbreak"}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"dimensions": []}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"dimensions": ["d", "d"]}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"dimensions": [""]}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"dimensions": "d"}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"dimensions": [5]}, 400),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"dimensions": ["d" * 256]}, 400),
    (
        "POST",
        "/_sandbox/products",
        GOOD_PRODUCT | {"dimensions": [str(n) for n in range(201)]},
        400,
    ),
    ("POST", "/_sandbox/products", GOOD_PRODUCT | {"price": 5}, 400),
    ("POST", "/_sandbox/products", [], 400),
    ("POST", "/_sandbox/products", {}, 400),
    ("POST", AGREEMENT_OF, {"product_code": "nothing"}, 404),
    ("POST", AGREEMENT_OF, {}, 400),
    (
        "POST",
        AGREEMENT_OF,
        {"product_code": "legacy", "customer_aws_account_id": "444455556666"},
        409,
    ),
    ("POST", AGREEMENT_OF, {"product_code": "legacy", "customer_aws_account_id": "4444"}, 400),
    (
        "POST",
        AGREEMENT_OF,
        {"product_code": "legacy", "customer_aws_account_id": 444455556666},
        400,
    ),
    ("POST", AGREEMENT_OF, {"product_code": "licensed", "starts_at": "yesterday"}, 400),
    ("POST", AGREEMENT_OF, {"product_code": "licensed", "starts_at": "2026-11-22T12:00:00"}, 400),
    ("POST", AGREEMENT_OF, {"product_code": "licensed", "starts_at": "9999-12-31T23:59:59Z"}, 400),
    ("POST", AGREEMENT_OF, {"product_code": "licensed", "starts_at": 5}, 400),
    ("POST", "/_sandbox/agreements/agmt-none/end", {}, 404),
    ("POST", "/_sandbox/agreements/{licensed}/end", {"ends_at": "2026-11-01T00:00:00Z"}, 400),
    ("POST", "/_sandbox/agreements/{licensed}/end", {"ends_at": "0001-01-01T00:00:00+14:00"}, 400),
    ("POST", "/_sandbox/tokens", {"agreement_id": "agmt-none"}, 404),
    ("POST", "/_sandbox/tokens", {}, 400),
    ("POST", "/_sandbox/tokens", {"agreement_id": "{licensed}", "lifetime_seconds": -1}, 400),
    ("POST", "/_sandbox/tokens", {"agreement_id": "{licensed}", "lifetime_seconds": 10**30}, 400),
    ("POST", "/_sandbox/tokens", {"agreement_id": "{licensed}", "lifetime_seconds": 1.5}, 400),
    ("POST", "/_sandbox/tokens", {"agreement_id": "{licensed}", "lifetime_seconds": True}, 400),
    ("POST", "/_sandbox/faults", {"operation": "Meter", "kind": "throttle"}, 400),
    ("POST", "/_sandbox/faults", {"operation": "BatchMeterUsage", "kind": "fire"}, 400),
    (
        "POST",
        "/_sandbox/faults",
        {"operation": "BatchMeterUsage", "kind": "throttle", "count": 0},
        400,
    ),
    ("POST", "/_sandbox/faults", {"operation": "ResolveCustomer", "kind": "unprocessed"}, 400),
    ("PUT", "/_sandbox/clock", {}, 400),
    ("PUT", "/_sandbox/clock", {"offset_seconds": "an hour"}, 400),
    ("PUT", "/_sandbox/clock", {"offset_seconds": 10**12}, 400),
    ("GET", "/_sandbox/nothing", None, 404),
    ("DELETE", "/_sandbox/bill", None, 405),
    ("PATCH", "/", None, 405),
]


@pytest.mark.parametrize("bad", BAD_COMMANDS, ids=str)
def test_a_bad_command_is_refused_and_changes_nothing(
    untouched: tuple[httpx.Client, Shop], bad: tuple[str, str, Any, int]
) -> None:
    api, shop = untouched
    method, path, command, status = bad
    before = digest_of(shop.marketplace)
    agreement_id = shop.licensed.agreement_id
    if isinstance(command, dict) and command.get("agreement_id") == "{licensed}":
        command = command | {"agreement_id": agreement_id}
    answer = api.request(method, path.format(licensed=agreement_id), json=command)
    assert answer.status_code == status
    assert answer.json()["error"].keys() == {"code", "message"}
    assert "Traceback" not in answer.text
    assert digest_of(shop.marketplace) == before


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"title": "\\ud800"}', b"5"])
def test_a_body_that_is_no_json_object_is_refused(
    untouched: tuple[httpx.Client, Shop], body: bytes
) -> None:
    api, _ = untouched
    answer = api.post("/_sandbox/products", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequest"


def test_an_agreement_ends_once(api: httpx.Client, shop: Shop) -> None:
    path = f"/_sandbox/agreements/{shop.licensed.agreement_id}/end"
    assert api.post(path).status_code == 200
    again = api.post(path)
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "AgreementEnded"


def test_a_body_beyond_the_limit_is_not_read(untouched: tuple[httpx.Client, Shop]) -> None:
    api, _ = untouched
    answer = api.post("/_sandbox/products", content=b" " * 8_000_001)
    assert answer.status_code == 413
