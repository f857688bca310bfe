"""A seller's own backend, written from docs/integrate.md: it has the bus, the API and boto3."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

import httpx

from local.seller.seller_api import Signature, call_api, error_code
from tests.e2e.running_stack import RunningStack

FAILS_ONE_IN = 5
TIMES_TOLD = 2
TRIES_MAX = 30


class LostError(Exception):
    """The backend died, or an answer was lost."""


@dataclass(slots=True)
class Row:
    """What the backend keeps of a subscription."""

    sequence: int
    told: dict[str, Any]
    goes_on_as: str | None = None


@dataclass(slots=True)
class SellersBackend:
    """Keeps a table of subscriptions and of tenants, though it dies often and hears all twice.

    Attributes:
        rows: subscriptions by key, as the bus told them.
        deaths: how often it died in the middle of something.
        stopped: of whom it has said that the product has stopped.

    """

    stack: RunningStack
    queue_url: str
    random: Random
    rows: dict[str, Row] = field(default_factory=dict)
    deaths: int = 0
    stopped: set[str] = field(default_factory=set)

    def hear(self) -> None:
        """Take what the bus has told, each event twice; what it died over comes again."""
        sqs = self.stack.aws.sqs()
        while messages := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                receipt = {"QueueUrl": self.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
                try:
                    for _ in range(TIMES_TOLD):
                        self._maybe_die()
                        self._take(json.loads(message["Body"])["detail"])
                        self._maybe_die()
                except LostError:
                    sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
                else:
                    sqs.delete_message(**receipt)

    def sign_up(self, reference: str, tenant: str) -> str:
        """Take a buyer in whom the page sent with a reference; return the tenant that he got."""
        redeem = {"reference": reference, "client_token": f"sign-up of {tenant}"}
        redeemed = self._call("POST", "/registrations/redeem", document=redeem).json()
        key = redeemed["subscription"]["key"]
        linked = self._call("PUT", _link(tenant, key))
        if linked.status_code == httpx.codes.CONFLICT and error_code(linked) == "tenant_taken":
            tenant = f"{tenant}-2"
            linked = self._call("PUT", _link(tenant, key))
        linked.raise_for_status()
        return tenant

    def table(self) -> dict[str, list[tuple[str, bool]]]:
        """Return the table of tenants: the phase of each who pays, and whether he has access."""
        table: dict[str, list[tuple[str, bool]]] = {}
        for row in self.rows.values():
            if row.goes_on_as is None and (tenant := row.told.get("tenant")):
                table.setdefault(tenant, []).append((row.told["phase"], row.told["has_access"]))
        return {tenant: sorted(rows) for tenant, rows in table.items()}

    def use(self, event: dict[str, Any], tenant: str) -> None:
        """Report usage by tenant, twice over."""
        body = json.dumps(event | {"subscription": f"tenant:{tenant}"})
        for _ in range(TIMES_TOLD):
            self.stack.send(body)

    def _take(self, detail: dict[str, Any]) -> None:
        """Store what an event says, unless something newer is known."""
        told, sequence = detail["subscription"], detail["sequence"]
        row = self.rows.get(told["key"])
        if row is not None and sequence < row.sequence:
            return
        self.rows[told["key"]] = Row(sequence, told, detail.get("renamed_to"))
        is_over = told["phase"] == "ending" and not told["has_access"]
        if is_over and told["key"] not in self.stopped:
            self._call("POST", f"/subscriptions/{quote(told['key'], safe='')}/stopped")
            self.stopped.add(told["key"])
        before = told.get("previous_agreement_id")
        if before is not None and "tenant" not in told:
            self._go_on(before, told["key"])

    def _go_on(self, agreement_id: str, key: str) -> None:
        """Link what follows an agreement to the same tenant, so that events tell it."""
        for row in list(self.rows.values()):
            if row.told.get("agreement_id") == agreement_id and "tenant" in row.told:
                self._call("PUT", _link(row.told["tenant"], key))

    def _call(self, method: str, path: str, document: object = None) -> httpx.Response:
        """Send a request until an answer comes through."""
        auth = Signature(self.stack.aws.account)
        api_url = self.stack.addresses.api_url
        for _ in range(TRIES_MAX):
            answer = call_api(api_url, method, path, auth=auth, document=document)
            with suppress(LostError):
                self._maybe_die()
                return answer
        raise AssertionError(f"{method} {path} was never answered")

    def _maybe_die(self) -> None:
        if self.random.randrange(FAILS_ONE_IN) == 0:
            self.deaths += 1
            raise LostError


def _link(tenant: str, key: str) -> str:
    return f"/tenants/{quote(tenant, safe='')}/subscriptions/{quote(key, safe='')}"
