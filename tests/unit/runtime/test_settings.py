"""Settings: what is missing or makes no sense is named."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.records.spikes import SpikeHold
from meterhouse.errors import SettingsError
from meterhouse.runtime.announcing_settings import read_event_bus
from meterhouse.runtime.registration_settings import (
    RegistrationSettings,
    read_registration_settings,
)
from meterhouse.runtime.role_settings import MarketplaceRole, read_marketplace_role
from meterhouse.runtime.settings import (
    read_final_usage,
    read_metering_settings,
    read_rejected_queue_url,
)
from meterhouse.runtime.tracking_settings import read_products, read_tracking_settings
from meterhouse.runtime.usage_settings import read_late_usage_max
from meterhouse.web.brand import Brand
from tests.template.cloudformation import FUNCTION, document, resources

REGISTRATION = {
    "SUBSCRIPTIONS_TABLE": "subscriptions",
    "SIGNUP_URL": "https://example.com/signup",
    "SUPPORT_CONTACT": "support@example.com",
    "SELLER_NAME": "Example",
    "CONTACT_FIELDS": "email,company,name",
    "ASK_AGREEMENT_CONTACTS": "true",
    "READ_ENTITLEMENTS": "true",
}
METERING = {
    "SUBSCRIPTIONS_TABLE": "subscriptions",
    "USAGE_TABLE": "usage",
    "USAGE_TABLE_IS_ATTACHED": "false",
    "USAGE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/usage",
    "SETTLE_MINUTES": "15",
    "QUIET_SECONDS": "60",
    "METERING_CALLS_PER_SECOND": "10",
    "HEARTBEAT": "false",
    "JOURNAL_SHARDS": "4",
    "SPIKE_HOLD_FACTOR": "5",
    "SPIKE_HOLD_UNITS": "250",
    "INCLUDED_UNITS": "",
}


def message_of(read: Callable[[Mapping[str, str]], Any], environ: Mapping[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read(environ)
    return str(caught.value)


def test_registration_settings_are_read() -> None:
    assert read_registration_settings(REGISTRATION) == RegistrationSettings(
        subscriptions_table="subscriptions",
        legacy_products=frozenset(),
        signup_url="https://example.com/signup",
        brand=Brand("Example", "support@example.com"),
        contact_fields=frozenset({"email", "company", "name"}),
        asks_contacts=False,
        reads_entitlements=True,
        sender="",
    )


def test_legacy_products_are_read_one_by_one() -> None:
    settings = read_registration_settings(REGISTRATION | {"LEGACY_PRODUCT_CODES": "one, two,"})

    assert settings.legacy_products == {"one", "two"}


@pytest.mark.parametrize("without", [{"SIGNUP_URL": ""}, {}], ids=["empty", "absent"])
def test_without_a_sign_up_url_the_application_shows_its_own_page(without: dict[str, str]) -> None:
    environ = {name: REGISTRATION[name] for name in REGISTRATION if name != "SIGNUP_URL"}

    assert read_registration_settings(environ | without).signup_url == ""


@pytest.mark.parametrize(
    ("chosen", "signup_url", "asks"),
    [("true", "", True), ("false", "", False), ("true", "https://example.com/signup", False)],
    ids=["chosen", "not chosen", "chosen, but the page is the seller's own"],
)
def test_aws_is_asked_for_contacts_where_they_are_wanted_and_shown(
    chosen: str, signup_url: str, *, asks: bool
) -> None:
    environ = REGISTRATION | {"ASK_AGREEMENT_CONTACTS": chosen, "SIGNUP_URL": signup_url}

    assert read_registration_settings(environ).asks_contacts is asks


def test_neither_yes_nor_no_to_asking_is_named() -> None:
    environ = REGISTRATION | {"ASK_AGREEMENT_CONTACTS": "yes"}

    assert "ASK_AGREEMENT_CONTACTS" in message_of(read_registration_settings, environ)


def test_metering_settings_are_read_in_their_units() -> None:
    settings = read_metering_settings(METERING | {"HEARTBEAT": "true"})

    assert settings.settle == timedelta(minutes=15)
    assert settings.quiet == timedelta(seconds=60)
    assert settings.calls_per_second == 10
    assert settings.heartbeat is True
    assert settings.shards == 4
    assert settings.spikes == SpikeHold(Decimal(5), Decimal(250))
    assert settings.usage_table == "usage"


def test_zeros_are_told_only_where_they_are_asked_for() -> None:
    assert read_metering_settings(METERING | {"HEARTBEAT": "false"}).heartbeat is False


@pytest.mark.parametrize(
    ("mebibytes", "events"), [("", 5_000_000), ("1769", 5_322_571), ("3538", 12_742_295)]
)
def test_a_fold_may_hold_as_many_events_as_the_memory_of_its_function(
    mebibytes: str, events: int
) -> None:
    environ = METERING | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": mebibytes}

    assert read_metering_settings(environ).fold_events_max == events


@pytest.mark.parametrize(
    "name", [name for name in REGISTRATION if name not in {"SIGNUP_URL", "CONTACT_FIELDS"}]
)
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_missing_registration_variable_is_named(name: str, *, is_empty: bool) -> None:
    environ = {key: value for key, value in REGISTRATION.items() if key != name}

    assert name in message_of(
        read_registration_settings, environ | ({name: ""} if is_empty else {})
    )


@pytest.mark.parametrize("name", METERING)
def test_a_missing_metering_variable_is_named(name: str) -> None:
    environ = {key: value for key, value in METERING.items() if key != name}

    assert name in message_of(read_metering_settings, environ)


def test_the_missing_queue_of_rejected_usage_is_named() -> None:
    assert "REJECTED_USAGE_QUEUE_URL" in message_of(read_rejected_queue_url, {})
    assert read_rejected_queue_url({"REJECTED_USAGE_QUEUE_URL": "url"}) == "url"


@pytest.mark.parametrize("minutes", [0, 10, 40])
def test_the_last_usage_is_waited_for_in_minutes(minutes: int) -> None:
    final_usage = read_final_usage({"FINAL_USAGE_MINUTES": str(minutes)})

    assert final_usage == timedelta(minutes=minutes)


@pytest.mark.parametrize("environ", [{}, *({"FINAL_USAGE_MINUTES": n} for n in ("-1", "41", "x"))])
def test_a_wait_that_would_miss_the_final_hour_is_refused(environ: dict[str, str]) -> None:
    assert "FINAL_USAGE_MINUTES" in message_of(read_final_usage, environ)


def test_the_bound_on_old_usage_is_read_in_days() -> None:
    assert read_late_usage_max({"LATE_USAGE_DAYS_MAX": "31"}) == timedelta(days=31)


def test_every_bound_on_old_usage_that_the_template_takes_is_one_that_is_read() -> None:
    parameter = document()["Parameters"]["LateUsageDaysMax"]
    lowest, highest = parameter["MinValue"], parameter["MaxValue"]

    assert timedelta(days=parameter["Default"]) == LATE_USAGE_MAX
    for days in (lowest, highest):
        assert read_late_usage_max({"LATE_USAGE_DAYS_MAX": str(days)}) == timedelta(days=days)
    for days in (lowest - 1, highest + 1):
        assert "LATE_USAGE_DAYS_MAX" in message_of(
            read_late_usage_max, {"LATE_USAGE_DAYS_MAX": str(days)}
        )


def test_the_missing_bound_on_old_usage_is_named() -> None:
    assert "LATE_USAGE_DAYS_MAX" in message_of(read_late_usage_max, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SETTLE_MINUTES", "-1"),
        ("SETTLE_MINUTES", "361"),
        ("SETTLE_MINUTES", "15.5"),
        ("SETTLE_MINUTES", "soon"),
        ("SETTLE_MINUTES", "1\u0665"),
        ("SETTLE_MINUTES", " 15"),
        ("QUIET_SECONDS", "-1"),
        ("QUIET_SECONDS", "86400"),
        ("METERING_CALLS_PER_SECOND", "0"),
        ("METERING_CALLS_PER_SECOND", "1001"),
        ("METERING_CALLS_PER_SECOND", "9" * 1_000),
        ("HEARTBEAT", "True"),
        ("HEARTBEAT", "yes"),
        ("HEARTBEAT", "1"),
        ("JOURNAL_SHARDS", "0"),
        ("JOURNAL_SHARDS", "65"),
        ("SPIKE_HOLD_FACTOR", "1001"),
        ("SPIKE_HOLD_UNITS", "0"),
        ("INCLUDED_UNITS", "calls=1000"),
    ],
    ids=lambda text: text[:20],
)
def test_a_value_that_makes_no_sense_is_named_with_its_variable(name: str, value: str) -> None:
    assert name in message_of(read_metering_settings, METERING | {name: value})


@pytest.mark.parametrize(
    ("function", "reads"),
    [
        ("RegisterCustomerFunction", [read_registration_settings]),
        (
            "DrainUsageFunction",
            [read_metering_settings, read_rejected_queue_url, read_late_usage_max],
        ),
        ("ReconcileUsageFunction", [read_metering_settings, read_final_usage, read_products]),
        ("TrackAgreementsFunction", [read_tracking_settings, read_products]),
        ("AnnounceChangesFunction", [read_event_bus]),
    ],
)
def test_the_template_gives_each_function_the_variables_that_it_reads(
    function: str, reads: list[Callable[[Mapping[str, str]], Any]]
) -> None:
    given = resources(FUNCTION)[function]["Environment"]["Variables"]
    others = {
        "LATE_USAGE_DAYS_MAX": "31",
        "REJECTED_USAGE_QUEUE_URL": "url",
        "FINAL_USAGE_MINUTES": "10",
        "PRODUCT_CODES": "",
        "LEGACY_PRODUCT_CODES": "",
        "RECONCILE_FUNCTION": "reconcile",
        "MARKETPLACE_ROLE_ARN": "",
        "MARKETPLACE_ROLE_EXTERNAL_ID": "",
        "EVENT_BUS": "bus",
        **dict.fromkeys(("LOGO_URL", "ACCENT_COLOUR", "TERMS_URL", "CONFIRMATION_SENDER"), ""),
    }
    values = REGISTRATION | METERING | others

    for read in reads:
        read({name: values[name] for name in given})


def test_a_role_to_call_aws_marketplace_in_is_read_with_what_its_trust_policy_asks_for() -> None:
    environ = {"MARKETPLACE_ROLE_ARN": "arn", "MARKETPLACE_ROLE_EXTERNAL_ID": "stack:7"}

    assert read_marketplace_role(environ) == MarketplaceRole("arn", "stack:7")
    assert "MARKETPLACE_ROLE_EXTERNAL_ID" in message_of(
        read_marketplace_role, {"MARKETPLACE_ROLE_ARN": "arn"}
    )


@pytest.mark.parametrize(("chosen", "is_asked"), [("true", True), ("false", False)])
def test_aws_is_asked_what_contracts_hold_where_that_is_chosen(
    chosen: str, *, is_asked: bool
) -> None:
    tracking = {"SUBSCRIPTIONS_TABLE": "one", "RECONCILE_FUNCTION": "two"}
    environ = REGISTRATION | tracking | {"READ_ENTITLEMENTS": chosen}

    assert read_registration_settings(environ).reads_entitlements is is_asked
    assert read_tracking_settings(environ).reads_entitlements is is_asked
    wrong = environ | {"READ_ENTITLEMENTS": "yes"}
    assert "READ_ENTITLEMENTS" in message_of(read_tracking_settings, wrong)
