"""One random history of a deployment, and the independent model that it is held against."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from meterhouse.domain.events import QueueMessage
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.errors import StorageUnavailableError
from meterhouse.use_cases.account_usage import AccountUsage
from tests.fakes.meterhouse import NOON, Meterhouse
from tests.simulation.faults import Chaos, ChaoticApi, ChaoticLedger, CrashError

if TYPE_CHECKING:
    from sandbox.marketplace.core.agreements import Agreement

DIMENSIONS = ("api_calls", "gigabytes", "no_such_dimension")
STEPS = 60
# Now and then nothing runs for a day, and records miss their deadline in whatever state they are.
SLEEP_PROBABILITY = 0.01
# In half of the histories AWS answers nothing for a while, and a deadline passes meanwhile.
STORM_STEPS = 8
# How late usage comes: at once, within its hour, after its hour, after its deadline.
MINUTES_AGO = (0, 0, 3, 3, 30, 30, 70, 70, 130, 130, 1_500)
# Runs without faults that every history gets at its end: enough to pass every deadline.
QUIET_RUNS = 40

Account = tuple[str, str]


@dataclass(slots=True)
class Verdict:
    """What a history came to: the model's units beside the system's, for each account."""

    seed: int
    sent: dict[Account, Decimal]
    billed: dict[Account, Decimal]
    visible: dict[Account, Decimal]
    metered: dict[Account, Decimal]
    unfinished: int
    inexact_accounts: int
    reached: Counter[str] = field(default_factory=Counter)


class History:
    """Producers, drains, reconcile runs and buyers act in random order on one deployment."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = Random(seed)  # noqa: S311 - a simulation, repeatable from its seed
        self._ledger = ChaoticLedger()
        self._house = Meterhouse(self._ledger)
        self._house.policy = type(self._house.policy)(
            settle=timedelta(minutes=15),
            quiet=timedelta(seconds=self._random.choice((0, 120))),
            heartbeat=False,
        )
        self._chaos = Chaos(self._random, self._act_meanwhile)
        self._agreements: list[Agreement] = []
        self._registered: set[str] = set()
        self._queue: list[QueueMessage] = []
        self._events: dict[tuple[str, str, str, str], Decimal] = {}
        self._message_count = 0

    def run(self) -> Verdict:
        """Play the history to its end and settle accounts."""
        house = self._house
        house.clock.move_to(NOON + timedelta(minutes=5))
        self._agreements = [house.subscribe() for _ in range(3)]
        house.metering = api = ChaoticApi(house.client)
        self._ledger.chaos = api.chaos = self._chaos
        storm_at = self._random.randint(0, 2 * STEPS)
        for step in range(STEPS):
            self._chaos.is_storm = storm_at <= step < storm_at + STORM_STEPS
            self._act()
            sleeps = step == storm_at + STORM_STEPS - 1
            house.clock.move_to(house.clock.now() + self._next_pause(sleeps=sleeps))
        self._end_quietly()
        return self._judge()

    def _next_pause(self, *, sleeps: bool) -> timedelta:
        if sleeps or self._random.random() < SLEEP_PROBABILITY:
            self._chaos.reached["slept through a deadline"] += 1
            return timedelta(hours=24)
        return timedelta(minutes=self._random.choice((0, 1, 5, 5, 20)))

    def _act(self) -> None:
        action = self._random.choice((self._produce, self._produce, self._drain, self._reconcile))
        if self._random.random() < 0.1:
            action = self._register
        with self._surviving():
            action()

    def _act_meanwhile(self) -> None:
        action = self._random.choice((self._drain, self._reconcile, self._produce))
        with self._surviving():
            action()

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """A crash ends its actor, and so does a port that is down; no other error may."""
        try:
            yield
        except (CrashError, StorageUnavailableError) as error:
            self._chaos.reached[f"ended by {type(error).__name__}"] += 1

    def _produce(self) -> None:
        """Send one message with new, repeated and late events."""
        now = self._house.clock.now()
        events = []
        for _ in range(self._random.randint(1, 4)):
            agreement = self._random.choice(self._agreements)
            minutes_ago = self._random.choice(MINUTES_AGO)
            occurred_at = now - timedelta(minutes=minutes_ago)
            event_id = f"e{self._random.randint(0, 40)}"
            dimension = self._random.choices(DIMENSIONS, weights=(6, 3, 1))[0]
            account = str(agreement.license_arn), dimension
            identity = (*account, occurred_at.strftime("%dT%H"), event_id)
            quantity = self._events.setdefault(identity, self._new_quantity())
            event = self._house.event(
                agreement,
                event_id,
                dimension=dimension,
                quantity=str(quantity),
                time=occurred_at.isoformat(),
            )
            events.append(event)
        self._message_count += 1
        body = json.dumps({"events": events})
        self._queue.append(QueueMessage(f"m{self._message_count}", body, now))

    def _new_quantity(self) -> Decimal:
        return Decimal(self._random.randint(0, 5_000_000)) / 1000

    def _drain(self) -> None:
        size = min(len(self._queue), self._random.randint(1, 5))
        batch = self._random.sample(self._queue, k=size)
        self._house.queue.waiting = len(self._queue) - len(batch)
        kept = self._house.drain_messages(batch)
        # SQS may deliver again what was taken.
        if self._random.random() < 0.9:
            done = {message.message_id for message in batch} - set(kept)
            self._queue = [one for one in self._queue if one.message_id not in done]

    def _reconcile(self) -> None:
        self._house.queue.waiting = len(self._queue)
        self._house.reconcile()

    def _register(self) -> None:
        agreement = self._random.choice(self._agreements)
        self._house.register(agreement)
        self._registered.add(agreement.agreement_id)

    def _end_quietly(self) -> None:
        """Let time run on without faults until every deadline has passed."""
        self._chaos.is_on = False
        house = self._house
        for agreement in self._agreements[:2]:
            house.register(agreement)
            self._registered.add(agreement.agreement_id)
        for _ in range(100):
            if self._queue:
                self._drain()
        for _ in range(QUIET_RUNS):
            house.clock.move_to(house.clock.now() + timedelta(minutes=50))
            self._reconcile()

    def _judge(self) -> Verdict:
        sent: defaultdict[Account, Decimal] = defaultdict(Decimal)
        for (license_arn, dimension, _, _), quantity in self._events.items():
            sent[license_arn, dimension] += quantity
        billed: defaultdict[Account, Decimal] = defaultdict(Decimal)
        billed_hours: set[tuple[str, str, str]] = set()
        for line in self._house.marketplace.bill():
            account = str(line.agreement.license_arn), line.key.dimension
            billed[account] += line.quantity
            billed_hours.add((*account, line.used_at.strftime("%dT%H")))
        names = {
            self._house.key(agreement).subscription: str(agreement.license_arn)
            for agreement in self._agreements
        }
        visible: defaultdict[Account, Decimal] = defaultdict(Decimal)
        metered: defaultdict[Account, Decimal] = defaultdict(Decimal)
        states: Counter[str] = Counter()
        for key, record in self._ledger.records.items():
            states[f"state {record.state.value}"] += 1
            account = names[key.subscription], key.dimension
            # Whether AWS took an expired record is just what Meterhouse cannot know; the model can.
            hour = key.hour_at.strftime("%dT%H")
            taken = record.state is RecordState.EXPIRED and (*account, hour) in billed_hours
            if record.state is RecordState.METERED or taken:
                metered[account] += record.units or 0
            elif record.state is not RecordState.CARRIED:
                visible[account] += record.units or 0
        accounting = AccountUsage(self._ledger, self._house.report)
        balances = [accounting.balance(account, None) for account in self._ledger.accounts()]
        return Verdict(
            seed=self.seed,
            sent=sent,
            billed=billed,
            visible=visible,
            metered=metered,
            unfinished=sum(one.state in UNFINISHED for one in self._ledger.records.values()),
            inexact_accounts=sum(one is None or not one.is_exact for one in balances),
            reached=self._chaos.reached + states,
        )
