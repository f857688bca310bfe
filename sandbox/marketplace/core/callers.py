"""Who calls: the seller, or a running instance, task or pod in a buyer's account (section 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

REGION_DEFAULT = "us-east-1"


class Platform(StrEnum):
    """Where a buyer runs the seller's software."""

    EC2 = "ec2"
    ECS = "ecs"
    EKS = "eks"
    AGENTCORE = "agentcore"


@dataclass(frozen=True, slots=True)
class Resource:
    """One EC2 instance, ECS task, EKS pod or AgentCore session, with the keys of its own role."""

    resource_id: str
    account_id: str
    product_code: str
    platform: Platform
    region: str
    launched_at: datetime
    access_key_id: str
    secret_access_key: str
    session_token: str
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind a request and the region of the endpoint that it called."""

    account_id: str
    region: str = REGION_DEFAULT
    resource: Resource | None = None
