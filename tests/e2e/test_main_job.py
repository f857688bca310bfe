"""A buyer registers, usage is reported, and queue and schedule alone bring it to AWS's bill."""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from local.seller.registration import post_token
from local.seller.usage import UsageFact
from local.stack.function_logs import read_function_logs
from tests.e2e.running_stack import RunningStack, closed_hour, pack

pytestmark = pytest.mark.stack


@dataclass(frozen=True, slots=True)
class Reported:
    """What was sold and reported."""

    license: Subscription
    legacy: Subscription
    facts: tuple[UsageFact, ...]


def facts_of(subscription: Subscription, *quantities: str) -> list[UsageFact]:
    return [
        UsageFact(
            event_id=f"{subscription.name}-{position}",
            subscription=subscription,
            dimension="gb_hours",
            quantity=Decimal(quantity),
            used_at=closed_hour() + timedelta(minutes=position + 1),
            tags=(("team", f"team-{position % 2}"),),
        )
        for position, quantity in enumerate(quantities)
    ]


@pytest.fixture(scope="module")
def reported(stack: RunningStack) -> Reported:
    license_mode = stack.sell("license", MeteringMode.LICENSE, "gb_hours")
    legacy_mode = stack.sell("legacy", MeteringMode.LEGACY, "gb_hours")
    for subscription in (license_mode, legacy_mode):
        assert stack.register(subscription) == "registered on the seller's page"
    licensed = facts_of(license_mode, "0.1", "0.2", "12.345678", "3")
    legacy = facts_of(legacy_mode, "7", "8")
    stack.send(
        pack(*[fact.as_event() for fact in licensed]),
        json.dumps(legacy[0].as_event()),
        json.dumps(legacy[1].as_cloud_event("/edge")),
        json.dumps(legacy[0].as_event()),
        pack(licensed[0].as_event(), licensed[3].as_event()),
    )
    facts = (*licensed, *legacy)
    comparison = stack.wait_until_billed(facts, hurry=False)
    assert comparison.is_exact, comparison
    return Reported(license_mode, legacy_mode, facts)


def test_every_unit_is_billed_once_in_the_hour_it_was_used(
    stack: RunningStack, reported: Reported
) -> None:
    comparison = stack.compare(reported.facts)
    assert [row.difference for row in comparison.rows] == [0, 0]
    units = {row.key.agreement_id: row.billed for row in comparison.rows}
    assert units == {
        reported.license.agreement_id: Decimal("15.645678"),
        reported.legacy.agreement_id: Decimal(15),
    }


def test_tags_become_usage_allocations(stack: RunningStack, reported: Reported) -> None:
    (line,) = [
        line
        for line in stack.marketplace.show_bill()["records"]
        if line["agreement_id"] == reported.license.agreement_id
    ]
    units = [(share["tags"], Decimal(share["quantity"])) for share in line["allocations"]]
    assert sorted(units, key=str) == [
        ({"team": "team-0"}, Decimal("12.445678")),
        ({"team": "team-1"}, Decimal("3.2")),
    ]


def test_usage_that_is_delivered_again_after_the_bill_changes_nothing(
    stack: RunningStack, reported: Reported
) -> None:
    stack.send(*[json.dumps(fact.as_event()) for fact in reported.facts])
    stack.aftermath.wait_until_drained(60)
    stack.aftermath.reconcile_now()
    assert stack.compare(reported.facts).is_exact
    assert stack.aftermath.messages_in_dlq() == 0


def test_the_token_stands_in_no_log(stack: RunningStack) -> None:
    subscription = stack.sell("secret", MeteringMode.LICENSE, "gb_hours")
    token = stack.mint_token(subscription)
    assert post_token(stack.addresses.register_url, token).is_success
    lines = [line.text for line in read_function_logs(stack.aws)]
    assert any("subscription" in line for line in lines)
    assert not any(token in line for line in lines)
