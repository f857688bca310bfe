"""A reference becomes a subscription once: for the backend that asked first."""

from datetime import timedelta
from typing import Any

import pytest

from meterhouse.use_cases.subscriptions.register_customer import REFERENCE_LIFETIME
from tests.fakes.meterhouse import Meterhouse
from tests.unit.web.api_calls import Backend, body_of, refusal

REDEEM = "/registrations/redeem"
INVALID = (409, "reference_invalid")


@pytest.fixture
def backend() -> Backend:
    return Backend(Meterhouse(), [])


def visit(backend: Backend) -> str:
    """Let a new buyer land; return the reference with which the browser goes on."""
    house = backend.house
    return (
        house.register_customer().resolve(house.token_of(house.subscribe()), trial=False).reference
    )


def test_a_reference_tells_whom_it_stands_for(backend: Backend) -> None:
    answer = backend.say(REDEEM, reference=visit(backend))

    told = body_of(answer)
    assert (answer.status_code, told["is_returning"]) == (200, False)
    assert told["subscription"]["phase"] == "active"
    assert told["subscription"]["account_id"]
    assert backend.house.report.metrics["RegistrationsRedeemed"] == 1


def test_a_second_request_gets_nothing(backend: Backend) -> None:
    reference = visit(backend)
    backend.say(REDEEM, reference=reference)

    assert refusal(backend.say(REDEEM, request_id="r2", reference=reference)) == INVALID


def test_a_request_whose_answer_was_lost_may_come_again_with_its_token(backend: Backend) -> None:
    reference = visit(backend)
    first = backend.say(REDEEM, reference=reference, client_token="session-7")

    again = backend.say(REDEEM, request_id="r2", reference=reference, client_token="session-7")

    assert again == first
    other = backend.say(REDEEM, request_id="r3", reference=reference, client_token="session-8")
    assert refusal(other) == INVALID
    assert refusal(backend.say(REDEEM, request_id="r4", reference=reference)) == INVALID


def test_a_token_of_ones_own_is_no_request_of_somebody_elses(backend: Backend) -> None:
    reference = visit(backend)
    backend.say(REDEEM, reference=reference)

    again = backend.say(REDEEM, request_id="r2", reference=reference, client_token="r1")

    assert refusal(again) == INVALID


def test_a_reference_that_is_too_old_is_void_even_with_its_token(backend: Backend) -> None:
    reference = visit(backend)
    backend.say(REDEEM, reference=reference, client_token="session-7")
    backend.house.clock.pause(REFERENCE_LIFETIME.total_seconds())

    again = backend.say(REDEEM, reference=reference, client_token="session-7")

    assert refusal(again) == INVALID


@pytest.mark.parametrize(
    "reference", ["", "guessed", "x" * 4_000, "é", "<script>"], ids=lambda one: one[:9]
)
def test_a_guess_is_answered_like_a_used_reference(backend: Backend, reference: str) -> None:
    used = visit(backend)
    backend.say(REDEEM, reference=used)

    guessed = backend.say(REDEEM, request_id="r2", reference=reference)

    assert guessed == backend.say(REDEEM, request_id="r2", reference=used)
    assert refusal(guessed) == INVALID


def test_a_buyer_who_came_before_is_told_of_as_one(backend: Backend) -> None:
    house = backend.house
    agreement = house.buyer()
    house.clock.pause((REFERENCE_LIFETIME + timedelta(minutes=1)).total_seconds())
    reference = house.register_customer().resolve(house.token_of(agreement), trial=False).reference

    assert body_of(backend.say(REDEEM, reference=reference))["is_returning"] is True


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (422, "reference_missing")),
        ({"reference": 7}, (422, "reference_missing")),
        ({"reference": ["x"]}, (422, "reference_missing")),
        ({"reference": "x", "client_token": ""}, (422, "client_token_invalid")),
        ({"reference": "x", "client_token": "x" * 129}, (422, "client_token_invalid")),
        ({"reference": "x", "client_token": 7}, (422, "client_token_invalid")),
        ({"reference": "x", "token": "x"}, (400, "field_unknown")),
    ],
    ids=str,
)
def test_a_request_that_is_not_understood_uses_nothing_up(
    backend: Backend, said: dict[str, Any], expected: tuple[int, str]
) -> None:
    reference = visit(backend)

    if said.get("reference") == "x":
        said = {**said, "reference": reference}
    assert refusal(backend.say(REDEEM, **said)) == expected
    assert backend.say(REDEEM, request_id="r2", reference=reference).status_code == 200


def test_no_reference_is_logged_or_told(backend: Backend) -> None:
    reference = visit(backend)
    answers = [backend.say(REDEEM, request_id=one, reference=reference) for one in ("r1", "r2")]

    assert reference not in repr((backend.house.report.events, answers))
