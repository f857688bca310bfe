"""What runs in buyers' accounts: metered by MeterUsage, and sold without a registration page."""

import pytest

from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    MeteringMode,
    NewProduct,
)
from marketplace_sandbox.core.model.errors import ControlError
from tests.builders import AN_HOUR, Shop, code_of

ELSEWHERE = [one for one in Delivery if one is not Delivery.SAAS]


def put_on_sale(shop: Shop, delivery: Delivery) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Image", MeteringMode.LEGACY, (Dimension("api_calls"),), "image", delivery=delivery
        )
    )


@pytest.mark.parametrize("delivery", ELSEWHERE)
def test_batch_meter_usage_takes_saas_products_only(shop: Shop, delivery: Delivery) -> None:
    put_on_sale(shop, delivery)
    sold = shop.subscribe("image")
    record = {
        "Timestamp": shop.now - AN_HOUR,
        "Dimension": "api_calls",
        "Quantity": 5,
        "CustomerAWSAccountId": sold.customer_aws_account_id,
    }

    refused = code_of(
        lambda: shop.marketplace.batch_meter_usage(ProductCode="image", UsageRecords=[record])
    )

    assert refused == "InvalidProductCodeException"
    assert shop.billed() == []


@pytest.mark.parametrize("delivery", ELSEWHERE)
def test_only_buyers_of_saas_get_a_registration_token(shop: Shop, delivery: Delivery) -> None:
    put_on_sale(shop, delivery)
    sold = shop.subscribe("image")

    with pytest.raises(ControlError, match="registration tokens are for SaaS"):
        shop.marketplace.mint_token(sold.agreement_id)
