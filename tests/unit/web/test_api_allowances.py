"""What the seller's API tells of the units that a contract includes."""

from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from marketplace_sandbox.testing import Agreement

from tests.fakes.meterhouse import NOON
from tests.template.test_openapi import schemas
from tests.unit.domain.subscriptions.announced import WAITING
from tests.unit.use_cases.billing.including import meterhouse
from tests.unit.web.api_calls import ONE, Backend, body_of, refusal

ALLOWANCES = f"{ONE}/allowances"
FORM = Draft202012Validator(schemas()["Allowance"], format_checker=FormatChecker())
DECEMBER = "2026-12-01T00:00:00+00:00"


def told(backend: Backend, buyer: Agreement) -> list[dict[str, object]]:
    answer = body_of(backend.ask(ALLOWANCES, backend.house.key(buyer).subscription))
    assert answer["subscription"] == backend.house.key(buyer).subscription
    found: list[dict[str, object]] = answer["allowances"]
    for one in found:
        FORM.validate(one)
    return found


def with_rules(rules: str) -> Backend:
    return Backend(meterhouse(rules), [])


def test_an_allowance_is_told_with_what_is_taken_and_left_to_the_last_decimal() -> None:
    backend = with_rules("api_calls=100/month")
    buyer = backend.house.buyer()
    backend.house.drain(backend.house.event(buyer, quantity="60.000001"))

    assert told(backend, buyer) == [
        {
            "dimension": "api_calls",
            "period": "2026-11",
            "is_current": True,
            "ends_at": DECEMBER,
            "granted": "100",
            "taken": "60.000001",
            "left": "39.999999",
        }
    ]


def test_as_long_as_aws_has_not_said_how_much_nobody_knows_what_is_left() -> None:
    backend = with_rules("api_calls=entitlement/agreement")

    (one,) = told(backend, backend.house.buyer())

    assert (one["granted"], one["taken"], one["left"]) == (None, "0", None)
    assert (one["period"], one["ends_at"]) == ("agreement", None)


def test_a_period_that_is_over_is_told_apart() -> None:
    backend = with_rules("api_calls=100/month")
    buyer = backend.house.buyer()
    backend.house.drain(backend.house.event(buyer, quantity=60))
    backend.house.clock.move_to(NOON + timedelta(days=30))

    assert [(one["period"], one["is_current"], one["left"]) for one in told(backend, buyer)] == [
        ("2026-11", False, "40"),
        ("2026-12", True, "100"),
    ]


@pytest.mark.parametrize("rules", ["", "another-product:api_calls=5/month"])
def test_what_includes_nothing_is_told_as_that(rules: str) -> None:
    backend = with_rules(rules)

    assert told(backend, backend.house.buyer()) == []


def test_who_cannot_be_billed_yet_has_no_allowance() -> None:
    backend = with_rules("api_calls=5/month")
    book = backend.house.subscriptions
    book.states[WAITING.folder] = (1, WAITING)
    book.listed.add(WAITING.folder)

    assert body_of(backend.ask(ALLOWANCES, WAITING.folder))["allowances"] == []


def test_of_whom_nobody_knows_nothing_is_told() -> None:
    backend = with_rules("api_calls=5/month")

    assert refusal(backend.ask(ALLOWANCES, "license#l-1")) == (404, "subscription_unknown")


def test_an_unknown_parameter_is_refused() -> None:
    backend = with_rules("api_calls=5/month")
    key = backend.house.key(backend.house.buyer()).subscription

    assert refusal(backend.ask(ALLOWANCES, key, period="2026-11"))[0] == 400
