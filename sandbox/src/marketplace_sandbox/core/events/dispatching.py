"""Which copy of which event goes to which target and when.

AWS delivers at least once and in no promised order. Left alone, the sandbox delivers each event
once and in order; scripted disturbances do the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from marketplace_sandbox.core.model.deliveries import Outcome, Parcel, PostOffice, note, post
from marketplace_sandbox.core.model.disturbances import Disturbance, DisturbanceKind, use_up
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.model.targets import Target


def plan(office: PostOffice, events: Sequence[EmittedEvent], *, now: datetime) -> None:
    """Make the parcels of the events that none were made of yet.

    It is called before targets or disturbances change, so that both concern what is emitted later.
    """
    for event in _unplanned(events, office.planned_to):
        _release(office, now=event.at)
        dispatch(office, event, tuple(office.targets.values()), now=now)
        office.planned_to = event.sequence
    _release(office, now=now)


def dispatch(
    office: PostOffice, event: EmittedEvent, targets: Iterable[Target], *, now: datetime
) -> None:
    """Make the parcels of one event, as disturbances have it."""
    takers = [target for target in targets if target.takes(event)]
    concerned = [
        disturbance
        for disturbance in office.disturbances.values()
        if disturbance.concerns(event)
        and any(disturbance.target_id in {None, target.target_id} for target in takers)
    ]
    for target in takers:
        mine = [one for one in concerned if one.target_id in {None, target.target_id}]
        parcels = _disturb(Parcel(0, target.target_id, event, 0, event.at), mine)
        if not parcels:
            lost = Parcel(0, target.target_id, event, 0, event.at)
            note(office, lost, Outcome.DROPPED, at=now)
        for parcel in parcels:
            post(office, parcel, at=now)
    for disturbance in concerned:
        left = use_up(disturbance)
        if left is None:
            del office.disturbances[disturbance.disturbance_id]
        else:
            office.disturbances[disturbance.disturbance_id] = left


def clear_disturbances(office: PostOffice, *, now: datetime) -> None:
    """Forget all disturbances; what one held back goes out, what one delayed stays delayed."""
    office.disturbances.clear()
    _release(office, now=now)


def is_at_rest(state: MarketplaceState, *, now: datetime) -> bool:
    """Tell whether nothing is due and nothing waits to be sent, without changing anything."""
    items = state.agenda.items
    is_anything_due = bool(items) and items[0].at <= now
    office = state.post
    return not (is_anything_due or office.parcels or office.planned_to < state.events_emitted)


def _unplanned(events: Sequence[EmittedEvent], planned_to: int) -> list[EmittedEvent]:
    found: list[EmittedEvent] = []
    for event in reversed(events):
        if event.sequence <= planned_to:
            break
        found.append(event)
    return found[::-1]


def _disturb(parcel: Parcel, disturbances: Iterable[Disturbance]) -> list[Parcel]:
    """Apply disturbances in the order in which they were scripted; no parcel is a lost event."""
    parcels = [parcel]
    for disturbance in disturbances:
        match disturbance.kind:
            case DisturbanceKind.DROP:
                return []
            case DisturbanceKind.REPEAT:
                first = _delay(parcels[0], disturbance.delay)
                parcels += [
                    replace(first, copy=len(parcels) + number)
                    for number in range(disturbance.copies)
                ]
            case DisturbanceKind.DELAY:
                parcels = [_delay(one, disturbance.delay) for one in parcels]
            case DisturbanceKind.DISORDER:
                parcels = [_hold(one, disturbance) for one in parcels]
    return parcels


def _delay(parcel: Parcel, by: timedelta) -> Parcel:
    if not by:
        return parcel
    due_at = parcel.place_at + by
    return replace(parcel, place_at=due_at, due_at=due_at)


def _hold(parcel: Parcel, disturbance: Disturbance) -> Parcel:
    lot = disturbance.draw(parcel.event.sequence)
    return replace(parcel, held_by=disturbance.disturbance_id, lot=lot)


def _release(office: PostOffice, *, now: datetime) -> None:
    """Send on, in another order, what was held back for long enough or in sufficient number."""
    groups: dict[tuple[str, str], list[Parcel]] = {}
    for parcel in office.parcels.values():
        if parcel.held_by is not None:
            groups.setdefault((parcel.held_by, parcel.target_id), []).append(parcel)
    for (disturbance_id, _), group in groups.items():
        disturbance = office.disturbances.get(disturbance_id)
        held = len(group) if disturbance is None else disturbance.held
        full = len(group) // held * held
        for start in range(0, full, held):
            _mix(office, group[start : start + held])
        if disturbance is not None and full < len(group):
            patience_ends_at = group[full].event.at + disturbance.delay
            if now >= patience_ends_at:
                _mix(office, group[full:], not_before=patience_ends_at)


def _mix(
    office: PostOffice, group: Sequence[Parcel], *, not_before: datetime | None = None
) -> None:
    """Give parcels each other's places, in an order that is never the one in which they came."""
    mixed = sorted(group, key=lambda parcel: parcel.lot)
    if mixed == list(group):
        mixed = [*mixed[1:], mixed[0]]
    place_at = max(parcel.place_at for parcel in group)
    if not_before is not None:
        place_at = max(place_at, not_before)
    due_at = max((one.due_at for one in group if one.due_at is not None), default=None)
    for parcel in group:
        del office.parcels[parcel.number]
    for parcel in mixed:
        office.parcels_made += 1
        office.parcels[office.parcels_made] = replace(
            parcel,
            number=office.parcels_made,
            place_at=place_at,
            due_at=due_at,
            held_by=None,
        )
