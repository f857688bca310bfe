"""Who calls: the seller, or a running instance, task or pod in a buyer's account."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

REGION_DEFAULT = "us-east-1"
UNSIGNED = "UNSIGNED"  # stands for an access key where a request has no signature
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]", re.ASCII)
_REGION_LENGTH_MAX = 32  # a limit of the sandbox


class Platform(StrEnum):
    """Where a buyer runs the seller's software."""

    EC2 = "ec2"
    ECS = "ecs"
    EKS = "eks"
    AGENTCORE = "agentcore"


@dataclass(frozen=True, slots=True)
class Resource:
    """One EC2 instance, ECS task, EKS pod or AgentCore session, with the keys of its own role.

    Attributes:
        stopped_at: when it ended, and its keys with it; None is while it runs.

    """

    resource_id: str
    account_id: str
    product_code: str
    platform: Platform
    region: str
    launched_at: datetime
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind a request and the region of the endpoint that it called.

    Attributes:
        resource: whose temporary keys signed the request; None for the seller and for people.
        access_key_id: what the request was signed with, unverified.

    """

    account_id: str
    region: str = REGION_DEFAULT
    resource: Resource | None = None
    access_key_id: str = UNSIGNED


def is_region(text: str) -> bool:
    """Tell whether a text looks like the name of a region."""
    return len(text) <= _REGION_LENGTH_MAX and _REGION.fullmatch(text) is not None
