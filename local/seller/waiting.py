"""Waiting until AWS would bill what was sent, while the schedule and the queue do their work."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from marketplace_sandbox.client import SandboxClient

from local.seller.comparison import Comparison, add_up_bill, compare
from local.seller.usage import UsageKey

_POLL_SECONDS = 0.5
_NUDGE_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and what to do now and then meanwhile."""

    seconds_max: float
    nudge: Callable[[], object]


def wait_until_billed(
    marketplace: SandboxClient,
    sent: Mapping[UsageKey, Decimal],
    patience: Patience,
    show: Callable[[Comparison], None],
) -> Comparison:
    """Return the comparison as soon as it is exact, or as it stands when patience ends.

    Only agreements that something was sent for count: others may share the sandbox. The nudge
    only hurries: the schedule would do the same, up to a minute later.
    """
    agreements = {key.agreement_id for key in sent}
    give_up_at = time.monotonic() + patience.seconds_max
    nudge_at = time.monotonic() + _NUDGE_EVERY_SECONDS
    while True:
        comparison = compare(sent, add_up_bill(marketplace.show_bill()["records"], agreements))
        show(comparison)
        if comparison.is_exact or time.monotonic() > give_up_at:
            return comparison
        if time.monotonic() > nudge_at:
            patience.nudge()
            nudge_at = time.monotonic() + _NUDGE_EVERY_SECONDS
        time.sleep(_POLL_SECONDS)
