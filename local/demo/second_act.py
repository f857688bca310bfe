"""The second act: a buyer is early, another leaves, a third renews, and AWS's events tell of it.

The sandbox's clock is moved through three hours. The demo starts no run until the last of them is
over: what is billed before that, is billed because an event said that somebody's agreement ended.
"""

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from marketplace_sandbox.client import Channel, MeteringMode
from rich.console import Console
from rich.markup import escape

from local.demo.lives import DIMENSION, Life, Lives, describe, use
from local.seller.comparison import add_up_bill, compare
from local.seller.marketplace import Subscription, named, sell
from local.seller.packing import pack_events
from local.seller.producer import send_messages
from local.seller.registration import Contact, register_buyer
from local.seller.stack_user import StackUser
from local.seller.usage import UsageFact, tally_of
from local.seller.waiting import Patience, wait_until_billed
from meterhouse.domain.hours import HOUR, floor_to_hour
from meterhouse.domain.subscriptions.state import Phase, State

# Before the last hour is settled, so that only an end has it billed.
_LEAVES_AFTER = timedelta(minutes=5)
# What is used shortly before an end is waited for: for who left that is over by then.
_RENEWS_AFTER = timedelta(minutes=30)
_LAST_USAGE_AFTER = timedelta(minutes=42)
# All hours are settled, and AWS takes the last records no more, whatever opens their hour.
_OVER_AFTER = timedelta(minutes=155)
_POLL_SECONDS = 0.2


