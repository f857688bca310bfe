"""What makes the `sandbox` command easy to use: names, tables, and words about what is odd."""

import re
from collections.abc import Iterator

import pytest

from marketplace_sandbox.server import serve_beside
from tests.builders import ACCOUNT, AN_HOUR, Shop
from tests.typing_commands import NOWHERE, Terminal, registration_page

OTHER_ACCOUNT = "777788889999"


@pytest.fixture
def terminal(shop: Shop) -> Iterator[Terminal]:
    with serve_beside(shop.marketplace) as url:
        yield Terminal(url)


def sell_image(terminal: Terminal) -> None:
    terminal.read(
        *("product", "add", "Image", "--code", "image", "--delivery", "ami", "--dimension", "hours")
    )


def test_the_address_may_stand_before_the_command(shop: Shop) -> None:
    nowhere = Terminal(NOWHERE)
    with serve_beside(shop.marketplace) as url:
        assert "licensed" in nowhere.read("--url", url, "product", "list")
        assert "licensed" in nowhere.read("--url", NOWHERE, "product", "list", "--url", url)


def test_an_agreement_is_named_by_its_product(terminal: Terminal, shop: Shop) -> None:
    sold = terminal.read_json("buyer", "show", "licensed")
    assert sold["agreement_id"] == shop.licensed.agreement_id
    token = terminal.read("buyer", "token", "licensed").rstrip("\n")
    assert shop.marketplace.resolve_customer(RegistrationToken=token)["LicenseArn"]
    assert terminal.read_json("buyer", "cancel", "licensed")["status"] == "CANCELLED"


def test_a_buyer_names_a_contact_to_aws(terminal: Terminal, shop: Shop) -> None:
    told = "Anna, Example, anna@example.com, Example, Ltd., GB"
    sold = terminal.read_json("buyer", "subscribe", "licensed", "--contact", told)
    answer = shop.marketplace.get_agreement_contacts(agreementId=sold["agreement_id"])
    assert answer["acceptorContact"]["companyName"] == "Example, Ltd."
    assert answer["acceptorContact"]["countryCode"] == "GB"
    short = terminal.type("buyer", "subscribe", "licensed", "--contact", "Anna, GB")
    assert "write a contact like Anna,Example" in short.stderr


def test_of_several_agreements_the_account_names_one(terminal: Terminal, shop: Shop) -> None:
    other = shop.subscribe("licensed", OTHER_ACCOUNT)
    unclear = terminal.type("buyer", "token", "licensed")
    assert unclear.exit_code == 1
    assert "2 agreements are for licensed: say --account" in unclear.stderr
    amended = terminal.read_json(
        "buyer", "amend", "licensed", "--account", OTHER_ACCOUNT, "--price", "api_calls=0.5"
    )
    assert amended["agreement_id"] == other.agreement_id
    nobody = terminal.type("buyer", "show", "licensed", "--account", "1" * 12)
    assert nobody.stderr == f"sandbox: there is no agreement licensed of account {'1' * 12}\n"


def test_of_several_agreements_the_only_active_one_is_meant(terminal: Terminal, shop: Shop) -> None:
    terminal.read("buyer", "cancel", "licensed")
    again = shop.subscribe("licensed", ACCOUNT)
    assert terminal.read_json("buyer", "show", "licensed")["agreement_id"] == again.agreement_id


def test_a_landing_page_that_refuses_makes_the_command_fail(terminal: Terminal) -> None:
    with registration_page(status=404) as (page, _):
        landed = terminal.type("buyer", "land", "licensed", "--page", page)
    assert landed.exit_code == 1
    assert "404" in landed.stdout
    assert landed.stderr == "sandbox: the registration page answered with 404\n"


def test_buyers_of_an_image_get_no_token(terminal: Terminal) -> None:
    sell_image(terminal)
    assert terminal.read_json("product", "show", "image")["mode"] == "legacy"
    terminal.read("buyer", "subscribe", "image")
    refused = terminal.type("buyer", "token", "image")
    assert refused.exit_code == 1
    assert "registration tokens are for SaaS" in refused.stderr


def test_a_resources_keys_are_printed_for_a_shell_and_not_when_it_ends(terminal: Terminal) -> None:
    sell_image(terminal)
    exports = terminal.read(
        *("resource", "launch", "image", ACCOUNT, "--platform", "ec2"),
        *("--region", "eu-west-1", "--env"),
    )
    assert "export AWS_REGION=eu-west-1\n" in exports
    (resource,) = terminal.read_json("resource", "list")["resources"]
    shown = terminal.read("resource", "show", resource["resource_id"])
    assert resource["secret_access_key"] in shown
    stopped = terminal.read("resource", "stop", resource["resource_id"])
    assert resource["secret_access_key"] not in stopped
    assert resource["session_token"] not in stopped


def test_a_price_model_without_its_dimensions_is_sold_with_a_warning(terminal: Terminal) -> None:
    odd = terminal.type("product", "add", "B", "--dimension", "a", "--pricing", "contract")
    assert odd.exit_code == 0
    assert "sold by entitled dimensions; it has none" in odd.stderr
    usual = terminal.type("product", "add", "C", "--dimension", "a")
    assert usual.stderr == ""


