"""A product and the stack that shall meter it, as checks look at them; what a check finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from meterhouse.adapters.agreements import AGREEMENTS_REGION
from meterhouse.adapters.assumed_role import role_request
from meterhouse.domain.accounting.sheets import SheetLine
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.careful_ledger import CarefulUsageTable
from operations.stack_view import StackView
from operations.subscription_shelf import Sought, SubscriptionShelf, sought_states

# Of so many subscriptions of a product the usage is read.
SAMPLE = 10


class Verdict(StrEnum):
    """What came of a check."""

    OK = "ok"
    NOT_OK = "not ok"
    UNKNOWN = "cannot tell"


class Finding(NamedTuple):
    """What was found, and what to do unless it is right."""

    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Scene:
    """A product and the stack that shall meter it; `days` are those whose usage is looked at."""

    product: str
    stack: StackView
    shelf: SubscriptionShelf
    ledger: CarefulUsageTable
    days: tuple[datetime, datetime]

    @cached_property
    def known(self) -> list[State]:
        """All subscriptions of the product; those that run come first."""
        found = [
            one
            for one in sought_states(self.shelf, Sought())
            if self.product in {one.product_code, one.product_id}
        ]
        return sorted(found, key=lambda one: one.phase is not Phase.ACTIVE)

    @cached_property
    def used(self) -> list[tuple[State, tuple[SheetLine, ...]]]:
        """What some of them used."""
        read = ReadUsage(self.ledger, self.ledger.layout().shards)
        some = self.known[:SAMPLE]
        return [(one, read(SubscriptionKey(one.folder), *self.days).lines) for one in some]

    @cached_property
    def role_credentials(self) -> Mapping[str, str]:
        """Credentials of the role in which AWS Marketplace is called; empty where there is none."""
        arn = self.stack.parameters.get("MarketplaceRoleArn", "")
        if not arn:
            return {}
        request = role_request(
            arn, self.stack.parameters["MarketplaceRoleExternalId"], "meterhouse-check-product"
        )
        told = self.stack.client("sts").assume_role(**request)["Credentials"]
        return {
            "aws_access_key_id": told["AccessKeyId"],
            "aws_secret_access_key": told["SecretAccessKey"],
            "aws_session_token": told["SessionToken"],
        }

    def agreements(self) -> Any:  # noqa: ANN401 - its stubs lack what is new
        """Return a client of the Agreement API, as the account that publishes the product."""
        return self.stack.client(
            "marketplace-agreement", region_name=AGREEMENTS_REGION, **self.role_credentials
        )
