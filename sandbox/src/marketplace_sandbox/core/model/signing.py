"""What RegisterUsage signs, and with which key; the signing itself is the shell's.

AWS signs a JSON Web Token with RSA-PSS and SHA-256, `PS256` (DOC,
https://docs.aws.amazon.com/marketplace/latest/userguide/java-integration-example-registerusage.html).
That page names the claims twice, and differently: `ProductCode`, `PublicKeyVersion` and `Nonce` in
the text, `productCode`, `publicKeyVersion` and `nonce` in the program that checks them. Unless
`signature_claims` is read otherwise, the sandbox writes what the program reads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from marketplace_sandbox.core.model.errors import conflict
from marketplace_sandbox.core.model.instants import EPOCH_AT
from marketplace_sandbox.core.model.readings import SignatureClaims

ALGORITHM = "PS256"
SIGNING_KEYS_MAX = 100  # a limit of the sandbox
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One version of the key pair that signs RegisterUsage's answers, as PEM.

    Attributes:
        version: what a caller names as PublicKeyVersion; the first one is 1.
        rotated_at: since when a newer version is the current one; None is the current one.

    """

    version: int
    private_pem: str = field(repr=False)
    public_pem: str
    created_at: datetime
    rotated_at: datetime | None = None


type Claims = Mapping[str, str | int]
type Sign = Callable[[Claims, SigningKey], str]


def claims_of(
    product_code: str,
    *,
    public_key_version: int,
    nonce: str | None,
    at: datetime,
    reading: SignatureClaims,
) -> Claims:
    """Say what the signature vouches for; a call without a nonce gets none back (INF).

    `iat`, the time of the signature, is in whole epoch seconds, as RFC 7519 has it.
    """
    claims: dict[str, str | int] = {
        "productCode": product_code,
        "publicKeyVersion": public_key_version,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if reading is SignatureClaims.PASCAL_CASE:
        claims = {name[0].upper() + name[1:]: value for name, value in claims.items()}
    return claims | {"iat": (at - EPOCH_AT) // _SECOND}


def find_key(keys: Sequence[SigningKey], version: int) -> SigningKey | None:
    """Find a version of the key pair."""
    return next((key for key in keys if key.version == version), None)


def add_key(
    keys: Sequence[SigningKey], *, private_pem: str, public_pem: str, at: datetime
) -> tuple[SigningKey, ...]:
    """Decide the versions once a new pair is the current one; what was current is rotated.

    Raise ControlError when there are as many versions as the sandbox keeps.
    """
    if len(keys) >= SIGNING_KEYS_MAX:
        raise conflict(
            "TooManyKeys",
            f"there are {SIGNING_KEYS_MAX} versions of the public key, which is the limit",
        )
    rotated = (key if key.rotated_at else replace(key, rotated_at=at) for key in keys)
    return (*rotated, SigningKey(len(keys) + 1, private_pem, public_pem, at))
