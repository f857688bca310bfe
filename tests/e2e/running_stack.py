"""A stack that is up, and a seller who uses it only from outside: HTTP and SQS."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marketplace_sandbox.client import MeteringMode

from local.seller.comparison import Comparison, add_up_bill, compare
from local.seller.marketplace import Subscription, sell
from local.seller.producer import send_messages
from local.seller.registration import Contact, register_buyer
from local.seller.stack_user import StackUser, use_stack
from local.seller.usage import UsageFact, tally_of
from local.seller.waiting import Patience, wait_until_billed
from local.stack.layout import StackFiles
from local.stack.lifecycle import running_stack
from local.stack.start import StackPlan

REPOSITORY = Path(__file__).parents[2]
BILLED_SECONDS_MAX = 120.0
COMMAND_SECONDS_MAX = 240
# The product of which the stack is told by SNS, too, as soon as somebody lists it.
LEGACY_PRODUCT_CODE = "legacy0product0of0this0stack"


@dataclass(frozen=True, slots=True)
class RunningStack(StackUser):
    """A user of the stack, and what a seller does with it."""

    directory: Path

    def sell(self, name: str, mode: MeteringMode, *dimensions: str) -> Subscription:
        """Sell one subscription of a new product; its buyer is not registered yet."""
        (subscription,) = sell(self.marketplace, name, mode, dimensions, names=[name])
        return subscription

    def register(self, subscription: Subscription) -> str:
        """Register the buyer like a browser would."""
        token = self.mint_token(subscription)
        contact = Contact(f"{subscription.name}@example.com", "A company", "A buyer")
        return register_buyer(self.addresses.register_url, token, contact)

    def mint_token(self, subscription: Subscription, *, lifetime_seconds: int | None = None) -> str:
        """Return a registration token, as AWS hands one to the buyer's browser."""
        agreement_id = subscription.agreement_id
        minted = self.marketplace.issue_token(agreement_id, lifetime_seconds=lifetime_seconds)
        return minted["token"]

    def send(self, *bodies: str) -> None:
        """Send message bodies to the usage queue."""
        send_messages(self.aws.sqs(), self.addresses.usage_queue_url, bodies)

    def wait_until_billed(self, facts: Sequence[UsageFact], *, hurry: bool = True) -> Comparison:
        """Wait until all facts are billed; without `hurry` only queue and schedule do the work."""
        nudge = self.aftermath.reconcile_now if hurry else lambda: None
        patience = Patience(BILLED_SECONDS_MAX, nudge)
        return wait_until_billed(self.marketplace, tally_of(facts).units, patience, lambda _: None)

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Reconcile now and then until something has happened, or time is up."""
        give_up_at = time.monotonic() + BILLED_SECONDS_MAX
        while not happened() and time.monotonic() < give_up_at:
            self.aftermath.reconcile_now()
            time.sleep(1)

    def compare(self, facts: Sequence[UsageFact]) -> Comparison:
        """Compare facts with the bill as it stands."""
        units = tally_of(facts).units
        agreements = {key.agreement_id for key in units}
        return compare(units, add_up_bill(self.marketplace.show_bill()["records"], agreements))


@contextlib.contextmanager
def stack_in(
    directory: Path, parameters: Mapping[str, str] = MappingProxyType({})
) -> Iterator[RunningStack]:
    """Start a stack of the built template in a directory, and stop it."""
    plan = StackPlan(parameters={"LegacyProductCodes": LEGACY_PRODUCT_CODE, **parameters})
    with (
        running_stack(StackFiles(directory), plan, print) as addresses,
        use_stack(addresses) as user,
    ):
        yield RunningStack(addresses, user.aws, user.marketplace, user.aftermath, directory)


def closed_hour(hours_ago: int = 3) -> datetime:
    """Return the start of an hour that is closed and settled, and whose usage AWS takes."""
    current = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return current - timedelta(hours=hours_ago)


def pack(*events: Mapping[str, Any]) -> str:
    """Return one message body that holds several events."""
    return json.dumps({"events": events})


def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this repository as a person would, and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS_MAX,
    )
