import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from local.sandbox_time.sandbox_time import SandboxTime, _real_now

DAYS_40 = 40 * 86_400
SENT_MS = 1_795_000_000_000


class _Sandbox(HTTPServer):
    """Answers as the sandbox's clock does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ClockHandler)
        self.ahead: float | None = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _ClockHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Sandbox)
        assert self.path == "/_sandbox/clock"
        ahead = self.server.ahead
        self.send_response(500 if ahead is None else 200)
        self.end_headers()
        if ahead is not None:
            now = datetime.now(UTC) + timedelta(seconds=ahead)
            clock = {"now": now.isoformat(), "offset_seconds": round(ahead)}
            self.wfile.write(json.dumps(clock).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def sandbox() -> Iterator[_Sandbox]:
    with _Sandbox() as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()


def context(milliseconds: int = 30_000) -> SimpleNamespace:
    """Count the time left as the emulator does, by the time of day."""
    ends_at = time.time() + milliseconds / 1000
    return SimpleNamespace(get_remaining_time_in_millis=lambda: int((ends_at - time.time()) * 1000))


def queue_event() -> dict[str, Any]:
    attributes = {"SentTimestamp": str(SENT_MS), "ApproximateReceiveCount": "1"}
    return {"Records": [{"messageId": "m", "attributes": attributes}]}


def clocks(event: Any, around: Any) -> dict[str, Any]:
    """Return everything that a handler can see of the time."""
    return {
        "now": datetime.now(UTC),
        "stamp": time.time(),
        "signed": _real_now(remove_tzinfo=False),
        "monotonic": time.monotonic(),
        "left": around.get_remaining_time_in_millis(),
        "event": event,
    }


@pytest.mark.parametrize("ahead", [DAYS_40, -DAYS_40, DAYS_40 + 0.4])
def test_a_handler_sees_the_sandboxs_time_of_day(sandbox: _Sandbox, ahead: float) -> None:
    sandbox.ahead = ahead
    before = datetime.now(UTC)
    seen = SandboxTime(clocks, sandbox.url)({}, context())
    after = datetime.now(UTC)
    moved = timedelta(seconds=ahead)
    assert before + moved <= seen["now"] <= after + moved
    assert before + moved <= datetime.fromtimestamp(seen["stamp"], UTC) <= after + moved


def test_what_must_stay_real_stays(sandbox: _Sandbox) -> None:
    sandbox.ahead = DAYS_40
    before, monotonic = datetime.now(UTC), time.monotonic()
    seen = SandboxTime(clocks, sandbox.url)({}, context(30_000))
    assert before <= seen["signed"] <= datetime.now(UTC)
    assert monotonic <= seen["monotonic"] <= time.monotonic()
    assert 0 < seen["left"] <= 30_000


def test_messages_were_sent_at_the_same_distance(sandbox: _Sandbox) -> None:
    sandbox.ahead = DAYS_40
    seen = SandboxTime(clocks, sandbox.url)(queue_event(), context())
    (record,) = seen["event"]["Records"]
    assert record["attributes"] == {
        "SentTimestamp": str(SENT_MS + DAYS_40 * 1000),
        "ApproximateReceiveCount": "1",
    }


@pytest.mark.parametrize("event", [{}, [], None, "text", {"redrive": ["one"]}])
def test_other_events_arrive_as_they_are(sandbox: _Sandbox, event: object) -> None:
    sandbox.ahead = DAYS_40
    assert SandboxTime(clocks, sandbox.url)(event, context())["event"] == event


def test_while_the_clock_is_the_machines_nothing_is_touched(sandbox: _Sandbox) -> None:
    seen = SandboxTime(clocks, sandbox.url)(queue_event(), context())
    assert seen["event"] == queue_event()
    assert abs(seen["now"] - seen["signed"]) < timedelta(seconds=5)


def test_each_invocation_asks_again(sandbox: _Sandbox) -> None:
    handler = SandboxTime(clocks, sandbox.url)
    for ahead in (0, DAYS_40, 0):
        sandbox.ahead = ahead
        seen = handler({}, context())
        assert round((seen["now"] - seen["signed"]).total_seconds()) == ahead


def test_a_sandbox_that_does_not_answer_leaves_the_time_as_it_was(sandbox: _Sandbox) -> None:
    handler = SandboxTime(clocks, sandbox.url)
    sandbox.ahead = DAYS_40
    handler({}, context())
    sandbox.ahead = None
    seen = handler({}, context())
    assert round((seen["now"] - seen["signed"]).total_seconds()) == DAYS_40


def test_the_time_is_the_machines_again_after_a_failure(sandbox: _Sandbox) -> None:
    sandbox.ahead = DAYS_40

    def fail(_event: object, _context: object) -> None:
        raise RuntimeError("as a handler may")

    with pytest.raises(RuntimeError):
        SandboxTime(fail, sandbox.url)({}, context())
    assert abs(datetime.now(UTC) - _real_now(remove_tzinfo=False)) < timedelta(seconds=5)
