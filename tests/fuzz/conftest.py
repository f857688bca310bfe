"""A deployment in moto's AWS, renewed for every example."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.drain_usage.app import lambda_handler
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.runtime import clients, observability, wiring
from tests.fakes.rejections import rejections_in
from tests.fuzz.batches import Message
from tests.integration.adapters.backends import Aws, moto_of_one_caller_at_a_time

REMAINING_MILLISECONDS = 300_000
# Nobody is registered, so no call is made; one that was made all the same would be refused.
NO_MARKETPLACE = "http://127.0.0.1:9"


class Context(LambdaContext):
    """What Lambda tells the handler about its invocation."""

    _function_name = "drain_usage"
    _memory_limit_in_mb = 512
    _invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:drain_usage"
    _aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # static there
        return REMAINING_MILLISECONDS


@dataclass(slots=True)
class DeployedDrain:
    """The handler with tables and queues of its own."""

    aws: Aws
    usage_table: str
    rejected_queue: str

    def drain(self, batch: list[Message], sent_at: datetime) -> list[str]:
        """Deliver a batch as SQS does; return the messages that are to be kept."""
        sent_milliseconds = str(int(sent_at.timestamp() * 1_000))
        records = [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"receipt-{number}",
                "body": message.body,
                "attributes": {
                    "SentTimestamp": sent_milliseconds,
                    "ApproximateReceiveCount": "1",
                },
            }
            for number, message in enumerate(batch)
        ]
        answer = lambda_handler({"Records": records}, Context())
        return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]

    def ledger(self) -> UsageTable:
        """Return the ledger that the drain wrote."""
        return UsageTable(self.aws.dynamodb, self.usage_table)

    def rejections(self) -> list[tuple[str, dict[str, Any]]]:
        """Take everything from the queue of rejected usage, as (message, rejection)."""
        found: list[tuple[str, dict[str, Any]]] = []
        while True:
            answer = self.aws.sqs.receive_message(
                QueueUrl=self.rejected_queue, MaxNumberOfMessages=10
            )
            messages = answer.get("Messages", [])
            if not messages:
                return found
            for message in messages:
                body = json.loads(message["Body"])
                found += [(body["message_id"], one) for one in rejections_in(body)]


@pytest.fixture(scope="module")
def new_drain() -> Iterator[Callable[[], DeployedDrain]]:
    """Return what deploys the handler anew: hypothesis asks for it once an example."""
    with moto_of_one_caller_at_a_time() as aws, pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_MARKETPLACE_METERING": NO_MARKETPLACE,
            "SETTLE_MINUTES": "0",
            "LATE_USAGE_DAYS_MAX": "31",
            "QUIET_SECONDS": "0",
            "METERING_CALLS_PER_SECOND": "1000",
            "HEARTBEAT": "false",
            "JOURNAL_SHARDS": "4",
            "SPIKE_HOLD_FACTOR": "0",
            "SPIKE_HOLD_UNITS": "100",
            "INCLUDED_UNITS": "",
        }.items():
            environment.setenv(name, value)
        # Powertools reads these when it is imported, which a test cannot come before.
        environment.setattr(observability.metrics, "namespace", "Meterhouse")
        environment.setattr(observability.metrics, "service", "meterhouse-test")

        def deploy() -> DeployedDrain:
            deployed = DeployedDrain(aws, aws.create_table("UsageTable"), aws.create_queue())
            environment.setenv("USAGE_TABLE", deployed.usage_table)
            environment.setenv("USAGE_TABLE_IS_ATTACHED", "false")
            environment.setenv("REJECTED_USAGE_QUEUE_URL", deployed.rejected_queue)
            environment.setenv("SUBSCRIPTIONS_TABLE", aws.create_table("SubscriptionsTable"))
            environment.setenv("USAGE_QUEUE_URL", aws.create_queue())
            forget_clients()
            return deployed

        yield deploy
        forget_clients()


def forget_clients() -> None:
    """Begin as a new Lambda environment does."""
    for module in (clients, wiring):
        for one in vars(module).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()
