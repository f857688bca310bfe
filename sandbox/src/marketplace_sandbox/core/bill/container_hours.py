"""How long registered containers ran, as AWS's metering control plane counts it.

Per ECS task or EKS pod, prorated to the second, at least a minute, and regardless of what becomes
of the subscription (`register.metered`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace_sandbox.core.model.callers import Resource
from marketplace_sandbox.core.model.months import month_begins_at
from marketplace_sandbox.core.model.registrations import Registration
from marketplace_sandbox.core.model.state import MarketplaceState

# MODEL: "if you don't register the container within the first 6 hours of the launch", there are no
# guarantees for previous months.
REGISTERED_IN_TIME = timedelta(hours=6)
RUN_MIN = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RunningTime:
    """How long one registered task or pod was metered until now, in whole seconds."""

    registration: Registration
    metered_from_at: datetime
    time: timedelta


def running_times(state: MarketplaceState, *, now: datetime) -> Mapping[str, RunningTime]:
    """Return for each registered container, by its resource id, how long it was metered."""
    times: dict[str, RunningTime] = {}
    for registration in state.registrations.values():
        resource = state.resources[registration.access_key_id]
        run = _metered_run(resource, registration, now=now)
        time = timedelta() if run is None else run[1] - run[0]
        from_at = metered_from(resource, registration)
        times[resource.resource_id] = RunningTime(registration, from_at, time)
    return times


def container_seconds(
    state: MarketplaceState,
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Mapping[str, int]:
    """Add up by agreement what all registered containers ran until now, of a span or in all.

    Costs as much as there are registrations, however long they run.
    """
    seconds: dict[str, int] = defaultdict(int)
    for registration in state.registrations.values():
        resource = state.resources[registration.access_key_id]
        run = _metered_run(resource, registration, now=now)
        if run is None:
            continue
        starts_at, ends_at = run
        starts_at = starts_at if since is None else max(starts_at, since)
        ends_at = ends_at if until is None else min(ends_at, until)
        if starts_at < ends_at:
            seconds[registration.agreement_id] += (ends_at - starts_at) // _SECOND
    return seconds


def metered_from(resource: Resource, registration: Registration) -> datetime:
    """Return from when on AWS meters a registered container.

    From its launch on, or, if it registered too late, from the beginning of the month in which it
    did (`register.late`).
    """
    if registration.registered_at - resource.launched_at <= REGISTERED_IN_TIME:
        return resource.launched_at
    return max(resource.launched_at, month_begins_at(registration.registered_at))


def _metered_run(
    resource: Resource, registration: Registration, *, now: datetime
) -> tuple[datetime, datetime] | None:
    """Return from when to when AWS meters, in whole seconds; None before it began."""
    starts_at = metered_from(resource, registration)
    if now < starts_at:
        return None
    ends_at = now if resource.stopped_at is None else min(now, resource.stopped_at)
    # Floored, so that the seconds of spans add up to those of the run (INF).
    starts_at, ends_at = starts_at.replace(microsecond=0), ends_at.replace(microsecond=0)
    return starts_at, max(ends_at, starts_at + RUN_MIN)
