"""How a license is printed: `resolved_license_arn`, and by events `event_license_arn`."""

import hashlib
import re

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.readings import EventLicenseArn, ResolvedLicenseArn

# An account of AWS's own issues the licenses, whoever sells the product (`license.issuer`).
ISSUER_ACCOUNT_ID = "294406891311"
_HEX_DIGITS_OF_AN_ID = 32
_BEFORE_THE_ID = re.compile(r".*[:/]")


def license_arn_of(digest: str, *, reading: ResolvedLicenseArn) -> str:
    """Make a new license's ARN of a hexadecimal digest, in the shape that is read from AWS."""
    resource = digest[:_HEX_DIGITS_OF_AN_ID]
    match reading:
        case ResolvedLicenseArn.COLON:
            return f"arn:aws:license-manager::{ISSUER_ACCOUNT_ID}:license:l-{resource}"
        case ResolvedLicenseArn.SLASH:
            return f"arn:aws:license-manager::{ISSUER_ACCOUNT_ID}:license/lic-{resource}"


def license_arn_of_agreement(agreement_id: str, *, reading: ResolvedLicenseArn) -> str:
    """Make the ARN of the license that a legacy agreement has and does not show (INF)."""
    digest = hashlib.sha256(b"license" + agreement_id.encode()).hexdigest()
    return license_arn_of(digest, reading=reading)


def license_arn_in_events(agreement: Agreement, *, reading: EventLicenseArn) -> str:
    """Print the agreement's license as License events do.

    AWS's sample has no `arn:` in front and names a region (DOC). A legacy agreement
    has a license that only its events know (INF).
    """
    arn = agreement.license_arn
    if arn is None:
        shape = ResolvedLicenseArn.COLON
        arn = license_arn_of_agreement(agreement.agreement_id, reading=shape)
    match reading:
        case EventLicenseArn.WITHOUT_PREFIX:
            license_id = _BEFORE_THE_ID.sub("", arn)
            return f"aws:license-manager:us-east-1:{ISSUER_ACCOUNT_ID}:{license_id}"
        case EventLicenseArn.AS_RESOLVED:
            return arn


def license_arn_at_aws(agreement: Agreement) -> str:
    """Return the agreement's license as the Agreement API prints it: as ResolveCustomer does.

    It has that of a legacy agreement too, which its buyer's registration does not show (INF).
    """
    arn = agreement.license_arn
    shape = ResolvedLicenseArn.COLON
    return arn or license_arn_of_agreement(agreement.agreement_id, reading=shape)
