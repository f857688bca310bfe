"""What runs in buyers' accounts, and RegisterUsage's public keys, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.documents import instant_or_null
from marketplace_sandbox.core.model.callers import Resource
from marketplace_sandbox.core.model.instants import format_iso


class ResourceDocument(TypedDict):
    """An instance, task, pod or session; sign its requests with the three keys."""

    resource_id: str
    account_id: str
    product_code: str
    platform: str
    region: str
    launched_at: str
    stopped_at: str | None
    access_key_id: str
    secret_access_key: str
    session_token: str


class ResourceListDocument(TypedDict):
    """All that was launched, oldest first."""

    resources: list[ResourceDocument]


class PublicKeyDocument(TypedDict):
    """One version of the key that checks RegisterUsage's signatures."""

    version: int
    pem: str
    created_at: str
    rotated_at: str | None


class PublicKeyListDocument(TypedDict):
    """The versions of the public key, oldest first; the last one is the current one."""

    public_keys: list[PublicKeyDocument]


def resource_document(resource: Resource) -> ResourceDocument:
    """Write a resource, for the one who launched it."""
    return {
        "resource_id": resource.resource_id,
        "account_id": resource.account_id,
        "product_code": resource.product_code,
        "platform": str(resource.platform),
        "region": resource.region,
        "launched_at": format_iso(resource.launched_at),
        "stopped_at": instant_or_null(resource.stopped_at),
        "access_key_id": resource.access_key_id,
        "secret_access_key": resource.secret_access_key,
        "session_token": resource.session_token,
    }
