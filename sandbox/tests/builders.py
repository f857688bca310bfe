"""A seller's account with a movable clock, and usage records that are right by default."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.readings import Readings
from marketplace_sandbox.desks.facts import read_as
from marketplace_sandbox.in_process import InProcessMarketplace

NOON_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
ACCOUNT = "444455556666"


@dataclass(slots=True)
class Shop:
    """One product per metering mode, each with one buyer, at noon unless the clock is moved."""

    now: datetime = NOON_AT
    metering_calls_per_second: int | None = None
    readings: Readings | None = None
    marketplace: InProcessMarketplace = field(init=False)
    licensed: Agreement = field(init=False)
    legacy: Agreement = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace = InProcessMarketplace(
            clock=lambda: self.now,
            metering_calls_per_second=self.metering_calls_per_second,
            readings=self.readings,
        )
        for code, mode in (("licensed", "license"), ("legacy", "legacy")):
            self.marketplace.create_product(
                code=code, title=code.title(), mode=mode, dimensions=("api_calls", "storage")
            )
        self.licensed = self.subscribe("licensed")
        self.legacy = self.subscribe("legacy")

    def subscribe(self, product_code: str, account: str = ACCOUNT) -> Agreement:
        return self.marketplace.create_agreement(product_code, customer_aws_account_id=account)

    def licensed_record(self, agreement: Agreement | None = None, **fields: Any) -> dict[str, Any]:
        agreement = agreement or self.licensed
        record = {
            "Timestamp": self.now - AN_HOUR,
            "Dimension": "api_calls",
            "Quantity": 5,
            "CustomerAWSAccountId": agreement.customer_aws_account_id,
            "LicenseArn": agreement.license_arn,
        }
        return _override(record, fields)

    def legacy_record(self, **fields: Any) -> dict[str, Any]:
        record = {
            "Timestamp": self.now - AN_HOUR,
            "Dimension": "api_calls",
            "Quantity": 5,
            "CustomerIdentifier": self.legacy.customer_identifier,
        }
        return _override(record, fields)

    def meter(self, *records: dict[str, Any]) -> dict[str, Any]:
        return self.marketplace.batch_meter_usage(UsageRecords=list(records))

    def meter_legacy(self, *records: dict[str, Any]) -> dict[str, Any]:
        return self.marketplace.batch_meter_usage(ProductCode="legacy", UsageRecords=list(records))

    def billed(self) -> list[tuple[str, str]]:
        return [(line.key.dimension, str(line.quantity)) for line in self.marketplace.bill()]


def shop_with(**readings: str) -> Shop:
    """Return a shop that reads AWS so from its beginning on."""
    chosen = Readings()
    for name, value in readings.items():
        chosen = read_as(chosen, name, value)
    return Shop(readings=chosen)


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["Status"] for result in answer["Results"]]


def code_of(call: Callable[[], object]) -> str:
    """Make a call that AWS refuses, and return AWS's name for the refusal."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def _override(record: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (record | fields).items() if value is not None}
