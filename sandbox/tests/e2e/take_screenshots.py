"""Take a picture of each page of the console, of a shop where something has happened."""

import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from loopback_console.testing.pictures import take_pictures

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.faults import FaultKind, NewFault
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside

FOLDER = Path(__file__).parents[3] / ".local" / "screenshots" / "sandbox"
NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
BUYERS = ("444455556666", "777788889999", "121212121212")


def open_shop() -> InProcessMarketplace:
    """Sell three products, meter two days of usage, and let a few things go wrong."""
    shop = InProcessMarketplace(clock=lambda: NOW, seed="screenshots")
    atlas = NewProduct(
        "Atlas Search",
        MeteringMode.LICENSE,
        (
            Dimension("api_calls", unit_price=Decimal("0.0004")),
            Dimension("storage_gb_hours", unit_price=Decimal("0.02")),
        ),
        code="atlas",
        registration_url="http://127.0.0.1:8080/register",
    )
    seats = NewProduct(
        "Beacon Seats",
        MeteringMode.LICENSE,
        (
            Dimension("seats", DimensionKind.ENTITLED, Decimal(300)),
            Dimension("extra_reports", unit_price=Decimal("1.25")),
        ),
        code="beacon",
        pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
    )
    runner = NewProduct(
        "Cinder Runner",
        MeteringMode.LEGACY,
        (Dimension("hours", unit_price=Decimal("0.12")),),
        code="cinder",
        delivery=Delivery.CONTAINER,
        pricing=PricingModel.HOURLY,
    )
    for new in (runner, seats, atlas):
        shop.desks.catalogue.list_product(new)
    _meter(shop)
    _sell_seats(shop)
    shop.desks.resources.launch("cinder", BUYERS[1], Platform.ECS, "eu-west-1")
    shop.inject_fault("throttle", count=3)
    shop.desks.faults.script(
        NewFault(Operation.BATCH_METER_USAGE, FaultKind.UNPROCESSED, 5, dimension="api_calls")
    )
    return shop


def _meter(shop: InProcessMarketplace) -> None:
    for number, account in enumerate(BUYERS, start=1):
        agreement = shop.desks.agreements.subscribe(NewAgreement("atlas", account))
        record = {
            "CustomerAWSAccountId": account,
            "LicenseArn": agreement.license_arn,
        }
        for hours in range(23):
            used_at = NOW - hours * AN_HOUR
            calls = (1_000 + 700 * ((hours * 7 + number * 5) % 11)) * number
            usage = [
                record | {"Timestamp": used_at, "Dimension": "api_calls", "Quantity": calls},
                record
                | {
                    "Timestamp": used_at,
                    "Dimension": "storage_gb_hours",
                    "QuantityAsDecimal": f"{number * 12 + hours % 4}.5",
                },
            ]
            shop.batch_meter_usage(UsageRecords=usage)
        again = record | {"Timestamp": NOW, "Dimension": "api_calls", "Quantity": 5}
        shop.batch_meter_usage(UsageRecords=[again])
    shop.mint_token(agreement.agreement_id)
    for wrong in ({"Dimension": "api-calls"}, {"Timestamp": NOW - 25 * AN_HOUR}):
        refused = {**record, "Timestamp": NOW, "Dimension": "api_calls", "Quantity": 1, **wrong}
        try:
            shop.batch_meter_usage(UsageRecords=[refused])
        except shop.exceptions.ClientError:
            continue


def _sell_seats(shop: InProcessMarketplace) -> None:
    offer = shop.desks.catalogue.make_offer(
        NewOffer(
            "beacon",
            kind=OfferKind.PRIVATE,
            buyer_account_ids=(BUYERS[0],),
            duration_days=365,
            grants=(Grant("seats", 40),),
        )
    )
    shop.desks.agreements.subscribe(NewAgreement("beacon", BUYERS[0], offer_id=offer.offer_id))


def list_pages(shop: InProcessMarketplace) -> dict[str, str]:
    """Name each page and its address."""
    products = {
        one.product_code: f"/products/{one.product_id}" for one in shop.desks.catalogue.products()
    }
    sold = {one.product_code: one.agreement_id for one in shop.desks.agreements.agreements()}
    return {
        "overview": "/",
        "products": "/products",
        "product": products["atlas"],
        "new-product": "/products/new",
        "new-offer": f"{products['beacon']}/offers/new",
        "subscribe": f"{products['atlas']}/subscribe",
        "set-up": f"/agreements/{sold['atlas']}/setup",
        "agreement": f"/agreements/{sold['atlas']}",
        "amend": f"/agreements/{sold['beacon']}/amend",
        "bill": "/bill",
        "invoice": "/invoices",
        "calls": "/calls",
        "events": "/events",
        "faults": "/faults",
        "resources": "/resources",
        "clock": "/clock",
        "rules": "/rules",
    }


def main(arguments: list[str]) -> int:
    """Take all pictures, or those that are named."""
    shop = open_shop()
    with serve_beside(shop) as url:
        take_pictures(arguments, url, list_pages(shop), folder=FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
