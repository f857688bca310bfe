"""Who is billed: subscription keys, and the identity that AWS wants in a metering record."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NewType, assert_never

from meterhouse.errors import UnreadableError

SubscriptionKey = NewType("SubscriptionKey", str)
"""`license#l-…`, `customer#<product>#<identifier>`, `account#<product>#<account>` or, by an
id of the seller's own, `tenant#<id>`, which is nobody whom AWS knows.
"""

_INVALID = "subscription_invalid"
# AWS prints one license in several shapes, one of them without `arn:` (License Updated events); the
# trailing license id is what they share. An account is 12 digits or, in events, absent.
_LICENSE_ARN = re.compile(
    r"(?:arn:)?aws[a-z-]*:license-manager:[^|\s]*[:/](l(?:ic)?-[A-Za-z0-9-]{1,64})"
)
# Legacy listings are few: these are compiled when one is met.
_PRODUCT_CODE = r"[-a-zA-Z0-9/=:_.@]{1,255}"
# AWS's identifiers are short ASCII texts; `#` and `|` separate the parts of our keys.
_CUSTOMER_IDENTIFIER = r"[!-\"$-{}~]{1,255}"
_ACCOUNT_ID = r"[0-9]{1,255}"
# As log lines and announcements name a subscription; see SubscriptionKey.
_NAMED = r"license#[^#|\s]+|customer#[^#|\s]+#[^#|\s]+|account#[^#|\s]+#[0-9]+"
# So is a tenant's id: it stands in our keys, too; and in paths, where a % begins an escape.
_TENANT_ID = r"[!-\"$&-{}~]{1,128}"
TENANT_PREFIX = "tenant#"
PRODUCT_ID_PREFIX = "prod-"
"""With it begins a product's id; its code, by which usage is billed, has another form."""
_TENANT_REFERENCE = "tenant:"
_KEY_CACHE_SIZE = 20_000
# Longer references are read anew each time: what is kept between drains must stay small.
REFERENCE_LENGTH_KEPT = 256


@dataclass(frozen=True, slots=True)
class LicenseIdentity:
    """Concurrent Agreements: the license names the agreement; the product code must be left out.

    Source: BatchMeterUsage, UsageRecord$LicenseArn in the service model.
    """

    customer_aws_account_id: str
    license_arn: str
    kind: Literal["license"] = "license"


@dataclass(frozen=True, slots=True)
class LegacyCustomerIdentity:
    """A listing from before June 2026 whose customers AWS names by CustomerIdentifier."""

    product_code: str
    customer_identifier: str
    kind: Literal["legacy_customer"] = "legacy_customer"


@dataclass(frozen=True, slots=True)
class LegacyAccountIdentity:
    """A listing from before June 2026 whose customers are named by their AWS account."""

    product_code: str
    customer_aws_account_id: str
    kind: Literal["legacy_account"] = "legacy_account"


BilledIdentity = LicenseIdentity | LegacyCustomerIdentity | LegacyAccountIdentity


def is_tenant(key: SubscriptionKey) -> bool:
    """Tell whether a key names a tenant of the seller's, whom AWS does not know."""
    return key.startswith(TENANT_PREFIX)


@lru_cache(maxsize=_KEY_CACHE_SIZE)
def license_key(license_arn: str) -> SubscriptionKey:
    """Return the key of the license that `license_arn` names, whichever way AWS printed it."""
    match = _LICENSE_ARN.fullmatch(license_arn)
    if match is None:
        raise UnreadableError(_INVALID, "subscription is not a license ARN of AWS License Manager")
    return SubscriptionKey(f"license#{match[1]}")


@lru_cache(maxsize=_KEY_CACHE_SIZE)
def legacy_customer_key(product_code: str, customer_identifier: str) -> SubscriptionKey:
    """Return the key of a legacy customer named by AWS's CustomerIdentifier."""
    _check(_PRODUCT_CODE, product_code, "product_code")
    _check(_CUSTOMER_IDENTIFIER, customer_identifier, "customer_identifier")
    return SubscriptionKey(f"customer#{product_code}#{customer_identifier}")


@lru_cache(maxsize=_KEY_CACHE_SIZE)
def legacy_account_key(product_code: str, customer_aws_account_id: str) -> SubscriptionKey:
    """Return the key of a legacy customer named by its AWS account."""
    _check(_PRODUCT_CODE, product_code, "product_code")
    _check(_ACCOUNT_ID, customer_aws_account_id, "customer_aws_account_id")
    return SubscriptionKey(f"account#{product_code}#{customer_aws_account_id}")


@lru_cache(maxsize=_KEY_CACHE_SIZE)
def tenant_key(tenant_id: str) -> SubscriptionKey:
    """Return the key under which the usage of a tenant of the seller's waits for its license."""
    if re.fullmatch(_TENANT_ID, tenant_id) is None:
        raise UnreadableError(
            _INVALID,
            "a tenant's id has 1 to 128 visible ASCII characters other than #, | and %",
        )
    return SubscriptionKey(TENANT_PREFIX + tenant_id)


@lru_cache(maxsize=_KEY_CACHE_SIZE)
def named_key(reference: str) -> SubscriptionKey:
    """Return the key of what a producer names by a text: a license ARN, or `tenant:<id>`."""
    if reference.startswith(_TENANT_REFERENCE):
        return tenant_key(reference.removeprefix(_TENANT_REFERENCE))
    return license_key(reference)


def billed_key(identity: BilledIdentity) -> SubscriptionKey:
    """Return the key of who is billed under an identity."""
    match identity:
        case LicenseIdentity(_, license_arn):
            return license_key(license_arn)
        case LegacyCustomerIdentity(product_code, identifier):
            return legacy_customer_key(product_code, identifier)
        case LegacyAccountIdentity(product_code, account):
            return legacy_account_key(product_code, account)
        case _:
            assert_never(identity)


def read_subscription(reference: object) -> SubscriptionKey:
    """Turn what a producer wrote as `subscription` into a key.

    `reference` is a license ARN, `tenant:` and an id of the seller's own, or a mapping with
    `product_code` and exactly one of `customer_identifier` and `customer_aws_account_id`. Raises
    UnreadableError for anything else.
    """
    match reference:
        case str() if len(reference) <= REFERENCE_LENGTH_KEPT:
            return named_key(reference)
        case str():
            return named_key.__wrapped__(reference)
        case {"product_code": str(code), "customer_identifier": str(identifier), **rest} if (
            not rest
        ):
            return legacy_customer_key(code, identifier)
        case {"product_code": str(code), "customer_aws_account_id": str(account), **rest} if (
            not rest
        ):
            return legacy_account_key(code, account)
        case _:
            raise UnreadableError(
                _INVALID,
                "subscription must be a license ARN, tenant:<id>, or product_code with exactly one "
                "of customer_identifier and customer_aws_account_id, all strings",
            )


def read_name(name: object) -> SubscriptionKey:
    """Read a subscription as log lines and announcements name it, or as usage events do.

    Raises UnreadableError.
    """
    if isinstance(name, str) and re.fullmatch(_NAMED, name):
        return SubscriptionKey(name)
    return read_subscription(name)


def _check(pattern: str, value: str, field: str) -> None:
    if re.fullmatch(pattern, value) is None:
        raise UnreadableError(
            _INVALID, f"{field} has characters or a length that AWS does not allow"
        )
