"""Registration tokens as `token_lifetime` and `token_uses` are read."""

from datetime import timedelta

import pytest

from marketplace_sandbox.core.model.readings import Readings, TokenLifetime, TokenUses
from marketplace_sandbox.core.model.tokens import TOKENS_KEPT_MAX, RegistrationToken, keep_token
from tests.builders import NOON_AT, Shop, code_of

AN_INSTANT = timedelta(microseconds=1)


def read_as(shop: Shop, readings: Readings) -> None:
    with shop.marketplace.step() as step:
        step.state.readings = readings


@pytest.mark.parametrize(
    ("reading", "lifetime"),
    [
        (TokenLifetime.FOUR_HOURS, timedelta(hours=4)),
        (TokenLifetime.HOUR, timedelta(hours=1)),
        (TokenLifetime.HALF_HOUR, timedelta(minutes=30)),
    ],
)
def test_a_token_lives_as_long_as_c2_is_read(
    shop: Shop, reading: TokenLifetime, lifetime: timedelta
) -> None:
    read_as(shop, Readings(token_lifetime=reading))
    token = shop.marketplace.desks.agreements.issue_token(shop.licensed.agreement_id)
    assert token.expires_at == shop.now + lifetime
    shop.now += lifetime - AN_INSTANT
    shop.marketplace.resolve_customer(RegistrationToken=token.token)
    shop.now += AN_INSTANT
    refused = code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=token.token))
    assert refused == "ExpiredTokenException"


def test_a_token_that_resolves_once_is_expired_afterwards(shop: Shop) -> None:
    read_as(shop, Readings(token_uses=TokenUses.ONCE))
    token = shop.marketplace.desks.agreements.issue_token(shop.licensed.agreement_id).token
    shop.marketplace.resolve_customer(RegistrationToken=token)
    refused = code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=token))
    assert refused == "ExpiredTokenException"
    read_as(shop, Readings())
    shop.marketplace.resolve_customer(RegistrationToken=token)


def test_the_oldest_tokens_make_room() -> None:
    tokens = {
        str(number): RegistrationToken(str(number), "agmt", NOON_AT)
        for number in range(TOKENS_KEPT_MAX)
    }
    keep_token(tokens, RegistrationToken("new", "agmt", NOON_AT))
    assert len(tokens) == TOKENS_KEPT_MAX
    assert "0" not in tokens
    assert "new" in tokens
