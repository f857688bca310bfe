"""The `sandbox` command against a sandbox that is being served."""

import csv
import io
import json
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from marketplace_sandbox.server import serve_beside
from tests.builders import Shop
from tests.typing_commands import NOWHERE, Terminal, registration_page


@pytest.fixture
def terminal(shop: Shop) -> Iterator[Terminal]:
    with serve_beside(shop.marketplace) as url:
        yield Terminal(url)


def test_a_product_is_sold_from_the_command_line(terminal: Terminal) -> None:
    terminal.read(
        *("product", "add", "Vault", "--code", "vault", "--pricing", "contract_with_consumption"),
        *("--dimension", "api_calls=0.002", "--dimension", "seats:entitled:integer=12.50"),
    )
    (terms, seats) = terminal.read_json("product", "show", "vault")["dimension_terms"]
    assert (terms["name"], terms["kind"], terms["unit_price"]) == ("api_calls", "metered", "0.002")
    assert (seats["name"], seats["kind"], seats["unit_price"]) == ("seats", "entitled", "12.50")
    assert "Vault" in terminal.read("product", "list")


def test_a_product_is_amended_from_the_command_line(terminal: Terminal) -> None:
    amended = terminal.read_json(
        *("product", "amend", "licensed", "--dimension", "api_calls=0.5", "--remove", "storage"),
        *("--dimension", "seats:entitled"),
    )
    terms = [(one["name"], one["kind"], one["unit_price"]) for one in amended["dimension_terms"]]
    assert terms == [("api_calls", "metered", "0.5"), ("seats", "entitled", "0")]
    refused = terminal.type("product", "amend", "licensed", "--remove", "nothing")
    assert (refused.exit_code, "no dimension 'nothing'" in refused.output) == (1, True)


def test_an_older_listing_opts_in_from_the_command_line(terminal: Terminal) -> None:
    assert terminal.read_json("product", "opt-in", "legacy")["mode"] == "migrating"
    done = terminal.read_json("product", "opt-in", "legacy", "--mode", "license")
    assert done["mode"] == "license"


def test_an_offer_is_made_and_accepted(terminal: Terminal) -> None:
    terminal.read("product", "add", "V", "--code", "v", "--dimension", "seats:entitled")
    offer = terminal.read_json(
        *("offer", "make", "v", "--buyer", "777788889999", "--lasts", "365d"),
        *("--grant", "seats=25", "--price", "seats=9.99", "--renews"),
    )
    assert (offer["kind"], offer["duration_days"]) == ("private", 365)
    assert terminal.read_json("offer", "show", offer["offer_id"]) == offer
    assert offer["offer_id"] in terminal.read("offer", "list")
    agreement = terminal.read_json(
        *("buyer", "subscribe", "v", "--account", "777788889999", "--offer", offer["offer_id"])
    )
    assert agreement["grants"] == [{"dimension": "seats", "value": 25}]
    amended = terminal.read_json("buyer", "amend", agreement["agreement_id"], "--grant", "seats=50")
    assert amended["grants"] == [{"dimension": "seats", "value": 50}]
    renewed = terminal.read_json("buyer", "renew", agreement["agreement_id"])
    assert renewed["previous_agreement_id"] == agreement["agreement_id"]


def test_an_agreement_is_ended_in_several_ways(terminal: Terminal, shop: Shop) -> None:
    first, second = shop.licensed.agreement_id, shop.legacy.agreement_id
    cancelled = terminal.read_json("buyer", "cancel", first, "--at", "2026-11-23T00:00:00Z")
    assert cancelled["ends_at"] == "2026-11-23T00:00:00Z"
    assert terminal.read_json("buyer", "terminate", second)["status"] == "TERMINATED"
    listed = terminal.read("buyer", "list")
    assert first in listed
    assert "TERMINATED" in listed


