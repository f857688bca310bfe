"""What must be true wherever all processes crashed, once recovery has taken their work up."""

from collections import Counter
from collections.abc import Iterator

from tests.model.folding import overdue, unfinished
from tests.model.machine import Machine, take_effect, without_void
from tests.model.programs import Break, How, closer, drain, sender
from tests.model.world import UNFINISHED, Content, Faults, H, Hour, State, T, U, World

# U last, because what is carried ends there; more than once, because H may have to wait for the
# manifest of a target, and for AWS's answer.
ROUNDS = (H, T, U, H, T, H, T, U)


class Judge:
    """Judges the worlds of one scenario: `events` are all that producers sent."""

    def __init__(
        self, machine: Machine, how: How, events: Content, *, is_punctual: bool = False
    ) -> None:
        self._machine = machine
        self._how = how._replace(sends=False, waits=False)
        self._is_punctual = is_punctual
        self._events = events
        self._units = Counter[str]()
        for event in events:
            self._units[event.meter] += event.units
        self._breaches: dict[int, str] = {}
        self._recovered: dict[int, int] = {}

    def breach(self, number: int) -> str:
        """Say what is wrong, whether late writes take effect before recovery, after it or never."""
        w = self._machine.worlds[number]._replace(faults=Faults(leases=None, lates=0))
        never = self._recover(w._replace(pending=frozenset()))
        ends = [never]
        if w.pending:
            after = self._machine.worlds[never]._replace(pending=w.pending)
            ends += [self._recover(_all_late(w)), self._recover(_all_late(after))]
        return next(filter(None, map(self._check, ends)), "") or self._breach_after_loss(w)

    def _breach_after_loss(self, w: World) -> str:
        """Say what is wrong if the table is lost now, and restored as it was kept."""
        if w.kept is None:
            return ""
        restored = w.restored(self._events)
        if self._how.broken is Break.TRUST_RESTORED:
            restored = restored._replace(is_restored=False)
        end = self._machine.worlds[self._recover(restored)]
        return "; ".join(self._billed_twice(end))

    def _recover(self, w: World) -> int:
        """Deliver what is in the queue; then close, carry and send what is due, without faults."""
        machine = self._machine
        start = number = machine.world(w)
        if start in self._recovered:
            return self._recovered[start]
        while queue := machine.worlds[number].queue:
            number = machine.alone(number, (drain, self._how, H, frozenset({min(queue)})))
        for hour in ROUNDS:
            if machine.worlds[number].logs[hour].due:
                number = machine.alone(number, (closer, self._how, hour))
            names = _unfinished_batches(machine.worlds[number], hour)
            if names:
                number = machine.alone(number, (sender, self._how, hour, names))
        self._recovered[start] = number
        return number

    def _check(self, number: int) -> str:
        if number not in self._breaches:
            w = self._machine.worlds[number]
            found = [*self._wrong_units(w), *_wrong_bills(w), *_unfinished_work(w)]
            if self._is_punctual and any(carry.name.startswith("late") for carry in w.carries):
                found.append("units left their hour without a reason")
            self._breaches[number] = "; ".join(found)
        return self._breaches[number]

    def _wrong_units(self, w: World) -> Iterator[str]:
        """Every event is in one record that was not carried; records have their meter alone."""
        records = [(batch.hour, record) for batch in w.batches for record in batch.records]
        if len({(hour, record.meter) for hour, record in records}) < len(records):
            yield "a meter was frozen twice"
        counted = Counter[str]()
        for _, record in records:
            counted[record.meter] += record.units if record.state is not State.CARRIED else 0
        for meter in self._units | counted:
            if counted[meter] != self._units[meter]:
                yield f"{meter} counts {counted[meter]} units, not {self._units[meter]}"

    def _billed_twice(self, w: World) -> Iterator[str]:
        """Say which event is in more than one record that AWS bills."""
        billed = Counter[str]()
        for _, meter, units in w.billed:
            billed[meter] += units
        for meter, units in billed.items():
            if any(units // 4**n % 4 > 1 for n in range(8)):
                yield f"after a loss {units} units of {meter} are billed"


def _wrong_bills(w: World) -> Iterator[str]:
    """AWS has what is METERED and not what is CARRIED; of what is EXPIRED nobody knows."""
    payloads: dict[tuple[Hour, str], int] = {}
    for hour, meter, units in sorted(w.billed | w.sent):
        if payloads.setdefault((hour, meter), units) != units:
            yield f"two payloads of {meter} in {hour.name} were sent"
    for batch in w.batches:
        for record in batch.records:
            is_billed = (batch.hour, record.meter, record.units) in w.billed
            key = f"{record.meter} in {batch.hour.name} is {record.state}"
            if record.state is State.DISPUTED or record.state in UNFINISHED:
                yield key
            elif is_billed != (record.state is State.METERED) and record.state != State.EXPIRED:
                yield f"{key} and {'' if is_billed else 'not '}billed"


def _unfinished_work(w: World) -> Iterator[str]:
    if any(log.due for log in w.logs) or not all(carry.is_done for carry in w.carries):
        yield "recovery leaves work"


def _unfinished_batches(w: World, hour: Hour) -> tuple[str, ...]:
    """Name batches with records to send, or with records whose carry has not arrived."""
    return tuple(
        batch.name
        for batch in sorted(w.batches)
        if batch.hour == hour
        and (
            any(record.state in UNFINISHED for record in batch.records)
            or unfinished(w, [*overdue(batch)])
        )
    )


def _all_late(w: World) -> World:
    for write in sorted(w.pending, key=repr):
        w = take_effect(w, write)
    return without_void(w)
