"""A stack that has one of everything, made of moto and of functions that answer as told."""

import io
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.domain.usage.events import QueueMessage, Rejection, read_message
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from operations import held_queue, resources
from operations.__main__ import app
from operations.alarms import AlarmRow, AlarmsAnswer, AlarmState
from operations.console.stack import Stack
from tests.fakes.meterhouse import NOON
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.integration.operations.books import Books
from tests.integration.operations.conftest import use_endpoint
from tests.unit.domain.builders import NOON_AT

LICENSE = "arn:aws:license-manager::123456789012:license:l-0123456789abcdef0123456789abcdef"
NAME = license_key(LICENSE)
RECORD = f"{NAME}|api_calls|2026-11-22T18"
EVENT = {"id": "e1", "subscription": LICENSE, "dimension": "api_calls", "quantity": "2.5"}
TIMED = EVENT | {"time": NOON.isoformat()}
CALM = AlarmsAnswer(alarms=(AlarmRow("A", AlarmState.OK, NOON, ""),))
QUEUES = (
    *("UsageQueue", "RejectedUsageQueue", "UsageDeadLetterQueue"),
    *("AgreementEventsQueue", "AgreementEventsDeadLetterQueue", "UnannouncedChangesQueue"),
)


@dataclass(slots=True)
class Functions:
    """Functions that answer as a test tells."""

    answer: dict[str, Any] = field(default_factory=dict)

    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(ResourceNotFoundException=KeyError)
    )

    def get_function_configuration(self, **_: object) -> dict[str, str]:
        return {"State": "Active"}

    def invoke(self, **_: object) -> dict[str, Any]:
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}

    def close(self) -> None: ...


@dataclass(slots=True)
class Stacks:
    """CloudFormation, which tells with which parameters the stack is deployed."""

    parameters: dict[str, str] = field(default_factory=dict)

    def describe_stacks(self, **_: object) -> dict[str, Any]:
        told = [
            {"ParameterKey": key, "ParameterValue": one} for key, one in self.parameters.items()
        ]
        return {"Stacks": [{"Parameters": told}]}

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack that has one of everything: a bill, a buyer, a rejected event, a dead letter."""

    books: Books
    functions: Functions
    stacks: Stacks
    urls: dict[str, str]
    event: str

    def run(self, line: str, typed: str = "") -> tuple[int, str]:
        code, said, wrong = self.run_apart(line, typed)
        return code, said + wrong

    def run_apart(self, line: str, typed: str = "") -> tuple[int, str, str]:
        words = [word.replace("EVENT", self.event) for word in line.split()]
        result = CliRunner().invoke(app, [*words, "--stack-name", "s"], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def bury(self, event: dict[str, Any]) -> None:
        """Make a message of usage a dead letter."""
        url = self.urls["UsageDeadLetterQueue"]
        self.books.aws.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))


def deploy(books: Books, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """Return a deployment over a table, which commands find as the stack `s`."""
    aws, functions = books.aws, Functions()
    house = books.house()
    house.drain(house.event(house.buyer(), quantity="2.5"))
    subscriptions = aws.create_table("SubscriptionsTable")
    folders = FoldersTable(aws.dynamodb, subscriptions)
    keep = KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), InMemoryReport())
    customer = ResolvedCustomer("prod-1", "210987654321", license_arn=LICENSE)
    keep.learn(registration(customer, NOON_AT, trial=False))
    contact = Contact("jo@buyer.example", "Buyer Ltd", "Jo Doe")
    ReferencesTable(aws.dynamodb, subscriptions).set_contact(NAME, contact, NOON_AT)
    urls = {kind: aws.create_queue() for kind in QUEUES}
    names = urls | {"UsageTable": books.table_name, "SubscriptionsTable": subscriptions}
    stacks = Stacks()
    clients: dict[str, Any] = {"dynamodb": aws.dynamodb, "sqs": aws.sqs}
    clients |= {"lambda": functions, "cloudformation": stacks}
    use_endpoint(monkeypatch, aws)
    monkeypatch.setattr(resources, "_client", lambda service, _: clients[service])
    monkeypatch.setattr(resources, "_name_in_stack", lambda kind, _: names.get(kind, "f"))
    monkeypatch.setattr(held_queue, "_WAIT_SECONDS", 0)
    monkeypatch.setattr(Stack, "alarms", lambda _: CALM)
    for client in (aws.sqs, aws.dynamodb):
        monkeypatch.setattr(client, "close", lambda: None)
    return Deployment(books, functions, stacks, urls, _reject(aws, urls["RejectedUsageQueue"]))


def _reject(aws: Aws, url: str) -> str:
    """Reject an event that resending would mend, and return its name."""
    message = QueueMessage("m1", json.dumps(TIMED | {"time": "2026-01-01T00:00:00Z"}), NOON)
    read = [*read_message(message, now=NOON, late_max=LATE_USAGE_MAX)]
    rejections = [one for one in read if isinstance(one, Rejection)]
    assert not RejectedUsageQueue(aws.sqs, url, InMemoryReport()).send({"m1": rejections})
    result = CliRunner().invoke(app, ["rejected", "list", "--json", "--stack-name", "s"])
    return str(json.loads(result.stdout)["events"][0]["name"])
