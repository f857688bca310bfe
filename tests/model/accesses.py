"""What one access to the queue, to a log or to a carry does.

Each takes the world first and returns its outcomes, the one without a fault first: pairs of the
world after it and what the process learns. No outcome means that the process waits. A write that
compares takes last what it expects; `None` stands for what is there now: who reads and then
compares and swaps with success did both at one moment.
"""

from tests.model.world import (
    NOTHING,
    Batch,
    Carry,
    Content,
    Due,
    Hour,
    Outcomes,
    Owed,
    Segment,
    Target,
    World,
)

# --- the queue and the segments -------------------------------------------------------------------


def read_head(w: World, hour: Hour) -> Outcomes:
    return ((w, (w.logs[hour].open, w.logs[hour].is_settled)),)


def wait_until_drained(w: World, subscription: str) -> Outcomes:
    waiting = any(event.meter.startswith(subscription) for event in w.queue)
    return () if waiting else ((w, None),)


def append(w: World, hour: Hour, segment: Segment) -> Outcomes:
    others = {s for s in w.logs[hour].segments if s[:2] != segment[:2]}
    return ((w.with_log(hour, segments=frozenset({*others, segment})), None),)


def look(w: World, hour: Hour, generation: int, content: Content) -> Outcomes:
    """Read the head; acknowledge if the generation is open and its log certain to be closed.

    That is one step: who crashes between the two might as well have crashed before them.
    """
    log = w.logs[hour]
    if log.open == generation and not log.is_settled:
        w = w._replace(queue=w.queue - content)
    return ((w, (log.open, log.is_settled)),)


def wake(w: World, hour: Hour, generation: int | None, content: Content = NOTHING) -> Outcomes:
    """Make a log due again if `generation` is open, and acknowledge in either case."""
    if w.logs[hour].open == generation:
        w = w.with_log(hour, due=Due.WOKEN)
    return ((w._replace(queue=w.queue - content), None),)


# --- closing and freezing -------------------------------------------------------------------------


def read_meters(w: World, hour: Hour) -> Outcomes:
    """Only a wrong closer asks: the meters with a record."""
    batches = [batch for batch in w.batches if batch.hour == hour]
    return ((w, frozenset(record.meter for batch in batches for record in batch.records)),)


def list_open(w: World, hour: Hour) -> Outcomes:
    """Only a wrong closer asks: the keys in the generation that is still open."""
    log = w.logs[hour]
    return ((w, (log.open, frozenset(s.key for s in log.segments if s.generation == log.open))),)


def close(w: World, hour: Hour, only: str, generation: int | None = None) -> Outcomes:
    """Take the lease and close the open generation: learn the token and how many are closed."""
    log = w.logs[hour]
    free = w.after_lease() if log.is_held else w
    if free is None:
        return ()
    if generation not in {None, log.open}:
        return ((w, None),)
    token, closed = log.token + 1, log.open + 1
    changes = {"is_held": True, "is_settled": log.is_settled or not only, "due": Due.YES}
    return ((free.with_log(hour, open=closed, token=token, **changes), (token, closed)),)


def put_manifest(w: World, hour: Hour, generation: int, keys: frozenset[str]) -> Outcomes:
    if generation in dict(w.logs[hour].manifests):
        return ((w, None),)
    return overwrite_manifest(w, hour, generation, keys)


def overwrite_manifest(w: World, hour: Hour, generation: int, keys: frozenset[str]) -> Outcomes:
    others = {m for m in w.logs[hour].manifests if m[0] != generation}
    return ((w.with_log(hour, manifests=frozenset({*others, (generation, keys)})), None),)


def freeze(w: World, hour: Hour, token: int | None, batch: Batch) -> Outcomes:
    """Write a new batch, in one transaction with a check of the lease if a token is given."""
    log = w.logs[hour]
    is_mine = token is None or (log.is_held and log.token == token)
    if not is_mine or any(other.name == batch.name for other in w.batches):
        return ((w, False),)
    return ((w._replace(batches=w.batches | {batch}), True),)


def release(w: World, hour: Hour, token: int, due: Due) -> Outcomes:
    """Give the lease back; a log that was woken meanwhile stays due."""
    is_woken = w.logs[hour].due is Due.WOKEN
    return release_blindly(w, hour, token, Due.WOKEN if is_woken else due)


def release_blindly(w: World, hour: Hour, token: int, due: Due) -> Outcomes:
    log = w.logs[hour]
    if log.token != token or not log.is_held:
        return ((w, None),)
    return ((w.with_log(hour, is_held=False, due=due), None),)


# --- carrying -------------------------------------------------------------------------------------


def read_target(w: World, hour: Hour) -> Outcomes:
    """Only a wrong closer asks: where usage could be carried to now."""
    return tuple((w, target) for target in w.targets(hour))


def write_down(w: World, hour: Hour, owed: Owed, target: Target | None = None) -> Outcomes:
    """Say what is carried and where to, if nobody has: learn what stands.

    What another table may have carried is withheld, unless this one shows where it went.
    """
    standing = w.carry(owed[0])
    if w.is_restored and not (standing and w.is_there(standing)):
        return ((w, Carry(*owed, (hour, 0), is_done=True)),)
    if standing is not None:
        return ((w, standing),)
    new = [Carry(*owed, to) for to in ([target] if target else w.targets(hour))]
    return tuple((w.with_carry(carry), carry) for carry in new)


def look_for(w: World, carry: Carry) -> Outcomes:
    """Learn what became of a carried segment; `open`, `asleep` and `in` say that it counts."""
    hour, generation = carry.target
    keys = dict(w.logs[hour].manifests).get(generation)
    if w.logs[hour].open == generation:
        return ((w, "asleep" if w.logs[hour].is_settled else "open"),)
    return ((w, "closing" if keys is None else "in" if carry.name in keys else "out"),)


def retarget(w: World, hour: Hour, old: Carry, new: Target | None = None) -> Outcomes:
    carry = w.carry(old.name)
    if carry is None or carry.target != old.target:
        return ((w, None),)
    targets = [new] if new else w.targets(hour)
    return tuple((w.with_carry(carry._replace(target=target)), None) for target in targets)


def finish_carry(w: World, old: Carry) -> Outcomes:
    carry = w.carry(old.name)
    if carry is not None and carry.target == old.target:
        w = w.with_carry(carry._replace(is_done=True))
    return ((w, None),)
