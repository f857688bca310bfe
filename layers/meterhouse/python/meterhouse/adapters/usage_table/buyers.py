"""Who the records of a batch are for: accounts and licenses in columns, all others as they are."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from meterhouse.adapters.billed_identities import identity_fields, read_identity_fields
from meterhouse.adapters.usage_table.documents import pack_texts, unpack_texts
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LicenseIdentity,
    SubscriptionKey,
    license_key,
)
from meterhouse.errors import UnreadableError

# The digits of a license's id at the end of its ARN, which are a UUID.
_LICENSE_DIGITS = 32
_SEPARATOR = " "


class Buyer(NamedTuple):
    """Whom a record bills, and for which product."""

    subscription: SubscriptionKey
    identity: BilledIdentity | None
    product_code: str


def licenses_first(buyers: Sequence[Buyer], product_code: str) -> list[Buyer]:
    """Return buyers in the order in which they are written; those with licenses are short."""
    return sorted(buyers, key=lambda buyer: _license_of(buyer, product_code) is None)


def write_buyers(buyers: Sequence[Buyer], product_code: str) -> tuple[dict[str, Any], bytes]:
    """Return the parts of a document, and the ids behind it, that name buyers in their order."""
    licenses = [_license_of(buyer, product_code) for buyer in buyers]
    licensed = [one for one in licenses if one is not None]
    assert None not in licenses[: len(licensed)]
    document: dict[str, Any] = {}
    packed = b""
    if licensed:
        prefix, ids, packed = _write_arns([one.license_arn for one in licensed])
        accounts = _SEPARATOR.join(one.customer_aws_account_id for one in licensed)
        document |= {"prefix": prefix, "ids": ids, "accounts": accounts}
    others = [
        [one.subscription, one.product_code, one.identity and identity_fields(one.identity)]
        for one in buyers[len(licensed) :]
    ]
    return document | ({"others": others} if others else {}), packed


def read_buyers(document: dict[str, Any], packed: bytes) -> list[Buyer]:
    """Read what `write_buyers` wrote; raises one of the errors of broken documents."""
    product_code = document["product"]
    found: list[Buyer] = []
    if "ids" in document:
        accounts = document["accounts"].split(_SEPARATOR)
        tails = unpack_texts(document["ids"], packed)
        for account, tail in zip(accounts, tails, strict=True):
            license_arn = document["prefix"] + tail
            identity = LicenseIdentity(account, license_arn)
            found.append(Buyer(license_key(license_arn), identity, product_code))
    for subscription, product, fields in document.get("others", ()):
        other = None if fields is None else read_identity_fields(fields)
        found.append(Buyer(SubscriptionKey(subscription), other, product))
    return found


def _license_of(buyer: Buyer, product_code: str) -> LicenseIdentity | None:
    """Return a buyer's identity if it says everything about the buyer, as it nearly always does."""
    identity = buyer.identity
    if not isinstance(identity, LicenseIdentity) or buyer.product_code != product_code:
        return None
    try:
        key = license_key(identity.license_arn)
    except UnreadableError:
        return None
    is_plain = _SEPARATOR not in identity.customer_aws_account_id
    return identity if key == buyer.subscription and is_plain else None


def _write_arns(arns: list[str]) -> tuple[str, str | list[str], bytes]:
    """Return what all ARNs begin with if the rest of each is a UUID, and nothing otherwise."""
    prefix = arns[0][:-_LICENSE_DIGITS]
    if all(arn.startswith(prefix) for arn in arns):
        tails, packed = pack_texts([arn.removeprefix(prefix) for arn in arns])
        if packed:
            return prefix, tails, packed
    return "", arns, b""
