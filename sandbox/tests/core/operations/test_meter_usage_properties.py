"""Any sequence of MeterUsage calls against a plain model of the two families' rules."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.core.model.callers import Platform
from tests.builders import NOON_AT
from tests.estate import Estate

DUPLICATE, CONFLICT = "DuplicateRequestException", "IdempotencyConflictException"


@dataclass(frozen=True, slots=True)
class Sent:
    """One call: by which of the resources, for when, what, how much, and with which token."""

    resource: int
    minutes_ago: int
    dimension: str
    quantity: int
    token: str


@dataclass(slots=True)
class PlainModel:
    """What the documentation says, in as few words as possible."""

    counts_each: bool
    by_token: dict[str, Sent] = field(default_factory=dict)
    by_hour: dict[tuple[int, datetime, str], int] = field(default_factory=dict)
    total: int = 0

    def meter(self, sent: Sent) -> str | None:
        """Count a call; return the error that AWS answers."""
        if not self.counts_each:
            hour = _hour_of(sent)
            floored = (NOON_AT - hour) // timedelta(minutes=1)
            sent = Sent(sent.resource, floored, sent.dimension, sent.quantity, sent.token)
        earlier = self.by_token.get(sent.token)
        if earlier is not None:
            return None if earlier == sent else CONFLICT
        if not self.counts_each:
            key = (sent.resource, _hour_of(sent), sent.dimension)
            if key in self.by_hour:
                if self.by_hour[key] != sent.quantity:
                    return DUPLICATE
                self.by_token[sent.token] = sent
                return None
            self.by_hour[key] = sent.quantity
        self.by_token[sent.token] = sent
        self.total += sent.quantity
        return None


def _hour_of(sent: Sent) -> datetime:
    at = NOON_AT - timedelta(minutes=sent.minutes_ago)
    return at.replace(minute=0)


def _error_of(estate: Estate, sent: Sent) -> str | None:
    resource = estate.marketplace.desks.resources.resources()[sent.resource]
    try:
        estate.meter(
            resource,
            Timestamp=NOON_AT - timedelta(minutes=sent.minutes_ago),
            UsageDimension=sent.dimension,
            UsageQuantity=sent.quantity,
            ClientToken=sent.token,
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


sendings = st.lists(
    st.builds(
        Sent,
        resource=st.integers(min_value=0, max_value=1),
        minutes_ago=st.sampled_from([0, 1, 59, 60, 61, 120]),
        dimension=st.sampled_from(["scans", "hosts"]),
        quantity=st.integers(min_value=0, max_value=2),
        token=st.sampled_from("abcdefgh"),
    ),
    max_size=15,
)


@settings(max_examples=60, deadline=None)
@given(sendings=sendings, platform=st.sampled_from([Platform.EC2, Platform.AGENTCORE]))
def test_the_marketplace_answers_and_bills_as_the_plain_model_does(
    sendings: list[Sent], platform: Platform
) -> None:
    estate = Estate()
    for _ in range(2):
        estate.launch(platform)
    model = PlainModel(counts_each=platform is Platform.AGENTCORE)
    for sent in sendings:
        assert _error_of(estate, sent) == model.meter(sent)
    billed = sum((line.quantity for line in estate.marketplace.bill()), Decimal(0))
    assert billed == model.total
    assert len({line.metering_record_id for line in estate.marketplace.bill()}) == len(
        estate.marketplace.bill()
    )