def test_what_is_bought_and_metered_is_sold_from_the_command_line(terminal: Terminal) -> None:
    calls = ("--dimension", "calls:both:integer=0.02")
    sold = terminal.read_json(
        *("product", "add", "M", "--code", "m", "--pricing", "contract_with_consumption", *calls)
    )
    assert sold["dimension_terms"] == [
        {"name": "calls", "kind": "both", "unit_price": "0.02", "value_type": "integer"}
    ]
    bought = terminal.read_json("buyer", "subscribe", "m", "--grant", "calls=1000")
    assert bought["grants"] == [{"dimension": "calls", "value": 1000}]
    refused = terminal.type("product", "add", "U", *calls)
    assert refused.exit_code == 1
    assert "'calls' is of kind both, which needs pricing" in refused.output


def test_an_agreement_is_told_not_to_renew(terminal: Terminal) -> None:
    terminal.read("product", "add", "V", "--code", "v", "--dimension", "seats:entitled")
    offer = terminal.read_json(
        "offer", "make", "v", "--lasts", "365d", "--grant", "seats=1", "--renews"
    )
    terminal.read("buyer", "subscribe", "v", "--offer", offer["offer_id"])
    assert terminal.read_json("buyer", "amend", "v", "--no-renews")["is_renewing"] is False


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("buyer", "amend", "licensed"), "--renews"),
        (("fault", "add", "slow"), "--delay"),
        (("event", "disturb", "add", "delay"), "--delay"),
        (("event", "target", "add", "sqs", "http://127.0.0.1:9/queue"), "--endpoint-url"),
        (("call", "list", "--operation", "foo"), "BatchMeterUsage"),
    ],
)
def test_what_is_missing_is_named_as_an_option(
    terminal: Terminal, words: tuple[str, ...], advice: str
) -> None:
    result = terminal.type(*words)
    assert result.exit_code == 2
    assert advice in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("clock", "speed", "fast"), "speed must be a decimal number such as 0.002, not negative"),
        (("save",), "the sandbox is kept in no file; start it with: sandbox serve --state FILE"),
        (
            ("event", "target", "add", "http", "http://example.com/"),
            (
                "address must lie on this machine: example.com is neither a loopback address "
                "nor one that was named by: sandbox serve --target-host example.com"
            ),
        ),
        (
            ("product", "add", "B", "--dimension", "a=abc"),
            "dimensions.0.unit_price must be a decimal number such as 0.002, not negative",
        ),
    ],
)
def test_a_refusal_says_what_can_be_done(
    terminal: Terminal, words: tuple[str, ...], sentence: str
) -> None:
    assert terminal.type(*words).stderr == f"sandbox: {sentence}\n"


def test_nobody_reads_the_names_of_our_tools(terminal: Terminal) -> None:
    assert "Value error" not in terminal.type("fault", "add", "throttl").stderr


@pytest.mark.parametrize("delay", ["90", "90s", "1m30s"])
def test_a_delay_has_units_or_is_in_seconds(terminal: Terminal, delay: str) -> None:
    fault = terminal.read_json("fault", "add", "slow", "--delay", delay)
    assert fault["delay_seconds"] == "90"


def test_a_filter_that_nothing_fits_does_not_claim_that_nothing_happened(
    terminal: Terminal, shop: Shop
) -> None:
    known = len(shop.marketplace.desks.events.events())
    assert terminal.read("event", "list", "--name", "nope") == f"none of {known} events fits\n"
    shop.meter(shop.licensed_record())
    assert terminal.read("call", "list", "--outcome", "Nope") == "none of the 1 calls fits\n"


def test_a_list_that_ends_at_its_limit_says_so(terminal: Terminal, shop: Shop) -> None:
    for quantity in (5, 6, 7):
        shop.meter(shop.licensed_record(Quantity=quantity))
    for words in (("call", "list"), ("call", "cloudtrail")):
        assert terminal.type(*words).stderr == ""
        cut = terminal.type(*words, "--limit", "2")
        assert cut.stderr.startswith(
            "sandbox: the latest 2 are shown; if there are more, --limit shows them"
        )


def test_events_that_wait_are_listed(terminal: Terminal) -> None:
    terminal.read("event", "target", "add", "http", "http://127.0.0.1:9/")
    terminal.read("event", "disturb", "add", "delay", "--delay", "2h")
    terminal.read("buyer", "cancel", "licensed")
    assert terminal.read_json("event", "deliveries")["waiting"]
    assert " waiting:\n" in terminal.read("event", "deliveries")


def test_older_names_of_commands_still_work(terminal: Terminal) -> None:
    for name, was in (("double-billed", "doubles"), ("lost-duplicates", "duplicates")):
        assert terminal.read("bill", name) == terminal.read("bill", was)


def test_tables_show_seconds_and_break_no_id(terminal: Terminal, shop: Shop) -> None:
    terminal.read("clock", "set", "2026-11-22T12:00:00.123456Z")
    shop.meter(shop.licensed_record(Timestamp=shop.now - AN_HOUR, Quantity=5))
    shop.meter(shop.licensed_record(Timestamp=shop.now - AN_HOUR, Quantity=6))
    calls = terminal.read("call", "list")
    assert re.search(r" 2026-11-22T[0-9:]{8}Z ", calls)
    refused = terminal.read("bill", "refused")
    assert f"6 api_calls of {ACCOUNT}" in refused
    listed = terminal.read("buyer", "list")
    assert shop.licensed.agreement_id in listed
    assert "arn:aws" not in listed
    assert all(len(line.rstrip()) <= 80 for line in listed.splitlines())
