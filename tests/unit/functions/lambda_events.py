"""Events as AWS sends them, made from the examples in events/."""

import copy
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from tests.template.cloudformation import REPOSITORY

TOKEN_FIELD = "x-amzn-marketplace-token"


@cache
def _document(name: str) -> Any:
    return json.loads((REPOSITORY / "events" / name).read_text())


def example(name: str) -> Any:
    return copy.deepcopy(_document(name))


def get_request() -> dict[str, Any]:
    event: dict[str, Any] = example("register-page.json")
    return event


def post_request(body: str, *, is_base64: bool = True) -> dict[str, Any]:
    event: dict[str, Any] = example("register-token.json")
    event["body"] = b64encode(body.encode()).decode() if is_base64 else body
    event["isBase64Encoded"] = is_base64
    return event


def token_form(token: str, **more: str) -> str:
    return urlencode({TOKEN_FIELD: token, **more})


def sqs_event(*bodies: str, sent_at: datetime | None = None) -> dict[str, Any]:
    """Return one batch; each body is a message of its own."""
    sent_milliseconds = int((sent_at or datetime.now(UTC)).timestamp() * 1000)
    template = example("usage-messages.json")["Records"][0]
    records = []
    for n, body in enumerate(bodies):
        record = copy.deepcopy(template)
        record |= {"messageId": f"message-{n}", "receiptHandle": f"receipt-{n}", "body": body}
        record["attributes"]["SentTimestamp"] = str(sent_milliseconds)
        records.append(record)
    return {"Records": records}


def last_hour() -> datetime:
    """Return the middle of the hour before this one, which has settled."""
    now = datetime.now(UTC)
    return now.replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
