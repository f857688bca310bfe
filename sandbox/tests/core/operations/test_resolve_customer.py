"""Registration tokens, and what they resolve to."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace_sandbox.core.model.errors import ControlError
from tests.builders import ACCOUNT, Shop, code_of


def resolve(shop: Shop, token: str) -> dict[str, Any]:
    answer = shop.marketplace.resolve_customer(RegistrationToken=token)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_a_licensed_buyer_has_a_license_and_no_customer_identifier(
    shop: Shop,
) -> None:  # `resolve.license`
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    assert resolve(shop, token) == {
        "ProductCode": "licensed",
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": shop.licensed.license_arn,
        "Metadata": {"AgreementId": shop.licensed.agreement_id},
    }


def test_a_legacy_buyer_has_a_customer_identifier_and_no_license(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.legacy.agreement_id).token
    assert resolve(shop, token) == {
        "ProductCode": "legacy",
        "CustomerAWSAccountId": ACCOUNT,
        "CustomerIdentifier": shop.legacy.customer_identifier,
    }


def test_a_token_lives_for_four_hours(shop: Shop) -> None:  # `token.lifetime`
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    shop.now += timedelta(hours=4) - timedelta(microseconds=1)
    resolve(shop, token)
    shop.now += timedelta(microseconds=1)
    assert code_of(lambda: resolve(shop, token)) == "ExpiredTokenException"


def test_a_token_can_be_resolved_again_with_the_same_answer(shop: Shop) -> None:  # `token.lifetime`
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    assert resolve(shop, token) == resolve(shop, token)


def test_a_tokens_lifetime_can_be_chosen(shop: Shop) -> None:
    minted = shop.marketplace.mint_token(shop.licensed.agreement_id, lifetime=timedelta(seconds=30))
    assert minted.expires_at == shop.now + timedelta(seconds=30)


@pytest.mark.parametrize("token", [" ", "nonsense"])
def test_an_unknown_token_is_invalid_and_never_written_down(shop: Shop, token: str) -> None:
    assert code_of(lambda: resolve(shop, token)) == "InvalidTokenException"
    (refusal,) = shop.marketplace.refusals()
    assert refusal.record is None
    assert "nonsense" not in refusal.message


def test_an_empty_token_does_not_get_past_the_model(shop: Shop) -> None:
    assert code_of(lambda: resolve(shop, "")) == "ValidationException"


def test_a_token_shows_when_a_form_body_was_decoded_wrongly(shop: Shop) -> None:  # `token.invalid`
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    assert set("+/=") <= set(token)
    assert code_of(lambda: resolve(shop, token.replace("+", " "))) == "InvalidTokenException"


def test_each_token_is_different(shop: Shop) -> None:
    tokens = {shop.marketplace.mint_token(shop.licensed.agreement_id).token for _ in range(100)}
    assert len(tokens) == 100


def test_a_token_of_a_future_agreement_resolves_already(shop: Shop) -> None:  # `token.before-start`
    future = shop.marketplace.create_agreement("licensed", starts_at=shop.now + timedelta(days=1))
    token = shop.marketplace.mint_token(future.agreement_id).token
    assert resolve(shop, token)["LicenseArn"] == future.license_arn


@pytest.mark.parametrize("lifetime", [timedelta(seconds=-1), timedelta(days=31)])
def test_a_lifetime_out_of_range_is_refused(shop: Shop, lifetime: timedelta) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.mint_token(shop.licensed.agreement_id, lifetime=lifetime)
