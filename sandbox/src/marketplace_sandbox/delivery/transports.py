"""Handing one event to one target, over the network and with a short patience."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, assert_never

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from marketplace_sandbox.core.events.messages import as_text, bus_entry, message_to
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.targets import Target, TargetKind

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

CONNECT_SECONDS_MAX = 2.0
READ_SECONDS_MAX = 5.0
# Emulators take any key, and no key of a real account belongs here.
_ACCESS_KEY_ID = "test"
_SECRET_ACCESS_KEY = "test"  # noqa: S105 - emulators' well-known key, worth nothing elsewhere
_CLIENTS_MAX = 64
# The sandbox tries again itself; a proxy for the internet has no business with this machine.
_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS_MAX,
    read_timeout=READ_SECONDS_MAX,
    retries={"mode": "standard", "total_max_attempts": 1},
    proxies={},
    parameter_validation=False,
)
# EventBridge's own list of what is worth another try, and what the services call throttling.
_RETRIED_CODES = {
    "InternalException",
    "InternalFailure",
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
}
_STATUS_MAX = 599
_NO_SUCH_ANSWER = "answered with what the service would never answer"
_TRIED_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class UnreachedError(Exception):
    """The target did not take it now; it may later."""


class RefusedError(Exception):
    """The target will never take it: trying again would change nothing."""


type Send = Callable[[EmittedEvent, Target], None]


def send(event: EmittedEvent, target: Target) -> None:
    """Hand an event to a target; return once it has taken it.

    Raises UnreachedError, also for an answer that cannot be parsed, or RefusedError, also for a
    success that says nothing of the event: something else answers there. What botocore did not
    foresee in an answer raises as it comes. It takes seven seconds at most.
    """
    try:
        _carry(event, target)
    except ClientError as error:
        detail = error.response.get("Error", {})
        reason = f"{detail.get('Code', 'Unknown')}: {detail.get('Message', '')}"
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or detail.get("Code") in _RETRIED_CODES:
            raise UnreachedError(reason) from error
        raise RefusedError(reason) from error
    except (BotoCoreError, ResponseParserError, httpx.TransportError) as error:
        raise UnreachedError(f"{type(error).__name__}: {error}") from error
    except (httpx.InvalidURL, ValueError) as error:
        raise RefusedError(f"{type(error).__name__}: {error}") from error


def _carry(event: EmittedEvent, target: Target) -> None:
    match target.kind:
        case TargetKind.EVENTBRIDGE:
            _put_event(event, target)
        case TargetKind.SQS:
            _send_message(event, target)
        case TargetKind.SNS:
            sns: SNSClient = _client("sns", target.endpoint_url, target.region)
            said = sns.publish(TopicArn=target.address, Message=as_text(event.document))
            _check_taken(said)
        case TargetKind.HTTP:
            _post(event, target)
        case _:
            assert_never(target.kind)


def _put_event(event: EmittedEvent, target: Target) -> None:
    events: EventBridgeClient = _client("events", target.endpoint_url, target.region)
    entry: Any = bus_entry(event, target)
    answer: object = events.put_events(Entries=[entry])
    match answer:
        case {"Entries": [{"ErrorCode": str(code), **rest}]}:
            reason = f"{code}: {rest.get('ErrorMessage', '')}"
            raise UnreachedError(reason) if code in _RETRIED_CODES else RefusedError(reason)
        case {"Entries": [{"EventId": str()}]}:
            return
        case _:
            raise RefusedError(_NO_SUCH_ANSWER)


def _send_message(event: EmittedEvent, target: Target) -> None:
    sqs: SQSClient = _client("sqs", target.endpoint_url, target.region)
    body = message_to(event, target).body
    if target.address.endswith(".fifo"):
        # A rule fills a FIFO queue under one group; the queue must tell duplicates by content.
        said = sqs.send_message(
            QueueUrl=target.address, MessageBody=body, MessageGroupId="marketplace"
        )
    else:
        said = sqs.send_message(QueueUrl=target.address, MessageBody=body)
    _check_taken(said)


def _check_taken(said: Mapping[str, object]) -> None:
    """Raise RefusedError unless a queue or a topic said under which id it keeps the message."""
    if not isinstance(said.get("MessageId"), str):
        raise RefusedError(_NO_SUCH_ANSWER)


@cache
def _trust() -> SSLContext:
    """Read once whom to trust: it takes longer than a delivery."""
    return httpx.create_ssl_context(trust_env=False)


def _post(event: EmittedEvent, target: Target) -> None:
    message = message_to(event, target)
    timeout = httpx.Timeout(READ_SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
    # No redirect is followed: it could lead off the hosts that may be called.
    with (
        httpx.Client(
            timeout=timeout, trust_env=False, follow_redirects=False, verify=_trust()
        ) as client,
        client.stream(
            "POST", target.address, content=message.body, headers=dict(message.headers)
        ) as response,
    ):
        status = response.status_code  # a number: not every server keeps to the named ones
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    reason = f"answered {status} {httpx.codes.get_reason_phrase(status)}".rstrip()
    if HTTPStatus.INTERNAL_SERVER_ERROR <= status <= _STATUS_MAX or status in _TRIED_AGAIN:
        raise UnreachedError(reason)
    raise RefusedError(reason)


@lru_cache(maxsize=_CLIENTS_MAX)
def _client(service: str, endpoint_url: str | None, region: str) -> Any:  # noqa: ANN401 - boto3 builds its clients at run time
    """Return a client of an emulated service; building one takes far longer than a call."""
    assert endpoint_url is not None, "only web addresses have none"
    session = boto3.Session(_ACCESS_KEY_ID, _SECRET_ACCESS_KEY, region_name=region)
    client: Any = session.client
    return client(service, endpoint_url=endpoint_url, config=_CONFIG)
