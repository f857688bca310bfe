"""What AWS tells of agreements, as its documents, with short names for what a test tells apart."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from meterhouse.domain.subscriptions.agreement_events import read_event
from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.legacy_messages import read_notification
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT, PRODUCT_CODE

AGREEMENT = "agmt-1a2b3c4d5e6f7g8h9i0jklmno"
RENEWED = "agmt-2renewed00000000000000000"
LICENSE = LICENSE_ARN
OTHER_LICENSE = LICENSE_ARN[:-1] + "0"
CUSTOMER = "ifAPi5AcF3"
SELLER = "210987654321"
_TOPICS = "arn:aws:sns:us-east-1:287250355862:aws-mp-"


def event(
    detail_type: str,
    seconds: float = 0,
    *,
    event_id: str | None = None,
    license_arn: str | None = None,
    code: str = PRODUCT_CODE,
    account: str = ACCOUNT,
    **agreement: Any,
) -> dict[str, Any]:
    """Return an EventBridge event so many seconds after noon; `agreement` goes into its detail."""
    agreement = {"id": AGREEMENT, **agreement}
    product = {"product": {"id": "prod-atlas00000001", "code": code}}
    detail: dict[str, Any] = {
        "requestId": "0a0b0c0d-1111-4222-8333-444455556666",
        "catalog": "AWSMarketplace",
        "agreement": agreement,
        "acceptor": {"accountId": account},
        "proposer": {"accountId": SELLER},
        **({"license": {"arn": license_arn}, **product} if license_arn else {}),
    }
    return {
        "version": "0",
        "id": event_id
        or str(uuid5(NAMESPACE_URL, f"{detail_type} {agreement} {license_arn} {seconds}")),
        "detail-type": detail_type,
        "source": "aws.agreement-marketplace",
        "account": SELLER,
        "time": when(seconds).isoformat().replace("+00:00", "Z"),
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def when(seconds: float) -> datetime:
    """Return a moment so many seconds after noon."""
    return NOON_AT + timedelta(seconds=seconds)


def fact(document: dict[str, Any]) -> Fact:
    """Read an event."""
    return read_event(document, json.dumps(document))


def created(seconds: float = 0, **agreement: Any) -> Fact:
    """Return that an agreement began."""
    said = {"intent": "NEW", "status": "ACTIVE", "endTime": "9999-01-01T00:00:00Z"}
    start = {"startTime": when(seconds).isoformat()}
    return fact(event("Purchase Agreement Created - Proposer", seconds, **said | start | agreement))


def ended(seconds: float, status: str = "CANCELLED", **agreement: Any) -> Fact:
    """Return that an agreement ended."""
    return fact(event("Purchase Agreement Ended - Proposer", seconds, status=status, **agreement))


def licensed(seconds: float, license_arn: str = LICENSE, **agreement: Any) -> Fact:
    """Return that a license was provisioned or changed."""
    return fact(
        event("License Updated - Manufacturer", seconds, license_arn=license_arn, **agreement)
    )


def deprovisioned(seconds: float, license_arn: str = LICENSE, **agreement: Any) -> Fact:
    """Return that a license was taken away."""
    name = "License Deprovisioned - Manufacturer"
    return fact(event(name, seconds, license_arn=license_arn, **agreement))


def registered(seconds: float, **answer: Any) -> Fact:
    """Return that AWS resolved a token; `answer` replaces parts of its answer."""
    said: dict[str, Any] = {
        "product_code": PRODUCT_CODE,
        "customer_aws_account_id": ACCOUNT,
        "license_arn": LICENSE,
    }
    return registration(ResolvedCustomer(**said | answer), when(seconds), trial=False)


def notification(
    action: str, seconds: float, *, topic: str = "subscription", **message: Any
) -> dict[str, Any]:
    """Return an SNS message as it comes out of the queue."""
    body = {"action": action, "customer-identifier": CUSTOMER, "product-code": PRODUCT_CODE}
    return {
        "Type": "Notification",
        "MessageId": f"{action} {seconds}",
        "TopicArn": f"{_TOPICS}{topic}-notification-{PRODUCT_CODE}",
        "Message": json.dumps(body | message),
        "Timestamp": when(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def told(action: str, seconds: float, *, topic: str = "subscription", **message: Any) -> Fact:
    """Read an SNS message of the product's topics."""
    envelope = notification(action, seconds, topic=topic, **message)
    return read_notification(envelope, json.dumps(envelope), {PRODUCT_CODE})
