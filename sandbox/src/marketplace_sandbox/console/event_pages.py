"""What AWS sent to the seller, where it goes, and what is disturbed on the way."""

from datetime import timedelta
from decimal import Decimal

from loopback_console.forms import Form
from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.suggestions import choose_product
from marketplace_sandbox.console.views.shown import latest
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.console.wording import CHANNELS, DISTURBANCES, OUTCOMES, TARGETS
from marketplace_sandbox.core.model.callers import REGION_DEFAULT
from marketplace_sandbox.core.model.disturbances import DisturbanceKind, NewDisturbance
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind
from marketplace_sandbox.desks.events import EventFilter

EVENTS_SHOWN_MAX = 100
DELIVERIES_SHOWN_MAX = 50
DELAY_SECONDS_MAX = 30 * 86_400


class EventPages(Pages):
    """The page `/events`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        disturbances = "/events/disturbances"
        return [
            reading("/events", self.show_events),
            acting("/events/targets", self.add_target, back_to=self.show_events),
            acting(
                "/events/targets/{target_id}/remove", self.remove_target, back_to=self.show_events
            ),
            acting("/events/targets/{target_id}/replay", self.replay, back_to=self.show_events),
            acting(disturbances, self.disturb, back_to=self.show_events),
            acting(
                f"{disturbances}/{{disturbance_id}}/remove",
                self.remove_disturbance,
                back_to=self.show_events,
            ),
            acting(f"{disturbances}/clear", self.clear, back_to=self.show_events),
        ]

    def show_events(self, visit: Visit) -> Response:
        """Show events, targets, disturbances and deliveries, newest first."""
        desk, query = self._desks.events, visit.query
        targets = desk.targets()
        return self._layout.page(
            "events.html",
            visit,
            section="events",
            filter=query,
            events=latest(desk.events(read_filter(query)), EVENTS_SHOWN_MAX),
            targets=targets,
            target_choices=[("", "any"), *((one.target_id, one.address) for one in targets)],
            outages=desk.outages(),
            disturbances=desk.disturbances(),
            deliveries=latest(desk.deliveries(), DELIVERIES_SHOWN_MAX),
            waiting_count=len(desk.waiting()),
            target_kinds=TARGETS,
            disturbance_kinds=DISTURBANCES,
            channels=[("", "any"), *((one.value, CHANNELS[one]) for one in Channel)],
            channel_words=CHANNELS,
            outcomes=OUTCOMES,
            region_default=REGION_DEFAULT,
            products=choose_product(self._desks.catalogue.products(), otherwise="any"),
        )

    def add_target(self, visit: Visit) -> str:
        """Send events somewhere from now on."""
        self._desks.events.add_target(read_target(visit.form))
        return "/events?done=sending#targets"

    def remove_target(self, visit: Visit) -> str:
        """Send events there no more."""
        self._desks.events.remove_target(visit.path["target_id"])
        return "/events?done=removed#targets"

    def replay(self, visit: Visit) -> str:
        """Send a target everything once more."""
        self._desks.events.replay(visit.path["target_id"])
        return "/events?done=replayed#deliveries"

    def remove_disturbance(self, visit: Visit) -> str:
        """Forget one disturbance."""
        self._desks.events.remove_disturbance(visit.path["disturbance_id"])
        return "/events?done=removed#disturbances"

    def disturb(self, visit: Visit) -> str:
        """Disturb the events that follow."""
        self._desks.events.script_disturbance(read_disturbance(visit.form))
        return "/events?done=disturbed#disturbances"

    def clear(self, _: Visit) -> str:
        """Forget all disturbances."""
        self._desks.events.clear_disturbances()
        return "/events?done=cleared#disturbances"


def read_filter(query: Form) -> EventFilter:
    """Read which events are asked for; what is empty lets everything through."""
    return EventFilter(
        channel=_read_channel(query),
        product_code=query.text("product_code"),
        agreement_id=query.text("agreement_id"),
        name_prefix=query.text("name_prefix") or "",
    )


def read_target(form: Form) -> NewTarget:
    """Read the form for a target; raise ControlError where it cannot be read."""
    channel = _read_channel(form)
    return NewTarget(
        form.choice("kind", TargetKind),
        form.required("address"),
        endpoint_url=form.text("endpoint_url"),
        region=form.text("region") or REGION_DEFAULT,
        channels=() if channel is None else (channel,),
        product_code=form.text("product_code"),
        name_prefix=form.text("name_prefix") or "",
        is_raw=form.text("is_raw") is not None,
        bus_source=form.text("bus_source"),
    )


def read_disturbance(form: Form) -> NewDisturbance:
    """Read the form for a disturbance; raise ControlError where it cannot be read."""
    seconds = form.integer("delay_seconds") or 0
    if not 0 <= seconds <= DELAY_SECONDS_MAX:
        raise invalid(f"delay seconds must lie between 0 and {DELAY_SECONDS_MAX}")
    rate, copies, held = form.decimal("rate"), form.integer("copies"), form.integer("held")
    return NewDisturbance(
        form.choice("kind", DisturbanceKind),
        name_prefix=form.text("name_prefix") or "",
        product_code=form.text("product_code"),
        channel=_read_channel(form),
        target_id=form.text("target_id"),
        count=form.integer("count"),
        rate=Decimal(1) if rate is None else rate,
        copies=1 if copies is None else copies,
        delay=timedelta(seconds=seconds),
        held=2 if held is None else held,
    )


def _read_channel(form: Form) -> Channel | None:
    return None if form.text("channel") is None else form.choice("channel", Channel)
