"""Products, offers, agreements, accounts and resources over the control API."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.builders import Shop
from tests.served_shop import raw_client

CONTRACT = {
    "title": "Vault",
    "code": "vault",
    "mode": "license",
    "pricing": "contract_with_consumption",
    "dimensions": [
        "api_calls",
        {"name": "seats", "kind": "entitled", "value_type": "integer", "unit_price": "12.50"},
    ],
    "regions": ["us-east-1", "eu-west-1"],
    "registration_url": "http://127.0.0.1:8080/register",
}


@pytest.fixture
def api(shop: Shop) -> Iterator[httpx.Client]:
    with raw_client(shop) as client:
        yield client


def made(answer: httpx.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()


def done(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_product_says_how_it_is_sold(api: httpx.Client) -> None:
    product = made(api.post("/_sandbox/products", json=CONTRACT))
    assert product["dimensions"] == ["api_calls", "seats"]
    assert product["dimension_terms"][1] == {
        "name": "seats",
        "kind": "entitled",
        "unit_price": "12.50",
        "value_type": "integer",
    }
    for name in ("pricing", "regions", "registration_url"):
        assert product[name] == CONTRACT[name]
    assert done(api.get("/_sandbox/products/vault")) == product


def test_a_buyer_keeps_the_name_that_it_was_given(api: httpx.Client) -> None:
    made(api.post("/_sandbox/products", json=CONTRACT))
    wanted = {"product_code": "vault", "buyer_name": "Acme, Inc. (Köln)"}
    named = made(api.post("/_sandbox/agreements", json=wanted))
    nameless = made(api.post("/_sandbox/agreements", json={"product_code": "vault"}))
    assert (named["buyer_name"], nameless["buyer_name"]) == ("Acme, Inc. (Köln)", None)
    offer_id = made(api.post("/_sandbox/offers", json={"product_code": "vault"}))["offer_id"]
    address = f"/_sandbox/agreements/{named['agreement_id']}/replace"
    replaced = made(api.post(address, json={"offer_id": offer_id}))
    assert replaced["buyer_name"] == "Acme, Inc. (Köln)"
    for name in ("", "x" * 256, "two\nlines"):
        answer = api.post("/_sandbox/agreements", json=wanted | {"buyer_name": name})
        assert answer.status_code == 400
        assert "buyer_name must" in answer.json()["error"]["message"]


def test_a_buyers_contact_is_what_the_agreement_api_tells(api: httpx.Client, shop: Shop) -> None:
    contact = {
        "first_name": "Anna",
        "last_name": "Example",
        "email_address": "anna@example.com",
        "company_name": "Example, Ltd.",
        "country_code": "GB",
    }
    wanted = {"product_code": "licensed", "contact": contact}
    sold = made(api.post("/_sandbox/agreements", json=wanted))
    told = shop.marketplace.get_agreement_contacts(agreementId=sold["agreement_id"])
    assert told["acceptorContact"]["emailAddress"] == "anna@example.com"
    assert "anna@example.com" not in api.get("/_sandbox/calls/cloudtrail").text
    for name, wrong in (
        ("first_name", "x" * 81),
        ("company_name", ""),
        ("email_address", "anna"),
        ("country_code", "gb"),
    ):
        bad = wanted | {"contact": contact | {name: wrong}}
        answer = api.post("/_sandbox/agreements", json=bad)
        assert answer.status_code == 400
        assert f"{name} must" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        *("agreements", "offers", "resources", "bill", "bill.csv", "bill/double-billed"),
        *("bill/lost-duplicates", "invoices/2026-11", "invoices/2026-11.csv"),
    ],
)
def test_what_is_of_a_product_that_is_not_there_is_no_empty_list(
    api: httpx.Client, path: str
) -> None:
    made(api.post("/_sandbox/products", json=CONTRACT))
    assert api.get(f"/_sandbox/{path}", params={"product_code": "vault"}).status_code == 200
    for code in ("valut", ""):
        answer = api.get(f"/_sandbox/{path}", params={"product_code": code})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ProductNotFound")


def test_a_product_code_may_hold_slashes(api: httpx.Client) -> None:
    product = made(api.post("/_sandbox/products", json=CONTRACT | {"code": "a/b:c"}))
    assert done(api.get("/_sandbox/products/a/b:c")) == product


def test_a_price_may_be_a_number_or_a_text(api: httpx.Client) -> None:
    for price, shown in ((0.002, "0.002"), (3, "3"), ("0.10", "0.10")):
        dimension = {"name": "d", "unit_price": price}
        product = {"title": "T", "mode": "license", "dimensions": [dimension]}
        terms = made(api.post("/_sandbox/products", json=product))["dimension_terms"]
        assert terms[0]["unit_price"] == shown


def test_a_private_offer_is_made_and_accepted(api: httpx.Client) -> None:
    made(api.post("/_sandbox/products", json=CONTRACT))
    offer = made(
        api.post(
            "/_sandbox/offers",
            json={
                "product_code": "vault",
                "kind": "private",
                "buyer_account_ids": ["777788889999"],
                "duration_days": 365,
                "grants": [{"dimension": "seats", "value": 25}],
                "prices": [{"dimension": "api_calls", "unit_price": "0.5"}],
                "is_renewing": True,
            },
        )
    )
    assert done(api.get(f"/_sandbox/offers/{offer['offer_id']}")) == offer
    assert offer in done(api.get("/_sandbox/offers"))["offers"]
    agreement = made(
        api.post(
            "/_sandbox/agreements",
            json={
                "product_code": "vault",
                "offer_id": offer["offer_id"],
                "customer_aws_account_id": "777788889999",
            },
        )
    )
    assert agreement["grants"] == [{"dimension": "seats", "value": 25}]
    assert agreement["prices"] == [{"dimension": "api_calls", "unit_price": "0.5"}]
    assert agreement["is_renewing"]
    stranger = {"product_code": "vault", "offer_id": offer["offer_id"]}
    assert api.post("/_sandbox/agreements", json=stranger).status_code in {400, 409}


def test_an_agreement_is_amended_renewed_and_replaced(api: httpx.Client) -> None:
    made(api.post("/_sandbox/products", json=CONTRACT))
    first = made(api.post("/_sandbox/agreements", json={"product_code": "vault"}))
    path = f"/_sandbox/agreements/{first['agreement_id']}"
    more = {"grants": [{"dimension": "seats", "value": 50}]}
    amended = done(api.post(f"{path}/amend", json=more))
    assert amended["grants"] == more["grants"]
    assert amended["license_arn"] == first["license_arn"]
    second = made(api.post(f"{path}/renew"))
    assert second["previous_agreement_id"] == first["agreement_id"]
    assert done(api.get(path))["status"] == "RENEWED"
    offer = {"product_code": "vault", "duration_days": 30}
    offer_id = made(api.post("/_sandbox/offers", json=offer))["offer_id"]
    third = made(
        api.post(
            f"/_sandbox/agreements/{second['agreement_id']}/replace", json={"offer_id": offer_id}
        )
    )
    assert (third["intent"], third["offer_id"]) == ("REPLACE", offer_id)


def test_an_agreement_is_cancelled_and_deprovisioned(api: httpx.Client, shop: Shop) -> None:
    path = f"/_sandbox/agreements/{shop.licensed.agreement_id}"
    assert done(api.post(f"{path}/cancel"))["status"] == "CANCELLED"
    assert done(api.post(f"{path}/deprovision"))["deprovisioned_at"] == "2026-11-22T12:00:00Z"
    assert api.post(f"{path}/cancel").status_code == 409


def test_an_agreement_is_terminated(api: httpx.Client, shop: Shop) -> None:
    path = f"/_sandbox/agreements/{shop.legacy.agreement_id}/terminate"
    assert done(api.post(path))["status"] == "TERMINATED"


def test_an_account_is_suspended_and_reinstated(api: httpx.Client, shop: Shop) -> None:
    account_id = shop.licensed.customer_aws_account_id
    suspended = done(api.post(f"/_sandbox/accounts/{account_id}/suspend"))
    assert suspended == {"suspended_accounts": [account_id]}
    assert done(api.get("/_sandbox/accounts/suspended")) == suspended
    assert done(api.post(f"/_sandbox/accounts/{account_id}/reinstate")) == {
        "suspended_accounts": []
    }


def test_a_resource_is_launched_with_keys_and_stopped(api: httpx.Client) -> None:
    product = {
        "title": "Box",
        "code": "box",
        "mode": "legacy",
        "delivery": "container",
        "dimensions": ["api_calls"],
    }
    made(api.post("/_sandbox/products", json=product))
    command = {"product_code": "box", "account_id": "777788889999", "platform": "ecs"}
    resource = made(api.post("/_sandbox/resources", json=command))
    assert resource["access_key_id"].startswith("ASIA")
    path = f"/_sandbox/resources/{resource['resource_id']}"
    assert done(api.get(path)) == resource
    assert done(api.post(f"{path}/stop"))["stopped_at"] == "2026-11-22T12:00:00Z"
    assert len(done(api.get("/_sandbox/resources"))["resources"]) == 1


def test_the_public_key_is_rotated(api: httpx.Client) -> None:
    assert done(api.get("/_sandbox/public-keys")) == {"public_keys": []}
    assert made(api.post("/_sandbox/public-keys"))["version"] == 1
    assert made(api.post("/_sandbox/public-keys"))["version"] == 2
    first, second = done(api.get("/_sandbox/public-keys"))["public_keys"]
    assert first["rotated_at"] == "2026-11-22T12:00:00Z"
    assert second["pem"].startswith("-----BEGIN PUBLIC KEY-----")


def test_an_older_listing_opts_in(api: httpx.Client) -> None:
    agreement = done(api.get("/_sandbox/agreements"))["agreements"][1]
    assert (agreement["product_code"], agreement["license_arn"]) == ("legacy", None)
    command = {"product_code": "legacy"}
    assert done(api.post("/_sandbox/opt-ins", json=command))["mode"] == "migrating"
    url = f"/_sandbox/agreements/{agreement['agreement_id']}"
    assert done(api.get(url))["license_arn"] is not None
    again = api.post("/_sandbox/opt-ins", json=command | {"mode": "migrating"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "OptedIn")
    nobody = api.post("/_sandbox/opt-ins", json={"product_code": "nobody"})
    assert nobody.status_code == 404
