"""A client of a served sandbox that compares what it returns with what was sent."""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from marketplace_sandbox.client import SandboxClient
from marketplace_sandbox.control.app import describe_api

OF_THE_CLIENT = {"close"}  # no operation of the API
DESCRIPTION = describe_api()
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
}
METHODS = {
    name for name, _ in inspect.getmembers(SandboxClient, inspect.isfunction) if name[0] != "_"
} - OF_THE_CLIENT


def operation_asked(request: httpx.Request) -> str:
    """Find the operation of a request: of the templates that fit, the one that says most."""
    path = request.url.path.removeprefix("/_sandbox")
    fitting = {
        name: len(re.sub(r"{\w+}", "", template))
        for name, (method, template, _) in OPERATIONS.items()
        if method == request.method and re.fullmatch(re.sub(r"{\w+}", ".+", template), path)
    }
    return max(fitting, key=lambda name: fitting[name])


@contextmanager
def watched(url: str, asked: dict[str, str]) -> Iterator[SandboxClient]:
    """Give a client that fails when a result is not what was sent; it notes what it asked for."""
    answers: list[httpx.Response] = []

    def keep(answer: httpx.Response) -> None:
        answer.read()
        answers.append(answer)

    def compared(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*given: Any, **named: Any) -> Any:
            result = method(*given, **named)
            answer = answers[-1]
            assert result == (answer.text if isinstance(result, str) else answer.json())
            asked[method.__name__] = operation_asked(answer.request)
            return result

        return call

    with SandboxClient(url) as client:
        client._client.event_hooks = {"response": [keep]}
        for name in METHODS:
            setattr(client, name, compared(getattr(client, name)))
        yield client
