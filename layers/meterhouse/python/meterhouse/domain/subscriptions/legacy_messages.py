"""SNS messages about buyers of legacy listings, read as facts.

https://docs.aws.amazon.com/marketplace/latest/userguide/saas-notification.html
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from meterhouse.domain.strict_json import read_json
from meterhouse.domain.subscriptions.agreement_events import read_instant
from meterhouse.domain.subscriptions.facts import Fact, Kind, checked
from meterhouse.errors import UnreadableError

_TOPIC = re.compile(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:aws-mp-(subscription|entitlement)-notification-(.+)"
)
_ACTIONS = {
    "subscription": {
        Kind.SUBSCRIBE_SUCCESS,
        Kind.SUBSCRIBE_FAIL,
        Kind.UNSUBSCRIBE_PENDING,
        Kind.UNSUBSCRIBE_SUCCESS,
    },
    "entitlement": {Kind.ENTITLEMENT_UPDATED},
}
_INVALID = "fact_invalid"


def read_notification(
    envelope: Mapping[str, object], document: str, legacy_products: AbstractSet[str]
) -> Fact:
    """Read what SNS put into the queue; `document` is its text.

    The message counts only if its topic is AWS Marketplace's own of one of the `legacy_products`,
    and speaks of that product. Raises UnreadableError.
    """
    topic = _text(envelope, "TopicArn")
    match = _TOPIC.fullmatch(topic)
    if match is None or match[2] not in legacy_products:
        raise UnreadableError(_INVALID, f"no message is expected of the topic {topic!a}"[:200])
    message = read_json(_text(envelope, "Message"))
    if not isinstance(message, Mapping):
        raise UnreadableError(_INVALID, "its message is not an object")
    code = _text(message, "product-code")
    if code != match[2]:
        raise UnreadableError(_INVALID, f"its topic is not that of the product {code!a}"[:200])
    action = _text(message, "action")
    at = read_instant(_text(envelope, "Timestamp"))
    if at is None:
        raise UnreadableError(_INVALID, "its Timestamp is no time")
    trial = message.get("isFreeTrialTermPresent")
    return checked(
        Fact(
            fact_id=f"sns#{_text(envelope, 'MessageId')[:128]}",
            kind=next((kind for kind in _ACTIONS[match[1]] if kind == action), Kind.UNKNOWN),
            at=at,
            document=document,
            product_code=code,
            customer_identifier=_text(message, "customer-identifier"),
            # AWS writes it as a text.
            is_trial=None if trial is None else trial in (True, "true"),
        )
    )


def topic_product(envelope: Mapping[str, object]) -> str:
    """Return the product code in the name of a message's topic; empty if it has none."""
    match = _TOPIC.fullmatch(_text(envelope, "TopicArn"))
    return match[2] if match else ""


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableError(_INVALID, f"it has no {name}")
    return value
