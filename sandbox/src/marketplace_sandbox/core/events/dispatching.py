"""Which copy of which event goes to which target and when.

AWS delivers at least once and in no promised order. Left alone, the sandbox delivers each event
once and in order; scripted disturbances do the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from marketplace_sandbox.core.model.deliveries import Outbox, OutboxEntry, Outcome, enqueue, note
from marketplace_sandbox.core.model.disturbances import Disturbance, DisturbanceKind, use_up
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.model.targets import Target


def plan(outbox: Outbox, events: Sequence[EmittedEvent], *, now: datetime) -> None:
    """Make the entries of the events that none were made of yet.

    It is called before targets or disturbances change, so that both concern what is emitted later.
    """
    for event in _unplanned(events, outbox.planned_to):
        _release(outbox, now=event.at)
        dispatch(outbox, event, tuple(outbox.targets.values()), now=now)
        outbox.planned_to = event.sequence
    _release(outbox, now=now)


def dispatch(
    outbox: Outbox, event: EmittedEvent, targets: Iterable[Target], *, now: datetime
) -> None:
    """Make the entries of one event, as disturbances have it."""
    takers = [target for target in targets if target.takes(event)]
    concerned = [
        disturbance
        for disturbance in outbox.disturbances.values()
        if disturbance.concerns(event)
        and any(disturbance.target_id in {None, target.target_id} for target in takers)
    ]
    for target in takers:
        mine = [one for one in concerned if one.target_id in {None, target.target_id}]
        entries = _disturb(OutboxEntry(0, target.target_id, event, 0, event.at), mine)
        if not entries:
            lost = OutboxEntry(0, target.target_id, event, 0, event.at)
            note(outbox, lost, Outcome.DROPPED, at=now)
        for entry in entries:
            enqueue(outbox, entry, at=now)
    for disturbance in concerned:
        left = use_up(disturbance)
        if left is None:
            del outbox.disturbances[disturbance.disturbance_id]
        else:
            outbox.disturbances[disturbance.disturbance_id] = left


def clear_disturbances(outbox: Outbox, *, now: datetime) -> None:
    """Forget all disturbances; what one held back goes out, what one delayed stays delayed."""
    outbox.disturbances.clear()
    _release(outbox, now=now)


def is_at_rest(state: MarketplaceState, *, now: datetime) -> bool:
    """Tell whether nothing is due and nothing waits to be sent, without changing anything."""
    items = state.agenda.items
    is_anything_due = bool(items) and items[0].at <= now
    outbox = state.outbox
    return not (is_anything_due or outbox.entries or outbox.planned_to < state.events_emitted)


def _unplanned(events: Sequence[EmittedEvent], planned_to: int) -> list[EmittedEvent]:
    found: list[EmittedEvent] = []
    for event in reversed(events):
        if event.sequence <= planned_to:
            break
        found.append(event)
    return found[::-1]


def _disturb(entry: OutboxEntry, disturbances: Iterable[Disturbance]) -> list[OutboxEntry]:
    """Apply disturbances in the order in which they were scripted; no entry is a lost event."""
    entries = [entry]
    for disturbance in disturbances:
        match disturbance.kind:
            case DisturbanceKind.DROP:
                return []
            case DisturbanceKind.REPEAT:
                first = _delay(entries[0], disturbance.delay)
                entries += [
                    replace(first, copy=len(entries) + number)
                    for number in range(disturbance.copies)
                ]
            case DisturbanceKind.DELAY:
                entries = [_delay(one, disturbance.delay) for one in entries]
            case DisturbanceKind.DISORDER:
                entries = [_hold(one, disturbance) for one in entries]
    return entries


def _delay(entry: OutboxEntry, by: timedelta) -> OutboxEntry:
    if not by:
        return entry
    due_at = entry.place_at + by
    return replace(entry, place_at=due_at, due_at=due_at)


def _hold(entry: OutboxEntry, disturbance: Disturbance) -> OutboxEntry:
    lot = disturbance.draw(entry.event.sequence)
    return replace(entry, held_by=disturbance.disturbance_id, lot=lot)


def _release(outbox: Outbox, *, now: datetime) -> None:
    """Send on, in another order, what was held back for long enough or in sufficient number."""
    groups: dict[tuple[str, str], list[OutboxEntry]] = {}
    for entry in outbox.entries.values():
        if entry.held_by is not None:
            groups.setdefault((entry.held_by, entry.target_id), []).append(entry)
    for (disturbance_id, _), group in groups.items():
        disturbance = outbox.disturbances.get(disturbance_id)
        held = len(group) if disturbance is None else disturbance.held
        full = len(group) // held * held
        for start in range(0, full, held):
            _mix(outbox, group[start : start + held])
        if disturbance is not None and full < len(group):
            patience_ends_at = group[full].event.at + disturbance.delay
            if now >= patience_ends_at:
                _mix(outbox, group[full:], not_before=patience_ends_at)


def _mix(
    outbox: Outbox, group: Sequence[OutboxEntry], *, not_before: datetime | None = None
) -> None:
    """Give entries each other's places, in an order that is never the one in which they came."""
    mixed = sorted(group, key=lambda entry: entry.lot)
    if mixed == list(group):
        mixed = [*mixed[1:], mixed[0]]
    place_at = max(entry.place_at for entry in group)
    if not_before is not None:
        place_at = max(place_at, not_before)
    due_at = max((one.due_at for one in group if one.due_at is not None), default=None)
    for entry in group:
        del outbox.entries[entry.number]
    for entry in mixed:
        outbox.entries_made += 1
        outbox.entries[outbox.entries_made] = replace(
            entry,
            number=outbox.entries_made,
            place_at=place_at,
            due_at=due_at,
            held_by=None,
        )
