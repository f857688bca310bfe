"""The one gate through which every port call goes: time passes, others act, something goes wrong.

A method becomes a port call by the decorator `port_call`, which also lists its points: no run of
the simulation counts as complete that did not reach every one of them.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Concatenate, NamedTuple, NoReturn, Protocol

from botocore.exceptions import ClientError

from tests.simulation.scheduler import CrashError, Scheduler
from tests.simulation.weather import Fault, Weather
from tests.simulation.words import log_of, outcome_of, subject_of

# Every (port, fault) that can happen, filled as the port classes are defined.
POINTS: dict[tuple[str, Fault], None] = {}

CRASHES = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
READ_FAULTS = (*CRASHES, Fault.UNAVAILABLE, Fault.STALL)
WRITE_FAULTS = (*READ_FAULTS, Fault.ANSWER_LOST, Fault.DELAYED)
_DELAY_MS_MAX = 600_000
_OVERTAKES = 0.3
# A segment that comes between the listing and the manifest is in neither.
_WORST = {"append": "write_manifest"}


@dataclass(slots=True)
class Trace:
    """What happened, as lines; kept only when somebody will read them, summed up always."""

    is_kept: bool = False
    lines: list[str] = field(default_factory=list)

    def note(self, scheduler: Scheduler, text: str) -> None:
        """Write one line, with the time and the actor."""
        if self.is_kept:
            self.lines.append(f"{scheduler.now():%d %H:%M:%S.%f} {scheduler.task.name:24} {text}")

    def digest(self) -> str:
        """Return what is equal only for equal traces."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


class Port(Protocol):
    """What a class with port calls has."""

    @property
    def gate(self) -> "Gate":
        """The gate of its world."""
        ...

    def failure(self) -> Exception:
        """Return the error by which this port says that it failed."""
        ...

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        """Answer in a wrong way that only this port has."""
        ...


class _Held(NamedTuple):
    """A call that has not taken effect yet."""

    name: str
    log: object
    take_effect: Callable[[], None]


@dataclass(slots=True)
class Gate:
    """See `call`."""

    scheduler: Scheduler
    weather: Weather
    trace: Trace
    _held: list[_Held] = field(default_factory=list)
    """Calls that have not taken effect yet, and perhaps do just before another one."""

    def call[Answer](
        self, port: Port, name: str, faults: Sequence[Fault], effect: Callable[[], Answer]
    ) -> Answer:
        """Make one port call, or let it fail."""
        weather = self.weather
        fault = weather.draw(name, faults, self.scheduler.now_ms)
        self._travel(weather.stall_ms() if fault is Fault.STALL else weather.latency_ms(), effect)
        if self._held:
            self._let_overtake(name, effect)
        if not self.trace.is_kept:
            return self._meet(port, name, fault, effect)
        # What a call was about, and what came of it, is one line; others may act in between.
        line = f"{name:20} {fault or '':26} {subject_of(effect)}"
        try:
            answer = self._meet(port, name, fault, effect)
        except BaseException as error:
            self.trace.note(self.scheduler, f"{line} -> {type(error).__name__}")
            raise
        self.trace.note(self.scheduler, f"{line} -> {outcome_of(answer)}")
        return answer

    def _meet[Answer](
        self, port: Port, name: str, fault: Fault | None, effect: Callable[[], Answer]
    ) -> Answer:
        weather = self.weather
        match fault:
            case None:
                answer = effect()
            case Fault.STALL:
                answer = effect()
                self.scheduler.sleep(weather.stall_ms())
            case Fault.CRASH_BEFORE:
                self.crash()
            case Fault.CRASH_AFTER:
                _do(effect)
                self.crash()
            case Fault.UNAVAILABLE:
                raise port.failure()
            case Fault.ANSWER_LOST:
                _do(effect)
                self.scheduler.sleep(weather.latency_ms())
                raise port.failure()
            case Fault.DELAYED:
                self.delay(name, effect)
                raise port.failure()
            case _:
                answer = port.twist(fault, effect)
        self.scheduler.sleep(weather.latency_ms())
        return answer

    def crash(self) -> NoReturn:
        """End the present process."""
        process = self.scheduler.task.process
        assert process is not None
        process.is_dead = True
        raise CrashError

    def delay[Answer](self, name: str, effect: Callable[[], Answer]) -> None:
        """Let a call take effect long after its caller has given up on it."""
        is_done = False

        def late() -> None:
            nonlocal is_done
            if not is_done:
                is_done = True
                self.trace.note(self.scheduler, f"{name:20} takes effect now")
                _do(effect)

        random = self.weather.random
        if random.random() < 0.5:
            self._held.append(_Held(name, log_of(effect), late))
        self.scheduler.spawn("a delayed call", late, after_ms=random.randint(1, _DELAY_MS_MAX))

    def _let_overtake[Answer](self, name: str, effect: Callable[[], Answer]) -> None:
        """Let held calls about the same log arrive at the worst moment: just before this one."""
        log, held = log_of(effect), self._held
        self._held = []
        for one in held:
            is_worst = one.log == log and name in (one.name, _WORST.get(one.name))
            if is_worst and self.weather.random.random() < _OVERTAKES:
                one.take_effect()
            elif self.weather.is_on:
                self._held.append(one)

    def _travel[Answer](self, duration_ms: int, effect: Callable[[], Answer]) -> None:
        """Let the request travel; it may arrive although its process ended meanwhile."""
        try:
            self.scheduler.sleep(duration_ms)
        except CrashError:
            if self.weather.random.random() < 0.5:
                _do(effect)
            raise


def _do[Answer](effect: Callable[[], Answer]) -> None:
    """Do what was asked, which may be refused; nobody hears of it."""
    with suppress(ClientError):
        effect()


def port_call[Owner: Port, **Parameters, Answer](
    *faults: Fault,
) -> Callable[
    [Callable[Concatenate[Owner, Parameters], Answer]],
    Callable[Concatenate[Owner, Parameters], Answer],
]:
    """Make a method a port call that can fail in these ways."""

    def decorate(
        method: Callable[Concatenate[Owner, Parameters], Answer],
    ) -> Callable[Concatenate[Owner, Parameters], Answer]:
        name = method.__name__.strip("_")
        POINTS.update(dict.fromkeys((name, fault) for fault in faults))

        @wraps(method)
        def calling(
            self: Owner, /, *parameters: Parameters.args, **named: Parameters.kwargs
        ) -> Answer:
            effect = partial(method, self, *parameters, **named)
            return self.gate.call(self, name, faults, effect)

        return calling

    return decorate
