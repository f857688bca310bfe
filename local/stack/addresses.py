"""The addresses of a running stack, written as shell assignments to `stack.env`."""

import dataclasses
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from local.stack.errors import StackError


@dataclass(frozen=True, slots=True)
class StackAddresses:
    """Everything an outsider needs to use the stack; each field is one shell variable."""

    aws_endpoint_url: str
    aws_default_region: str
    aws_access_key_id: str
    aws_secret_access_key: str
    sandbox_url: str
    register_url: str
    usage_queue_url: str
    usage_dlq_url: str
    rejected_usage_queue_url: str
    subscriptions_table: str
    usage_table: str
    register_function: str
    drain_function: str
    reconcile_function: str


def write_addresses(addresses: StackAddresses, path: Path) -> None:
    """Write the addresses so that only their owner can read them, never half a file."""
    lines = [
        f"{name.upper()}={shlex.quote(value)}\n"
        for name, value in dataclasses.asdict(addresses).items()
    ]
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
    unfinished.replace(path)


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
