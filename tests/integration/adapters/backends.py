"""Where the ports' contracts are tested: in memory, on moto, on the local stack's emulator.

Set CONTRACT_ENDPOINT_URL to test at another address as well: DynamoDB Local, another emulator, or
AWS itself. AWS_PROFILE or AWS_ACCESS_KEY_ID then say with which credentials, and AWS_DEFAULT_REGION
where; tables and queues have names of their own and are deleted afterwards. An endpoint without SQS
skips the tests of queues.
"""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws

from tests.template.cloudformation import TABLE, resources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

ENDPOINT_VARIABLE = "CONTRACT_ENDPOINT_URL"
_CREDENTIAL_VARIABLES = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID")
_REGION = "us-east-1"
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
_CONFIG = Config(
    max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 2}, proxies={}
)


class Backend(StrEnum):
    """An implementation of what the ports stand for."""

    MEMORY = "memory"
    MOTO = "moto"
    EMULATOR = "emulator"
    ENDPOINT = "endpoint"


def aws_backends() -> list[Backend]:
    """Return the backends that the real adapters work with."""
    named = [Backend.ENDPOINT] if os.environ.get(ENDPOINT_VARIABLE) else []
    return [Backend.MOTO, Backend.EMULATOR, *named]


def has_credentials() -> bool:
    """Tell whether the environment says with which credentials the named endpoint is used."""
    return any(os.environ.get(name) for name in _CREDENTIAL_VARIABLES)


@dataclass(slots=True)
class Aws:
    """Clients of one backend, and the calls that were made through them.

    Attributes:
        calls: names and parameters of the calls since the last table or queue was made.

    """

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    backend: Backend
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _tables: list[str] = field(default_factory=list)
    _queues: list[str] = field(default_factory=list)

    def create_table(self, logical_id: str) -> str:
        """Create a table as template.yaml defines it, under a name of its own."""
        properties = resources(TABLE)[logical_id]
        name = f"{logical_id}-{uuid.uuid4().hex[:12]}"
        definition = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
        self.dynamodb.create_table(TableName=name, **definition)
        self._tables.append(name)
        self.dynamodb.get_waiter("table_exists").wait(TableName=name)
        self.calls.clear()
        return name

    def create_queue(self) -> str:
        """Create a queue with the message size that SQS has had since 2025."""
        name = f"queue-{uuid.uuid4().hex[:12]}"
        attributes = cast("Any", {"MaximumMessageSize": "1048576"})
        try:
            url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        except (ClientError, BotoCoreError) as error:
            if self.backend is Backend.ENDPOINT:
                pytest.skip(f"this endpoint makes no queues: {error}")
            raise
        self._queues.append(url)
        self.calls.clear()
        return url

    def calls_of(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of the calls of one operation."""
        return [parameters for name, parameters in self.calls if name == operation]

    def clean_up(self) -> None:
        """Delete what was created, as far as it is still there, and close the connections."""
        for name in self._tables:
            with suppress(ClientError):
                self.dynamodb.delete_table(TableName=name)
        for url in self._queues:
            with suppress(ClientError):
                self.sqs.delete_queue(QueueUrl=url)
        self.dynamodb.close()
        self.sqs.close()


@contextmanager
def aws_of(request: pytest.FixtureRequest, backend: Backend) -> Iterator[Aws]:
    """Give clients of a backend while the block lasts."""
    match backend:
        case Backend.MEMORY:
            raise AssertionError("there are no clients of what is in memory")
        case Backend.MOTO:
            with moto_of_one_caller_at_a_time() as aws:
                yield aws
            return
        case Backend.EMULATOR:
            session, url = _session(), str(request.getfixturevalue("emulator_url"))
        case Backend.ENDPOINT:
            session = boto3.Session() if has_credentials() else _session()
            url = os.environ[ENDPOINT_VARIABLE]
    aws = _clients(session, backend, url)
    try:
        yield aws
    finally:
        aws.clean_up()


@contextmanager
def moto_as_it_is() -> Iterator[Aws]:
    """Give clients of moto, with the faults that the suite otherwise works around."""
    with mock_aws():
        yield _clients(_session(), Backend.MOTO, None)


@contextmanager
def moto_of_one_caller_at_a_time() -> Iterator[Aws]:
    """Give clients of moto, whose transactions are not isolated: see test_moto_differs."""
    with moto_as_it_is() as aws:
        _isolate(aws.dynamodb)
        yield aws


@cache
def _session() -> boto3.Session:
    return boto3.Session("test", "test", region_name=_REGION)


def _clients(session: boto3.Session, backend: Backend, endpoint_url: str | None) -> Aws:
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


def _isolate(client: "DynamoDBClient") -> None:
    """Let one call into moto at a time, since DynamoDB isolates transactions and moto does not."""
    lock = threading.Lock()

    def enter(**_: object) -> None:
        lock.acquire()

    def leave(**_: object) -> None:
        lock.release()

    client.meta.events.register("before-call.dynamodb.*", enter)
    client.meta.events.register("after-call.dynamodb.*", leave)
    client.meta.events.register("after-call-error.dynamodb.*", leave)