def test_an_account_is_suspended_and_reinstated(terminal: Terminal, shop: Shop) -> None:
    account_id = shop.licensed.customer_aws_account_id
    assert terminal.read("buyer", "suspend", account_id) == f"{account_id} is suspended\n"
    assert terminal.read("buyer", "suspended") == f"{account_id}\n"
    terminal.read("buyer", "reinstate", account_id)
    assert terminal.read("buyer", "suspended") == "nobody is suspended\n"


def test_a_token_is_printed_alone(terminal: Terminal, shop: Shop) -> None:
    token = terminal.read("buyer", "token", shop.licensed.agreement_id, "--lifetime", "90m")
    answer = shop.marketplace.resolve_customer(RegistrationToken=token.rstrip("\n"))
    assert answer["LicenseArn"] == shop.licensed.license_arn


def test_a_buyer_lands_on_the_sellers_page_by_a_form_post(terminal: Terminal, shop: Shop) -> None:
    with registration_page() as (page, forms):
        landing = terminal.read_json("buyer", "land", shop.licensed.agreement_id, "--page", page)
    assert landing == {"page": page, "status": 303, "location": "/welcome"}
    (form,) = forms
    (token,) = form["x-amzn-marketplace-token"]
    shop.marketplace.resolve_customer(RegistrationToken=token)
    assert form["x-amzn-marketplace-agreement-id"] == [shop.licensed.agreement_id]
    assert "x-amzn-marketplace-offer-type" not in form


def test_a_free_trial_is_announced_to_the_sellers_page(terminal: Terminal) -> None:
    with registration_page() as (page, forms):
        terminal.read(
            *("product", "add", "T", "--code", "t", "--dimension", "calls"),
            *("--registration-url", page),
        )
        offer = terminal.read_json("offer", "make", "t", "--trial", "14d")
        agreement = terminal.read_json("buyer", "subscribe", "t", "--offer", offer["offer_id"])
        terminal.read("buyer", "land", agreement["agreement_id"])
    assert forms[0]["x-amzn-marketplace-offer-type"] == ["free-trial"]


def test_landing_needs_a_page_that_answers(terminal: Terminal, shop: Shop) -> None:
    nowhere = terminal.type("buyer", "land", shop.licensed.agreement_id)
    assert nowhere.exit_code == 1
    assert "has no registration URL" in nowhere.stderr
    silent = terminal.type(
        "buyer", "land", shop.licensed.agreement_id, "--page", "http://127.0.0.1:9/"
    )
    assert silent.exit_code == 1
    assert "does not answer" in silent.stderr


def test_a_resource_is_launched_and_stopped(terminal: Terminal) -> None:
    terminal.read(
        *("product", "add", "Box", "--code", "box", "--mode", "legacy"),
        *("--delivery", "container", "--dimension", "api_calls"),
    )
    resource = terminal.read_json(
        "resource", "launch", "box", "777788889999", "--platform", "ecs", "--region", "eu-west-1"
    )
    assert (resource["region"], resource["platform"]) == ("eu-west-1", "ecs")
    terminal.read("resource", "stop", resource["resource_id"])
    assert resource["resource_id"] in terminal.read("resource", "list")
    assert "-----BEGIN PUBLIC KEY-----" in terminal.read("resource", "key")
    assert terminal.read("resource", "rotate") == "version 2 is the current one\n"


def test_the_clock_is_moved_by_words(terminal: Terminal) -> None:
    terminal.read("clock", "freeze")
    assert terminal.read_json("clock", "advance", "1d12h")["now"] == "2026-11-24T00:00:00Z"
    terminal.read("clock", "set", "2026-12-01T05:59:00Z")
    terminal.read("clock", "resume")
    terminal.read("clock", "speed", "60")
    terminal.read("clock", "offset", "--seconds", "-60")
    assert "2026-11-22T11:59:00Z" in terminal.read("clock", "show")


