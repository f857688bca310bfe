"""The sandbox's control API, seen from a seller who creates products and buyers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

import httpx

_TIMEOUT_SECONDS = 30


class ProductMode(StrEnum):
    """How AWS identifies the buyers of a listing."""

    LICENSE = "license"
    LEGACY = "legacy"


class FaultKind(StrEnum):
    """What the sandbox can be told to do wrong."""

    THROTTLE = "throttle"
    UNPROCESSED = "unprocessed"
    INTERNAL_ERROR_BEFORE = "internal_error_before"
    INTERNAL_ERROR_AFTER = "internal_error_after"
    LOST_ANSWER = "lost_answer"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One buyer's agreement, under the name by which this seller calls it."""

    name: str
    agreement_id: str
    product_code: str
    customer_aws_account_id: str
    license_arn: str | None
    customer_identifier: str | None

    def reference(self) -> str | dict[str, str]:
        """Return what a usage event says in `subscription`."""
        if self.license_arn is not None:
            return self.license_arn
        if self.customer_identifier is not None:
            return {
                "product_code": self.product_code,
                "customer_identifier": self.customer_identifier,
            }
        return {
            "product_code": self.product_code,
            "customer_aws_account_id": self.customer_aws_account_id,
        }


@dataclass(frozen=True, slots=True)
class BilledShare:
    """The part of a billed quantity that carries one set of tags."""

    quantity: Decimal
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BilledRecord:
    """One line of what AWS would bill."""

    agreement_id: str
    dimension: str
    hour_at: datetime
    quantity: Decimal
    shares: tuple[BilledShare, ...] = ()


@dataclass(frozen=True, slots=True)
class MeteringCall:
    """One call that the sandbox answered."""

    operation: str
    outcome: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record or call that the sandbox refused, with AWS's code."""

    operation: str
    code: str


class Marketplace:
    """The sandbox at one address; used in a `with` block, it closes its connections."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=f"{url}/_sandbox/", timeout=_TIMEOUT_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def create_product(self, title: str, mode: ProductMode, dimensions: tuple[str, ...]) -> str:
        """Publish a product and return its product code."""
        product = self._post(
            "products", {"title": title, "mode": mode.value, "dimensions": list(dimensions)}
        )
        return str(product["product_code"])

    def subscribe(
        self, name: str, product_code: str, *, starts_at: datetime | None = None
    ) -> Subscription:
        """Let a new buyer subscribe to a product."""
        request = {"product_code": product_code}
        if starts_at is not None:
            request["starts_at"] = starts_at.isoformat()
        agreement = self._post("agreements", request)
        return Subscription(
            name=name,
            agreement_id=agreement["agreement_id"],
            product_code=agreement["product_code"],
            customer_aws_account_id=agreement["customer_aws_account_id"],
            license_arn=agreement["license_arn"],
            customer_identifier=agreement["customer_identifier"],
        )

    def mint_token(self, subscription: Subscription, *, lifetime_seconds: int | None = None) -> str:
        """Return a registration token, as AWS hands one to the buyer's browser."""
        request: dict[str, object] = {"agreement_id": subscription.agreement_id}
        if lifetime_seconds is not None:
            request["lifetime_seconds"] = lifetime_seconds
        return str(self._post("tokens", request)["token"])

    def inject_fault(self, kind: FaultKind, count: int) -> None:
        """Make the next `count` metering calls (or records, for UNPROCESSED) go wrong."""
        self._post("faults", {"operation": "BatchMeterUsage", "kind": kind.value, "count": count})

    def inject_dice(self, kind: FaultKind, probability: str) -> None:
        """Make so many of all metering calls go wrong, until faults are cleared."""
        fault = {"operation": "BatchMeterUsage", "kind": kind.value}
        self._post("faults", fault | {"until_cleared": True, "probability": probability})

    def clear_faults(self) -> None:
        """Let nothing go wrong on purpose any more."""
        self._client.delete("faults").raise_for_status()

    def bill(self) -> tuple[BilledRecord, ...]:
        """List what AWS would bill by now."""
        return tuple(
            BilledRecord(
                agreement_id=record["agreement_id"],
                dimension=record["dimension"],
                hour_at=datetime.fromisoformat(record["hour"]),
                quantity=Decimal(record["quantity"]),
                shares=tuple(
                    BilledShare(Decimal(share["quantity"]), tuple(sorted(share["tags"].items())))
                    for share in record["allocations"]
                ),
            )
            for record in self._get("bill")["records"]
        )

    def calls(self) -> tuple[MeteringCall, ...]:
        """List the calls that the sandbox has answered."""
        return tuple(
            MeteringCall(call["operation"], call["outcome"], call["fault"])
            for call in self._get("calls")["calls"]
        )

    def refusals(self) -> tuple[Refusal, ...]:
        """List what the sandbox has refused."""
        return tuple(
            Refusal(refusal["operation"], refusal["code"])
            for refusal in self._get("refusals")["refusals"]
        )

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON, taken apart by the callers above
        return self._client.get(path).raise_for_status().json()

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        return self._client.post(path, json=body).raise_for_status().json()
