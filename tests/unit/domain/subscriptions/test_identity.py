"""Subscription keys: one subscription, one key, however AWS prints it."""

from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterhouse.domain.keys import MeterKey, RecordKey
from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
    is_tenant,
    license_key,
    read_subscription,
    tenant_key,
)
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import names
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import UnreadableError
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT, PRODUCT_CODE
from tests.unit.domain.strategies import hours

LICENSE_ID = "l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"


@pytest.mark.parametrize(
    "shape",
    [
        f"arn:aws:license-manager::294406891311:license:{LICENSE_ID}",
        f"aws:license-manager:us-east-1:294406891311:{LICENSE_ID}",
        f"arn:aws:license-manager:us-east-1:294406891311:license/{LICENSE_ID}",
        f"arn:aws-cn:license-manager::294406891311:license:{LICENSE_ID}",
    ],
)
def test_the_shapes_in_which_aws_prints_a_license_are_one_key(shape: str) -> None:
    assert license_key(shape) == f"license#{LICENSE_ID}"


def test_a_license_id_with_the_longer_prefix_is_a_key_of_its_own() -> None:
    key = license_key("arn:aws:license-manager::294406891311:license/lic-0a1b2c")

    assert key == "license#lic-0a1b2c"


def test_two_licenses_of_one_account_are_two_keys() -> None:
    assert license_key(LICENSE_ARN) != license_key(LICENSE_ARN[:-1] + "0")


@pytest.mark.parametrize(
    "reference",
    [
        *("", "l-123", LICENSE_ARN + " ", " " + LICENSE_ARN, LICENSE_ARN + "\n", "arn:aws:s3:::b"),
        *(LICENSE_ARN + "|x", "arn:aws:license-manager::1:grant:g-1", LICENSE_ARN.upper()),
        *(
            "tenant:",
            "tenant:a b",
            "tenant:a#b",
            "tenant:a|b",
            "tenant#acme",
            "Tenant:acme",
            "acme",
        ),
        *("tenant:" + "x" * 129, "tenant:\u00e9", "tenant:acme\n", {"tenant": "acme"}),
        *(None, 7, True, [], {}, [LICENSE_ARN], {"license_arn": LICENSE_ARN}),
        {"product_code": PRODUCT_CODE},
        {"customer_identifier": "c"},
        {"product_code": PRODUCT_CODE, "customer_identifier": ""},
        {"product_code": "", "customer_identifier": "c"},
        {"product_code": "with space", "customer_identifier": "c"},
        {"product_code": PRODUCT_CODE, "customer_identifier": "c|d"},
        {"product_code": PRODUCT_CODE, "customer_identifier": "c#d"},
        {"product_code": PRODUCT_CODE, "customer_identifier": "c\x00"},
        {"product_code": PRODUCT_CODE, "customer_identifier": "c" * 256},
        {"product_code": PRODUCT_CODE, "customer_identifier": 7},
        {"product_code": PRODUCT_CODE, "customer_aws_account_id": 444455556666},
        {"product_code": PRODUCT_CODE, "customer_aws_account_id": "44445555666a"},
        {"product_code": PRODUCT_CODE, "customer_aws_account_id": "\u0664\u0664"},
        {
            "product_code": PRODUCT_CODE,
            "customer_identifier": "c",
            "customer_aws_account_id": ACCOUNT,
        },
        {"product_code": PRODUCT_CODE, "customer_identifier": "c", "region": "us-east-1"},
    ],
    ids=repr,
)
def test_a_reference_of_any_other_shape_names_nobody(reference: object) -> None:
    with pytest.raises(UnreadableError):
        read_subscription(reference)


@pytest.mark.parametrize("tenant_id", ["acme", "tenant:acme", "~" * 128, LICENSE_ARN])
def test_a_tenant_is_named_by_the_sellers_own_id(tenant_id: str) -> None:
    assert (
        read_subscription(f"tenant:{tenant_id}") == tenant_key(tenant_id) == f"tenant#{tenant_id}"
    )
    assert is_tenant(tenant_key(tenant_id))
    assert not is_tenant(license_key(LICENSE_ARN))


def test_half_a_surrogate_pair_names_nobody_because_no_table_can_hold_it() -> None:
    with pytest.raises(UnreadableError):
        read_subscription({"product_code": PRODUCT_CODE, "customer_identifier": "\ud83d"})


def test_both_legacy_forms_have_keys_of_their_own() -> None:
    customer = {"product_code": PRODUCT_CODE, "customer_identifier": ACCOUNT}
    account = {"product_code": PRODUCT_CODE, "customer_aws_account_id": ACCOUNT}

    assert read_subscription(customer) == f"customer#{PRODUCT_CODE}#{ACCOUNT}"
    assert read_subscription(account) == f"account#{PRODUCT_CODE}#{ACCOUNT}"


@example("atlas", "a#b")
@example("atlas", "a|b")
@given(
    st.from_regex(r"[-a-zA-Z0-9/=:_.@]{1,255}", fullmatch=True),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=255),
)
def test_a_legacy_key_cannot_be_mistaken_for_another(code: str, identifier: str) -> None:
    try:
        key = read_subscription({"product_code": code, "customer_identifier": identifier})
    except UnreadableError:
        return
    assert key.split("#") == ["customer", code, identifier]
    assert "|" not in key


def test_a_registration_makes_usage_findable_under_every_name_that_usage_may_have() -> None:
    licensed = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, "agmt-1")
    legacy = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, "ifAPi5AcF3")

    assert names_of(licensed) == (license_key(LICENSE_ARN),)
    assert names_of(legacy) == (
        f"customer#{PRODUCT_CODE}#ifAPi5AcF3",
        f"account#{PRODUCT_CODE}#{ACCOUNT}",
    )


@pytest.mark.parametrize(
    "customer",
    [ResolvedCustomer(PRODUCT_CODE), ResolvedCustomer(PRODUCT_CODE, license_arn=LICENSE_ARN)],
)
def test_who_cannot_be_billed_is_no_subscription(customer: ResolvedCustomer) -> None:
    assert names_of(customer) == ()


def names_of(customer: ResolvedCustomer) -> tuple[SubscriptionKey, ...]:
    return names(registration(customer, NOON_AT, trial=False))


def test_a_record_key_reads_as_subscription_dimension_and_hour() -> None:
    key = RecordKey(license_key(LICENSE_ARN), "api_calls", NOON_AT)

    assert str(key) == f"license#{LICENSE_ID}|api_calls|2026-11-18T12"
    assert key.meter == MeterKey(license_key(LICENSE_ARN), "api_calls")


@given(
    st.sampled_from([license_key(LICENSE_ARN), SubscriptionKey(f"account#{PRODUCT_CODE}#1")]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    hours(),
)
def test_a_record_is_found_again_by_the_name_that_a_log_line_gives_it(
    subscription: SubscriptionKey, dimension: str, hour_at: datetime
) -> None:
    key = RecordKey(subscription, dimension, hour_at)

    assert RecordKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "name", ["", "|", "a|b", "a|b|", "a|b|yesterday", "|b|2026-11-18T12", "a|2026-11-18T12"]
)
def test_what_names_no_record_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"named|isoformat"):
        RecordKey.parse(name)
