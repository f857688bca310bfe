"""What every page has: where one is, the clock, and what has just been done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from loopback_console.visits import Visit
from starlette.responses import Response

from marketplace_sandbox.console.drawing import draw
from marketplace_sandbox.console.problems import SECTIONS
from marketplace_sandbox.core.model.clock import Pace
from marketplace_sandbox.hosted import HostedMarketplace

# What a page says after a form was carried out; an address names one of these and no other text.
_NOTICES = {
    "listed": "The product is on sale.",
    "amended-product": "The dimension costs that from now on; what is billed keeps its price.",
    "offered": "The offer stands.",
    "subscribed": "The buyer has subscribed.",
    "amended": "The agreement was amended.",
    "renewed": "The agreement was renewed: this is the new one.",
    "replaced": "The agreement was replaced: this is the new one.",
    "cancelled": "The agreement was cancelled. Its final hour of metering has begun.",
    "terminated": "The agreement was terminated.",
    "deprovisioned": "The license was deprovisioned.",
    "asked": "AWS has told of the request.",
    "rejected": "The buyer has refused; the agreement goes on.",
    "withdrawn": "The request was taken back.",
    "refunded": "AWS has told of the refund; invoices stay as they are.",
    "finalized": "The renewal's price is final.",
    "told": "AWS has told of the buyer's spend.",
    "suspended": "The buyer's account is suspended.",
    "reinstated": "The buyer's account is active again.",
    "clock": "The clock was moved, and everything that was due by then has happened.",
    "scripted": "The fault waits for its calls.",
    "removed": "It was removed.",
    "sending": "Events go there from the next one on.",
    "replayed": "Everything is sent there once more.",
    "disturbed": "The events that follow are disturbed.",
    "read": "AWS is read that way from now on.",
    "rotated": "There is a new version of the public key.",
    "launched": "It runs, with keys of its own.",
    "stopped": "It was stopped, and its keys have expired.",
    "cleared": "Everything was cleared.",
}


@dataclass(frozen=True, slots=True)
class ClockView:
    """The sandbox's time in the header."""

    at: datetime
    ahead: timedelta | None  # of the machine's clock
    speed: Decimal
    next_due_at: datetime | None
    due_items: int


class Layout:
    """Draws pages in the console's frame."""

    def __init__(self, marketplace: HostedMarketplace) -> None:
        self._marketplace = marketplace

    def page(
        self,
        template: str,
        visit: Visit,
        *,
        section: str,
        posts_to: str = "'self'",
        **values: object,
    ) -> Response:
        """Draw a page of a section."""
        return draw(
            template,
            visit.status,
            posts_to=posts_to,
            section=section,
            sections=SECTIONS,
            clock=self._view_clock(),
            problem=visit.problem,
            notice=_NOTICES.get(visit.query.entered("done")),
            form=visit.form,
            **values,
        )

    def _view_clock(self) -> ClockView:
        status = self._marketplace.desks.clock.status()
        is_steady = status.pace is Pace.RUNNING  # a distance that is no distance a minute later
        return ClockView(
            at=status.now,
            ahead=timedelta(seconds=status.offset_seconds) if is_steady else None,
            speed=status.speed,
            next_due_at=status.next_due_at,
            due_items=status.due_items,
        )


class Pages:
    """The pages about one subject."""

    def __init__(self, marketplace: HostedMarketplace, layout: Layout) -> None:
        self._marketplace = marketplace
        self._desks = marketplace.desks
        self._layout = layout
