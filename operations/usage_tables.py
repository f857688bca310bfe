"""Finding the UsageTable that a command is about: by name, of a stack, or of the local stack."""

from contextlib import closing
from dataclasses import dataclass
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

TABLE_OUTPUT = "UsageTableName"
_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
# A proxy that this machine uses for the internet has no business with the loopback.
_LOCAL_CONFIG = _CONFIG.merge(Config(proxies={}))


@dataclass(frozen=True, slots=True)
class TableChoice:
    """Which table is meant; without a name or a stack, the one of the local stack."""

    table: str | None = None
    stack_name: str | None = None
    local_directory: Path = Path(".local")


@dataclass(frozen=True, slots=True)
class UsageTableAccess:
    """A client that reaches the table, and its name."""

    client: "DynamoDBClient"
    table_name: str


def find_usage_table(choice: TableChoice) -> UsageTableAccess:
    """Find the table that was chosen; raises OperationError.

    AWS's own ways of choosing an account hold for deployed tables: AWS_PROFILE, AWS_REGION,
    AWS_ENDPOINT_URL and the rest.
    """
    try:
        if choice.table is not None:
            return UsageTableAccess(_client("dynamodb"), choice.table)
        if choice.stack_name is not None:
            return UsageTableAccess(_client("dynamodb"), _table_of_stack(choice.stack_name))
        return _local_table(StackFiles(choice.local_directory.resolve()))
    except (BotoCoreError, ClientError) as error:
        raise OperationError(str(error)) from error
    except StackError as error:
        raise OperationError(
            f"{error}; or name a deployed table with --table, or its stack with --stack-name"
        ) from error


def _table_of_stack(stack_name: str) -> str:
    with closing(_client("cloudformation")) as cloudformation:
        (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    for output in stack.get("Outputs", []):
        if output.get("OutputKey") == TABLE_OUTPUT:
            return str(output["OutputValue"])
    raise OperationError(f"stack {stack_name} has no output {TABLE_OUTPUT}: is it a Meterhouse?")


def _client(service: str) -> Any:  # noqa: ANN401 - each caller names the service that it asks
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload] # any service


def _local_table(files: StackFiles) -> UsageTableAccess:
    addresses = read_addresses(files.addresses)
    session = boto3.Session(
        addresses.aws_access_key_id,
        addresses.aws_secret_access_key,
        region_name=addresses.aws_default_region,
    )
    client = session.client(
        "dynamodb", endpoint_url=addresses.aws_endpoint_url, config=_LOCAL_CONFIG
    )
    return UsageTableAccess(client, addresses.usage_table)