class SecondAct:
    """One run of the second act, on a stack where all usage of before is billed."""

    def __init__(self, console: Console, user: StackUser, *, seed: int, seconds_max: float) -> None:
        self._console = console
        self._user = user
        self._marketplace = user.marketplace
        self._chance = random.Random(seed)  # noqa: S311 - a demo that can be repeated, not a secret
        self._seconds_max = seconds_max
        self._hour_at = floor_to_hour(self._now()) + HOUR
        self._missed: list[str] = []

    def play(self) -> Lives:
        """Play it; return what was seen."""
        self._begin(_LEAVES_AFTER, "One buyer subscribes and has not registered; another cancels")
        leaving, renewing, early = self._sell()
        self._register(leaving)
        self._register(renewing)
        by_leaving = self._use(leaving, range(-60, 5))
        by_renewing = self._use(renewing, range(-60, 5))
        self._leave(leaving, by_leaving)

        self._begin(_RENEWS_AFTER, "A third one renews at mid-hour, while its usage flows")
        renewed = self._renew(renewing)
        by_renewing += self._use(renewing, range(5, 30))
        self._wait_for_events("the unfinished hour of leaving-1", by_leaving)
        by_early = self._use(early, range(6, 30))
        known = self._meet(early)

        self._begin(_LAST_USAGE_AFTER, "The old license's last hour is over, the new one goes on")
        by_renewed = self._use(renewed, range(31, 42))
        self._wait_for_events("the last hour of renewing-1", by_renewing)

        self._begin(_OVER_AFTER, "All hours are settled")
        used = (
            (early, by_early, Phase.ACTIVE),
            (leaving, by_leaving, Phase.ENDED),
            (renewing, by_renewing, Phase.SUPERSEDED),
            (renewed, by_renewed, Phase.ACTIVE),
        )
        self._settle([fact for _, facts, _ in used for fact in facts])
        lives = [self._look(*one) for one in used]
        for life in lives:
            self._detail(f"{life.subscription.name}: {describe(life.state)}")
        return Lives(lives, known, self._missed)

    def _sell(self) -> Sequence[Subscription]:
        mode, buyers = MeteringMode.LICENSE, ("leaving-1", "renewing-1")
        leaving, renewing = sell(self._marketplace, "Storage", mode, (DIMENSION,), names=buyers)
        # The others came a week ago; this one comes now.
        agreement = self._marketplace.subscribe(
            leaving.product_code, buyer_name="early-1", starts_at=self._now()
        )
        early = named("early-1", agreement)
        for one in (leaving, renewing, early):
            self._detail(f"{one.name}: {one.license_arn}")
        return leaving, renewing, early

    def _register(self, subscription: Subscription) -> None:
        token = self._marketplace.issue_token(subscription.agreement_id)["token"]
        name = subscription.name
        contact = Contact(f"{name}@example.com", f"Company of {name}", "A buyer")
        result = register_buyer(self._user.addresses.register_url, token, contact)
        self._detail(f"{name}: {result}")

    def _use(self, subscription: Subscription, minutes: range) -> tuple[UsageFact, ...]:
        """Use something in each minute, and report it."""
        facts = use(self._chance, subscription, self._hour_at, minutes)
        bodies = pack_events(fact.as_event() for fact in facts)
        send_messages(self._user.aws.sqs(), self._user.addresses.usage_queue_url, bodies)
        self._user.aftermath.wait_until_drained(self._seconds_max)
        return facts

    def _leave(self, leaving: Subscription, facts: Sequence[UsageFact]) -> None:
        self._marketplace.cancel_agreement(leaving.agreement_id)
        closed = [fact for fact in facts if fact.used_at < self._hour_at]
        if self._wait_for_events("the last closed hour of leaving-1", closed):
            seconds = self._seconds_from_end_to_bill(leaving)
            self._detail(f"leaving-1: last closed hour METERED {seconds:.1f} s after AWS's word")

    def _renew(self, old: Subscription) -> Subscription:
        agreement = self._marketplace.renew_agreement(old.agreement_id)
        new = named(f"{old.name} renewed", agreement)
        self._detail(f"{new.name}: {new.license_arn}")
        return new

    def _meet(self, early: Subscription) -> State | None:
        """Wait until a buyer is known by AWS's events alone, and let it register then."""
        give_up_at = time.monotonic() + self._seconds_max
        while True:
            known = self._user.aftermath.state_of(early)
            if known is not None or time.monotonic() > give_up_at:
                break
            time.sleep(_POLL_SECONDS)
        self._detail(f"{early.name}, by events alone: {describe(known)}")
        self._register(early)
        return known

    def _wait_for_events(self, what: str, facts: Sequence[UsageFact]) -> bool:
        """Wait until facts are billed without any help."""
        patience = Patience(self._seconds_max, lambda: None)
        is_billed = wait_until_billed(
            self._marketplace, tally_of(facts).units, patience, lambda _: None
        ).is_exact
        if not is_billed:
            self._missed.append(f"{what} was not billed by AWS's events alone")
        return is_billed

    def _settle(self, facts: Sequence[UsageFact]) -> None:
        patience = Patience(self._seconds_max, self._user.aftermath.reconcile_now)
        wait_until_billed(self._marketplace, tally_of(facts).units, patience, lambda _: None)
        # A run moves on what ends by time alone.
        self._user.aftermath.reconcile_now()

    def _look(self, subscription: Subscription, facts: Sequence[UsageFact], ends_as: Phase) -> Life:
        bill = self._marketplace.show_bill()["records"]
        comparison = compare(tally_of(facts).units, add_up_bill(bill, {subscription.agreement_id}))
        state = self._user.aftermath.state_of(subscription)
        return Life(subscription, facts, comparison, state, ends_as)

    def _seconds_from_end_to_bill(self, subscription: Subscription) -> float:
        events = self._marketplace.list_events(
            agreement_id=subscription.agreement_id,
            channel=Channel.EVENTBRIDGE,
            name_prefix="Purchase Agreement Ended",
        )["events"]
        ended_at = min(datetime.fromisoformat(event["at"]) for event in events)
        metered_at = min(
            datetime.fromisoformat(call["at"])
            for call in self._marketplace.list_calls()["calls"]
            if any(
                record["license_arn"] == subscription.license_arn and record["status"] == "Success"
                for record in call["record_outcomes"]
            )
        )
        return (metered_at - ended_at).total_seconds()

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._marketplace.show_clock()["now"])

    def _begin(self, after: timedelta, title: str) -> None:
        at = self._hour_at + after
        self._console.print(f"[bold]{at:%H:%M}  {escape(title)}[/bold]", soft_wrap=True)
        self._marketplace.set_clock(at.isoformat())

    def _detail(self, text: str) -> None:
        self._console.print(f"  {text}", markup=False, soft_wrap=True)
