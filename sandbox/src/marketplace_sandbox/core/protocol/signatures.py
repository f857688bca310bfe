"""Who signed a request: read from its Signature Version 4 header, and believed.

The sandbox has no secrets to check a signature against. The access key says who calls and the
credential scope says at which region's endpoint, as AWS documents the header
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
"""

import re
from dataclasses import dataclass

from marketplace_sandbox.core.model.callers import REGION_DEFAULT, Caller, is_region
from marketplace_sandbox.core.model.state import MarketplaceState

HEADER_LENGTH_MAX = 4096  # a limit of the sandbox; what is longer is read as no signature
_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256\s.*?Credential="
    r"(?P<key>[^/,\s]{1,128})/[0-9]{8}/(?P<region>[a-z0-9-]{1,32})/(?P<service>[a-z0-9-]{1,64})/"
    r"aws4_request",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The claims of a signature, unverified."""

    access_key_id: str
    region: str
    service: str


def read_signature(authorization: str) -> Signature | None:
    """Read an Authorization header; None if it is absent or malformed, which is no error here."""
    if len(authorization) > HEADER_LENGTH_MAX:
        return None
    found = _CREDENTIAL.match(authorization)
    if found is None or not is_region(found["region"]):
        return None
    return Signature(found["key"], found["region"], found["service"])


def identify_caller(state: MarketplaceState, signature: Signature | None) -> Caller:
    """Say who calls.

    The keys of something that was launched in a buyer's account are that resource; an access key
    that is the account id of a buyer is that buyer; everybody else is the seller.
    """
    if signature is None:
        return Caller(state.seller_account_id, REGION_DEFAULT)
    key, region = signature.access_key_id, signature.region
    resource = state.resources.get(key)
    if resource is not None:
        return Caller(resource.account_id, region, resource, key)
    account_id = key if is_buyer(state, key) else state.seller_account_id
    return Caller(account_id, region, access_key_id=key)


def is_buyer(state: MarketplaceState, account_id: str) -> bool:
    """Tell whether an account ever accepted an offer."""
    return bool(state.agreements.of_account(account_id))
