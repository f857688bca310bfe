"""Scripted trouble on the way: repeats, delays, disorder and loss (expect them all).

What a disturbance does depends on its own seed and on the event, never on chance: the same script
and the same events give the same deliveries.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.events import Channel, EmittedEvent

DISTURBANCES_MAX = 100  # a limit of the sandbox
COPIES_MAX = 100
HELD_MAX = 1_000
COUNT_MAX = 1_000_000
DELAY_MAX = timedelta(days=30)
SEED_LENGTH_MAX = 255
# How long events wait, in the sandbox's time, for others to be mixed with.
HOLD_DEFAULT = timedelta(minutes=15)
_CERTAIN = Decimal(1)
_RATE_PARTS = 10**9


class DisturbanceKind(StrEnum):
    """What happens to an event on its way."""

    REPEAT = "repeat"  # it comes `copies` times more, `delay` later
    DELAY = "delay"  # it comes `delay` later, in the sandbox's time
    DISORDER = "disorder"  # `held` events wait for each other and come in another order
    DROP = "drop"  # it never comes


@dataclass(frozen=True, slots=True)
class NewDisturbance:
    """The command to disturb the events that are emitted from now on.

    Attributes:
        name_prefix: with what the detail-type or action begins; empty is any.
        product_code: of which product; None is any.
        channel: sent in which way; None is any.
        target_id: on the way to which target; None is each.
        count: how many events it concerns before it is used up; None is no end.
        rate: which share of the events it concerns, from 0 to 1.
        copies: how many more a repeat brings.
        delay: how much later a delay, or the copies of a repeat, come; how long at most disorder
            holds events back (15 minutes unless said).
        held: how many events disorder mixes.
        seed: what its choices are made from; None takes one from the sandbox's entropy.

    """

    kind: DisturbanceKind
    name_prefix: str = ""
    product_code: str | None = None
    channel: Channel | None = None
    target_id: str | None = None
    count: int | None = None
    rate: Decimal = _CERTAIN
    copies: int = 1
    delay: timedelta = timedelta()
    held: int = 2
    seed: str | None = None


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A scripted disturbance, and how many events it will still concern; see NewDisturbance."""

    disturbance_id: str
    kind: DisturbanceKind
    name_prefix: str
    product_code: str | None
    channel: Channel | None
    target_id: str | None
    remaining: int | None
    rate: Decimal
    copies: int
    delay: timedelta
    held: int
    seed: str

    def concerns(self, event: EmittedEvent) -> bool:
        """Tell whether an event is disturbed, on its way to whichever target."""
        return (
            event.name.startswith(self.name_prefix)
            and self.product_code in {None, event.product_code}
            and self.channel in {None, event.channel}
            and self.draw(event.sequence) % _RATE_PARTS < self.rate * _RATE_PARTS
        )

    def draw(self, sequence: int) -> int:
        """Draw this disturbance's number for an event: always the same one, and evenly spread."""
        digest = hashlib.sha256(f"{self.seed}/{sequence}".encode()).digest()
        return int.from_bytes(digest[:8])


def script_disturbance(new: NewDisturbance, *, entropy: bytes) -> Disturbance:
    """Decide the disturbance that the command scripts; raise ControlError if it makes no sense."""
    if new.count is not None and not 1 <= new.count <= COUNT_MAX:
        raise invalid(f"count must lie between 1 and {COUNT_MAX}")
    if not (new.rate.is_finite() and 0 < new.rate <= 1):
        raise invalid("rate must be above 0 and at most 1")
    if not 1 <= new.copies <= COPIES_MAX:
        raise invalid(f"copies must lie between 1 and {COPIES_MAX}")
    if not timedelta() <= new.delay <= DELAY_MAX:
        raise invalid(f"a delay lasts at most {DELAY_MAX.days} days")
    if new.kind is DisturbanceKind.DELAY and not new.delay:
        raise invalid("a delay must say how long it is")
    if not 2 <= new.held <= HELD_MAX:  # noqa: PLR2004 - fewer than two have no order
        raise invalid(f"held must lie between 2 and {HELD_MAX}")
    if new.seed is not None and len(new.seed) > SEED_LENGTH_MAX:
        raise invalid(f"seed must have at most {SEED_LENGTH_MAX} characters")
    is_hold_open = new.kind is DisturbanceKind.DISORDER and not new.delay
    name = entropy.hex()[:16]
    return Disturbance(
        disturbance_id=f"disturbance-{name}",
        kind=new.kind,
        name_prefix=new.name_prefix,
        product_code=new.product_code,
        channel=new.channel,
        target_id=new.target_id,
        remaining=new.count,
        rate=new.rate,
        copies=new.copies,
        delay=HOLD_DEFAULT if is_hold_open else new.delay,
        held=new.held,
        seed=name if new.seed is None else new.seed,
    )


def check_room(disturbances: int) -> None:
    """Raise ControlError when there are so many disturbances that no other one fits."""
    if disturbances >= DISTURBANCES_MAX:
        raise conflict("TooManyDisturbances", f"there are {DISTURBANCES_MAX} disturbances already")


def use_up(disturbance: Disturbance) -> Disturbance | None:
    """Count one disturbed event; None when it was the last one."""
    if disturbance.remaining is None:
        return disturbance
    if disturbance.remaining == 1:
        return None
    return replace(disturbance, remaining=disturbance.remaining - 1)
