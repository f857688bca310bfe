"""Commands that start functions, whose answers a test decides."""

import io
import json
from typing import Any

from botocore.response import StreamingBody
from botocore.stub import Stubber
from typer.testing import CliRunner

from operations.__main__ import app


def will_answer(
    functions: Stubber, command: dict[str, Any], answer: dict[str, Any], **more: str
) -> None:
    payload = json.dumps(answer).encode()
    functions.add_response(
        "invoke",
        {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(payload), len(payload))} | more,
        {"FunctionName": "f", "Payload": json.dumps(command).encode()},
    )


def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*arguments, "--function", "f"], input=typed)
    return result.exit_code, result.stdout, result.stderr
