"""What follows the buyer's form: how the registration stands, the e-mail, and its deletion."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.registration import Contact, post_token, register_buyer
from local.seller.seller_api import Signature, call_api
from local.stack.function_logs import read_function_logs
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.conftest import SENDER
from tests.e2e.running_stack import RunningStack, run_module

pytestmark = pytest.mark.stack

COOKIE = "__Host-registration"
HEADERS = ("content-security-policy", "cross-origin-opener-policy", "x-frame-options")


def mails_to(stack: RunningStack, address: str) -> list[dict[str, Any]]:
    url = f"{stack.aws.account.endpoint_url}/_ministack/ses/messages"
    accounts = httpx.get(url, trust_env=False).raise_for_status().json()["messages"]
    return [one for mails in accounts.values() for one in mails if address in one["To"]]


def register(stack: RunningStack, name: str) -> tuple[str, str]:
    """Register a buyer; return the subscription's key and the address that was typed."""
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    address = f"{name}@buyer.example"
    contact = Contact(address, "Secretive Ltd", "Ada Secretive")
    register_buyer(stack.addresses.register_url, stack.mint_token(subscription), contact)
    assert subscription.license_arn is not None
    return license_key(subscription.license_arn), address


def test_a_buyer_gets_one_e_mail_and_no_log_has_the_address(stack: RunningStack) -> None:
    _, address = register(stack, "mailed")

    (mail,) = mails_to(stack, address)
    assert mail["Source"].endswith(f"<{SENDER}>")
    assert "You are registered with" in mail["Subject"]
    assert "Secretive" not in str(mail)
    logged = "\n".join(line.text for line in read_function_logs(stack.aws))
    assert "confirmation_not_sent" not in logged
    assert "buyer.example" not in logged
    assert "Secretive" not in logged


def test_how_a_registration_stands_is_told_to_who_has_its_cookie_alone(
    stack: RunningStack,
) -> None:
    url = f"{stack.addresses.register_url}?status"
    subscription = stack.sell("standing", MeteringMode.LICENSE, "api_calls")
    landed = post_token(stack.addresses.register_url, stack.mint_token(subscription))
    reference = landed.text.split('name="registration" value="')[1].split('"')[0]

    known = httpx.get(url, headers={"Cookie": f"{COOKIE}={reference}"}, trust_env=False)
    guessed = httpx.get(url, headers={"Cookie": f"{COOKIE}=guessed"}, trust_env=False)

    assert "Your subscription is active" in known.text
    assert guessed.text == httpx.get(stack.addresses.register_url, trust_env=False).text
    for answer in (landed, known, guessed):
        assert [name for name in HEADERS if name not in answer.headers] == []
    logged = "\n".join(line.text for line in read_function_logs(stack.aws))
    assert reference not in logged


def test_contact_details_are_read_and_deleted_by_signed_requests(stack: RunningStack) -> None:
    key, address = register(stack, "forgotten")
    path, auth = f"/contacts/{quote(key, safe='')}", Signature(stack.aws.account)

    read = call_api(stack.addresses.api_url, "GET", path, auth=auth)
    assert read.json()["contact"]["email"] == address

    deleted = call_api(stack.addresses.api_url, "DELETE", path, auth=auth)
    assert deleted.json() == {"subscription": key, "deleted": ["email", "company", "name"]}

    gone = call_api(stack.addresses.api_url, "GET", path, auth=auth)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "contact_unknown")
    (line,) = lines_of(stack, key)
    assert line["forgotten_by"]["S"].startswith("arn:aws:")


def test_contact_details_are_deleted_by_command(stack: RunningStack) -> None:
    key, address = register(stack, "commanded")

    ran = run_module(
        "operations", "forget-contact", key, "--yes", "--directory", str(stack.directory)
    )

    assert ran.returncode == 0, ran.stderr
    assert address not in ran.stdout + ran.stderr
    (line,) = lines_of(stack, key)
    assert line["forgotten_by"]["S"].startswith("arn:aws:")


def lines_of(stack: RunningStack, key: str) -> list[dict[str, Any]]:
    found = stack.aws.dynamodb().query(
        TableName=stack.addresses.subscriptions_table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :line)",
        ExpressionAttributeValues={":pk": {"S": key}, ":line": {"S": "forgotten#"}},
    )
    return [dict(one) for one in found["Items"]]
