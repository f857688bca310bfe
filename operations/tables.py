"""Finding the table that a command is about: by name, of a stack, or of the local stack."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import OperationError
from sandbox.stack.addresses import read_addresses
from sandbox.stack.errors import StackError
from sandbox.stack.layout import StackFiles

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
# A proxy that this machine uses for the internet has no business with the loopback.
_LOCAL_CONFIG = _CONFIG.merge(Config(proxies={}))


def find_table(
    kind: str, table: str | None, stack_name: str | None, local_directory: Path
) -> "tuple[DynamoDBClient, str]":
    """Return a client that reaches the table that was chosen, and its name.

    Without a name or a stack it is the local stack's of that kind. Raises OperationError. AWS's own
    ways of choosing an account hold for deployed tables: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL
    and the rest.
    """
    try:
        if table is not None:
            return _client("dynamodb"), table
        if stack_name is not None:
            return _client("dynamodb"), _table_of_stack(kind, stack_name)
        return _local_table(kind, StackFiles(local_directory.resolve()))
    except (BotoCoreError, ClientError) as error:
        raise OperationError(str(error)) from error
    except StackError as error:
        raise OperationError(
            f"{error}; or name a deployed table with --table, or its stack with --stack-name"
        ) from error


def _table_of_stack(kind: str, stack_name: str) -> str:
    with closing(_client("cloudformation")) as cloudformation:
        (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    for output in stack.get("Outputs", []):
        if output.get("OutputKey") == f"{kind}Name":
            return str(output["OutputValue"])
    raise OperationError(f"stack {stack_name} has no output {kind}Name: is it a Meterhouse?")


def _client(service: str) -> Any:  # noqa: ANN401 - each caller names the service that it asks
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload] # any service


def _local_table(kind: str, files: StackFiles) -> "tuple[DynamoDBClient, str]":
    addresses = read_addresses(files.addresses)
    session = boto3.Session(
        addresses.aws_access_key_id,
        addresses.aws_secret_access_key,
        region_name=addresses.aws_default_region,
    )
    client = session.client(
        "dynamodb", endpoint_url=addresses.aws_endpoint_url, config=_LOCAL_CONFIG
    )
    tables = {
        "UsageTable": addresses.usage_table,
        "SubscriptionsTable": addresses.subscriptions_table,
    }
    return client, tables[kind]
