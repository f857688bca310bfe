"""The calls as AWS CloudTrail writes them down: what a seller can look up of his own calls.

The shape is that of AWS's example of BatchMeterUsage (DOC, seller guide, "Logging AWS Marketplace
Metering API calls with AWS CloudTrail", cloudtrail-logging.html): members begin with a small
letter, times of usage are words. CloudTrail shows what was submitted, not what is billed (SKILL): a
call whose answer was lost stands here with its answer, as on AWS. What AWS does not say (INF): that
a registration token is hidden, how the sources of GetEntitlements and of the Agreement API are
called.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from marketplace_sandbox.core.model.call_documents import CallDocuments
from marketplace_sandbox.core.model.calls import SUCCESS, CallEntry
from marketplace_sandbox.core.model.errors import message_on_the_wire
from marketplace_sandbox.core.model.instants import EPOCH_AT
from marketplace_sandbox.core.model.operation import Operation, about

# On AWS events appear a quarter of an hour later (`trail.delay`); the export does not wait.
EVENT_VERSION = "1.05"
_SELLER_USER = "sandbox"
_TIMES = frozenset({"Timestamp", "ExpirationDate", "PublicKeyRotationTimestamp"})
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# What begins so changes nothing; AWS's example shows it of BatchMeterUsage alone (INF).
_READING = ("Get", "List", "Describe", "Search")
_DEPTH_MAX = 12  # of what the model knows; nothing below that is looked at
_NOON_HOUR = 12
_NOT_KEPT = "the documents of this call are too large or no longer kept"

type Event = dict[str, object]


def write_log_file(events: Iterable[Event]) -> dict[str, object]:
    """Write events as a CloudTrail log file."""
    return {"Records": list(events)}


def write_event(entry: CallEntry, documents: CallDocuments | None) -> Event:
    """Write one call as CloudTrail does.

    A refused one has its error, and no response (`trail.refused`). Without its documents, which the
    log keeps of the latest calls only, it says so.
    """
    event: Event = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": _write_identity(entry),
        "eventTime": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": about(entry.operation).event_source,
        "eventName": entry.operation,
        "awsRegion": entry.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "sandbox",
        "requestParameters": _read(None if documents is None else documents.request),
        "responseElements": _read(None if documents is None else documents.answer),
        "requestID": entry.request_id,
        "eventID": _event_id_of(entry),
        "readOnly": entry.operation.startswith(_READING),
        "eventType": "AwsApiCall",
        "recipientAccountId": entry.account_id,
    }
    if entry.outcome != SUCCESS:
        event |= {"errorCode": entry.outcome, "errorMessage": _said(entry)}
    if documents is None or (documents.request is None and entry.operation in Operation):
        event["additionalEventData"] = {"omitted": _NOT_KEPT}
    return event


def _said(entry: CallEntry) -> str | None:
    """Return what the caller read; the log of calls says more (`outcome.no-index`)."""
    return None if entry.message is None else message_on_the_wire(entry.outcome, entry.message)


def _write_identity(entry: CallEntry) -> Event:
    """Write who called; the sandbox checks no signature, so the seller's user has one name."""
    account, resource = entry.account_id, entry.resource_id
    if resource is None:
        return {
            "type": "IAMUser",
            "principalId": account,
            "arn": f"arn:aws:iam::{account}:user/{_SELLER_USER}",
            "accountId": account,
            "accessKeyId": entry.access_key_id,
            "userName": _SELLER_USER,
        }
    return {
        "type": "AssumedRole",
        "principalId": f"{account}:{resource}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{_SELLER_USER}/{resource}",
        "accountId": account,
        "accessKeyId": entry.access_key_id,
    }


def _event_id_of(entry: CallEntry) -> str:
    """Derive an id that is always the same for a call and differs from that of its request."""
    digest = hashlib.sha256(f"cloudtrail/{entry.request_id}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _read(text: str | None) -> object:
    return None if text is None else _small(json.loads(text), depth=0)


def _small(value: object, *, depth: int) -> object:
    """Let members begin with a small letter, and times be words (`trail.logged`)."""
    if depth > _DEPTH_MAX:
        return None
    match value:
        case dict():
            return {
                _small_name(name): _write_time(item)
                if name in _TIMES
                else _small(item, depth=depth + 1)
                for name, item in value.items()
            }
        case list():
            return [_small(item, depth=depth + 1) for item in value]
        case _:
            return value


def _small_name(name: str) -> str:
    """Return `customerAWSAccountId`; keys of a map, such as `LICENSE_ARN`, stay as they are."""
    return name if name.isupper() else name[:1].lower() + name[1:]


def _write_time(value: object) -> object:
    """Write `Apr 19, 2018 4:32:50 PM`, as AWS's example does."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    try:
        at = EPOCH_AT + timedelta(seconds=value)
    except OverflowError:
        return value
    return _say(at)


def _say(at: datetime) -> str:
    hour = at.hour % _NOON_HOUR or _NOON_HOUR
    half = "AM" if at.hour < _NOON_HOUR else "PM"
    month = _MONTHS[at.month - 1]
    return f"{month} {at.day}, {at.year} {hour}:{at:%M:%S} {half}"
