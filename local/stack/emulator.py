"""The AWS emulator: the only module that knows which one it is and how it wants to be started.

Today it is ministack, in its own tool environment because it pins botocore (see ADR 0006). What it
cannot do and the template asks for is made up for in `http_routes`.
"""

import os
from pathlib import Path

import httpx

from local.stack.errors import StackError
from local.stack.layout import LOOPBACK, REPOSITORY, StackFiles
from local.stack.processes import Program

NAME = "ministack"
# AWS has no such region, so a client that misses the emulator reaches nobody; see ADR 0006.
REGION = "us-local-1"
# The emulator knows this key as the account's root; the functions get keys of their own roles.
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - the emulator's well-known key, worth nothing elsewhere
EXECUTABLE_VARIABLE = "METERHOUSE_EMULATOR"
_INSTALLED_EXECUTABLE = REPOSITORY / ".tools" / "ministack" / "bin" / "ministack"


def find_executable() -> Path:
    """Find the installed emulator; a StackError says how to install it when it is absent."""
    executable = Path(os.environ.get(EXECUTABLE_VARIABLE, _INSTALLED_EXECUTABLE))
    if not executable.exists():
        raise StackError(f"the AWS emulator is not installed at {executable}: run `make setup`")
    return executable


def emulator_program(files: StackFiles, *, port: int, marketplace_url: str) -> Program:
    """Describe the emulator's process: loopback only, IAM enforced, no files outside `files`.

    Functions inherit its environment, so it holds nothing of this machine's user, and one variable
    that sends the SDK's Marketplace client to the sandbox.
    """
    temporary = str(files.temporary)
    return Program(
        command=(str(find_executable()),),
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": temporary,
            "TMPDIR": temporary,
            "STATE_DIR": temporary,
            "S3_DATA_DIR": temporary,
            "BIND_HOST": LOOPBACK,
            "MINISTACK_HOST": LOOPBACK,  # the host of the queue URLs that it hands out
            "MINISTACK_REGION": REGION,
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AUTH": "true",
            "AWS_ENDPOINT_URL_MARKETPLACE_METERING": marketplace_url,
            "AWS_ENDPOINT_URL_MARKETPLACE_AGREEMENT": marketplace_url,
            "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": marketplace_url,
        },
        working_directory=files.temporary,
        log_file=files.log_file(NAME),
    )


def is_healthy(endpoint_url: str, *, seconds_max: float = 5) -> bool:
    """Say whether the emulator answers at this address."""
    url = f"{endpoint_url}/_ministack/health"
    try:
        return httpx.get(url, timeout=seconds_max, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def http_api_url(endpoint_url: str, api_id: str) -> str:
    """Return the address of an HTTP API's default stage (its AWS-style host does not resolve)."""
    return f"{endpoint_url}/_aws/execute-api/{api_id}"
