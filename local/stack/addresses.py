"""The addresses of a running stack, written as shell assignments to `stack.env`.

A shell that has read the file, or a program with python-dotenv, reaches this stack and nothing
else: whatever chose another account, endpoint or proxy before is overruled, and the region is one
that AWS does not have, so a client that does not know AWS_ENDPOINT_URL finds nobody.
"""

import dataclasses
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from local.stack.errors import StackError
from local.stack.layout import REPOSITORY

# An empty profile of our own, in place of those in the user's home, beside `stack.env`. It stays
# when the stack goes, since a shell may still name it, and clients refuse a profile that is absent.
_PROFILE = "default"
_LOOPBACK = "127.0.0.1,localhost"
# Those that the documents use; the Marketplace's are the sandbox's.
_SERVICES = (
    "SQS",
    "DYNAMODB",
    "LAMBDA",
    "CLOUDWATCH_LOGS",
    "CLOUDFORMATION",
    "STS",
    "EVENTBRIDGE",
    "DYNAMODB_STREAMS",
)
_PROGRAMS = (REPOSITORY / ".venv" / "bin", Path(__file__).parent / "programs")


@dataclass(frozen=True, slots=True)
class StackAddresses:
    """Everything an outsider needs to use the stack; each field is one shell variable."""

    aws_endpoint_url: str
    aws_default_region: str
    aws_access_key_id: str
    aws_secret_access_key: str
    sandbox_url: str
    register_url: str
    api_url: str
    usage_queue_url: str
    usage_dlq_url: str
    rejected_usage_queue_url: str
    agreement_events_queue_url: str
    agreement_events_dlq_url: str
    unannounced_changes_queue_url: str
    event_bus: str
    subscriptions_table: str
    usage_table: str
    register_function: str
    track_function: str
    sweep_function: str
    announce_function: str
    api_function: str
    drain_function: str
    reconcile_function: str


def write_addresses(addresses: StackAddresses, path: Path) -> None:
    """Write the addresses so that only their owner can read them, never half a file."""
    _profile_file(path).write_text(f"[{_PROFILE}]\nregion = {addresses.aws_default_region}\n")
    named = {name.upper(): value for name, value in dataclasses.asdict(addresses).items()}
    plain = named | _settings_of_clients(addresses, _profile_file(path))
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in plain.items()]
    before_others = ":".join(str(folder) for folder in _PROGRAMS)
    lines.append(f'PATH="{_in_double_quotes(before_others)}:${{PATH}}"\n')
    # Many programs look at the small name first. What the user's proxy leaves alone stays so.
    lines += [f'{name}="{_LOOPBACK},${{{name}:-}}"\n' for name in ("NO_PROXY", "no_proxy")]
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
    unfinished.replace(path)


def _settings_of_clients(addresses: StackAddresses, profile_file: Path) -> dict[str, str]:
    """Return what AWS's clients read besides the addresses.

    A service's own endpoint, which the user may have set, goes before AWS_ENDPOINT_URL. Its name
    follows from the service's id, in every SDK:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    of_services = {f"AWS_ENDPOINT_URL_{one}": addresses.aws_endpoint_url for one in _SERVICES}
    return of_services | {
        "AWS_REGION": addresses.aws_default_region,
        "AWS_ENDPOINT_URL_MARKETPLACE_METERING": addresses.sandbox_url,
        "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": addresses.sandbox_url,
        "AWS_ENDPOINT_URL_MARKETPLACE_AGREEMENT": addresses.sandbox_url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_SESSION_TOKEN": "",
        "AWS_CONFIG_FILE": str(profile_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(profile_file),
        "AWS_PROFILE": _PROFILE,
        "AWS_DEFAULT_PROFILE": _PROFILE,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _profile_file(path: Path) -> Path:
    return path.with_name("aws.config")


def _in_double_quotes(text: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", text)


def read_addresses(path: Path) -> StackAddresses:
    """Read what `write_addresses` wrote; a StackError says how to start a stack when none is up."""
    try:
        text = path.read_text()
    except FileNotFoundError as error:
        raise StackError(f"no local stack is up ({path} is absent): run `make up`") from error
    values = dict(
        assignment.split("=", 1) for line in text.splitlines() for assignment in shlex.split(line)
    )
    names = [field.name for field in dataclasses.fields(StackAddresses)]
    absent = [name.upper() for name in names if name.upper() not in values]
    if absent:
        raise StackError(
            f"{path} lacks {', '.join(absent)}: run `make down` and `make up` to write it anew"
        )
    return StackAddresses(**{name: values[name.upper()] for name in names})
