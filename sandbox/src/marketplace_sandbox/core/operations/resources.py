"""What runs in buyers' accounts: launched, stopped, and whose subscription pays for it.

An EC2 instance, ECS task, EKS pod or AgentCore session has temporary keys of its own role, and
AWS knows it by them. Nobody needs a subscription to launch one: that is what the calls check.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.callers import Platform, Resource, is_region
from marketplace_sandbox.core.model.catalogue import Delivery, Product
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.offers import ACCOUNT_ID
from marketplace_sandbox.core.model.state import MarketplaceState

RESOURCES_MAX = 10_000  # a limit of the sandbox; stopped ones count, for they are still billed
PLATFORMS_OF: Mapping[Delivery, frozenset[Platform]] = {
    Delivery.SAAS: frozenset(),
    Delivery.AMI: frozenset({Platform.EC2}),
    Delivery.CONTAINER: frozenset({Platform.ECS, Platform.EKS}),
    Delivery.AGENTCORE: frozenset({Platform.AGENTCORE}),
}
# `i-` and 17 digits is AWS's; the other prefixes are the sandbox's, to tell what an id is of.
_ID_PREFIX = {
    Platform.EC2: "i-",
    Platform.ECS: "task-",
    Platform.EKS: "pod-",
    Platform.AGENTCORE: "session-",
}
_INSTANCE_ID_DIGITS = 17
_OTHER_ID_DIGITS = 32
_TEMPORARY_KEY_PREFIX = "ASIA"  # AWS's mark of keys that come with a session token
_KEY_CHARACTERS = 16
_SECRET_CHARACTERS = 40


def launch_resource(
    state: MarketplaceState,
    product: Product,
    *,
    account_id: str,
    platform: Platform,
    region: str,
    at: datetime,
    entropy: bytes,
) -> Resource:
    """Decide the resource that starts now in a buyer's account; raise ControlError if it cannot.

    AMI products run on EC2, container products on ECS and EKS, AgentCore products on AgentCore;
    a SaaS product runs in the seller's own account and is never launched.
    """
    platforms = PLATFORMS_OF[product.delivery]
    if platform not in platforms:
        if not platforms:
            raise invalid(
                f"{product.product_code} is SaaS, which runs on the seller's side: "
                "there is nothing to launch"
            )
        fitting = " or ".join(sorted(platforms))
        raise invalid(
            f"{product.product_code} runs on {fitting}, not on {platform}: "
            f"its delivery is {product.delivery}"
        )
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise invalid("account_id must be 12 digits")
    if not is_region(region):
        raise invalid("region must be a name like eu-west-1")
    if len(state.resources) >= RESOURCES_MAX:
        raise conflict(
            "TooManyResources", f"{RESOURCES_MAX} resources have been launched, which is the limit"
        )
    return Resource(
        resource_id=_resource_id(platform, entropy),
        account_id=account_id,
        product_code=product.product_code,
        platform=platform,
        region=region,
        launched_at=at,
        access_key_id=_access_key_id(entropy),
        secret_access_key=_secret(b"secret", entropy)[:_SECRET_CHARACTERS],
        session_token=_secret(b"session", entropy),
    )


def stop_resource(resource: Resource, *, at: datetime) -> Resource:
    """Decide how a resource stands that ends now; raise ControlError if it has ended already.

    At AWS a role's temporary keys outlive their instance by some hours; in the sandbox they expire
    with it, so that a forgotten process is noticed (INF; `access` refuses them).
    """
    if resource.stopped_at is not None:
        raise conflict("ResourceStopped", f"{resource.resource_id} has stopped")
    return replace(resource, stopped_at=max(at, resource.launched_at))


def find_resource(resources: Iterable[Resource], resource_id: str) -> Resource | None:
    """Find a resource by its id."""
    return next((one for one in resources if one.resource_id == resource_id), None)


def current_agreements(
    state: MarketplaceState, product_code: str, account_id: str, *, now: datetime
) -> list[Agreement]:
    """List an account's agreements for a product that AWS still meters, newest first.

    None of a suspended account (`outcome.suspended-account`), and none that starts in the future.
    """
    if account_id in state.suspended_accounts:
        return []
    return [
        agreement
        for agreement in reversed(state.agreements.of_account(account_id))
        if agreement.product_code == product_code and agreement.is_metered(now=now)
    ]


def _resource_id(platform: Platform, entropy: bytes) -> str:
    digits = _INSTANCE_ID_DIGITS if platform is Platform.EC2 else _OTHER_ID_DIGITS
    return _ID_PREFIX[platform] + hashlib.sha256(b"resource" + entropy).hexdigest()[:digits]


def _access_key_id(entropy: bytes) -> str:
    digest = hashlib.sha256(b"access key" + entropy).digest()
    return _TEMPORARY_KEY_PREFIX + base64.b32encode(digest).decode("ascii")[:_KEY_CHARACTERS]


def _secret(purpose: bytes, entropy: bytes) -> str:
    return base64.b64encode(hashlib.sha512(purpose + entropy).digest()).decode("ascii")
