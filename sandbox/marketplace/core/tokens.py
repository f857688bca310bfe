"""Registration tokens: opaque, valid for hours, replayable (section 3.1)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.marketplace.core.agreements import Agreement
from sandbox.marketplace.core.errors import ErrorCode, ServiceError, invalid

TOKEN_LIFETIME = timedelta(hours=4)  # section 3.1
TOKEN_LIFETIME_MAX = timedelta(days=30)  # a limit of the sandbox


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """What the buyer's browser carries to the seller's landing page."""

    token: str
    agreement_id: str
    expires_at: datetime


def issue_token(
    agreement: Agreement, *, lifetime: timedelta, now: datetime, entropy: bytes
) -> RegistrationToken:
    """Decide a token for an agreement's buyer.

    The text always holds `+`, `/` and `=`: a landing page that decodes its form body twice or not
    at all garbles it and sees InvalidTokenException here, as it would on AWS (section 3.1).
    """
    if not timedelta() <= lifetime <= TOKEN_LIFETIME_MAX:
        raise invalid(
            f"lifetime_seconds must lie between 0 and {TOKEN_LIFETIME_MAX // timedelta(seconds=1)}"
        )
    body = base64.b64encode(hashlib.sha512(entropy).digest()).decode("ascii").rstrip("=")
    return RegistrationToken(f"reg+{body}/==", agreement.agreement_id, now + lifetime)


def redeem_token(
    tokens: Mapping[str, RegistrationToken], text: str, *, now: datetime
) -> RegistrationToken:
    """Find a living token; any number of times, always the same one (section 3.1)."""
    token = tokens.get(text)
    if token is None:
        raise ServiceError(ErrorCode.INVALID_TOKEN, "Registration token is invalid.")
    if now >= token.expires_at:
        raise ServiceError(ErrorCode.EXPIRED_TOKEN, "The submitted registration token has expired.")
    return token
