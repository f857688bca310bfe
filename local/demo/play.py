"""Playing the demo on a running stack, one step after the other."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from marketplace_sandbox.client import FaultKind, MeteringMode, Operation
from rich.console import Console
from rich.markup import escape

from local.demo.lives import Lives
from local.demo.scenario import Dimension, Scenario, build_scenario, demo_hours
from local.demo.second_act import SecondAct
from local.demo.verdict import Outcome
from local.seller.comparison import add_up_bill, compare
from local.seller.display import progress_of_count, progress_of_units
from local.seller.marketplace import Subscription, sell
from local.seller.producer import send_messages
from local.seller.registration import Contact, register_buyer
from local.seller.stack_user import StackUser
from local.seller.usage import tally_of
from local.seller.waiting import Patience, wait_until_billed
from meterhouse.domain.records.lifecycle import RecordState

_SEARCH = (Dimension("documents", 0, tagged=True), Dimension("gb_hours", 3))
_REPORTS = (Dimension("reports", 0),)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the person at the keyboard may choose."""

    seed: int
    seconds_max: float


class Demo:
    """One run of the demo against one stack."""

    def __init__(self, console: Console, user: StackUser, options: DemoOptions) -> None:
        self._console = console
        self._user = user
        self._addresses = user.addresses
        self._options = options
        self._sqs = user.aws.sqs()
        self._marketplace = user.marketplace
        self._aftermath = user.aftermath

    def run(self) -> tuple[Outcome, dict[str, str]]:
        """Play everything; return what was seen, and the subscriptions' names by agreement id."""
        sold = self._sell()
        self._register(list(sold))
        scenario = build_scenario(self._options.seed, sold, demo_hours(datetime.now(UTC)))
        self._break_aws()
        self._produce(scenario)
        self._wait(scenario)
        seed, seconds_max = self._options.seed, self._options.seconds_max
        second = SecondAct(self._console, self._user, seed=seed, seconds_max=seconds_max).play()
        subscriptions = [*sold, *(life.subscription for life in second.lives)]
        names = {one.agreement_id: one.name for one in subscriptions}
        return self._look(scenario, second), names

    def _sell(self) -> dict[Subscription, tuple[Dimension, ...]]:
        self._step("Selling three subscriptions of two products in the sandbox")
        sold = dict[Subscription, tuple[Dimension, ...]]()
        for title, mode, dimensions, buyers in (
            ("Search", MeteringMode.LICENSE, _SEARCH, ("search-1", "search-2")),
            ("Reports", MeteringMode.LEGACY, _REPORTS, ("reports-1",)),
        ):
            names = tuple(dimension.name for dimension in dimensions)
            subscriptions = sell(self._marketplace, title, mode, names, names=buyers)
            sold |= dict.fromkeys(subscriptions, dimensions)
        for subscription in sold:
            identity = subscription.license_arn or f"customer {subscription.customer_identifier}"
            self._detail(f"{subscription.name}: {identity}")
        return sold

    def _register(self, subscriptions: list[Subscription]) -> None:
        self._step("Registering the buyers as their browsers would")
        self._detail(self._addresses.register_url)
        for subscription in subscriptions:
            token = self._marketplace.issue_token(subscription.agreement_id)["token"]
            contact = Contact(
                email=f"{subscription.name}@example.com",
                company=f"Company of {subscription.name}",
                name="First Buyer",
            )
            result = register_buyer(self._addresses.register_url, token, contact)
            self._detail(f"{subscription.name}: {result}")

    def _break_aws(self) -> None:
        self._step("Telling AWS to misbehave: one throttled call, one unprocessed record")
        for kind in (FaultKind.THROTTLE, FaultKind.UNPROCESSED):
            self._marketplace.script_fault(kind, operation=Operation.BATCH_METER_USAGE)

    def _produce(self, scenario: Scenario) -> None:
        count = sum(len(bodies) for bodies in scenario.messages)
        self._step(
            f"{len(scenario.messages)} producers send {len(scenario.facts)} events of past hours "
            f"in {count} messages: some twice, one malformed, one of an unknown dimension"
        )
        with (
            progress_of_count(self._console, "  messages sent", count) as advance,
            ThreadPoolExecutor(max_workers=len(scenario.messages)) as producers,
        ):
            queue_url = self._addresses.usage_queue_url
            for sent in producers.map(
                lambda bodies: send_messages(self._sqs, queue_url, bodies), scenario.messages
            ):
                advance(sent)

    def _wait(self, scenario: Scenario) -> None:
        self._step("Waiting until drain and reconcile have metered every unit")
        patience = Patience(self._options.seconds_max, self._aftermath.reconcile_now)
        with progress_of_units(self._console, "  units billed") as show:
            wait_until_billed(self._marketplace, tally_of(scenario.facts).units, patience, show)
        self._step(f"Delivering {len(scenario.repeated_messages)} messages once more, all billed")
        self._deliver_again(scenario)

    def _look(self, scenario: Scenario, second: Lives) -> Outcome:
        facts = [*scenario.facts, *(fact for life in second.lives for fact in life.facts)]
        tally = tally_of(facts)
        bill = self._marketplace.show_bill()["records"]
        agreements = {key.agreement_id for key in tally.units}
        return Outcome(
            comparison=compare(tally.units, add_up_bill(bill, agreements)),
            distinct_events=tally.distinct_events,
            refused_units=scenario.refused.quantity,
            rejected_events=self._aftermath.rejected_events(),
            rejected_records=self._aftermath.records_in_state(RecordState.REJECTED),
            messages_in_dlq=self._aftermath.messages_in_dlq(),
            calls=self._marketplace.list_calls()["calls"],
            second=second,
        )

    def _deliver_again(self, scenario: Scenario) -> None:
        bodies = list(scenario.repeated_messages)
        random.Random(self._options.seed).shuffle(bodies)  # noqa: S311 - an order, not a secret
        send_messages(self._sqs, self._addresses.usage_queue_url, bodies)
        self._aftermath.wait_until_drained(self._options.seconds_max)
        self._aftermath.reconcile_now()

    def _step(self, text: str) -> None:
        self._console.print(f"[bold]{escape(text)}[/bold]")

    def _detail(self, text: str) -> None:
        self._console.print(f"  {text}", markup=False, soft_wrap=True)
