"""A stack in moto where something of every kind has happened, as a console reads it."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, override

import pytest

from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.usage_table.layout import hold_layout
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.allowances.rules import NOTHING_INCLUDED, Rules
from meterhouse.domain.operator_commands import read_commands
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.own_facts import entitlements_fact, registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.domain.usage.events import QueueMessage, Rejection, read_message
from meterhouse.use_cases import reconcile_assembly
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from operations import held_queue
from operations.alarms import AlarmsAnswer
from operations.console.stack import Stack
from operations.errors import OperationError
from operations.options import Chosen
from tests.fakes.meterhouse import NOON, Meterhouse
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.backends import Aws, moto_of_one_caller_at_a_time

CALLER = "arn:aws:iam::123456789012:user/ada"
TABLES = ("UsageTable", "SubscriptionsTable")
QUEUES = (
    "UsageQueue",
    "RejectedUsageQueue",
    "UsageDeadLetterQueue",
    "AgreementEventsQueue",
    "AgreementEventsDeadLetterQueue",
)


class TestedStack(Stack):
    """A stack whose resources a test has made; `found` has them by what the template calls them.

    What is not among them cannot be found, as in a stack of another version.
    """

    __test__ = False

    def __init__(self, name: str = "metering") -> None:
        super().__init__(Chosen(None, name, Path("/nowhere")))
        self.found: dict[str, tuple[Any, str]] = {}
        self.at = NOON
        self.included = NOTHING_INCLUDED
        self.of_alarms: Callable[[], AlarmsAnswer | None] = lambda: None

    @override
    def alarms(self) -> AlarmsAnswer | None:
        return self.of_alarms()

    @override
    def now(self) -> datetime:
        return self.at

    @override
    def caller(self) -> str:
        return CALLER

    @override
    def rules(self) -> Rules:
        return self.included

    @override
    def find(self, kind: str) -> tuple[Any, str]:
        if kind not in self.found:
            raise OperationError(f"stack {self.name} has no output {kind}Name: is it a Meterhouse?")
        return self.found[kind]


@dataclass(frozen=True, slots=True)
class RunningFunction:
    """Lambda, with the function that reconciles: each call is a run of the application."""

    house: Meterhouse

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, str]:  # noqa: N803 - AWS's
        del FunctionName
        return {"State": "Active"}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's
        del FunctionName
        commands = read_commands(json.loads(Payload), self.house.clock.now())
        summary = reconcile_assembly.reconcile_usage(self.house.ports(), self.house.subscriptions)(
            commands
        )
        return {"Payload": io.BytesIO(json.dumps(summary.counts() | summary.answers()).encode())}


@dataclass(slots=True)
class FilledStack:
    """Tables and queues, the application that fills them, and how a console reaches them."""

    aws: Aws
    house: Meterhouse = field(init=False)
    stack: TestedStack = field(init=False)

    def __post_init__(self) -> None:
        tables = {
            kind: self.aws.create_table(kind) for kind in ("UsageTable", "SubscriptionsTable")
        }
        hold_layout(self.aws.dynamodb, tables["UsageTable"], 1)
        self.house = Meterhouse(UsageTable(self.aws.dynamodb, tables["UsageTable"]))
        self.stack = TestedStack()
        self.stack.found = {
            **{kind: (self.aws.dynamodb, name) for kind, name in tables.items()},
            **{kind: (self.aws.sqs, self.aws.create_queue()) for kind in QUEUES},
            "ReconcileFunction": (RunningFunction(self.house), "reconcile"),
        }

    def know(self, customer: ResolvedCustomer, at: datetime = NOON) -> None:
        """Let a buyer register, so that the SubscriptionsTable knows the subscription."""
        folders = FoldersTable(self.aws.dynamodb, self.stack.found["SubscriptionsTable"][1])
        keep = KeepSubscriptions(folders, Products(), self.house.clock, InMemoryReport())
        keep.learn(registration(customer, at, trial=False))

    def know_all(self) -> None:
        """Let the SubscriptionsTable know all buyers whom the application knows."""
        for one in self.house.marketplace.desks.agreements.agreements():
            self.know(
                ResolvedCustomer(
                    one.product_code, one.customer_aws_account_id, license_arn=one.license_arn
                )
            )

    def hold(self, key: str, *held: Entitlement, asked_at: datetime = NOON) -> None:
        """Let AWS have said what the contract of a subscription holds."""
        folders = FoldersTable(self.aws.dynamodb, self.stack.found["SubscriptionsTable"][1])
        state = folders.open(FolderKey(key)).state
        assert state is not None
        assert state.identity is not None
        keep = KeepSubscriptions(folders, Products(), self.house.clock, InMemoryReport())
        keep.learn(entitlements_fact(state.identity, Entitlements(asked_at, held)))

    def reject(self, message_id: str, body: object) -> None:
        """Put the events of a message that can never be right into the queue of such."""
        message = QueueMessage(message_id, json.dumps(body), NOON)
        read = [*read_message(message, now=NOON, late_max=LATE_USAGE_MAX)]
        rejections = [one for one in read if isinstance(one, Rejection)]
        queue = RejectedUsageQueue(
            self.aws.sqs, self.stack.found["RejectedUsageQueue"][1], InMemoryReport()
        )
        assert not queue.send({message_id: rejections})

    def send(self, kind: str, *bodies: object) -> None:
        """Put messages into a queue, by what the template calls it."""
        sqs, url = self.stack.found[kind]
        for body in bodies:
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    def bodies(self, kind: str) -> list[Any]:
        """Return what a queue holds, and leave it there."""
        sqs, url = self.stack.found[kind]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


@contextmanager
def filled_stack() -> Iterator[FilledStack]:
    """Make an empty stack in moto while the block lasts."""
    with moto_of_one_caller_at_a_time() as aws, pytest.MonkeyPatch.context() as patch:
        # Moto keeps no message from who asks at once.
        patch.setattr(held_queue, "_WAIT_SECONDS", 0)
        yield FilledStack(aws)
