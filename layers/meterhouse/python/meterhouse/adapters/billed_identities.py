"""How a billed identity is spelled in the tables."""

import json
from collections.abc import Sequence

from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
)


def identity_fields(identity: BilledIdentity) -> list[str]:
    """Return an identity as texts, its kind first."""
    match identity:
        case LicenseIdentity(account, license_arn):
            return [identity.kind, account, license_arn]
        case LegacyCustomerIdentity(product_code, customer_identifier):
            return [identity.kind, product_code, customer_identifier]
        case LegacyAccountIdentity(product_code, account):
            return [identity.kind, product_code, account]


def read_identity_fields(fields: Sequence[object]) -> BilledIdentity:
    """Read what `identity_fields` wrote; raises ValueError."""
    match fields:
        case ["license", str(account), str(license_arn)]:
            return LicenseIdentity(account, license_arn)
        case ["legacy_customer", str(product_code), str(customer_identifier)]:
            return LegacyCustomerIdentity(product_code, customer_identifier)
        case ["legacy_account", str(product_code), str(account)]:
            return LegacyAccountIdentity(product_code, account)
        case _:
            raise ValueError("unknown identity")


def write_identity(identity: BilledIdentity) -> str:
    """Return an identity as one text."""
    return json.dumps(identity_fields(identity), separators=(",", ":"))


def read_identity(document: str) -> BilledIdentity:
    """Read what `write_identity` wrote; raises ValueError."""
    return read_identity_fields(json.loads(document))
