"""AWS clients of the emulated account, for whoever stands outside the application."""

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

# An invocation may take as long as the function's timeout, and a retry would run it twice.
# A proxy that this machine uses for the internet has no business with the loopback.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=180,
    retries={"mode": "standard", "total_max_attempts": 1},
    proxies={},
    max_pool_connections=20,
)


# Whatever profile the user's shell names, it is of another account, and may not even exist.
_NO_PROFILE = {"profile": (None, None, None, None)}


@dataclass(frozen=True, slots=True)
class AwsAccount:
    """Where the emulated account is, and the key that opens it."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str


class AwsAccess:
    """The clients of one account, each built once, usable by many threads; close it after use."""

    def __init__(self, account: AwsAccount) -> None:
        self.account = account
        self._session = boto3.Session(
            account.access_key_id,
            account.secret_access_key,
            region_name=account.region,
            botocore_session=botocore.session.Session(session_vars=_NO_PROFILE),
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def sqs(self) -> "SQSClient":
        """Return the client of the queues."""
        client: SQSClient = self.client("sqs")
        return client

    def dynamodb(self) -> "DynamoDBClient":
        """Return the client of the tables."""
        client: DynamoDBClient = self.client("dynamodb")
        return client

    def functions(self) -> "LambdaClient":
        """Return the client of the functions."""
        client: LambdaClient = self.client("lambda")
        return client

    def stacks(self) -> "CloudFormationClient":
        """Return the client of CloudFormation."""
        client: CloudFormationClient = self.client("cloudformation")
        return client

    def http_apis(self) -> "ApiGatewayV2Client":
        """Return the client of the HTTP APIs."""
        client: ApiGatewayV2Client = self.client("apigatewayv2")
        return client

    def client(self, service: str) -> Any:  # noqa: ANN401 - no type stubs for every service
        """Return the client of any service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(  # type: ignore[call-overload]
                    service, endpoint_url=self.account.endpoint_url, config=_CONFIG
                )
            return self._clients[service]
