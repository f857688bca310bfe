"""What buyers run of a seller's software, one product of each delivery, with its own keys."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace_sandbox.core.model.callers import REGION_DEFAULT, Platform, Resource
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
)
from marketplace_sandbox.in_process import InProcessMarketplace
from tests.builders import ACCOUNT, NOON_AT

DIMENSIONS = (Dimension("scans"), Dimension("hosts"), Dimension("seats", DimensionKind.ENTITLED))
DELIVERY_OF = {
    Platform.EC2: Delivery.AMI,
    Platform.ECS: Delivery.CONTAINER,
    Platform.EKS: Delivery.CONTAINER,
    Platform.AGENTCORE: Delivery.AGENTCORE,
}
HOURLY = (Platform.EC2, Platform.ECS, Platform.EKS)


@dataclass(slots=True)
class Estate:
    """Products `ami`, `container` and `agentcore`, subscribed by one buyer a week ago."""

    now: datetime = NOON_AT
    marketplace: InProcessMarketplace = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace = InProcessMarketplace(clock=lambda: self.now)
        for delivery in sorted(set(DELIVERY_OF.values())):
            code = delivery.value
            self.marketplace.desks.catalogue.list_product(
                NewProduct(code.title(), MeteringMode.LEGACY, DIMENSIONS, code, delivery=delivery)
            )
            self.marketplace.create_agreement(code, customer_aws_account_id=ACCOUNT)

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def launch(
        self,
        platform: Platform = Platform.EC2,
        *,
        account: str = ACCOUNT,
        region: str = REGION_DEFAULT,
    ) -> Resource:
        return self.marketplace.desks.resources.launch(
            DELIVERY_OF[platform].value, account, platform, region
        )

    def unsubscribe(self, product_code: str) -> None:
        for agreement in self.marketplace.desks.agreements.agreements():
            if agreement.product_code == product_code:
                self.marketplace.end_agreement(agreement.agreement_id)

    def meter(self, resource: Resource, *, region: str | None = None, **changed: Any) -> str:
        parameters = {
            "ProductCode": resource.product_code,
            "Timestamp": self.now,
            "UsageDimension": "scans",
            "UsageQuantity": 5,
        } | changed
        present = {name: value for name, value in parameters.items() if value is not None}
        caller = self.marketplace.as_caller(resource=resource, region=region)
        return str(caller.meter_usage(**present)["MeteringRecordId"])

    def register(
        self, resource: Resource, *, region: str | None = None, **changed: Any
    ) -> dict[str, Any]:
        parameters = {"ProductCode": resource.product_code, "PublicKeyVersion": 1} | changed
        caller = self.marketplace.as_caller(resource=resource, region=region)
        return dict(caller.register_usage(**parameters))

    def billed(self) -> list[tuple[str | None, str, str, str]]:
        return [
            (line.resource_id, line.key.dimension, f"{line.used_at:%H:%M}", str(line.quantity))
            for line in self.marketplace.bill()
        ]
