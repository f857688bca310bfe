"""Usage that fills the sandbox's bill: full calls of 25 records, none of which was sent before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    DIMENSIONS_MAX,
    Dimension,
    MeteringMode,
    NewProduct,
)
from marketplace_sandbox.in_process import InProcessMarketplace

RECORDS_PER_CALL = 25
NOON_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
_HOURS = 20  # all of them young enough to be metered
_PRODUCT = "bench"

type Records = list[dict[str, Any]]


def open_marketplace() -> InProcessMarketplace:
    """Return a marketplace that sells one product with as many dimensions as can be."""
    marketplace = InProcessMarketplace(clock=lambda: NOON_AT)
    dimensions = tuple(Dimension(f"dimension-{number}") for number in range(DIMENSIONS_MAX))
    marketplace.desks.catalogue.list_product(
        NewProduct("Bench", MeteringMode.LICENSE, dimensions, code=_PRODUCT)
    )
    return marketplace


def fresh_calls(marketplace: InProcessMarketplace) -> Iterator[Records]:
    """Yield the records of one call after another, without an end: buyer by buyer, hour by hour."""
    while True:
        agreement = marketplace.desks.agreements.subscribe(NewAgreement(_PRODUCT))
        for hours_ago in range(_HOURS):
            for first in range(0, DIMENSIONS_MAX, RECORDS_PER_CALL):
                yield [
                    {
                        "Timestamp": NOON_AT - timedelta(hours=hours_ago),
                        "Dimension": f"dimension-{number}",
                        "Quantity": number + 1,
                        "CustomerAWSAccountId": agreement.customer_aws_account_id,
                        "LicenseArn": agreement.license_arn,
                    }
                    for number in range(first, first + RECORDS_PER_CALL)
                ]
