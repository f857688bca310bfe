"""How usage gets into the queue, and what that costs: by SQS's own API, and over HTTP."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from bench import shapes
from bench.counting import Bench
from bench.playing import Part, playing
from bench.shapes import Drain, Shape
from local.seller.packing import group_into_requests
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.requests import read_request

# A request of SQS is billed for each so many of its bytes: https://aws.amazon.com/sqs/pricing/
BILLED_BYTES = 65_536
EVENTS = 2_000
_METERS = 6


class Way(NamedTuple):
    """How events are sent, and how many together."""

    name: str
    packed: int
    is_http: bool


_BY_SQS = Way("SQS: 100 a message, ten a call", packed=100, is_http=False)
_BY_HTTP = Way("HTTP: 100 a request", packed=100, is_http=True)
WAYS = (
    Way("SQS: a message each, ten a call", packed=1, is_http=False),
    _BY_SQS,
    Way("HTTP: a request each", packed=1, is_http=True),
    _BY_HTTP,
    Way("HTTP: 1,000 a request", packed=1_000, is_http=True),
)


@dataclass(frozen=True, slots=True)
class SendingCost:
    """What events cost that were sent one way, until they are in the journal.

    Attributes:
        requests: of the producer, to SQS or to the API.
        sends: calls of SQS that send messages.
        billed_sends: the same as SQS bills them.
        message_bytes: of all messages.
        write_units: of the drain.

    """

    way: str
    events: int
    requests: int
    sends: int
    billed_sends: int
    message_bytes: int
    write_units: Decimal

    def per_thousand(self, number: Decimal | int) -> Decimal:
        """Return what falls to a thousand events."""
        return Decimal(number) * 1_000 / self.events


@dataclass(slots=True)
class _Sending:
    """What sent the messages of a shape, counted while it is drained."""

    shape: Shape
    way: Way
    requests: int = 0
    groups: list[list[str]] = field(default_factory=list)

    def drains(self) -> Iterator[Drain]:
        """Yield the drains of the shape, with the messages as this way sends them."""
        for drain in self.shape.drains():
            bodies = [message.body for message in drain.messages]
            if self.way.is_http:
                bodies = list(self._over_http(bodies, drain))
                groups = [[body] for body in bodies]
                self.requests += len(bodies)
            else:
                groups = list(group_into_requests(bodies))
                self.requests += len(groups)
            self.groups += groups
            messages = zip(drain.messages, bodies, strict=True)
            yield Drain(drain.at, tuple(replace(one, body=body) for one, body in messages))

    def _over_http(self, bodies: Sequence[str], drain: Drain) -> Iterator[str]:
        for body in bodies:
            message = read_request(body, now=drain.at, late_max=LATE_USAGE_MAX).message
            if message is None:
                raise ValueError("the API takes nothing of this usage")
            yield message


def measure_sending(bench: Bench) -> list[SendingCost]:
    """Send the same usage each way, and drain it."""
    return [_measure(bench, way) for way in WAYS]


def http_beside_sqs(costs: Sequence[SendingCost]) -> Decimal:
    """Return how many times as much the journal costs over HTTP, with as many events together."""
    units = {one.way: one.write_units for one in costs}
    return units[_BY_HTTP.name] / units[_BY_SQS.name]


def _measure(bench: Bench, way: Way) -> SendingCost:
    shape = shapes.steady(_METERS, EVENTS, drains=1)
    shape.packed = way.packed
    sending = _Sending(shape, way)
    with playing(shape, *bench.account()) as play:
        play.drain_all(sending.drains())
        sizes = [sum(len(body.encode()) for body in group) for group in sending.groups]
        return SendingCost(
            way=way.name,
            events=shape.events,
            requests=sending.requests,
            sends=len(sizes),
            billed_sends=sum(-(-size // BILLED_BYTES) for size in sizes),
            message_bytes=sum(sizes),
            write_units=play.costs[Part.DRAIN].write_units,
        )
