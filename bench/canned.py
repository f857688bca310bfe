"""Answers to the SDK's requests that come from this process instead of the network."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.hooks import BaseEventHooks

type Wire = Mapping[str, Any]
"""A request or an answer of DynamoDB as JSON has it; binary values are base64."""


class _Body:
    """What botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._content


def cut_off(events: BaseEventHooks, head: Wire) -> None:
    """Answer every request of a session's clients at once: writes succeed, and keep nothing.

    Every head that is asked for is there, as `head` says. Of all else there is nothing.
    """

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        asked = json.loads(cast("bytes", request.body))
        document: dict[str, object] = {}
        if "RequestItems" in asked:
            document = {"Responses": _found(asked["RequestItems"], head), "UnprocessedKeys": {}}
        elif "KeyConditionExpression" in asked:
            document = {"Items": [], "Count": 0}
        body = _Body(json.dumps(document).encode())
        return AWSResponse(request.url or "", 200, HTTPHeaders(), cast("Any", body))

    events.register("before-send.*.*", cast("Any", answer))


def on_the_wire(item: Wire) -> dict[str, Any]:
    """Return an item as it is sent, without its keys."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
        if name not in {"pk", "sk"}
    }


def _found(asked: Wire, head: Wire) -> dict[str, object]:
    return {table: [{**key, **head} for key in wanted["Keys"]] for table, wanted in asked.items()}
