"""What a flood of registrations costs that are not of buyers: no item, one call, one short line."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from meterhouse.domain.subscriptions.registration import sha256_hex
from tests.unit.functions.conftest import Deployment
from tests.unit.functions.lambda_events import get_request, post_request, token_form
from tests.unit.functions.test_register_customer import call, token_of

SECRET = "a-secret-of-more-than-thirty-two-characters"
OTHER_SECRET = "another-secret-of-more-than-32-characters"
LINE_CHARACTERS_MAX = 600
ATTACKER = "<script>alert('attacker')</script>"


def expired(deployment: Deployment) -> str:
    token = token_of(deployment, lifetime=timedelta(minutes=5))
    deployment.marketplace.desks.clock.set_offset(3_600)
    return token_form(token)


# What is sent, the answer, and how often AWS is asked.
FLOODS: dict[str, tuple[Callable[[Deployment], str], int, int]] = {
    "no token": (lambda _: "a=b", 400, 0),
    "a blank token": (lambda _: token_form("  "), 400, 0),
    "no form": (lambda _: "&".join(f"f{n}={ATTACKER}" for n in range(60)), 400, 0),
    "a forged token": (lambda _: token_form(ATTACKER * 9), 403, 1),
    "a token that is too long": (lambda _: token_form("x" * 100_000), 403, 0),
    "an expired token": (expired, 410, 1),
    "a guessed reference": (lambda _: f"registration={'A' * 43}&email=a@b.example", 409, 0),
    "a reference that is too long": (
        lambda _: f"registration={'A' * 900}&email=a@b.example",
        409,
        0,
    ),
    "html in every field": (
        lambda _: f"registration={ATTACKER}&email={ATTACKER}&name={ATTACKER}&company={ATTACKER}",
        422,
        0,
    ),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_forged_registration_stores_nothing_and_asks_aws_once_at_most(
    deployment: Deployment, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASK_AGREEMENT_CONTACTS", "true")
    make, status, calls = FLOODS[kind]
    body = make(deployment)
    asked = len(deployment.marketplace.calls())

    answers = [call(post_request(body)) for _ in range(3)]

    assert [answer["statusCode"] for answer in answers] == [status] * 3
    assert deployment.items(deployment.subscriptions_table) == []
    assert len(deployment.marketplace.calls()) - asked == 3 * calls


@pytest.mark.parametrize("kind", FLOODS)
def test_a_forged_registration_leaves_one_short_line_without_a_word_of_its_sender(
    deployment: Deployment, kind: str
) -> None:
    make, _, _ = FLOODS[kind]
    body = make(deployment)

    answer = call(post_request(body))

    lines = [line for line in deployment.log_lines() if "timestamp" in line]
    assert len(lines) <= 1
    assert all(len(json.dumps(line)) <= LINE_CHARACTERS_MAX for line in lines)
    assert "attacker" not in deployment.printed()
    assert "<script>" not in answer["body"]


def test_a_buyer_is_told_when_aws_finds_it_too_much(deployment: Deployment) -> None:
    token = token_of(deployment)
    deployment.marketplace.inject_fault("throttle", operation="ResolveCustomer", count=1)

    busy, answered = (call(post_request(token_form(token))) for _ in range(2))

    assert (busy["statusCode"], busy["headers"]["Retry-After"]) == (503, "30")
    assert "busy" in busy["body"]
    assert answered["statusCode"] == 200


def through_a_firewall(event: dict[str, Any], secret: str | None, *known: str) -> dict[str, Any]:
    event["stageVariables"] = {"firewall_digests": ",".join(map(sha256_hex, known))}
    if secret is not None:
        event["headers"]["x-firewall-secret"] = secret
    return event


@pytest.mark.parametrize(
    ("secret", "known", "status"),
    [
        (SECRET, [SECRET], 200),
        (OTHER_SECRET, [SECRET, OTHER_SECRET], 200),
        (OTHER_SECRET, [SECRET], 403),
        (sha256_hex(SECRET), [SECRET], 403),
        ("", [SECRET], 403),
        (None, [SECRET], 403),
    ],
    ids=["the secret", "the next secret", "another", "its digest", "empty", "none"],
)
def test_behind_a_firewall_only_what_came_through_it_is_answered(
    deployment: Deployment, secret: str | None, known: list[str], status: int
) -> None:
    form = token_form(token_of(deployment))
    asked = len(deployment.marketplace.calls())

    landed = call(through_a_firewall(post_request(form), secret, *known))
    shown = call(through_a_firewall(get_request(), secret, *known))

    assert landed["statusCode"] == shown["statusCode"] == status
    assert bool(deployment.items(deployment.subscriptions_table)) is (status == 200)
    assert len(deployment.marketplace.calls()) - asked == (status == 200)
    assert SECRET not in deployment.printed()
    assert OTHER_SECRET not in deployment.printed()


def test_without_a_firewall_nobody_is_asked_for_a_secret(deployment: Deployment) -> None:
    event = post_request(token_form(token_of(deployment)))
    event["stageVariables"] = None

    assert call(event)["statusCode"] == 200
