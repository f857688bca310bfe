"""What runs in buyers' accounts, and RegisterUsage's public keys, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.callers import Resource


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


declare(ResourceDocument, Resource)
