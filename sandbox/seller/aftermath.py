"""What did not become a bill: rejected events, rejected records, and messages in the DLQ."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.stack.addresses import StackAddresses
from sandbox.stack.aws_clients import AwsAccess

_HEADER_PREFIX = "H#"
_EMPTY_RECEIVES_MAX = 2
_RECEIVES_MAX = 1_000
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """One rejection that a message of RejectedUsageQueue reports, or one part of a large one."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnbilledRecord:
    """A metering record that ended without a bill, as UsageTable shows it."""

    key: str
    state: str
    reason: str
    units: Decimal


class Aftermath:
    """Looks at the queues and the table from outside."""

    def __init__(self, aws: AwsAccess, addresses: StackAddresses) -> None:
        self._sqs = aws.sqs()
        self._dynamodb = aws.dynamodb()
        self._functions = aws.functions()
        self._addresses = addresses

    def reconcile_now(self) -> None:
        """Invoke reconcile_usage as its schedule does."""
        self.command_reconcile({})

    def command_reconcile(self, command: Mapping[str, object]) -> Mapping[str, object]:
        """Invoke reconcile_usage as an operator does; return what it answers."""
        answer = self._functions.invoke(
            FunctionName=self._addresses.reconcile_function, Payload=json.dumps(command).encode()
        )
        summary: dict[str, object] = json.loads(answer["Payload"].read())
        return summary

    def messages_waiting(self) -> int:
        """Count the messages that are in the usage queue or in a function's hands."""
        return self._depth(self._addresses.usage_queue_url)

    def wait_until_drained(self, seconds_max: float) -> None:
        """Return when the usage queue is empty and no function holds a message, or time is up."""
        give_up_at = time.monotonic() + seconds_max
        while self.messages_waiting() and time.monotonic() < give_up_at:
            time.sleep(_POLL_SECONDS)

    def messages_in_dlq(self) -> int:
        """Count the messages that ended in the dead-letter queue."""
        return self._depth(self._addresses.usage_dlq_url)

    def rejected_events(self) -> tuple[RejectedEvent, ...]:
        """Take all messages out of RejectedUsageQueue."""
        return tuple(self._receive_rejected())

    def records_in_state(self, *states: str) -> tuple[UnbilledRecord, ...]:
        """Find records by state. A scan: this is a small table on one machine, not production."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._addresses.usage_table,
            FilterExpression="begins_with(sk, :header)",
            ExpressionAttributeValues={":header": {"S": _HEADER_PREFIX}},
        )
        return tuple(
            UnbilledRecord(
                key=f"{item['pk']['S']} {item['sk']['S']}",
                state=item["state"]["S"],
                reason=item.get("reason", {}).get("S", ""),
                units=Decimal(item.get("units", {}).get("N", "0")),
            )
            for page in pages
            for item in page["Items"]
            if item["state"]["S"] in states
        )

    def _depth(self, queue_url: str) -> int:
        attributes = self._sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])[
            "Attributes"
        ]
        return int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        )

    def _receive_rejected(self) -> Iterator[RejectedEvent]:
        url = self._addresses.rejected_usage_queue_url
        empty = 0
        for _ in range(_RECEIVES_MAX):
            messages = self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0
            ).get("Messages", [])
            if not messages:
                empty += 1
                if empty == _EMPTY_RECEIVES_MAX:
                    return
            for message in messages:
                for rejection in json.loads(message["Body"])["rejections"]:
                    yield RejectedEvent(str(rejection["code"]), str(rejection["reason"]))
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
