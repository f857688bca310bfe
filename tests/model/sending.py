"""What one access to a batch, or one call to AWS, does; see `accesses`."""

from itertools import islice, product
from typing import Any

from tests.model.world import UNFINISHED, Batch, H, Hour, Outcomes, Payload, Record, State, World

type Answer = tuple[str, int, State]  # a meter, the count of sends, and what the record becomes


def claim(w: World, name: str, expected: tuple[int, bool] | None = None) -> Outcomes:
    """Take over what is unfinished in a batch, or end it if its deadline is past.

    Learn the batch after it, and the meters whose record was surely not accepted before.
    """
    if all(batch.name != name for batch in w.batches):
        return ()
    batch = w.batch(name)
    free = w.after_lease() if batch.is_leased else w
    if free is None:
        return ()
    if expected is not None and expected[0] != batch.version:
        return ((w, None),)
    clocks = (expected[1],) if expected else clocks_of(w, batch.hour)
    return tuple(_claimed(free, batch, is_past=is_past) for is_past in clocks)


def clocks_of(w: World, hour: Hour) -> tuple[bool, ...]:
    """Whether a process may believe that the deadline of an hour's records is past."""
    believed = {"near": (False, True), "past": (True,)} if hour is H else {}
    return believed.get(w.deadline, (False,))


def _claimed(w: World, batch: Batch, *, is_past: bool) -> tuple[World, Any]:
    def step(record: Record) -> Record:
        if record.state not in UNFINISHED:
            return record
        if is_past:
            is_unsent = record.state is State.SEALED and not w.is_restored
            return record._replace(state=State.CARRIED if is_unsent else State.EXPIRED)
        return record._replace(state=State.SUBMITTING, sends=record.sends + 1)

    records = tuple(step(record) for record in batch.records)
    if records == batch.records:
        return w, (batch, frozenset())
    sealed = frozenset(r.meter for r in batch.records if r.state is State.SEALED)
    if w.is_restored:
        sealed = frozenset()
    new = batch._replace(records=records, version=batch.version + 1, is_leased=not is_past)
    return w.with_batch(new), (new, sealed)


def call(w: World, payloads: tuple[Payload, ...]) -> Outcomes:
    """BatchMeterUsage: learn an answer for each record, `None` where there is none.

    A mishap is any mixture of records that AWS answers, does not process, takes without an
    answer, and neither takes nor answers. A record that AWS has already is a repeat or a success.
    """
    mishap = w._replace(faults=w.faults._replace(mishaps=w.faults.mishaps - 1))
    fates = product(("answered", "unprocessed", "taken", "lost"), repeat=len(payloads))
    results = [
        _called(mishap if number else w, payloads, fate)
        for number, fate in enumerate(islice(fates, None if w.faults.mishaps else 1))
    ]
    after, answers = results[0]
    if "repeated" in answers:
        results.append((after, tuple("accepted" if a == "repeated" else a for a in answers)))
    return tuple(results)


def _called(w: World, payloads: tuple[Payload, ...], fates: tuple[str, ...]) -> tuple[World, Any]:
    w = w._replace(sent=w.sent | set(payloads))
    answers: list[str | None] = []
    for payload, fate in zip(payloads, fates, strict=True):
        answer = _answer(w, payload)
        if answer == "accepted" and fate in {"answered", "taken"}:
            w = w._replace(billed=w.billed | {payload})
        answers.append({"answered": answer, "unprocessed": "unprocessed"}.get(fate))
    return w, tuple(answers)


def _answer(w: World, payload: Payload) -> str:
    """The first record of a meter and hour is billed; later ones are compared with it.

    What another table may have billed is its work, whatever the quantity.
    """
    billed = {units for hour, meter, units in w.billed if (hour, meter) == payload[:2]}
    if billed:
        return "repeated" if payload[2] in billed or w.is_restored else "contradicted"
    return "refused" if payload[0] is H and w.deadline == "past" else "accepted"


def store(w: World, name: str, answers: tuple[Answer, ...]) -> Outcomes:
    """Store answers if the claim stands: each record is SUBMITTING with the same count of sends."""
    records = w.batch(name).records
    claims = {(r.meter, r.sends) for r in records if r.state is State.SUBMITTING}
    if not all((meter, sends) in claims for meter, sends, _ in answers):
        return ((w, None),)
    return store_blindly(w, name, answers)


def store_blindly(w: World, name: str, answers: tuple[Answer, ...]) -> Outcomes:
    batch = w.batch(name)
    states = {meter: state for meter, _, state in answers}
    records = tuple(r._replace(state=states.get(r.meter, r.state)) for r in batch.records)
    new = batch._replace(records=records, version=batch.version + 1, is_leased=False)
    return ((w.with_batch(new), None),)
