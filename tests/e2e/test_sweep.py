"""All that AWS told of some agreements is lost: the deployed sweep finds them, and they are billed.

So it is with agreements that are older than the deployment. Of one that a partner sold only events
tell, and these arrive.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.client import DisturbanceKind, MeteringMode, OfferKind

from local.seller.marketplace import Subscription, named, subscribe_each
from local.seller.usage import UsageFact
from local.stack.function_logs import read_function_logs
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.subscriptions.state import Flag, Phase, State
from tests.e2e.running_stack import RunningStack, run_module, stack_in

pytestmark = pytest.mark.stack

# The longest that the template takes: only the sweep, and this test, start runs.
UNSCHEDULED = {"ReconcileSchedule": "rate(15 minutes)", "FinalUsageMinutes": "0"}
PARTNER, BUYER = "777700001111", "888800002222"
DIMENSION = "api_calls"


@dataclass(frozen=True, slots=True)
class Unheard:
    """Six agreements of which no event told, one that events alone tell of, and what was used."""

    staying: Subscription
    leaving: Subscription
    renewing: Subscription
    renewed: Subscription
    gone: Subscription
    later: Subscription
    of_partner: Subscription
    facts: tuple[UsageFact, ...]

    @property
    def every(self) -> tuple[Subscription, ...]:
        """All that we proposed, and AWS shows to us."""
        going = (self.staying, self.leaving, self.renewing, self.renewed)
        return (*going, self.gone, self.later)

    def used_by(self, *subscriptions: Subscription) -> list[UsageFact]:
        return [fact for fact in self.facts if fact.subscription in subscriptions]


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own, which no schedule disturbs."""
    with stack_in(tmp_path_factory.mktemp("deaf"), UNSCHEDULED) as stack:
        yield stack


@pytest.fixture(scope="module")
def unheard(deaf: RunningStack) -> Unheard:
    """Agreements of all kinds, and usage that is reported at five past an hour and waits."""
    marketplace = deaf.marketplace
    code = marketplace.list_product("Unheard", [DIMENSION], mode=MeteringMode.LICENSE)[
        "product_code"
    ]
    marketplace.script_disturbance(DisturbanceKind.DROP, product_code=code)
    names = ("staying", "leaving", "renewing", "gone")
    staying, leaving, renewing, gone = subscribe_each(marketplace, code, names)
    marketplace.cancel_agreement(gone.agreement_id)
    hour_at = floor_to_hour(now_of(deaf)) + timedelta(hours=2)
    marketplace.set_clock((hour_at + timedelta(minutes=5)).isoformat())
    in_a_month = hour_at + timedelta(days=30)
    later = marketplace.subscribe(code, starts_at=in_a_month)
    facts = tuple(
        UsageFact(f"{one.name} {minutes}", one, DIMENSION, Decimal(quantity), used_at)
        for one, minutes, quantity in (
            (staying, -170, "12"),
            (staying, -169, "0.5"),
            (leaving, -40, "1.5"),
            (leaving, 3, "4.000001"),
            (renewing, -1, "7"),
        )
        for used_at in (hour_at + timedelta(minutes=minutes),)
    )
    deaf.send(*[json.dumps(fact.as_event()) for fact in facts])
    deaf.aftermath.wait_until_drained(60)
    marketplace.cancel_agreement(leaving.agreement_id)
    renewed = marketplace.renew_agreement(renewing.agreement_id)
    sold = marketplace.list_product("Resold", [DIMENSION], mode=MeteringMode.LICENSE)
    offer = marketplace.make_offer(
        sold["product_code"],
        kind=OfferKind.PRIVATE,
        buyer_account_ids=[BUYER],
        proposer_account_id=PARTNER,
    )
    resold = marketplace.subscribe(
        sold["product_code"], customer_aws_account_id=BUYER, offer_id=offer["offer_id"]
    )
    return Unheard(
        staying,
        leaving,
        renewing,
        named("renewed", renewed),
        gone,
        named("later", later),
        named("of a partner", resold),
        facts,
    )


@pytest.fixture(scope="module")
def before(deaf: RunningStack, unheard: Unheard) -> list[State | None]:
    """What was known before anybody swept, once the partner's event had come."""
    deaf.wait_until(lambda: state_of(deaf, unheard.of_partner) is not None)
    return [state_of(deaf, one) for one in unheard.every]


