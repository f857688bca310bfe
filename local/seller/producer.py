"""A producer: sends message bodies to the usage queue and does not give up on the refused ones."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from local.seller.packing import group_into_requests

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_ATTEMPTS_MAX = 5
_PAUSE_SECONDS = 0.5


class SendingFailedError(Exception):
    """The queue refused a message again and again."""


def send_messages(sqs: "SQSClient", queue_url: str, bodies: Iterable[str]) -> int:
    """Send all bodies, in order, in as few requests as the limits allow; return how many."""
    sent = 0
    for group in group_into_requests(bodies):
        _send_group(sqs, queue_url, group)
        sent += len(group)
    return sent


def _send_group(sqs: "SQSClient", queue_url: str, bodies: list[str]) -> None:
    """Send one request; SQS answers 200 even when it took only some of the messages."""
    waiting = {str(position): body for position, body in enumerate(bodies)}
    for attempt in range(_ATTEMPTS_MAX):
        answer = sqs.send_message_batch(
            QueueUrl=queue_url,
            Entries=[{"Id": name, "MessageBody": body} for name, body in waiting.items()],
        )
        refused = {failure["Id"]: failure for failure in answer.get("Failed", [])}
        waiting = {name: body for name, body in waiting.items() if name in refused}
        if not waiting:
            return
        if any(failure["SenderFault"] for failure in refused.values()):
            break
        time.sleep(_PAUSE_SECONDS * (attempt + 1))
    reasons = {f"{failure['Code']}: {failure.get('Message', '')}" for failure in refused.values()}
    raise SendingFailedError(f"{len(waiting)} messages refused: {'; '.join(sorted(reasons))}")
