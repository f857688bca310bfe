"""Clients of AWS services: one for each, made at its first call.

botocore makes them, which boto3 stands on: a function needs no resources and no transfers of files,
and importing them takes time at every cold start (ADR 0016).
"""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_marketplace_agreement import AgreementServiceClient
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient
    from mypy_boto3_sqs import SQSClient

# DynamoDB answers in milliseconds; what hangs is better tried again. Every write of ours is safe to
# repeat, and the pool is wider than the parallel writes. The longest that a call can take, with its
# tries and pauses, is what use cases leave time for; a test adds it up.
TABLE_CONFIG = Config(
    connect_timeout=2,
    read_timeout=6,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 5},
)
# What fails is done again on redelivery, and a drain that hangs gives all its messages back.
QUEUE_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)


class OnDemand:
    """Stands for a client until something of it is asked for, and hands that on."""

    # A session makes one client at a time, and waves of calls begin in several threads.
    _making = Lock()

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make
        self._made: object | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        if name.startswith("_"):  # such as a copy of this asks for, before it has anything
            raise AttributeError(name)
        with self._making:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the client of all tables."""
    return cast("DynamoDBClient", _client("dynamodb", TABLE_CONFIG))


@cache
def sqs() -> "SQSClient":
    """Return the client of all queues."""
    return cast("SQSClient", _client("sqs", QUEUE_CONFIG))


@cache
def functions() -> "LambdaClient":
    """Return the client of Lambda."""
    return cast("LambdaClient", _client("lambda", QUEUE_CONFIG))


@cache
def events() -> "EventBridgeClient":
    """Return the client of EventBridge."""
    return cast("EventBridgeClient", _client("events", QUEUE_CONFIG))


@cache
def metering(config: Config) -> "MarketplaceMeteringClient":
    """Return the client of AWS Marketplace with the rules of `config`."""
    return cast("MarketplaceMeteringClient", _client("meteringmarketplace", config))


@cache
def agreements(region: str, config: Config) -> "AgreementServiceClient":
    """Return the client of the Agreement API in the one region where it answers."""
    client = _client("marketplace-agreement", config, region)
    return cast("AgreementServiceClient", client)


@cache
def session() -> Session:
    """Return what makes all clients, and reads the models of services once."""
    return Session()


def _client(service: str, config: Config, region: str | None = None) -> OnDemand:
    return OnDemand(
        lambda: session().create_client(service, region_name=region, config=config),
    )
