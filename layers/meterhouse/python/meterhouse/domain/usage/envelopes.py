"""What SNS and EventBridge put around usage on its way into the queue.

An envelope says nothing of what is billed. It lends its id and its time to an event that has none
of its own: they are the same each time that SNS or EventBridge delivers, where SQS makes a new
message of each delivery (ADR 0020).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from meterhouse.domain.faults import Faults
from meterhouse.domain.strict_json import DUPLICATE_FIELD, DUPLICATE_KEY, member_text, read_json
from meterhouse.domain.usage.event_home import read_time
from meterhouse.errors import UnreadableError

ENVELOPE_INVALID = "envelope_invalid"
# SNS's have "Maximum 100 characters", and EventBridge's are UUIDs; with a position behind it, it is
# an event's id: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_ID = re.compile(r"[!-~]{1,100}")
_CONFIRM_SENTENCE = "SNS asks whether it may send to this queue: open the SubscribeURL once"


class Delivery(NamedTuple):
    """Usage as it was delivered.

    Attributes:
        content: what was read.
        text: what it was read from.
        event_id: for events without one.
        sent_at: for events without a time.

    """

    content: object
    text: str
    event_id: str
    sent_at: datetime


def open_envelope(content: object, text: str) -> Delivery | None:
    """Take usage out of SNS's envelope, EventBridge's, or that of EventBridge in SNS's.

    `content` is what `text` says. Returns None if that is no envelope, and raises UnreadableError
    for one that neither of them writes.
    """
    if not isinstance(content, dict) or "specversion" in content:
        return None
    if "TopicArn" in content and "Type" in content:
        delivery = _open_notification(content)
        return open_envelope(delivery.content, delivery.text) or delivery
    if "detail-type" in content and "detail" in content:
        event_id, sent_at = _read_stamps(content, "id", "time", Faults())
        return Delivery(content["detail"], member_text(text, "detail"), event_id, sent_at)
    return None


def _open_notification(envelope: Mapping[str, object]) -> Delivery:
    kind, text = envelope["Type"], envelope.get("Message")
    if kind == "SubscriptionConfirmation":
        raise UnreadableError(ENVELOPE_INVALID, _CONFIRM_SENTENCE)
    if kind != "Notification" or not isinstance(text, str):
        sentence = "a message of SNS must be a Notification with a text as its Message"
        raise UnreadableError(ENVELOPE_INVALID, sentence)
    faults = Faults()
    content = faults.reading(_read_message, text)
    event_id, sent_at = _read_stamps(envelope, "MessageId", "Timestamp", faults)
    return Delivery(content, text, event_id, sent_at)


def _read_message(text: str) -> object:
    try:
        return read_json(text)
    except UnreadableError as error:
        raise UnreadableError(error.code, f"in the Message of SNS, {error}") from None


def _read_stamps(
    envelope: Mapping[str, object], id_name: str, time_name: str, faults: Faults
) -> tuple[str, datetime]:
    """Return an envelope's id and time; raises everything that is wrong with the envelope."""
    if DUPLICATE_KEY in envelope:
        faults.note(DUPLICATE_FIELD, "a field of the envelope is given twice")
    event_id, sent_at = envelope.get(id_name), envelope.get(time_name)
    if not isinstance(event_id, str) or not _ID.fullmatch(event_id):
        faults.note(ENVELOPE_INVALID, f"{id_name} of the envelope is none of AWS's")
        event_id = ""
    try:
        moment = read_time(sent_at)
    except UnreadableError:
        faults.note(ENVELOPE_INVALID, f"{time_name} of the envelope is none of AWS's")
    faults.raise_any()
    return event_id, moment
