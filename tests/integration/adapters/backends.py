"""Where the contracts of the ports are tested: in memory, on moto, and on a named emulator.

Set CONTRACT_ENDPOINT_URL to the address of a running emulator to test there as well.
"""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from moto import mock_aws

from tests.template.cloudformation import TABLE, resources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

ENDPOINT_VARIABLE = "CONTRACT_ENDPOINT_URL"
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
_CONFIG = Config(max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 2})


class Backend(StrEnum):
    """An implementation of what the ports stand for."""

    MEMORY = "memory"
    MOTO = "moto"
    EMULATOR = "emulator"


def aws_backends() -> list[Backend]:
    """Return the backends that the real adapters work with."""
    return [Backend.MOTO, *([Backend.EMULATOR] if os.environ.get(ENDPOINT_VARIABLE) else [])]


@dataclass(slots=True)
class Aws:
    """Clients of one backend, and the calls that were made through them."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    backend: Backend
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def create_table(self, logical_id: str) -> str:
        """Create a table as template.yaml defines it, under a name of its own."""
        properties = resources(TABLE)[logical_id]
        name = f"{logical_id}-{uuid.uuid4().hex[:12]}"
        definition = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
        self.dynamodb.create_table(TableName=name, **definition)
        return name

    def create_queue(self) -> str:
        """Create a queue with the message size that SQS has had since 2025."""
        name = f"queue-{uuid.uuid4().hex[:12]}"
        attributes = {"MaximumMessageSize": "1048576"}
        return self.sqs.create_queue(QueueName=name, Attributes=cast("Any", attributes))["QueueUrl"]

    def calls_of(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of the calls of one operation."""
        return [parameters for name, parameters in self.calls if name == operation]


@contextmanager
def aws_of(backend: Backend) -> Iterator[Aws]:
    """Give clients of a backend while the block lasts."""
    if backend is Backend.MOTO:
        with mock_aws():
            aws = _clients(backend, None)
            _isolate(aws.dynamodb)
            yield aws
    else:
        yield _clients(backend, os.environ[ENDPOINT_VARIABLE])


def _clients(backend: Backend, endpoint_url: str | None) -> Aws:
    session = _session()
    aws = Aws(
        session.client("dynamodb", endpoint_url=endpoint_url, config=_CONFIG),
        session.client("sqs", endpoint_url=endpoint_url, config=_CONFIG),
        backend,
    )

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        aws.calls.append((model.name, params))

    for service in (aws.dynamodb, aws.sqs):
        service.meta.events.register("provide-client-params.*.*", note)
    return aws


@cache
def _session() -> boto3.Session:
    return boto3.Session("test", "test", region_name="us-east-1")


def _isolate(client: "DynamoDBClient") -> None:
    """Let one call into moto at a time.

    Moto is wrong here: when it cancels a transaction it puts all tables back as they were when the
    transaction began, and takes back what other threads wrote meanwhile. DynamoDB isolates.
    """
    lock = threading.Lock()

    def enter(**_: object) -> None:
        lock.acquire()

    def leave(**_: object) -> None:
        lock.release()

    client.meta.events.register("before-call.dynamodb.*", enter)
    client.meta.events.register("after-call.dynamodb.*", leave)
    client.meta.events.register("after-call-error.dynamodb.*", leave)