def test_a_seller_asks_for_what_buyers_and_aws_then_do(terminal: Terminal) -> None:
    assert terminal.read("request", "list") == "nobody was asked to cancel\n"
    asked = terminal.read_json("request", "cancellation", "licensed", "--message", "Renewed twice.")
    assert (asked["reason"], asked["message"]) == ("OTHER", "Renewed twice.")
    assert asked["request_id"] in terminal.read("request", "list")
    rejected = terminal.read_json("request", "reject", asked["request_id"])
    assert rejected["status"] == "REJECTED"
    wrong = terminal.read_json("request", "cancellation", "licensed", "--invalid")
    assert wrong["status"] == "VALIDATION_FAILED"
    again = terminal.read_json("request", "cancellation", "licensed")
    assert terminal.read_json("request", "withdraw", again["request_id"])["status"] == "CANCELLED"
    last = terminal.read_json("request", "cancellation", "licensed", "--reason", "TEST_AGREEMENT")
    refund = terminal.read_json("request", "refund", "licensed", "12.34", "--fails")
    assert (refund["amount"], refund["outcome"]) == ("12.34", "FAILED")
    said = terminal.read("buyer", "spend", "licensed", "vet_failed")
    assert said == "AWS has said so: see `sandbox event list`\n"
    approved = terminal.read_json("request", "approve", last["request_id"])
    assert approved["status"] == "APPROVED"
    assert terminal.read_json("buyer", "show", "licensed")["status"] == "CANCELLED"
    told = terminal.read("event", "list")
    for name in ("Validation Failed", "Pending Approval", "Rejected", "Cancelled", "Approved"):
        assert f"Agreement Cancellation Request {name} - Proposer" in told
    assert "Spend Threshold Vet Failed" in told


def test_a_renewal_is_made_dearer_and_switched_off(terminal: Terminal) -> None:
    offer = terminal.read_json("offer", "make", "licensed", "--lasts", "365d", "--renews")
    name = terminal.read_json("buyer", "subscribe", "licensed", "--offer", offer["offer_id"])[
        "agreement_id"
    ]
    final = terminal.read_json("buyer", "finalize-renewal", name, "2.5")
    assert final["renewal_increase_percent"] == "2.5"
    off = terminal.read_json("buyer", "amend", name, "--no-renews", "--disabled-by", "PROPOSER")
    assert (off["is_renewing"], off["renewal_disabled_by"]) == (False, "PROPOSER")


def test_faults_are_scripted_listed_and_forgotten(terminal: Terminal) -> None:
    assert terminal.read("fault", "list") == "nothing goes wrong on purpose\n"
    fault = terminal.read_json(
        *("fault", "add", "throttle", "--operation", "BatchMeterUsage", "--count", "3"),
        *("--dimension", "api_calls", "--probability", "0.5"),
    )
    assert (fault["kind"], fault["count"], fault["probability"]) == ("throttle", 3, "0.5")
    assert "api_calls" in terminal.read("fault", "list")
    terminal.read("fault", "remove", fault["fault_id"])
    terminal.read("fault", "add", "slow", "--delay", "1.5", "--until-cleared")
    terminal.read("fault", "clear")
    assert terminal.read_json("fault", "list") == {"faults": []}


def test_the_books_are_read(terminal: Terminal, shop: Shop) -> None:
    assert terminal.read("bill", "show") == "AWS would bill nothing\n"
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=8))
    assert "api_calls" in terminal.read("bill", "show")
    (row,) = csv.DictReader(io.StringIO(terminal.read("bill", "csv")))
    assert row["quantity"] == "5"
    assert terminal.read("bill", "doubles") == "nothing is billed twice\n"
    assert "8" in terminal.read("bill", "lost-duplicates")
    assert "DuplicateRecord" in terminal.read("bill", "refused")
    assert terminal.read("bill", "months") == "2026-11\n"
    assert "0.00 USD, still open" in terminal.read("bill", "invoice", "2026-11")
    invoice = terminal.type("bill", "invoice", "2026-11", "--csv")
    (charge,) = csv.DictReader(io.StringIO(invoice.stdout))
    assert (charge["dimension"], charge["kind"]) == ("api_calls", "usage")
    assert invoice.stderr == "sandbox: 0.00 USD, still open\n"


