"""Recording what is asked of a sandbox and answered, as examples of its description.

`python -m tests.examples.recording` writes them anew.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import httpx

from marketplace_sandbox.client import SandboxClient
from marketplace_sandbox.control.examples import EXAMPLES_PATH
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside
from marketplace_sandbox.state_file import StateFile
from tests.builders import NOON_AT
from tests.examples.story import play
from tests.watched_client import OPERATIONS, operation_asked

ENTRIES_MAX = 2  # of a list at the top of an answer: an example need not be long
# What is another in every run.
STEADY = {
    "pem": "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ...\n-----END PUBLIC KEY-----\n",
    "path": "/srv/shop.json",
    "size_bytes": 48213,
}

type Example = dict[str, Any]


class _StillMarketplace(InProcessMarketplace):
    """Delivers events when the story says so, and not by itself."""

    def tick(self, **_: object) -> None:
        pass


def record_examples() -> dict[str, Example]:
    """Play the story and return, by operation, what was asked of it first and answered."""
    marketplace = _StillMarketplace(clock=lambda: NOON_AT, seed="examples")
    recorded: dict[str, Example] = {}
    with serve_beside(marketplace) as url, _recording_client(url, recorded) as api:
        play(api, marketplace)
    with tempfile.TemporaryDirectory() as folder:
        kept = HostedMarketplace(clock=lambda: NOON_AT, state=StateFile(Path(folder) / "shop.json"))
        with serve_beside(kept) as url, _recording_client(url, recorded) as api:
            api.save()
    return recorded


def written(examples: dict[str, Example]) -> str:
    return json.dumps(examples, indent=1) + "\n"


def _recording_client(url: str, recorded: dict[str, Example]) -> SandboxClient:
    def keep(answer: httpx.Response) -> None:
        answer.read()
        assert answer.is_success, answer.text
        recorded.setdefault(operation_asked(answer.request), _example_of(answer))

    client = SandboxClient(url)
    client._client.event_hooks = {"response": [keep]}
    return client


def _example_of(answer: httpx.Response) -> Example:
    request = answer.request
    _, template, operation = OPERATIONS[operation_asked(request)]
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>.+)", template)
    place = re.fullmatch(pattern, request.url.path.removeprefix("/_sandbox"))
    assert place is not None
    said = place.groupdict() | dict(request.url.params)
    example: Example = {
        "parameters": {
            one["name"]: _typed(said[one["name"]], one["schema"])
            for one in operation.get("parameters", ())
            if one["name"] in said
        }
    }
    if request.content.strip() not in {b"", b"{}"}:
        example["request"] = json.loads(request.content)
    is_json = answer.headers["content-type"].startswith("application/json")
    example["response"] = _steady(answer.json()) if is_json else answer.text
    return example


def _typed(text: str, schema: dict[str, Any]) -> str | int:
    types = {one.get("type") for one in schema.get("anyOf", (schema,))}
    return int(text) if "integer" in types else text


def _steady(document: dict[str, Any]) -> dict[str, Any]:
    return {name: _short(STEADY.get(name, value)) for name, value in document.items()}


def _short(value: object) -> object:
    if not isinstance(value, list):
        return value
    return [_steady(one) if isinstance(one, dict) else one for one in value[:ENTRIES_MAX]]


if __name__ == "__main__":
    EXAMPLES_PATH.write_text(written(record_examples()), "utf-8")
