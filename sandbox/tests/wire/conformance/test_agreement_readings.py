"""Each switch about entitlements and agreements under each of its readings."""

from datetime import datetime
from typing import Any

import pytest

from marketplace_sandbox.core.model.operation import AGREEMENT
from tests.agreements import search
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, shop_with
from tests.contracts import sell_contracts, sign


def entitlements(shop: Shop, code: str = "contract", **parameters: Any) -> dict[str, Any]:
    return shop.marketplace.get_entitlements(ProductCode=code, **parameters)


@pytest.mark.parametrize(("reading", "is_written"), [("present", True), ("absent", False)])
def test_an_empty_page_of_entitlements_is_written_as_the_reading_says(
    reading: str, *, is_written: bool
) -> None:
    shop = shop_with(empty_entitlements=reading)
    assert ("Entitlements" in entitlements(shop, "licensed")) is is_written
    sell_contracts(shop)
    sign(shop, ACCOUNT)
    assert len(entitlements(shop)["Entitlements"]) == 1
    sign(shop, "777788889999")
    nobody = {"CUSTOMER_AWS_ACCOUNT_ID": ["123456789012"]}
    page = entitlements(shop, Filter=nobody, MaxResults=1)
    assert ("Entitlements" in page) is is_written
    assert "NextToken" in page


@pytest.mark.parametrize(("reading", "is_refused"), [("accepted", False), ("refused", True)])
def test_a_dimension_alone_filters_as_the_reading_says(reading: str, *, is_refused: bool) -> None:
    shop = shop_with(dimension_filter=reading)
    sell_contracts(shop)
    agreement = sign(shop, ACCOUNT)
    alone = {"DIMENSION": ["seats"]}
    if is_refused:
        refused = code_of(lambda: entitlements(shop, Filter=alone))
        assert refused == "InvalidParameterException"
    else:
        assert len(entitlements(shop, Filter=alone)["Entitlements"]) == 1
    for more in ({"LICENSE_ARN": [agreement.license_arn]}, {"CUSTOMER_AWS_ACCOUNT_ID": [ACCOUNT]}):
        assert len(entitlements(shop, Filter=alone | more)["Entitlements"]) == 1
    assert len(entitlements(shop)["Entitlements"]) == 1


@pytest.mark.parametrize("reading", ["as_agreed", "actual"])
def test_an_early_end_has_the_end_time_that_the_reading_says(reading: str) -> None:
    shop = shop_with(ended_end_time=reading)
    sell_contracts(shop)
    contract = sign(shop, "777788889999", days=90)
    shop.now += AN_HOUR
    ended_at = shop.now

    def end_times() -> list[datetime | None]:
        sold = (shop.licensed, contract)
        told = [shop.marketplace.describe_agreement(agreementId=one.agreement_id) for one in sold]
        return [one.get("endTime") for one in told]

    assert end_times() == [None, contract.expires_at]
    for agreement in (shop.licensed, contract):
        shop.marketplace.end_agreement(agreement.agreement_id)
    shop.now += AN_HOUR
    is_actual = reading == "actual"
    assert end_times() == ([ended_at] * 2 if is_actual else [None, contract.expires_at])
    by_now = {"BeforeEndTime": "2026-12-31T00:00:00Z"}
    assert len(search(shop.marketplace.client(AGREEMENT), **by_now)) == (2 if is_actual else 0)
