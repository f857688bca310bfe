"""Registration tokens: opaque, valid for hours, replayable or not as `token_uses` is read."""

import base64
import hashlib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Delivery, Product
from marketplace_sandbox.core.model.errors import (
    ErrorCode,
    ServiceError,
    conflict,
    invalid,
)
from marketplace_sandbox.core.model.readings import TokenLifetime, TokenUses

TOKEN_LIFETIME = timedelta(hours=4)  # `token.lifetime`
TOKEN_LIFETIME_MAX = timedelta(days=30)  # a limit of the sandbox
TOKENS_KEPT_MAX = 100_000  # a limit of the sandbox: the oldest make room
_LIFETIMES: Mapping[TokenLifetime, timedelta] = {
    TokenLifetime.FOUR_HOURS: TOKEN_LIFETIME,
    TokenLifetime.HOUR: timedelta(hours=1),
    TokenLifetime.HALF_HOUR: timedelta(minutes=30),
}


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """What the buyer's browser carries to the seller's landing page.

    Attributes:
        used_at: when it was first resolved.

    """

    token: str
    agreement_id: str
    expires_at: datetime
    used_at: datetime | None = None


def posted_fields(
    token: str, *, agreement_id: str, product_id: str, is_free_trial: bool
) -> dict[str, str]:
    """Return what a buyer's browser posts to the registration page (`page.post`).

    The token, and for free trials the type of the offer, are documented (DOC
    saas-product-customer-setup, saas-free-trials); the ids of agreement and product have been seen
    by sellers (OBS).
    """
    return {
        "x-amzn-marketplace-token": token,
        **({"x-amzn-marketplace-offer-type": "free-trial"} if is_free_trial else {}),
        "x-amzn-marketplace-agreement-id": agreement_id,
        "x-amzn-marketplace-product-id": product_id,
    }


def check_registration(product: Product) -> None:
    """Raise ControlError if AWS brings no buyer of the product to a registration page.

    ResolveCustomer is "called by a SaaS application during the registration process"
    (`resolve.saas-only`).
    """
    if product.delivery is not Delivery.SAAS:
        raise conflict(
            "NoRegistration",
            f"buyers of {product.product_code} do not register: its delivery is "
            f"{product.delivery}, and registration tokens are for SaaS",
        )


def issue_token(
    agreement: Agreement,
    *,
    lifetime: timedelta | None,
    reading: TokenLifetime,
    now: datetime,
    entropy: bytes,
) -> RegistrationToken:
    """Decide a token for an agreement's buyer; without a lifetime, `token_lifetime` says how long.

    The text always holds `+`, `/` and `=`: a landing page that decodes its form body twice or not
    at all garbles it and sees InvalidTokenException here, as it would on AWS (`token.invalid`).
    """
    if lifetime is None:
        lifetime = _LIFETIMES[reading]
    if not timedelta() <= lifetime <= TOKEN_LIFETIME_MAX:
        raise invalid(
            f"lifetime_seconds must lie between 0 and {TOKEN_LIFETIME_MAX // timedelta(seconds=1)}"
        )
    body = base64.b64encode(hashlib.sha512(entropy).digest()).decode("ascii").rstrip("=")
    return RegistrationToken(f"reg+{body}/==", agreement.agreement_id, now + lifetime)


def keep_token(tokens: MutableMapping[str, RegistrationToken], token: RegistrationToken) -> None:
    """Keep a token, and forget the oldest beyond the limit."""
    tokens[token.token] = token
    if len(tokens) > TOKENS_KEPT_MAX:
        del tokens[next(iter(tokens))]


def redeem_token(
    tokens: Mapping[str, RegistrationToken],
    text: str,
    *,
    now: datetime,
    uses: TokenUses = TokenUses.ANY,
) -> RegistrationToken:
    """Find a living token; `note_use` follows once the call is known to succeed.

    It resolves any number of times, always the same (`token.lifetime`). Where `token_uses` is read
    as `once`, a second use is answered with ExpiredTokenException, among whose causes AWS lists a
    token that the buyer has resubmitted (MODEL).
    """
    token = tokens.get(text)
    if token is None:
        raise ServiceError(ErrorCode.INVALID_TOKEN, "Registration token is invalid.")
    is_used_up = uses is TokenUses.ONCE and token.used_at is not None
    if now >= token.expires_at or is_used_up:
        raise ServiceError(ErrorCode.EXPIRED_TOKEN, "The submitted registration token has expired.")
    return token


def note_use(
    tokens: MutableMapping[str, RegistrationToken], token: RegistrationToken, *, now: datetime
) -> None:
    """Keep when a token was first resolved."""
    if token.used_at is None:
        tokens[token.token] = replace(token, used_at=now)
