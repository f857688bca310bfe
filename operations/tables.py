"""Finding the table that a command is about: by name, of a stack, or of the local stack."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from dotenv import dotenv_values

from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
# A proxy that this machine uses for the internet has no business with the loopback.
_LOCAL_CONFIG = _CONFIG.merge(Config(proxies={}))
_REACHING = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_TABLES = {"UsageTable": "USAGE_TABLE", "SubscriptionsTable": "SUBSCRIPTIONS_TABLE"}


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
        return _local_table(kind, local_directory.resolve() / "stack.env")
    except (BotoCoreError, ClientError) as error:
        raise OperationError(str(error)) from error


def _table_of_stack(kind: str, stack_name: str) -> str:
    with closing(_client("cloudformation")) as cloudformation:
        (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    for output in stack.get("Outputs", []):
        if output.get("OutputKey") == f"{kind}Name":
            return str(output["OutputValue"])
    raise OperationError(f"stack {stack_name} has no output {kind}Name: is it a Meterhouse?")


def _client(service: str) -> Any:  # noqa: ANN401 - each caller names the service that it asks
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload] # any service


def _local_table(kind: str, path: Path) -> "tuple[DynamoDBClient, str]":
    """Find a table by the shell assignments that `make up` writes."""
    other = "or name a deployed table with --table, or its stack with --stack-name"
    if not path.exists():
        raise OperationError(f"no local stack is up ({path} is absent): run `make up`; {other}")
    found = dotenv_values(path, interpolate=False)
    names = (*_REACHING, _TABLES[kind])
    absent = [name for name in names if not found.get(name)]
    if absent:
        sentence = f"{path} lacks {', '.join(absent)}: run `make down` and `make up`"
        raise OperationError(f"{sentence} to write it anew; {other}")
    url, region, key_id, secret, table = (str(found[name]) for name in names)
    session = boto3.Session(key_id, secret, region_name=region)
    return session.client("dynamodb", endpoint_url=url, config=_LOCAL_CONFIG), table
