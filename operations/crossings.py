"""Carried usage between hours: what left one must have arrived in another, once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from meterhouse.domain.accounting.balances import ZERO, Balance
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.quantity import format_quantity
from operations.findings import Crossed, Fault, FaultKind, Scope

_Crossing = tuple[MeterKey, str]
_Arrivals = dict[LogKey, Decimal]


@dataclass(slots=True)
class Crossings:
    """Collects what left and what arrived, hour after hour, and compares them in the end."""

    scope: Scope
    _carries: dict[str, Carry] = field(default_factory=dict)
    _left: dict[_Crossing, Decimal] = field(default_factory=dict)
    _arrived: dict[_Crossing, _Arrivals] = field(default_factory=dict)

    def leave(self, carries: Iterable[Carry]) -> None:
        """Note what leaves an hour."""
        for carry in carries:
            if carry.origin not in self._carries:
                for meter, quantity, _ in carry.parts:
                    crossing = (meter, carry.origin)
                    self._left[crossing] = self._left.get(crossing, ZERO) + quantity
            self._carries[carry.origin] = carry

    def arrive(self, log: LogKey, balance: Balance) -> None:
        """Note what arrived in an hour."""
        for origin, units in balance.arrived.items():
            self._arrived.setdefault((balance.meter, origin), {})[log] = units

    @property
    def targets(self) -> set[LogKey]:
        """The hours to which anything goes that is looked at."""
        origins = {origin for meter, origin in self._left if self.scope.includes(meter)}
        return {self._carries[origin].target for origin in origins}

    @property
    def unexplained(self) -> set[LogKey]:
        """The hours from which usage came of which they said nothing when they were read."""
        origins = {origin for _, origin in self._arrived if origin not in self._carries}
        return {log for log in map(_source_of, origins) if log is not None and self._is_in(log)}

    def judge(self) -> Iterator[tuple[MeterKey, Crossed, Fault | None]]:
        """Yield what became of every crossing of every meter."""
        for crossing in sorted({*self._left, *self._arrived}):
            meter, origin = crossing
            source = _source_of(origin)
            is_before = source is not None and not self._is_in(source)
            if is_before or not self.scope.includes(meter):
                continue
            left, arrived = self._left.get(crossing, ZERO), self._arrived.get(crossing, {})
            yield meter, *_judge(crossing, self._carries.get(origin), left, arrived)

    def _is_in(self, log: LogKey) -> bool:
        return self.scope.since_at is None or log.hour_at >= self.scope.since_at


def _judge(
    crossing: _Crossing, carry: Carry | None, left: Decimal, arrivals: _Arrivals
) -> tuple[Crossed, Fault | None]:
    arrived = sum(arrivals.values(), ZERO)
    if carry is not None and not carry.has_arrived and not arrived:
        # It is on its way, and its units still stand where they are.
        return Crossed(), None
    crossed = Crossed(left, arrived, abs(left - arrived))
    is_elsewhere = carry is not None and carry.has_arrived and {*arrivals} != {carry.target}
    if not crossed.lost and (not is_elsewhere or not left):
        return crossed, None
    meter, origin = crossing
    return crossed, Fault(origin, FaultKind.CARRY_DIFFERENCE, _say(carry, left, arrivals), meter)


def _say(carry: Carry | None, left: Decimal, arrivals: _Arrivals) -> str:
    if carry is None:
        leaving = "no carry says that it left"
    else:
        leaving = f"{format_quantity(left)} units left it for {carry.target}"
    places = [f"{format_quantity(units)} arrived in {log}" for log, units in arrivals.items()]
    return f"{leaving}, {' and '.join(places) or 'none arrived there'}"


def _source_of(origin: str) -> LogKey | None:
    """Return the hour log that an origin names, or None when it names none."""
    try:
        return LogKey.parse(origin.partition("/")[0])
    except ValueError:
        return None
