"""An AWS whose answers a test decides, as they come over the wire; and every command there is."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import typer
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from typer.testing import CliRunner

from operations import resources
from operations.__main__ import app

REGION, ACCOUNT = "eu-central-1", "111122223333"
# What a command needs on its line, by the name of the parameter.
_WORDS = {
    "name": "license#l-5f2c",
    "names": "an-event/0",
    "products": "prod-1",
    "records": "license#l-5f2c|api_calls|2026-11-22T18",
    "record_name": "license#l-5f2c|api_calls|2026-11-22T18",
    "dimension": "api_calls",
    "hour": "2026-11-22T18",
    "restored_to": "2026-11-22T18:00:00Z",
    "stopped_at": "2026-11-22T18:30:00Z",
    "reason": "a wrong price",
    "reference": "invoice 7",
}
# A server, which goes on when a call fails.
_SERVERS = {"console"}

# A status, a code and a message; or the body of what is no answer of AWS.
Answer = tuple[int, str, str] | str


@dataclass(slots=True)
class FailingAws:
    """Answers calls of boto3 before they leave; by default every one but those named succeeds.

    `fail` tells how a service and an operation fail, or None.
    """

    fail: Callable[[str, str], Answer | BaseException | None]
    calls: list[str] = field(default_factory=list)

    def __call__(self, request: Any, event_name: str, **more: object) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        del more
        self.calls.append(f"{service}:{operation}")
        failure = self.fail(service, operation)
        if isinstance(failure, BaseException):
            raise failure
        status, headers, body = _written(service, operation, failure)
        return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), _Raw(body))


class _Raw:
    def __init__(self, body: str) -> None:
        self._body = body.encode()

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _written(
    service: str, operation: str, failure: Answer | None
) -> tuple[int, dict[str, str], str]:
    if isinstance(failure, str):
        return 200, {}, failure
    if failure is not None:
        status, code, message = failure
        if service in {"cloudformation", "sts"}:
            error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
            return status, {}, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        body = json.dumps({"__type": code, "message": message, "Message": message})
        return status, {"x-amzn-ErrorType": code}, body
    if service == "sts":
        result = f"<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/olga</Arn>"
        return 200, {}, _query("GetCallerIdentity", result)
    if operation == "DescribeStackResource":
        physical_id = "<PhysicalResourceId>r</PhysicalResourceId>"
        detail = f"<StackResourceDetail>{physical_id}</StackResourceDetail>"
        return 200, {}, _query(operation, detail)
    assert service == "cloudformation", "only what finds a resource may succeed"
    outputs = "".join(
        _output(f"{kind}{one.output_ends}", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{kind}")
        for kind, one in resources._KINDS.items()
    )
    outputs += _output("RegisterUrl", "http://127.0.0.1:9/")
    name = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/1"
    told = f"<StackId>{name}</StackId><StackName>s</StackName>"
    stack = f"<member>{told}<Outputs>{outputs}</Outputs></member>"
    return 200, {}, _query("DescribeStacks", f"<Stacks>{stack}</Stacks>")


def _output(key: str, value: str) -> str:
    named = f"<OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue>"
    return f"<member>{named}</member>"


def _query(operation: str, result: str) -> str:
    inner = f"<{operation}Result>{result}</{operation}Result>"
    return f"<{operation}Response>{inner}</{operation}Response>"


class Line(NamedTuple):
    """A command, what it needs on its line, and whether it asks before it writes."""

    words: tuple[str, ...]
    needs: tuple[str, ...]
    asks: bool

    def __str__(self) -> str:
        """Return its name."""
        return " ".join(self.words)


def commands() -> Iterator[Line]:
    """Yield every command that reads or changes a stack."""
    for words, command in _walk([], typer.main.get_command(app)):
        own = {one.name: one for one in command.params}
        if "stack_name" not in own or words[0] in _SERVERS:
            continue
        needs: list[str] = []
        for name, one in own.items():
            if one.required:
                option = [] if one.param_type_name == "argument" else [one.opts[0]]
                needs += [*option, _WORDS[name]]
        yield Line(tuple(words), tuple(needs), asks="yes" in own)


def run_line(line: Line, *options: str) -> tuple[int, str, str]:
    """Run a command as its user does, who agrees; a traceback fails the test."""
    agreed = ["--yes"] if line.asks else []
    result = CliRunner().invoke(app, [*line.words, *line.needs, *agreed, *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def _walk(words: list[str], command: Any) -> Iterator[tuple[list[str], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, one in inner.items():
        yield from _walk([*words, name], one)
