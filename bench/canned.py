"""Answers to the SDK's requests that come from this process instead of the network."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.hooks import BaseEventHooks

_EMPTY_ANSWERS: Mapping[str, object] = {
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "Query": {"Items": [], "Count": 0},
}
# The counter that all callers share is no part of what is taken to agree.
_QUOTA_PARTITION = "QUOTA"


class _Body:
    """What botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._content


def cut_off(events: BaseEventHooks) -> None:
    """Answer every request of a session's clients at once, and with nothing."""

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return _response(request, _EMPTY_ANSWERS.get(_operation_of(request), {}))

    events.register("before-send.*.*", cast("Any", answer))


class SteadyTable:
    """A table that answers every read and write in the same time, and agrees to every write.

    The emulator shares this machine's processors with what is measured; DynamoDB does not. Writes
    are not kept, so it serves where each record is read once and nobody interferes.
    """

    def __init__(self, tables: Mapping[str, Iterable[Mapping[str, Any]]], seconds: float) -> None:
        self._seconds = seconds
        self._items = {
            (table, _key_of(item)): item for table, items in tables.items() for item in items
        }

    def hook(self, events: BaseEventHooks) -> None:
        """Answer in place of DynamoDB, but for the call quota."""
        events.register("before-send.dynamodb.*", cast("Any", self._answer))

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        document = json.loads(cast("bytes", request.body))
        if document.get("Key", {}).get("pk", {}).get("S") == _QUOTA_PARTITION:
            return None
        time.sleep(self._seconds)
        operation = _operation_of(request)
        if operation != "BatchGetItem":
            return _response(request, _EMPTY_ANSWERS.get(operation, {}))
        found = {
            table: [
                self._items[table, _key_of(key)]
                for key in wanted["Keys"]
                if (table, _key_of(key)) in self._items
            ]
            for table, wanted in document["RequestItems"].items()
        }
        return _response(request, {"Responses": found, "UnprocessedKeys": {}})


def _key_of(item: Mapping[str, Any]) -> str:
    return json.dumps([item["pk"], item.get("sk")])


def _operation_of(request: AWSPreparedRequest) -> str:
    target = request.headers["X-Amz-Target"]
    return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]


def _response(request: AWSPreparedRequest, document: object) -> AWSResponse:
    body = json.dumps(document).encode()
    return AWSResponse(request.url or "", 200, HTTPHeaders(), cast("Any", _Body(body)))
