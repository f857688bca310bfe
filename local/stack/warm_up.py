"""First invocations: a stack is ready when its functions have answered, not when it is deployed."""

import json

import httpx

from local.stack.addresses import StackAddresses
from local.stack.aws_clients import AwsAccess
from local.stack.errors import StackError
from local.stack.event_sources import rewrite_numbers, wait_until_enabled
from local.stack.layout import REPOSITORY

WARM_UP_SECONDS_MAX = 60.0
API_REQUEST = REPOSITORY / "events" / "api-request.json"
_NO_MESSAGES = json.dumps({"Records": []}).encode()


def warm_up(aws: AwsAccess, addresses: StackAddresses) -> None:
    """Invoke each function once and wait for the queues' event sources.

    A missing permission, setting or dependency shows here, before anybody sends usage: as a
    StackError that names the failure.
    """
    for function in (addresses.drain_function, addresses.track_function):
        rewrite_numbers(aws, function)
        wait_until_enabled(aws, function)
        _invoke(aws, function, _NO_MESSAGES)
    wait_until_enabled(aws, addresses.announce_function)
    _invoke(aws, addresses.announce_function, _NO_MESSAGES)
    _invoke(aws, addresses.reconcile_function, b"{}")
    _invoke(aws, addresses.api_function, API_REQUEST.read_bytes())
    page = httpx.get(addresses.register_url, timeout=WARM_UP_SECONDS_MAX, trust_env=False)
    if page.is_server_error or page.status_code == httpx.codes.NOT_FOUND:
        raise StackError(
            f"GET {addresses.register_url} answered {page.status_code}: {page.text[:500]}"
        )


def _invoke(aws: AwsAccess, function: str, payload: bytes) -> None:
    answer = aws.functions().invoke(FunctionName=function, Payload=payload)
    if answer.get("FunctionError"):
        reason = answer["Payload"].read().decode(errors="replace")
        raise StackError(f"{function} failed its first invocation: {reason[:2000]}")
