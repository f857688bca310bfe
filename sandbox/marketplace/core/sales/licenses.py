"""How a license is printed: by ResolveCustomer, and by events (contradiction C7, section 0)."""

import hashlib
import re

from sandbox.marketplace.core.readings import EventLicenseArn, ResolvedLicenseArn
from sandbox.marketplace.core.sales.agreements import Agreement

_HEX_DIGITS_OF_AN_ID = 32
_BEFORE_THE_ID = re.compile(r".*[:/]")


def license_arn_of(digest: str, *, seller_account_id: str, reading: ResolvedLicenseArn) -> str:
    """Make a new license's ARN of a hexadecimal digest, in the shape that is read from AWS."""
    resource = digest[:_HEX_DIGITS_OF_AN_ID]
    match reading:
        case ResolvedLicenseArn.COLON:
            return f"arn:aws:license-manager::{seller_account_id}:license:l-{resource}"
        case ResolvedLicenseArn.SLASH:
            return f"arn:aws:license-manager::{seller_account_id}:license/lic-{resource}"


def license_arn_in_events(
    agreement: Agreement, *, seller_account_id: str, reading: EventLicenseArn
) -> str:
    """Print the agreement's license as License events do.

    AWS's sample has no `arn:` in front and names a region (section 5.2, DOC). A legacy agreement
    has a license that only its events know (INF).
    """
    arn = agreement.license_arn
    if arn is None:
        digest = hashlib.sha256(b"license" + agreement.agreement_id.encode()).hexdigest()
        shape = ResolvedLicenseArn.COLON
        arn = license_arn_of(digest, seller_account_id=seller_account_id, reading=shape)
    match reading:
        case EventLicenseArn.WITHOUT_PREFIX:
            license_id = _BEFORE_THE_ID.sub("", arn)
            return f"aws:license-manager:us-east-1:{seller_account_id}:{license_id}"
        case EventLicenseArn.AS_RESOLVED:
            return arn
