"""What AWS sends to the seller: listed, delivered, and disturbed on purpose."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from marketplace_sandbox.core.events.dispatching import clear_disturbances, dispatch, plan
from marketplace_sandbox.core.model import disturbances, targets
from marketplace_sandbox.core.model.deliveries import (
    Delivery,
    Outage,
    Outbox,
    OutboxEntry,
    note_delivered,
    note_refused,
    note_unreached,
    pick_due,
    remove_target,
)
from marketplace_sandbox.core.model.disturbances import Disturbance, NewDisturbance
from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.targets import NewTarget, Target
from marketplace_sandbox.delivery.addresses import check_address
from marketplace_sandbox.delivery.transports import RefusedError, Send, UnreachedError, send
from marketplace_sandbox.desks.steps import BeginStep, Step, find, not_found


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to list: all that is said must hold, and what is None holds always.

    Attributes:
        name_prefix: with what the detail-type or action begins.
        after: only events with a greater sequence, for a reader who comes back for what is new.

    """

    channel: Channel | None = None
    product_code: str | None = None
    agreement_id: str | None = None
    name_prefix: str = ""
    after: int = 0

    def takes(self, event: EmittedEvent) -> bool:
        """Tell whether an event is listed."""
        return (
            event.sequence > self.after
            and event.name.startswith(self.name_prefix)
            and self.channel in {None, event.channel}
            and self.product_code in {None, event.product_code}
            and self.agreement_id in {None, event.agreement_id}
        )


_EVERY_EVENT = EventFilter()


class EventsDesk:
    """Events, where they go, and what happens to them on the way.

    Targets and disturbances concern what is emitted after them. Hosts are those beyond this machine
    that a target may have.
    """

    def __init__(
        self, step: BeginStep, *, send: Send = send, hosts: frozenset[str] = frozenset()
    ) -> None:
        self._step = step
        self._send = send
        self._hosts = hosts
        self._round = threading.Lock()

    def events(self, chosen: EventFilter = _EVERY_EVENT) -> tuple[EmittedEvent, ...]:
        """List what AWS sent, oldest first, whether or not anybody was there to take it."""
        with self._step() as step:
            return tuple(event for event in step.state.events if chosen.takes(event))

    def targets(self) -> tuple[Target, ...]:
        """List where events go, oldest first."""
        with self._step() as step:
            return tuple(step.state.outbox.targets.values())

    def add_target(self, new: NewTarget) -> Target:
        """Send events somewhere from the next one on; raise ControlError if it cannot be."""
        check_address(new, hosts=self._hosts)
        with self._step() as step:
            targets.check_room(len(step.state.outbox.targets))
            target = targets.add_target(new, entropy=step.entropy())
            outbox = _planned(step)
            outbox.targets[target.target_id] = target
            return target

    def remove_target(self, target_id: str) -> None:
        """Send nothing there any more, not even what waits to be sent."""
        with self._step() as step:
            _find_target(step, target_id)
            remove_target(_planned(step), target_id)

    def replay(self, target_id: str, *, after: int = 0) -> int:
        """Send a target all that AWS sent after the event of this sequence, once more.

        Disturbances concern it as if it was new. Returns how many events that are; the oldest ones
        are not kept for ever.
        """
        with self._step() as step:
            target = _find_target(step, target_id)
            outbox = _planned(step)
            again = [one for one in step.state.events if one.sequence > after and target.takes(one)]
            for event in again:
                dispatch(outbox, event, (target,), now=step.now)
            return len(again)

    def script_disturbance(self, new: NewDisturbance) -> Disturbance:
        """Disturb the events that are emitted from now on."""
        with self._step() as step:
            if new.target_id is not None:
                _find_target(step, new.target_id)
            scripted = disturbances.script_disturbance(new, entropy=step.entropy())
            outbox = _planned(step)  # may use some up, and so make room
            disturbances.check_room(len(outbox.disturbances))
            outbox.disturbances[scripted.disturbance_id] = scripted
            return scripted

    def disturbances(self) -> tuple[Disturbance, ...]:
        """List the disturbances that are not used up, oldest first."""
        with self._step() as step:
            return tuple(_planned(step).disturbances.values())

    def remove_disturbance(self, disturbance_id: str) -> None:
        """Forget one disturbance; what it held back goes out."""
        with self._step() as step:
            if disturbance_id not in step.state.outbox.disturbances:
                raise not_found("disturbance", disturbance_id)
            outbox = _planned(step)
            if outbox.disturbances.pop(disturbance_id, None) is None:  # what was emitted used it up
                raise not_found("disturbance", disturbance_id)
            plan(outbox, step.state.events, now=step.now)

    def clear_disturbances(self) -> None:
        """Forget all disturbances; what they held back goes out."""
        with self._step() as step:
            clear_disturbances(_planned(step), now=step.now)

    def deliveries(self) -> tuple[Delivery, ...]:
        """List what became of each attempt, oldest first; the latest 20,000 are kept."""
        with self._step() as step:
            return tuple(_planned(step).deliveries)

    def waiting(self) -> tuple[OutboxEntry, ...]:
        """List what waits to be delivered, or to be mixed with others."""
        with self._step() as step:
            return tuple(_planned(step).entries.values())

    def outages(self) -> dict[str, Outage]:
        """Return which targets cannot be reached, why, and when they are tried again."""
        with self._step() as step:
            return dict(step.state.outbox.outages)

    def deliver_due(self, *, is_stopping: Callable[[], bool] = bool) -> tuple[Delivery, ...]:
        """Send what is due, once, and tell what became of it; a server does this by itself.

        Calls of the API go on meanwhile. What was sent but not recorded, because the process was
        killed in between, is sent again: delivery is at least once, as AWS's is.
        """
        with self._round:
            with self._step() as step:
                outbox = _planned(step)
                due = pick_due(outbox, now=step.now, machine_now=step.machine_now)
                known = dict(outbox.targets)
            done: list[Delivery] = []
            unreached: set[str] = set()
            for entry in due:
                if is_stopping():
                    break
                if entry.target_id not in unreached:
                    noted, is_reached = self._deliver(entry, known[entry.target_id])
                    done += noted
                    if not is_reached:
                        unreached.add(entry.target_id)
            return tuple(done)

    def _deliver(self, entry: OutboxEntry, target: Target) -> tuple[list[Delivery], bool]:
        """Send one entry without holding anybody up, then record what became of it.

        Whatever goes wrong concerns this entry alone: no target keeps the others from theirs.
        """
        unreached = refused = None
        try:
            self._send(entry.event, target)
        except UnreachedError as error:
            unreached = str(error)
        except RefusedError as error:
            refused = str(error)
        except Exception as error:  # noqa: BLE001 - the round's boundary: a strange answer of one target
            refused = f"{type(error).__name__}: {error}"
        with self._step() as step:
            outbox, at = step.state.outbox, step.now
            if unreached is not None:
                machine_now = step.machine_now
                return note_unreached(
                    outbox, entry, unreached, at=at, machine_now=machine_now
                ), False
            if refused is not None:
                return note_refused(outbox, entry, refused, at=at), True
            return note_delivered(outbox, entry, at=at), True


def _find_target(step: Step, target_id: str) -> Target:
    return find(step.state.outbox.targets, "target", target_id)


def _planned(step: Step) -> Outbox:
    """Return the outbox, with an entry for everything that was sent until now."""
    outbox = step.state.outbox
    plan(outbox, step.state.events, now=step.now)
    return outbox
