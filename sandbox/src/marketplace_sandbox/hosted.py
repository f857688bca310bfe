"""The imperative shell around the core: it owns the state, a clock, entropy and a lock."""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

from marketplace_sandbox.aws_models import operation_models
from marketplace_sandbox.core.answer_request import JSON, AwsAnswer, Codec, Request, answer_request
from marketplace_sandbox.core.events.dispatching import is_at_rest
from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.core.model.calls import CallEntry
from marketplace_sandbox.core.model.deliveries import Outbox
from marketplace_sandbox.core.model.readings import Readings
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.protocol.signatures import identify_caller, read_signature
from marketplace_sandbox.core.settle_due import settle
from marketplace_sandbox.desks.agreements import AgreementsDesk
from marketplace_sandbox.desks.bill import BillDesk
from marketplace_sandbox.desks.calls import CallsDesk
from marketplace_sandbox.desks.catalogue import CatalogueDesk
from marketplace_sandbox.desks.clock import ClockDesk
from marketplace_sandbox.desks.events import EventsDesk
from marketplace_sandbox.desks.facts import FactsDesk
from marketplace_sandbox.desks.faults import FaultsDesk
from marketplace_sandbox.desks.requests import RequestsDesk
from marketplace_sandbox.desks.resources import ResourcesDesk
from marketplace_sandbox.desks.saved_state import SavedStateDesk
from marketplace_sandbox.desks.steps import Step
from marketplace_sandbox.signing_keys import sign_claims
from marketplace_sandbox.state_file import StateFile

_ENTROPY_BYTES = 32

type Clock = Callable[[], datetime]
type Entropy = Callable[[], bytes]
type OnCall = Callable[[CallEntry, Sequence[Refusal]], None]


def machine_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def machine_entropy() -> bytes:
    """Return unpredictable bytes."""
    return secrets.token_bytes(_ENTROPY_BYTES)


@dataclass(frozen=True, slots=True)
class Desks:
    """What a person or a test can do to a marketplace; each method is one atomic step.

    Attributes:
        agreements: with their buyers and registration tokens.
        bill: and the invoices made of it.
        calls: and refusals.
        catalogue: products and offers.
        events: what AWS sends to the seller, and where it goes.
        facts: the register of rules, and how AWS is read.
        faults: that are scripted.
        resources: what runs in buyers' accounts, and the keys that sign for RegisterUsage.
        saved_state: the file that the sandbox is kept in.

    """

    agreements: AgreementsDesk
    bill: BillDesk
    calls: CallsDesk
    catalogue: CatalogueDesk
    clock: ClockDesk
    events: EventsDesk
    facts: FactsDesk
    faults: FaultsDesk
    requests: RequestsDesk
    resources: ResourcesDesk
    saved_state: SavedStateDesk


class HostedMarketplace:
    """A running marketplace: each step is atomic, from any thread.

    With `metering_calls_per_second`, BatchMeterUsage throttles what goes beyond it, as AWS does,
    and the other operations what goes beyond their multiple of it.
    With `state`, it goes on from that file and is saved to it until it is closed; quotas, and
    readings where they are given, are then the caller's and not the file's. `target_hosts` are
    hosts beyond this machine to which events may go. `on_call` is told each call once it is logged,
    with what of it was refused.
    """

    def __init__(
        self,
        *,
        clock: Clock = machine_clock,
        entropy: Entropy = machine_entropy,
        metering_calls_per_second: int | None = None,
        readings: Readings | None = None,
        state: StateFile | None = None,
        target_hosts: frozenset[str] = frozenset(),
        on_call: OnCall | None = None,
    ) -> None:
        found = None if state is None else state.load(machine_now=clock())
        self._state = found or MarketplaceState()
        self._state.readings = readings or self._state.readings
        self._state.metering_calls_per_second = metering_calls_per_second
        self._steps = 0
        self._clock = clock
        self._entropy = entropy
        self._on_call = on_call
        self._lock = threading.RLock()
        self.desks = Desks(
            AgreementsDesk(self.step),
            BillDesk(self.step),
            CallsDesk(self.step),
            CatalogueDesk(self.step),
            ClockDesk(self.step),
            EventsDesk(self.step, hosts=target_hosts),
            FactsDesk(self.step),
            FaultsDesk(self.step),
            RequestsDesk(self.step),
            ResourcesDesk(self.step),
            SavedStateDesk(self.step, state, count_steps=lambda: self._steps),
        )

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Begin one step: hold the lock, and let happen first what is due by now."""
        with self._lock:
            machine_now = self._clock()
            now = self._state.clock.show(machine_now)
            settle(self._state, now=now, entropy=self._entropy)
            self._steps += 1
            yield Step(self._state, now, machine_now, self._entropy)

    def tick(self, *, is_stopping: Callable[[], bool] = bool) -> None:
        """Let happen what is due, deliver what waits, and save what changed; a server does it.

        What changed is saved even if something else goes wrong.
        """
        try:
            with self._lock:
                is_idle = is_at_rest(self._state, now=self._state.clock.show(self._clock()))
            if not is_idle:
                self.desks.events.deliver_due(is_stopping=is_stopping)
        finally:
            self.desks.saved_state.save_if_due()

    def reset(self) -> None:
        """Forget everything but how AWS is read and what it allows; the clock is the machine's."""
        with self._lock:
            self._steps += 1
            self._state = MarketplaceState(
                readings=self._state.readings,
                metering_calls_per_second=self._state.metering_calls_per_second,
                # What is on its way must not be taken for what is sent afterwards.
                outbox=Outbox(entries_made=self._state.outbox.entries_made),
            )

    def close(self) -> None:
        """Save to the state file, if there is one, and let it go."""
        self.desks.saved_state.close()

    def now(self) -> datetime:
        """Return the sandbox's time."""
        with self._lock:
            return self._state.clock.show(self._clock())

    def identify(self, authorization: str) -> Caller:
        """Say who signed a request with this Authorization header, which may be empty."""
        with self.step() as step:
            return identify_caller(step.state, read_signature(authorization))

    def answer(self, target: str, body: bytes, *, caller: Caller | None = None) -> AwsAnswer:
        """Answer one AWS JSON 1.1 request; without a caller it is the seller's, in us-east-1."""
        return self.answer_in(JSON, target, body, caller=caller)

    def answer_in(
        self, codec: Codec, target: str, body: bytes, *, caller: Caller | None = None
    ) -> AwsAnswer:
        """Answer one request in any of AWS's protocols, by the target of AWS JSON."""
        with self.step() as step:
            answer = answer_request(
                step.state,
                Request(target, body, caller or Caller(step.state.seller_account_id)),
                operation_models(),
                codec=codec,
                now=step.now,
                entropy=step.entropy(),
                sign=sign_claims,
            )
            if self._on_call is not None:
                entry = step.state.calls[-1]
                of_call = takewhile(
                    lambda one: one.request_id == entry.request_id, reversed(step.state.refusals)
                )
                self._on_call(entry, tuple(of_call))
            return answer
