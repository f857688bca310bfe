"""What is seen in the demo's second act when all goes well."""

from datetime import UTC, datetime
from random import Random

from local.demo.lives import Life, Lives, use
from local.seller.comparison import compare
from local.seller.marketplace import Subscription
from local.seller.usage import tally_of
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.state import Phase, State

HOUR_AT = datetime(2026, 11, 22, 19, tzinfo=UTC)
BEFORE_IT = datetime(2026, 11, 22, 18, tzinfo=UTC)


def state(phase: Phase, *, registered_at: datetime | None = None) -> State:
    """What is known of somebody."""
    return State(
        folder=FolderKey("license#l-1"),
        facts=2,
        phase=phase,
        phase_at=HOUR_AT,
        has_access=phase is not Phase.ENDED,
        registered_at=registered_at,
    )


def life(name: str, minutes: range, ends_as: Phase) -> Life:
    """Somebody of whom all usage is billed."""
    license_arn = f"arn:aws:license-manager::294406891311:license:l-{name}"
    subscription = Subscription(name, f"agmt-{name}", "p1", "1" * 12, license_arn, None)
    facts = use(Random(7), subscription, HOUR_AT, minutes)  # noqa: S311 - to be repeated
    units = tally_of(facts).units
    return Life(subscription, facts, compare(units, units), state(ends_as), ends_as)


LIVES = Lives(
    lives=(
        life("early", range(6, 30), Phase.ACTIVE),
        life("leaving", range(-2, 3), Phase.ENDED),
        life("renewing", range(10), Phase.SUPERSEDED),
    ),
    early=state(Phase.ACTIVE),
    missed=(),
)
