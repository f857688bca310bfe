"""GetEntitlements."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace_sandbox.core.model.catalogue import MeteringMode
from marketplace_sandbox.core.operations.get_entitlements import TERM_WITHOUT_EXPIRY
from marketplace_sandbox.server import serve_beside
from tests.builders import Shop, code_of
from tests.contracts import ALL_FOUR, all_pages, sell_contracts, sign
from tests.served_shop import client_of

ANNE, BOB = "100000000001", "200000000002"
YEAR = timedelta(days=365)


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    sell_contracts(shop)
    return shop


@pytest.fixture
def served(shop: Shop) -> Iterator[Any]:
    with serve_beside(shop.marketplace) as url, client_of(url, "marketplace-entitlement") as client:
        yield client


def entitlements(shop: Shop, *, code: str = "contract", **parameters: Any) -> list[dict[str, Any]]:
    pages = all_pages(shop.marketplace, ProductCode=code, **parameters)
    return [one for page in pages for one in page]


def accounts(shop: Shop, **parameters: Any) -> list[str]:
    return [one["CustomerAWSAccountId"] for one in entitlements(shop, **parameters)]


def test_a_value_has_the_type_of_its_dimension(shop: Shop) -> None:
    sign(shop, ANNE, ALL_FOUR)
    assert {one["Dimension"]: one["Value"] for one in entitlements(shop)} == {
        "seats": {"IntegerValue": 5},
        "share": {"DoubleValue": 0.5},
        "support": {"BooleanValue": True},
        "tier": {"StringValue": "gold"},
    }


def test_a_licensed_buyer_is_named_by_account_and_license(shop: Shop) -> None:
    agreement = sign(shop, ANNE)
    (one,) = entitlements(shop)
    assert one["CustomerAWSAccountId"] == ANNE
    assert one["LicenseArn"] == agreement.license_arn
    assert one["ProductCode"] == "contract"
    assert "CustomerIdentifier" not in one


def test_a_legacy_buyer_is_named_by_identifier_and_has_no_license(shop: Shop) -> None:
    sell_contracts(shop, "old", MeteringMode.LEGACY)
    agreement = sign(shop, ANNE, code="old")
    (one,) = entitlements(shop, code="old")
    assert one["CustomerIdentifier"] == agreement.customer_identifier
    assert "LicenseArn" not in one


def test_an_entitlement_expires_with_its_agreement(shop: Shop) -> None:
    agreement = sign(shop, ANNE, days=30)
    (one,) = entitlements(shop)
    assert one["ExpirationDate"] == agreement.expires_at == shop.now + timedelta(days=30)


def test_an_agreement_without_a_term_counts_as_renewed_every_year(shop: Shop) -> None:  # INF
    agreement = sign(shop, ANNE, days=None)
    for years in (1, 2):
        (one,) = entitlements(shop)
        assert one["ExpirationDate"] == agreement.starts_at + years * TERM_WITHOUT_EXPIRY
        shop.now += YEAR


def test_agreements_that_have_not_started_or_are_over_entitle_to_nothing(shop: Shop) -> None:
    sign(shop, ANNE, starts_in=timedelta(days=1))
    ended = sign(shop, BOB)
    assert accounts(shop) == [BOB]
    shop.marketplace.end_agreement(ended.agreement_id)
    assert accounts(shop) == []
    shop.now += timedelta(days=1)
    assert accounts(shop) == [ANNE]
    shop.now += YEAR
    assert accounts(shop) == []


def test_a_subscription_entitles_to_nothing(shop: Shop) -> None:
    assert entitlements(shop, code="licensed") == []


def test_values_of_a_filter_are_alternatives(shop: Shop) -> None:
    for account in (ANNE, BOB, "300000000003"):
        sign(shop, account)
    assert accounts(shop, Filter={"CUSTOMER_AWS_ACCOUNT_ID": [BOB, ANNE]}) == [ANNE, BOB]


def test_all_filters_have_to_fit(shop: Shop) -> None:
    first, second = sign(shop, ANNE, ALL_FOUR), sign(shop, ANNE, ALL_FOUR)
    assert first.license_arn != second.license_arn  # `license.several-agreements`
    found = entitlements(
        shop,
        Filter={
            "CUSTOMER_AWS_ACCOUNT_ID": [ANNE],
            "LICENSE_ARN": [second.license_arn],
            "DIMENSION": ["tier", "seats"],
        },
    )
    assert [(one["Dimension"], one["LicenseArn"]) for one in found] == [
        ("seats", second.license_arn),
        ("tier", second.license_arn),
    ]


def test_a_legacy_buyer_is_found_by_identifier(shop: Shop) -> None:
    sell_contracts(shop, "old", MeteringMode.LEGACY)
    agreement = sign(shop, ANNE, code="old")
    sign(shop, BOB, code="old")
    wanted = {"CUSTOMER_IDENTIFIER": [agreement.customer_identifier]}
    assert accounts(shop, code="old", Filter=wanted) == [ANNE]


def test_a_filter_that_nobody_fits_gives_nothing(shop: Shop) -> None:
    sign(shop, ANNE)
    assert accounts(shop, Filter={"DIMENSION": ["Seats"]}) == []  # names are case-sensitive


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ProductCode": "nobody-sells-this"}, "InvalidParameterException"),
        (
            {
                "ProductCode": "contract",
                "Filter": {"CUSTOMER_IDENTIFIER": ["a"], "CUSTOMER_AWS_ACCOUNT_ID": ["1"]},
            },
            "InvalidParameterException",
        ),
        ({"ProductCode": "contract", "NextToken": "nonsense"}, "InvalidParameterException"),
        ({"ProductCode": "contract", "NextToken": "é"}, "InvalidParameterException"),
        ({"ProductCode": "contract", "NextToken": "AAAA"}, "InvalidParameterException"),
        ({"ProductCode": "contract", "MaxResults": 26}, "ValidationException"),
        ({"ProductCode": "contract", "Filter": {"COLOUR": ["red"]}}, "ValidationException"),
    ],
)
def test_a_wrong_request_is_refused(
    shop: Shop, served: Any, parameters: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: shop.marketplace.get_entitlements(**parameters)) == code
    assert code_of(lambda: served.get_entitlements(**parameters)) == code


def test_a_refusal_is_boto3s_modeled_exception(shop: Shop) -> None:
    client = shop.marketplace.client("marketplace-entitlement")
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.get_entitlements(ProductCode="nobody-sells-this")


def test_a_page_holds_at_most_25(shop: Shop) -> None:
    for number in range(60):
        sign(shop, f"{number:012}")
    pages = all_pages(shop.marketplace, ProductCode="contract")
    assert [len(page) for page in pages] == [25, 25, 10]


def test_pages_of_any_size_hold_everything_once_and_in_order(shop: Shop) -> None:
    signed = [f"{number:012}" for number in range(7)]
    for account in signed:
        sign(shop, account, ALL_FOUR)
    for size in (1, 3, 4, 25):
        found = entitlements(shop, MaxResults=size)
        assert [one["CustomerAWSAccountId"] for one in found] == [a for a in signed for _ in "1234"]
        assert [one["Dimension"] for one in found] == list(ALL_FOUR) * 7


def test_an_empty_page_can_be_followed_by_others(shop: Shop) -> None:  # `entitlements.empty-page`
    for number in range(30):
        sign(shop, f"{number:012}")
    sign(shop, ANNE)
    pages = all_pages(
        shop.marketplace, ProductCode="contract", Filter={"CUSTOMER_AWS_ACCOUNT_ID": [ANNE]}
    )
    assert [len(page) for page in pages] == [0, 1]


def test_pages_go_on_where_they_were_whatever_happens_in_between(shop: Shop) -> None:
    signed = [sign(shop, f"{number:012}") for number in range(6)]
    first = shop.marketplace.get_entitlements(ProductCode="contract", MaxResults=3)
    for gone in (signed[0], signed[2], signed[4]):
        shop.marketplace.end_agreement(gone.agreement_id)
    sign(shop, ANNE)
    rest = entitlements(shop, NextToken=first["NextToken"])
    assert [one["CustomerAWSAccountId"] for one in first["Entitlements"] + rest] == [
        *(f"{number:012}" for number in (0, 1, 2, 3, 5)),
        ANNE,
    ]


def test_a_token_is_good_for_the_question_it_was_given_for(shop: Shop) -> None:
    sell_contracts(shop, "other")
    for account in (ANNE, BOB):
        sign(shop, account)
        sign(shop, account, code="other")
    page = shop.marketplace.get_entitlements(ProductCode="contract", MaxResults=1)
    token = page["NextToken"]
    get = shop.marketplace.get_entitlements
    for wrong in (
        {"ProductCode": "other", "NextToken": token},
        {"ProductCode": "contract", "NextToken": token, "Filter": {"DIMENSION": ["seats"]}},
        {"ProductCode": "contract", "NextToken": token[:-4] + "AAAA"},
    ):
        assert code_of(lambda wrong=wrong: get(**wrong)) == "InvalidParameterException"  # type: ignore[misc]
    assert get(ProductCode="contract", NextToken=token)["Entitlements"]


def test_boto3s_paginator_reads_all_pages_in_process_too(shop: Shop, served: Any) -> None:
    for number in range(30):
        sign(shop, f"{number:012}")
    for client in (shop.marketplace.client("marketplace-entitlement"), served):
        assert client.can_paginate("get_entitlements")
        pages = client.get_paginator("get_entitlements").paginate(ProductCode="contract")
        assert [len(page["Entitlements"]) for page in pages] == [25, 5]


def test_boto3_gets_the_same_over_http(shop: Shop, served: Any) -> None:
    sign(shop, ANNE, ALL_FOUR)
    here = shop.marketplace.get_entitlements(ProductCode="contract")
    there = served.get_entitlements(ProductCode="contract")
    assert here["Entitlements"] == there["Entitlements"]
    assert len(here["Entitlements"]) == 4
    assert there["Entitlements"][0]["ExpirationDate"] == datetime(2027, 11, 22, 12, tzinfo=UTC)


def test_a_call_stands_in_the_list_of_calls(shop: Shop) -> None:
    shop.marketplace.get_entitlements(ProductCode="contract")
    (call,) = shop.marketplace.calls()
    assert (call.operation, call.outcome) == ("GetEntitlements", "Success")