@pytest.fixture(scope="module")
def swept(deaf: RunningStack, before: list[State | None]) -> dict[str, Any]:
    """The answer of the first sweep, which looks at all there is."""
    assert before
    return sweep(deaf)


def now_of(stack: RunningStack) -> datetime:
    return datetime.fromisoformat(stack.marketplace.show_clock()["now"])


def state_of(stack: RunningStack, subscription: Subscription) -> State | None:
    return stack.aftermath.state_of(subscription)


def sweep(stack: RunningStack, *options: str) -> dict[str, Any]:
    """Run `make sweep` as an operator does; return what it answers."""
    arguments = ("operations", "sweep", "--yes", "--json", "--directory", str(stack.directory))
    done = run_module(*arguments, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_nobody_is_known_and_nothing_billed_whose_events_were_lost(
    deaf: RunningStack, unheard: Unheard, before: list[State | None]
) -> None:
    assert before == [None] * 6
    assert deaf.compare(unheard.facts).billed == 0


def test_the_first_sweep_finds_every_agreement_in_its_phase(
    deaf: RunningStack, unheard: Unheard, swept: dict[str, Any]
) -> None:
    assert (swept["swept"], swept["refused"], swept["left"]) == (6, 0, None)
    found = {one.name: state_of(deaf, one) for one in unheard.every}
    assert {name: state and (state.phase, state.has_access) for name, state in found.items()} == {
        "staying": (Phase.ACTIVE, True),
        "leaving": (Phase.ENDING, False),
        "renewing": (Phase.ENDING, True),
        "renewed": (Phase.ACTIVE, True),
        "gone": (Phase.ENDED, False),
        "later": (Phase.SCHEDULED, False),
    }
    renewing, renewed = found["renewing"], found["renewed"]
    assert renewing is not None
    assert renewed is not None
    assert renewing.successor == renewed.agreement_id
    assert renewed.previous_agreement_id == renewing.agreement_id


def test_last_hours_that_a_sweep_finds_are_billed_by_the_run_that_it_starts(
    deaf: RunningStack, unheard: Unheard, swept: dict[str, Any]
) -> None:
    ended = unheard.used_by(unheard.leaving, unheard.renewing)
    comparison = deaf.wait_until_billed(ended, hurry=False)
    assert comparison.is_exact, (comparison, swept)
    assert [row.difference for row in comparison.rows] == [0, 0, 0]


def test_usage_that_waited_for_its_subscription_is_billed_in_its_hour(
    deaf: RunningStack, unheard: Unheard, swept: dict[str, Any]
) -> None:
    comparison = deaf.wait_until_billed(unheard.used_by(unheard.staying))
    assert comparison.is_exact, (comparison, swept)
    assert [(row.billed, row.difference) for row in comparison.rows] == [
        (Decimal("12.5"), Decimal(0))
    ]


def test_it_names_the_subscription_that_aws_does_not_show(
    unheard: Unheard, swept: dict[str, Any]
) -> None:
    assert swept["out_of_sight"] == 1
    assert swept["out_of_sight_ids"] == [unheard.of_partner.agreement_id]


def test_from_the_beginning_it_sees_what_is_no_update(
    deaf: RunningStack, unheard: Unheard, swept: dict[str, Any]
) -> None:
    assert swept["left"] is None
    deaf.marketplace.suspend_account(unheard.staying.customer_aws_account_id)

    changed = sweep(deaf)
    unseen = state_of(deaf, unheard.staying)
    everything = sweep(deaf, "--from-beginning")
    seen = state_of(deaf, unheard.staying)

    assert changed["swept"] < 6
    assert changed["out_of_sight"] is None
    assert unseen is not None
    assert unseen.flags == ()
    assert (everything["swept"], everything["learned"]) == (6, 1)
    assert everything["out_of_sight_ids"] == [unheard.of_partner.agreement_id]
    assert seen is not None
    assert (seen.phase, seen.flags, seen.has_access) == (Phase.ACTIVE, (Flag.SUSPENDED,), False)


def test_no_function_fails_at_it(deaf: RunningStack, swept: dict[str, Any]) -> None:
    failures = [line for line in read_function_logs(deaf.aws) if '"level":"ERROR"' in line.text]
    assert failures == [], swept
