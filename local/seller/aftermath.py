"""What did not become a bill, and what is known of buyers: a look at queues and tables."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import repeat

from local.seller.marketplace import Subscription
from local.stack.addresses import StackAddresses
from local.stack.aws_clients import AwsAccess
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import read_subscription
from meterhouse.domain.subscriptions.state import State

_FIRST_HOUR_AT = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_HOUR_AT = datetime(3000, 1, 1, tzinfo=UTC)
_EMPTY_RECEIVES_MAX = 2
_RECEIVES_MAX = 1_000
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """One rejection that a message of RejectedUsageQueue reports, or one part of a large one."""

    codes: tuple[str, ...]
    reason: str

    @property
    def code(self) -> str:
        """The code of its first fault."""
        return self.codes[0]


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
        self._ledger = UsageTable(aws.dynamodb(), addresses.usage_table)
        self._folders = FoldersTable(aws.dynamodb(), addresses.subscriptions_table)
        self._functions = aws.functions()
        self._addresses = addresses

    def reconcile_now(self) -> None:
        """Invoke reconcile_usage as its schedule does."""
        self.command_reconcile({})

    def command_reconcile(self, command: Mapping[str, object]) -> Mapping[str, object]:
        """Invoke reconcile_usage as an operator does; return what it answers."""
        return self._invoke(self._addresses.reconcile_function, command)

    def sweep_now(self, *, from_beginning: bool = False) -> Mapping[str, object]:
        """Invoke sweep_agreements as its schedule or an operator does; return what it answers."""
        return self._invoke(self._addresses.sweep_function, {"from_beginning": from_beginning})

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

    def state_of(self, subscription: Subscription) -> State | None:
        """Return what is known of a subscription, or None if nobody has told of it."""
        key = read_subscription(subscription.reference())
        return self._folders.open(FolderKey(key)).state

    def hours(self) -> tuple[Head, ...]:
        """Return what is known about every hour log, from the first to the last."""
        return tuple(self._ledger.heads_between(_FIRST_HOUR_AT, _LAST_HOUR_AT))

    def carries(self) -> tuple[Carry, ...]:
        """Return everything that was carried from one hour to another."""
        return tuple(
            carry for head in self.hours() for carry in self._ledger.carries(head.log).values()
        )

    def records_in_state(self, *states: RecordState) -> tuple[UnbilledRecord, ...]:
        """Find records by state, in all hours: this is one machine, not production."""
        return tuple(
            UnbilledRecord(
                key=str(record.key),
                state=record.state.value,
                reason=record.status.reason or "",
                units=record.units,
            )
            for head in self.hours()
            for batch in self._ledger.batches(head.log)
            for record in batch.records
            if record.state in states
        )

    def _invoke(self, function: str, command: Mapping[str, object]) -> Mapping[str, object]:
        payload = json.dumps(command).encode()
        answer = self._functions.invoke(FunctionName=function, Payload=payload)
        summary: dict[str, object] = json.loads(answer["Payload"].read())
        return summary

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
                    faults = rejection["faults"]
                    event = RejectedEvent(
                        tuple(fault["code"] for fault in faults),
                        "; ".join(fault["reason"] for fault in faults),
                    )
                    yield from repeat(event, len(rejection.get("positions", "1")))
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
