"""Events and messages in the words of the services that carry them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.targets import Target, TargetKind

# The account that owns AWS Marketplace's topics, as sellers' configurations show it (OBS).
TOPIC_OWNER_ACCOUNT_ID = "287250355862"
_TOPIC_NAMES = {
    Channel.SNS_SUBSCRIPTION: "aws-mp-subscription-notification",
    Channel.SNS_ENTITLEMENT: "aws-mp-entitlement-notification",
}


@dataclass(frozen=True, slots=True)
class TargetMessage:
    """What a web address or a queue is handed: a text, and headers where there are some."""

    body: str
    headers: Mapping[str, str]


def topic_arn(channel: Channel, product_code: str) -> str:
    """Name AWS Marketplace's topic for a product (DOC)."""
    name = f"{_TOPIC_NAMES[channel]}-{product_code}"
    return f"arn:aws:sns:us-east-1:{TOPIC_OWNER_ACCOUNT_ID}:{name}"


def as_text(document: Mapping[str, object]) -> str:
    """Write a document as JSON, in the compact form and with characters escaped beyond ASCII."""
    return json.dumps(document, separators=(",", ":"))


def queue_body(event: EmittedEvent) -> str:
    """Write what a queue gets.

    An event comes as a rule of a bus delivers it: the whole document. A message comes as a
    subscription to its topic delivers it: in its envelope.
    """
    if event.channel is Channel.EVENTBRIDGE:
        return as_text(event.document)
    return as_text(_envelope(event, topic_arn(event.channel, event.product_code)))


def message_to(event: EmittedEvent, target: Target) -> TargetMessage:
    """Write what a queue or a web address gets: `queue_body`, and headers.

    A message comes by HTTP with the headers of SNS
    (https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html, DOC); it comes bare
    where raw message delivery is asked for.
    """
    if event.channel is Channel.EVENTBRIDGE:
        return TargetMessage(queue_body(event), {"content-type": "application/json"})
    topic = topic_arn(event.channel, event.product_code)
    headers = {
        "content-type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": event.event_id,
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": f"{topic}:{event.event_id}",
    }
    if target.is_raw:
        return TargetMessage(as_text(event.document), headers | {"x-amz-sns-rawdelivery": "true"})
    return TargetMessage(queue_body(event), headers)


def bus_entry(event: EmittedEvent, target: Target) -> dict[str, object]:
    """Write an event as an entry of PutEvents.

    AWS itself refuses sources that begin with `aws.` there (NotAuthorizedForSourceException), and
    so do some emulators: the target then names another one, which its rules must match. The bus
    gives the event an id and an account of its own: to see AWS's, or the same id twice, send the
    event to a queue.
    """
    assert target.kind is TargetKind.EVENTBRIDGE
    document = event.document
    resources = document.get("resources")
    detail = document.get("detail")
    return {
        "EventBusName": target.address,
        "Source": target.bus_source or str(document.get("source")),
        "DetailType": str(document.get("detail-type", event.name)),
        "Time": event.at,
        "Resources": list(resources) if isinstance(resources, list | tuple) else [],
        "Detail": as_text(detail if isinstance(detail, Mapping) else {}),
    }


def _envelope(event: EmittedEvent, topic: str) -> dict[str, object]:
    """Wrap a message as its topic does; nobody signed it, which the signature says."""
    return {
        "Type": "Notification",
        "MessageId": event.event_id,
        "TopicArn": topic,
        "Message": as_text(event.document),
        "Timestamp": _to_milliseconds(event.at),
        "SignatureVersion": "1",
        "Signature": "bm90IHNpZ25lZA==",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-none.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    }


def _to_milliseconds(at: datetime) -> str:
    at = at.astimezone(UTC)
    return format_iso(at.replace(microsecond=0))[:-1] + f".{at.microsecond // 1000:03d}Z"
