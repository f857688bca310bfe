"""Playing chaos on a running stack: sales and usage under fire, then quiet, then the comparison."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Lock

from botocore.exceptions import BotoCoreError, ClientError
from marketplace_sandbox.client import DisturbanceKind, FaultKind, MeteringMode, Operation
from rich.console import Console

from local.chaos.saboteur import Saboteur
from local.demo.scenario import demo_hours
from local.seller.comparison import Comparison, add_up_bill, compare
from local.seller.display import progress_of_units
from local.seller.marketplace import Subscription, sell
from local.seller.producer import send_messages
from local.seller.registration import Contact, RegistrationFailedError, register_buyer
from local.seller.stack_user import StackUser
from local.seller.usage import Tally, UsageFact
from local.seller.waiting import Patience, wait_until_billed
from meterhouse.domain.subscriptions.state import Phase

PRODUCERS = 3
_DIMENSIONS = ("documents", "gb_hours")
# A call is for one product; so there are many calls.
_PRODUCTS, _BUYERS = 6, 2
# Of all metering calls so many go wrong, of each kind; together much more than one in ten.
_FAULTS = {
    FaultKind.THROTTLE: "0.1",
    FaultKind.INTERNAL_ERROR_BEFORE: "0.1",
    FaultKind.INTERNAL_ERROR_AFTER: "0.1",
    FaultKind.LOST_ANSWER: "0.1",
    FaultKind.UNPROCESSED: "0.1",
}
# The same for the sweep's calls, and for what AWS tells of agreements.
_SWEEP_OPERATIONS = (Operation.SEARCH_AGREEMENTS, Operation.GET_AGREEMENT_ENTITLEMENTS)
_SWEEP_FAULTS = {FaultKind.THROTTLE: "0.1", FaultKind.INTERNAL_ERROR_BEFORE: "0.1"}
_DISTURBANCES = {DisturbanceKind.DROP: "0.3", DisturbanceKind.REPEAT: "0.3"}
_REPEAT_PROBABILITY = 0.3
_PAUSE_SECONDS_MAX = 0.5
# A worker that is killed leaves its messages hidden for the template's 17 minutes: too long here.
_VISIBILITY_SECONDS = 10
# Hours are not closed while their messages wait, so that producers rest for most of a wave.
_WAVE_SECONDS, _SENDING_SECONDS = 60, 15
_RUN_EVERY_SECONDS = 5
_REGISTER_ATTEMPTS_MAX = 20
_QUIET_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ChaosOutcome:
    """What came of it.

    Attributes:
        unknown: subscriptions with a license that are not known to be active.

    """

    comparison: Comparison
    distinct_events: int
    messages: int
    done: Counter[str]
    faulty_calls: int
    calls: int
    messages_in_dlq: int
    unknown: tuple[str, ...]


class Chaos:
    """One run against one stack; producers and saboteur draw from their own seeds."""

    def __init__(self, console: Console, user: StackUser, saboteur: Saboteur, seed: int) -> None:
        self._console = console
        self._user = user
        self._saboteur = saboteur
        self._seed = seed
        self._tally, self._lock = Tally(), Lock()
        self._messages = 0

    def run(self, seconds: float, quiet_seconds_max: float) -> ChaosOutcome:
        """Do harm for `seconds`, then wait until everything is billed, but not for ever."""
        user = self._user
        for url in (user.addresses.usage_queue_url, user.addresses.agreement_events_queue_url):
            user.aws.sqs().set_queue_attributes(
                QueueUrl=url, Attributes={"VisibilityTimeout": str(_VISIBILITY_SECONDS)}
            )
        self._break_aws()
        with self._saboteur.at_work():
            sold = self._sell()
            self._step(f"{PRODUCERS} producers report for {seconds:.0f} s; workers die")
            for subscription in sold:
                if not _is_never_registered(subscription):
                    self._register(subscription)
            self._report(sold, time.monotonic() + seconds)
        user.marketplace.clear_faults()
        user.marketplace.clear_disturbances()
        self._step("Quiet again: waiting until sweep, drain and reconcile have metered every unit")
        self._sweep_until_done(time.monotonic() + quiet_seconds_max)
        # What came late is usage of the present hour, which nobody waits for here.
        stopped_at = datetime.now(UTC).isoformat()
        flushes = [{"subscription": one.reference(), "stopped_at": stopped_at} for one in sold]
        flush = partial(user.aftermath.command_reconcile, {"flush": flushes})
        patience = Patience(quiet_seconds_max, flush)
        with progress_of_units(self._console, "  units billed") as show:
            wait_until_billed(user.marketplace, self._tally.units, patience, show)
        # What would be billed twice comes now.
        user.aftermath.wait_until_drained(quiet_seconds_max)
        user.aftermath.reconcile_now()
        time.sleep(_QUIET_SECONDS)
        return self._outcome(sold)

    def _break_aws(self) -> None:
        """Let calls go wrong, and what AWS tells of agreements, until all is cleared."""
        marketplace = self._user.marketplace
        for operation, faults in (
            (Operation.BATCH_METER_USAGE, _FAULTS),
            *((one, _SWEEP_FAULTS) for one in _SWEEP_OPERATIONS),
        ):
            for kind, probability in faults.items():
                marketplace.script_fault(
                    kind, operation=operation, until_cleared=True, probability=probability
                )
        for disturbance, rate in _DISTURBANCES.items():
            marketplace.script_disturbance(disturbance, rate=rate)

    def _sweep_until_done(self, give_up_at: float) -> None:
        """Begin a sweep at the beginning, and let runs go on with it to its end."""
        answer = self._user.aftermath.sweep_now(from_beginning=True)
        while answer.get("left") is not None and time.monotonic() < give_up_at:
            answer = self._user.aftermath.sweep_now()

    def _outcome(self, sold: Sequence[Subscription]) -> ChaosOutcome:
        calls = self._user.marketplace.list_calls()["calls"]
        agreements = {key.agreement_id for key in self._tally.units}
        bill = add_up_bill(self._user.marketplace.show_bill()["records"], agreements)
        return ChaosOutcome(
            comparison=compare(self._tally.units, bill),
            distinct_events=self._tally.distinct_events,
            messages=self._messages,
            done=self._saboteur.done,
            faulty_calls=sum(call["fault"] is not None for call in calls),
            calls=len(calls),
            messages_in_dlq=self._user.aftermath.messages_in_dlq(),
            unknown=tuple(one.name for one in sold if not self._is_known(one)),
        )

    def _is_known(self, subscription: Subscription) -> bool:
        if subscription.license_arn is None:
            return True
        state = self._user.aftermath.state_of(subscription)
        return state is not None and state.phase is Phase.ACTIVE

    def _sell(self) -> list[Subscription]:
        self._step(f"Selling {_PRODUCTS} products to {_BUYERS} buyers each in the sandbox")
        sold = list[Subscription]()
        for number in range(_PRODUCTS):
            mode = MeteringMode.LEGACY if number == 0 else MeteringMode.LICENSE
            names = (f"buyer-{number}-{buyer}" for buyer in range(_BUYERS))
            title = f"Product {number}"
            sold += sell(self._user.marketplace, title, mode, _DIMENSIONS, names=names)
        return sold

    def _register(self, subscription: Subscription) -> None:
        """Come back until the page says welcome: its function may be killed meanwhile, too."""
        contact = Contact(f"{subscription.name}@example.com", subscription.name, "First Buyer")
        for attempt in range(_REGISTER_ATTEMPTS_MAX):
            try:
                token = self._user.marketplace.issue_token(subscription.agreement_id)["token"]
                register_buyer(self._user.addresses.register_url, token, contact)
            except (RegistrationFailedError, OSError) as error:
                if attempt + 1 == _REGISTER_ATTEMPTS_MAX:
                    raise
                self._console.print(f"  {subscription.name} tries again: {error}", markup=False)
                time.sleep(1)
            else:
                return

    def _report(self, sold: Sequence[Subscription], ends_at: float) -> None:
        hours = demo_hours(datetime.now(UTC))

        def produce(number: int) -> None:
            chance = random.Random(f"{self._seed}/{number}")  # noqa: S311 - repeatable, no secret
            sent: list[str] = []
            began_at = time.monotonic()
            while (now := time.monotonic()) < ends_at:
                if (now - began_at) % _WAVE_SECONDS > _SENDING_SECONDS:
                    time.sleep(_PAUSE_SECONDS_MAX)
                    continue
                body = self._invent(chance, sold, hours)
                sent.append(body)
                bodies = [body]
                if chance.random() < _REPEAT_PROBABILITY:
                    bodies.append(chance.choice(sent))
                self._send(bodies)
                time.sleep(chance.uniform(0, _PAUSE_SECONDS_MAX))

        def repeat(run: Callable[[], object]) -> None:
            while time.monotonic() < ends_at:
                # The run may be killed; the schedule would not even notice.
                with suppress(BotoCoreError, ClientError, ValueError):
                    run()
                time.sleep(_RUN_EVERY_SECONDS)

        runs = (self._user.aftermath.reconcile_now, self._user.aftermath.sweep_now)
        with ThreadPoolExecutor(PRODUCERS + len(runs)) as actors:
            acting = [actors.submit(produce, number) for number in range(PRODUCERS)]
            acting += [actors.submit(repeat, run) for run in runs]
            for one in acting:
                one.result()

    def _send(self, bodies: list[str]) -> None:
        send_messages(self._user.aws.sqs(), self._user.addresses.usage_queue_url, bodies)
        with self._lock:
            self._messages += len(bodies)

    def _invent(
        self, chance: random.Random, sold: Sequence[Subscription], hours: tuple[datetime, ...]
    ) -> str:
        facts = [
            UsageFact(
                event_id=f"{chance.getrandbits(64):016x}",
                subscription=chance.choice(sold),
                dimension=chance.choice(_DIMENSIONS),
                quantity=Decimal(chance.randint(1, 5_000_000)).scaleb(-3),
                used_at=chance.choice(hours) + timedelta(seconds=chance.randint(1, 3_599)),
            )
            for _ in range(chance.choice((1, 1, 5, 20)))
        ]
        with self._lock:
            for fact in facts:
                self._tally.add(fact)
        return json.dumps({"events": [fact.as_event() for fact in facts]})

    def _step(self, text: str) -> None:
        self._console.print(text, style="bold", markup=False)


def _is_never_registered(subscription: Subscription) -> bool:
    """Tell who does not come to the page: of them AWS's events and the sweep alone tell."""
    return subscription.license_arn is not None and subscription.name.endswith("-1")
