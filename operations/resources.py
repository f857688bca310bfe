"""Finding the table or function that a command is about: by name, or of a stack."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError
from dotenv import dotenv_values

from operations.errors import OperationError
from operations.remedies import told_plainly

_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
# A run takes up to four minutes, and to call again would start another one.
_CALLING = Config(connect_timeout=5, read_timeout=300, retries={"total_max_attempts": 1})
# A sweep takes up to fifteen minutes.
_SWEEPING = _CALLING.merge(Config(read_timeout=930))
# A proxy that this machine uses for the internet has no business with the loopback.
_LOCAL_CONFIG = Config(proxies={})
_SANDBOX = "SANDBOX_URL"
# An output that every Meterhouse has.
_SIGN = "UsageTableName"
_ANY_CALL = "provide-client-params.dynamodb"
_REACHING = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class _Kind(NamedTuple):
    """AWS's service, how its clients behave, and the variable of the local stack's name.

    A table of the kind has an index of that name, and one of another kind has not. A queue is named
    by its URL.
    """

    service: str
    config: Config
    variable: str
    index_name: str = ""
    output_ends: str = "Name"


_CALLER = "Caller"
_KINDS = {
    "UsageTable": _Kind("dynamodb", _CONFIG, "USAGE_TABLE", "due"),
    "SubscriptionsTable": _Kind("dynamodb", _CONFIG, "SUBSCRIPTIONS_TABLE", "phase"),
    "ReconcileFunction": _Kind("lambda", _CALLING, "RECONCILE_FUNCTION"),
    "SweepFunction": _Kind("lambda", _SWEEPING, "SWEEP_FUNCTION"),
    "UsageQueue": _Kind("sqs", _CONFIG, "USAGE_QUEUE_URL", output_ends="Url"),
    "RejectedUsageQueue": _Kind("sqs", _CONFIG, "REJECTED_USAGE_QUEUE_URL", output_ends="Url"),
    _CALLER: _Kind("sts", _CONFIG, "SUBSCRIPTIONS_TABLE"),
    "AgreementEventsQueue": _Kind("sqs", _CONFIG, "AGREEMENT_EVENTS_QUEUE_URL", output_ends="Url"),
    "UsageDeadLetterQueue": _Kind("sqs", _CONFIG, "USAGE_DLQ_URL", output_ends="Url"),
    "AgreementEventsDeadLetterQueue": _Kind(
        "sqs", _CONFIG, "AGREEMENT_EVENTS_DLQ_URL", output_ends="Url"
    ),
    "UnannouncedChangesQueue": _Kind(
        "sqs", _CONFIG, "UNANNOUNCED_CHANGES_QUEUE_URL", output_ends="Url"
    ),
    "RegisterFunction": _Kind("lambda", _CONFIG, "REGISTER_FUNCTION"),
    "TrackAgreementsFunction": _Kind("lambda", _CONFIG, "TRACK_FUNCTION"),
    "AnnounceFunction": _Kind("lambda", _CONFIG, "ANNOUNCE_FUNCTION"),
    "ApiFunction": _Kind("lambda", _CONFIG, "API_FUNCTION"),
    "DrainFunction": _Kind("lambda", _CONFIG, "DRAIN_FUNCTION"),
}
_NOUNS = {"dynamodb": "table", "lambda": "function", "sqs": "queue", "sts": "table"}


def noun_of(kind: str) -> str:
    """Return what it is: a table, a function or a queue; and the option that names one."""
    return _NOUNS[_KINDS[kind].service]


def find_resource(
    kind: str, name: str | None, stack_name: str | None, local_directory: Path
) -> tuple[Any, str]:
    """Return a client that reaches what was chosen, and its name.

    Without a name or a stack it is the local stack's of that kind. Raises OperationError. AWS's own
    ways of choosing an account hold for what is deployed: AWS_PROFILE, AWS_REGION,
    AWS_ENDPOINT_URL and the rest.
    """
    wanted = _KINDS[kind]
    with told_plainly():
        if name is None and stack_name is None:
            return _find_local(kind, local_directory.resolve() / "stack.env")
        client = _client(wanted.service, wanted.config)
        if name is not None and wanted.index_name:
            # What lies in a table of another kind would be no usage, and all would seem well.
            _check_index(client, kind, name, wanted.index_name)
        return client, name or _name_in_stack(kind, str(stack_name))


def client_in_aws(service: str) -> Any:  # noqa: ANN401 - see `_client`
    """Return a client of a service where a deployed stack is; raises OperationError."""
    with told_plainly():
        return _client(service, _CONFIG)


def tell_time(name: str | None, stack_name: str | None, local_directory: Path) -> datetime:
    """Return the present of what was chosen, in UTC.

    The functions of the local stack live in the time of its sandbox, whose clock can be moved. In
    AWS, and where no sandbox answers, it is this machine's.
    """
    url = None
    if name is None and stack_name is None:
        url = dotenv_values(local_directory / "stack.env", interpolate=False).get(_SANDBOX)
    if not url:
        return datetime.now(UTC)
    try:
        answer = httpx.get(f"{url}/_sandbox/clock", trust_env=False).raise_for_status()
        return datetime.fromisoformat(answer.json()["now"])
    except httpx.HTTPError:
        return datetime.now(UTC)


def tell_caller(name: str | None, stack_name: str | None, local_directory: Path) -> str:
    """Return who calls AWS where that is which was chosen, by ARN; raises OperationError."""
    with told_plainly():
        if name is None and stack_name is None:
            client, _ = _find_local(_CALLER, local_directory.resolve() / "stack.env")
        else:
            # With the credentials of now: the default session keeps those of its first client.
            client = boto3.Session().client("sts", config=_CONFIG)
        with closing(client):
            return str(client.get_caller_identity()["Arn"])


def _check_index(dynamodb: Any, kind: str, name: str, index: str) -> None:  # noqa: ANN401 - see `_client`
    """Look before the first call whether a table is of its kind."""

    def check(**_: object) -> None:
        dynamodb.meta.events.unregister(_ANY_CALL, check)
        table = dynamodb.describe_table(TableName=name)["Table"]
        if index not in {one["IndexName"] for one in table.get("GlobalSecondaryIndexes", [])}:
            raise OperationError(f"table {name} is no {kind}: it has no index {index}")

    dynamodb.meta.events.register(_ANY_CALL, check)


def stack_clients(
    stack_name: str | None, local_directory: Path
) -> tuple[Callable[..., Any], dict[str, str]]:
    """Return what makes clients of any service where a stack is, and what `make up` wrote of it.

    Of a deployed stack nothing is written. The local one's Marketplace is the sandbox.
    """
    if stack_name is not None:
        return partial(boto3.Session().client, config=_CONFIG), {}
    path = local_directory / "stack.env"
    found = {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    url, region, key_id, secret = (found[name] for name in _REACHING)
    session = boto3.Session(key_id, secret, region_name=region)

    def client(service: str, **more: str) -> Any:  # noqa: ANN401 - callers name the service
        own = found.get(f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}")
        config = _CONFIG.merge(_LOCAL_CONFIG)
        return session.client(service, endpoint_url=own or url, config=config, **more)  # type: ignore[call-overload] # any service

    return client, found


def tell_parameter(parameter: str, stack_name: str | None, local_directory: Path) -> str:
    """Return with which value of a parameter a stack is deployed; raises OperationError.

    It is empty where the stack is of a version that has no such parameter.
    """
    with told_plainly():
        if stack_name is None:
            clients, _ = stack_clients(None, local_directory)
            cloudformation = clients("cloudformation")
        else:
            cloudformation = _client("cloudformation", _CONFIG)
        with closing(cloudformation):
            stack = describe_stack(cloudformation, stack_name)
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    return str(given.get(parameter, ""))


def describe_stack(cloudformation: Any, stack_name: str | None) -> Any:  # noqa: ANN401 - see `_client`
    """Return what CloudFormation tells of a stack, or of the only Meterhouse that it has."""
    if stack_name is None:
        stacks = cloudformation.describe_stacks()["Stacks"]
        return next(one for one in stacks if _SIGN in {of["OutputKey"] for of in one["Outputs"]})
    try:
        (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        where = _place(cloudformation.meta.region_name)
        raise OperationError(
            f"there is no stack {stack_name} in {where}: name another one, or the region by "
            "AWS_REGION and the account by AWS_PROFILE"
        ) from error
    return stack


def _name_in_stack(kind: str, stack_name: str) -> str:
    with closing(_client("cloudformation", _CONFIG)) as cloudformation:
        stack = describe_stack(cloudformation, stack_name)
    key = kind + _KINDS[kind].output_ends
    for output in stack.get("Outputs", []):
        if output.get("OutputKey") == key:
            return str(output["OutputValue"])
    raise OperationError(
        f"stack {stack_name} has no output {key}: is it a Meterhouse, and of this version?"
    )


def _place(region: str) -> str:
    with closing(_client("sts", _CONFIG)) as sts:
        return f"region {region} of account {sts.get_caller_identity()['Account']}"


def _client(service: str, config: Config) -> Any:  # noqa: ANN401 - callers name the service
    return boto3.client(service, config=config)  # type: ignore[call-overload] # any service


def _find_local(kind: str, path: Path) -> tuple[Any, str]:
    """Find it by the shell assignments that `make up` writes."""
    service, config, variable, *_ = _KINDS[kind]
    # Every command takes a stack, and not every one a table, a function or a queue.
    other = "or name a deployed stack with --stack-name"
    if not path.exists():
        raise OperationError(f"no local stack is up ({path} is absent): run `make up`; {other}")
    found = dotenv_values(path, interpolate=False)
    names = (*_REACHING, variable)
    absent = [name for name in names if not found.get(name)]
    if absent:
        sentence = f"{path} lacks {', '.join(absent)}: run `make down` and `make up`"
        raise OperationError(f"{sentence} to write it anew; {other}")
    url, region, key_id, secret, local_name = (str(found[name]) for name in names)
    session = boto3.Session(key_id, secret, region_name=region)
    config = config.merge(_LOCAL_CONFIG)
    return session.client(service, endpoint_url=url, config=config), local_name  # type: ignore[call-overload] # any service
