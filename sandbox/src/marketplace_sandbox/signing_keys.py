"""The impure half of RegisterUsage's signatures: key pairs and JSON Web Tokens.

Keys come from the machine's entropy, and RSA-PSS salts each signature, also in an in-process
marketplace whose ids are the same in every run: nothing else depends on either.
"""

from dataclasses import dataclass
from functools import lru_cache

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from marketplace_sandbox.core.model.signing import (
    ALGORITHM,
    SIGNING_KEYS_MAX,
    Claims,
    SigningKey,
)

_KEY_BITS = 2048
_PUBLIC_EXPONENT = 65_537


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new RSA key pair as PEM: PKCS #8, and the `PUBLIC KEY` form that AWS hands to sellers."""

    private_pem: str
    public_pem: str


def make_key_pair() -> KeyPair:
    """Make a key pair; takes a good part of a second on a slow machine."""
    private = rsa.generate_private_key(_PUBLIC_EXPONENT, _KEY_BITS)
    return KeyPair(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"),
        private.public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii"),
    )


def sign_claims(claims: Claims, key: SigningKey) -> str:
    """Sign claims as AWS does: a JSON Web Token, RSA-PSS with SHA-256 (`register.signature`)."""
    return jwt.encode(dict(claims), _load(key.private_pem), algorithm=ALGORITHM)


@lru_cache(maxsize=SIGNING_KEYS_MAX)
def _load(private_pem: str) -> rsa.RSAPrivateKey:
    """Read a private key once: reading one checks its primes, which costs more than signing."""
    private = load_pem_private_key(private_pem.encode("ascii"), password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private
