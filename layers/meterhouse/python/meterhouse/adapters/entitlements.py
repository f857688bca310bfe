"""AWS's entitlement service through the SDK: what a buyer's contract holds."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

from botocore.config import Config

from meterhouse.adapters.marketplace_failures import call
from meterhouse.domain.subscriptions.entitlements import Entitlement, write_entitlement
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
)
from meterhouse.errors import MarketplaceOutageError, MarketplaceRefusedError

if TYPE_CHECKING:
    from mypy_boto3_marketplace_entitlement import MarketplaceEntitlementServiceClient
    from mypy_boto3_marketplace_entitlement.literals import GetEntitlementFilterNameType

    from meterhouse.domain.subscriptions.subscription import Subscription

# The service answers in this region alone (outside China), wherever the stack is.
# https://docs.aws.amazon.com/general/latest/gr/aws-marketplace.html
ENTITLEMENTS_REGION = "us-east-1"
# Only reads, so that the SDK may try a second time.
ENTITLEMENTS_CONFIG = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2}
)
# A buyer waits, and others ask later: one try for each of two pages, for three seconds at most.
PAGE_CONFIG = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1}
)
PAGE_PAGES_MAX = 2
# AWS's largest page has 25 entitlements, and an empty one can have a successor: MaxResults of
# GetEntitlementsRequest and NextToken of GetEntitlementsResult in the service model.
PAGES_MAX = 100
# So long is an answer that says nothing: {} in JSON, an empty map in CBOR.
_EMPTY_LENGTHS = {"1", "2"}


class EntitlementsApi:
    """Implements `ports.entitlements.EntitlementService` with the SDK."""

    def __init__(
        self, client: "MarketplaceEntitlementServiceClient", pages_max: int = PAGES_MAX
    ) -> None:
        self._client = client
        self._pages_max = pages_max

    def entitlements_of(self, subscription: "Subscription") -> tuple[Entitlement, ...]:
        """Return all that a subscription holds; see the port."""
        name, value = _filter(subscription.identity)
        ask = partial(
            self._client.get_entitlements,
            ProductCode=subscription.product_code,
            Filter={name: [value]},
        )
        found = [one for page in self._pages(ask) for one in _read_page(page)]
        return tuple(sorted(found, key=lambda one: (one.dimension, str(write_entitlement(one)))))

    def _pages(self, ask: partial[Any]) -> Iterator[Mapping[str, Any]]:
        """Yield page after page; raises if there are too many, or one leads back to another."""
        tokens: list[str] = []
        page = call(ask)
        yield page
        while token := page.get("NextToken"):
            if token in tokens:
                raise MarketplaceOutageError("GetEntitlements: a NextToken came twice")
            tokens.append(token)
            if len(tokens) == self._pages_max:
                raise MarketplaceRefusedError(
                    f"GetEntitlements: more than {self._pages_max} pages of one subscription"
                )
            page = call(partial(ask, NextToken=token))
            yield page


def _filter(identity: BilledIdentity) -> "tuple[GetEntitlementFilterNameType, str]":
    """Return by what AWS finds the entitlements of somebody who is billed."""
    match identity:
        case LicenseIdentity(_, license_arn):
            return "LICENSE_ARN", license_arn
        case LegacyCustomerIdentity(_, customer_identifier):
            return "CUSTOMER_IDENTIFIER", customer_identifier
        case LegacyAccountIdentity(_, account_id):
            return "CUSTOMER_AWS_ACCOUNT_ID", account_id
        case _:
            assert_never(identity)


def _read_page(page: Mapping[str, Any]) -> Iterator[Entitlement]:
    told = page.get("Entitlements")
    if told is None and not _says_nothing(page):
        # The SDK takes what is no JSON for an answer that says nothing, and that would be billed.
        raise MarketplaceOutageError("GetEntitlements: an answer without a list of entitlements")
    return map(_read, told or ())


def _says_nothing(page: Mapping[str, Any]) -> bool:
    """Tell whether AWS left an empty list out, as it may: the model does not require it."""
    headers = page.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return "NextToken" in page or headers.get("content-length") in _EMPTY_LENGTHS


def _read(told: Mapping[str, Any] | None) -> Entitlement:
    said = told or {}
    dimension, value = said.get("Dimension"), _value(said.get("Value"))
    if not isinstance(dimension, str) or value is None:
        raise MarketplaceOutageError("GetEntitlements: an entitlement that cannot be read")
    expires_at = said.get("ExpirationDate")
    until = expires_at.astimezone(UTC) if isinstance(expires_at, datetime) else None
    return Entitlement(dimension, value, until)


def _value(said: object) -> Decimal | bool | str | None:
    """Return one of EntitlementValue's; a double as it is written, and not its binary fraction."""
    match said:
        case {"IntegerValue": bool()} | {"DoubleValue": bool()}:
            return None
        case {"IntegerValue": int(number)} | {"DoubleValue": float(number) | int(number)}:
            exact = Decimal(str(number))
            return exact if exact.is_finite() else None
        case {"BooleanValue": bool(flag)}:
            return flag
        case {"StringValue": str(name)}:
            return name
        case _:
            return None
