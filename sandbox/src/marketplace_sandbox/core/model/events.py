"""What AWS sends to the seller, as facts: EventBridge events and SNS messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How AWS sends something."""

    EVENTBRIDGE = "eventbridge"
    SNS_SUBSCRIPTION = "sns_subscription"
    SNS_ENTITLEMENT = "sns_entitlement"


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """One event or message.

    Attributes:
        sequence: counts all events from 1 on, in the order in which AWS would send them.
        name: an event's detail-type, or a message's action.
        document: the whole event as EventBridge hands it on, or the message's body.

    """

    sequence: int
    event_id: str
    at: datetime
    channel: Channel
    name: str
    product_code: str
    agreement_id: str
    document: Mapping[str, object]