def test_calls_and_refusals_are_read(terminal: Terminal, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=8))
    assert "BatchMeterUsage" in terminal.read("call", "list", "--outcome", "DuplicateRecord")
    assert terminal.read("call", "list", "--operation", "MeterUsage") == (
        "none of the 2 calls fits\n"
    )
    records = json.loads(terminal.read("call", "cloudtrail"))["Records"]
    assert [record["eventName"] for record in records] == ["BatchMeterUsage"] * 2
    assert "DuplicateRecord" in terminal.read("call", "refusals")


def test_what_is_shown_cannot_steer_the_terminal(terminal: Terminal, shop: Shop) -> None:
    shop.marketplace.answer("AWSMPMeteringService.\x1b[2J", b"{}")
    assert "\x1b" not in terminal.read("call", "list")


def test_events_are_listed_and_sent(terminal: Terminal) -> None:
    assert "License Updated - Manufacturer" in terminal.read("event", "list")
    target = terminal.read_json("event", "target", "add", "http", "http://127.0.0.1:9/hook")
    assert target["target_id"] in terminal.read("event", "target", "list")
    scripted = terminal.read_json("event", "disturb", "add", "delay", "--delay", "2h")
    assert scripted["delay_seconds"] == 7200
    assert scripted["disturbance_id"] in terminal.read("event", "disturb", "list")
    terminal.read("event", "disturb", "remove", scripted["disturbance_id"])
    terminal.read("event", "disturb", "clear")
    terminal.read("event", "target", "remove", target["target_id"])
    terminal.read("event", "deliveries")


def test_rules_and_switches_are_shown_and_turned(terminal: Terminal) -> None:
    rules = terminal.read_json("rules", "1.2")["rules"]
    assert {rule["section"] for rule in rules} == {"1.2"}
    assert "usage_age" in terminal.read("switch")
    assert terminal.read_json("switch", "usage_age")["reading"] == "24h"
    assert terminal.read_json("switch", "usage_age", "6h")["reading"] == "6h"
    assert terminal.type("switch", "nothing").exit_code == 2


def test_presets_are_shown_and_turned_to(terminal: Terminal) -> None:
    listed = terminal.read("preset")
    assert "observed" in listed
    assert "event_license_arn=without_prefix" in listed
    assert terminal.read_json("preset", "documented")["is_in_force"]
    assert terminal.read_json("switch", "license_updated")["reading"] == "at_once"
    unknown = terminal.type("preset", "imagined")
    assert unknown.exit_code == 1
    assert unknown.stderr == "sandbox: there is no preset imagined, only observed and documented\n"


def test_shapes_need_no_sandbox() -> None:
    terminal = Terminal(NOWHERE)
    assert "UsageRecords*" in terminal.read("shapes", "BatchMeterUsage")
    assert terminal.read_json("shapes", "batch-meter-usage")["operations"]
    unknown = terminal.type("shapes", "Nothing")
    assert unknown.exit_code == 1


def test_rules_and_switches_are_known_without_a_sandbox() -> None:
    terminal = Terminal(NOWHERE)
    rules = terminal.read_json("rules", "1.2")["rules"]
    assert {rule["section"] for rule in rules} == {"1.2"}
    assert "usage_age" in terminal.read("switch")
    shown = terminal.type("switch", "usage_age", "--json")
    assert json.loads(shown.stdout)["reading"] == "24h"
    assert shown.stderr == (
        f"sandbox: these are the defaults, because nothing answers at {NOWHERE}; "
        "start a sandbox with: sandbox serve\n"
    )
    assert terminal.type("switch", "usage_age", "6h").exit_code == 1


def test_it_tells_its_version_without_a_sandbox() -> None:
    assert Terminal(NOWHERE).read("--version") == f"sandbox {version('marketplace-sandbox')}\n"


def test_a_reset_must_be_meant(terminal: Terminal) -> None:
    assert terminal.type("reset").exit_code == 2
    terminal.read("reset", "--yes")
    assert terminal.read("product", "list") == "nothing is on sale\n"
