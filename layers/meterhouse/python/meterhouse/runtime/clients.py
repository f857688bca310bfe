"""Clients of AWS services: one for each, made at its first call.

botocore makes them, which boto3 stands on: a function needs no resources and no transfers of files,
and importing them takes time at every cold start (ADR 0016).
"""

import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore import httpsession
from botocore.config import Config
from botocore.httpsession import create_urllib3_context
from botocore.session import Session

if TYPE_CHECKING:
    from ssl import SSLContext

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_marketplace_agreement import AgreementServiceClient
    from mypy_boto3_marketplace_entitlement import MarketplaceEntitlementServiceClient
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient
    from mypy_boto3_sesv2 import SESV2Client
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
    client = _client("meteringmarketplace", config, of=_marketplace_session)
    return cast("MarketplaceMeteringClient", client)


@cache
def agreements(region: str, config: Config) -> "AgreementServiceClient":
    """Return the client of the Agreement API in the one region where it answers."""
    client = _client("marketplace-agreement", config, region, of=_marketplace_session)
    return cast("AgreementServiceClient", client)


@cache
def entitlements(region: str, config: Config) -> "MarketplaceEntitlementServiceClient":
    """Return the client of the entitlement service in the one region where it answers."""
    client = _client("marketplace-entitlement", config, region, of=_marketplace_session)
    return cast("MarketplaceEntitlementServiceClient", client)


@cache
def mail(config: Config) -> "SESV2Client":
    """Return the client of Amazon SES."""
    return cast("SESV2Client", _client("sesv2", config))


@cache
def session() -> Session:
    """Return what makes all clients, and reads the models of services once."""
    httpsession.create_urllib3_context = trusting_context
    return Session()


@cache
def trusting_context() -> "SSLContext":
    """Return botocore's rules of TLS, the same for all clients, which read whom to trust once.

    urllib3 reads the file of authorities anew for each connection (urllib3's issue 3623), which
    with OpenSSL 3 takes some 17 ms of a processor; Lambda gives a function a third of one.
    """
    context: SSLContext = create_urllib3_context()
    context.load_verify_locations = cast("Any", cache(context.load_verify_locations))  # type: ignore[method-assign]
    return context


@cache
def _marketplace_session() -> Session:
    """Return what makes the clients of AWS Marketplace: in the publishing account's role, if any.

    Tables and queues stay with the function's own credentials.
    """
    if not os.environ.get("MARKETPLACE_ROLE_ARN"):
        return session()
    # Who needs no role must not wait for the imports (ADR 0016).
    from meterhouse.adapters.assumed_role import (  # noqa: PLC0415
        ROLE_CONFIG,
        AssumedRole,
        role_request,
    )
    from meterhouse.adapters.role_session import session_in_role  # noqa: PLC0415
    from meterhouse.runtime.observability import LambdaReport  # noqa: PLC0415
    from meterhouse.runtime.role_settings import read_marketplace_role  # noqa: PLC0415

    role = read_marketplace_role(os.environ)
    session_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "meterhouse")
    request = role_request(role.arn, role.external_id, session_name)
    assume = AssumedRole(_client("sts", ROLE_CONFIG), request, LambdaReport())
    return session_in_role(session(), assume)


def _client(
    service: str,
    config: Config,
    region: str | None = None,
    *,
    of: Callable[[], Session] = session,
) -> OnDemand:
    return OnDemand(lambda: of().create_client(service, region_name=region, config=config))
