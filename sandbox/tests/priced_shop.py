"""A product with prices and one buyer, and the facts of an invoice's lines."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.invoices import Charge
from marketplace_sandbox.core.model.offers import NewOffer
from marketplace_sandbox.in_process import InProcessMarketplace
from tests.builders import ACCOUNT, NOON_AT

MONTH = "2026-11"
CLOSES_AT = datetime(2026, 12, 1, 6, tzinfo=UTC)
CALLS = Dimension("api_calls", unit_price=Decimal("0.0025"))
STORAGE = Dimension("storage", unit_price=Decimal(2))
SEATS = Dimension("seats", DimensionKind.ENTITLED, unit_price=Decimal("12.50"))


@dataclass(slots=True)
class PricedShop:
    """A product with prices and one buyer since a week ago."""

    now: datetime = NOON_AT
    marketplace: InProcessMarketplace = field(init=False)
    buyer: Agreement = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace = InProcessMarketplace(clock=lambda: self.now)
        self.list_product("atlas", PricingModel.USAGE, CALLS, STORAGE)
        self.buyer = self.marketplace.create_agreement("atlas", customer_aws_account_id=ACCOUNT)

    def list_product(self, code: str, pricing: PricingModel, *dimensions: Dimension) -> None:
        self.marketplace.desks.catalogue.list_product(
            NewProduct(code.title(), MeteringMode.LICENSE, dimensions, code, pricing=pricing)
        )

    def accept(self, offer: NewOffer, **fields: Any) -> Agreement:
        offer_id = self.marketplace.desks.catalogue.make_offer(offer).offer_id
        return self.marketplace.desks.agreements.subscribe(
            NewAgreement(offer.product_code, ACCOUNT, offer_id=offer_id, **fields)
        )

    def meter(
        self, quantity: str, dimension: str = "api_calls", *, buyer: Agreement | None = None
    ) -> None:
        buyer = buyer or self.buyer
        record = {
            "Timestamp": self.now,
            "Dimension": dimension,
            "QuantityAsDecimal": quantity,
            "CustomerAWSAccountId": buyer.customer_aws_account_id,
            "LicenseArn": buyer.license_arn,
        }
        answer = self.marketplace.batch_meter_usage(UsageRecords=[record])
        assert [result["Status"] for result in answer["Results"]] == ["Success"]

    def charges(self, month: str = MONTH) -> list[tuple[str, str, str, str, str]]:
        return [facts_of(one) for one in self.marketplace.desks.bill.invoice(month).charges]


def facts_of(charge: Charge) -> tuple[str, str, str, str, str]:
    numbers = (charge.quantity, charge.unit_price, charge.amount)
    return (charge.kind, charge.dimension, *(f"{number.normalize():f}" for number in numbers))  # type: ignore[return-value] # three numbers make five texts
