"""The handler that the local stack's functions start with: it gives them the sandbox's time.

`local.stack.adaptations` puts it before the shipped handler, and nothing that ships knows of it.
While the sandbox's clock is moved, an invocation sees that time on every clock that shows the time
of day, and in the moments at which SQS says that its messages were sent: as if the product had
sent them at the same distance. As they are stay monotonic clocks, the time that is left to the
invocation, and the date in a request's signature, since the emulator refuses old and early ones.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from importlib import import_module
from typing import Any
from urllib.request import ProxyHandler, build_opener

import botocore.auth
import time_machine

HANDLER_VARIABLE = "SHIPPED_HANDLER"
# Nobody's proxy leads to the loopback.
_OPENER = build_opener(ProxyHandler({}))
_ANSWER_SECONDS_MAX = 2.0
_SENT_ATTRIBUTES = ("SentTimestamp", "ApproximateFirstReceiveTimestamp")

type Handler = Callable[[Any, Any], Any]


class SandboxTime:
    """A shipped handler in the sandbox's time."""

    def __init__(self, shipped: Handler, sandbox_url: str) -> None:
        self._shipped = shipped
        self._clock_url = f"{sandbox_url}/_sandbox/clock"
        # What messages are moved by is rounded, so that a message that comes again is the same.
        self._seconds_ahead, self._ahead = 0, 0.0

    def __call__(self, event: Any, context: Any) -> Any:  # noqa: ANN401 - whatever Lambda passes
        """Invoke the shipped handler; the clock is asked for once, and runs on meanwhile."""
        self._ask()
        if self._seconds_ahead == 0:
            return self._shipped(event, context)
        _keep_real_time_left(context)
        with time_machine.travel(time.time() + self._ahead, tick=True):
            return self._shipped(_sent_later(event, self._seconds_ahead), context)

    def _ask(self) -> None:
        """Learn how far the sandbox's clock is ahead; without an answer the last one holds.

        A function whose clock is behind takes for the future what the sandbox has just told it.
        """
        try:
            with _OPENER.open(self._clock_url, timeout=_ANSWER_SECONDS_MAX) as answer:
                clock = json.load(answer)
            shown = datetime.fromisoformat(clock["now"]).timestamp()
            self._seconds_ahead, self._ahead = int(clock["offset_seconds"]), shown - time.time()
        except (OSError, HTTPException, ValueError, KeyError):
            pass  # a sandbox that does not answer is AWS Marketplace out of order: not our matter


def _keep_real_time_left(context: Any) -> None:  # noqa: ANN401 - whatever Lambda passes
    """Count the time left by a clock that nobody moves: the emulator counts by the time of day."""
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    context.get_remaining_time_in_millis = lambda: max(0, int((ends_at - time.monotonic()) * 1000))


def _sent_later(event: Any, seconds: int) -> Any:  # noqa: ANN401 - whatever Lambda passes
    records = event.get("Records", []) if isinstance(event, dict) else []
    for record in records:
        attributes = record.get("attributes", {})
        for name in attributes.keys() & _SENT_ATTRIBUTES:
            attributes[name] = str(int(attributes[name]) + seconds * 1000)
    return event


def _real_now(remove_tzinfo: bool = True) -> datetime:  # noqa: FBT001, FBT002 - as in botocore
    escape = time_machine.escape_hatch
    now = escape.datetime.datetime.now(UTC) if escape.is_travelling() else datetime.now(UTC)
    return now.replace(tzinfo=None) if remove_tzinfo else now


def _start() -> SandboxTime:
    """Import the shipped handler as Lambda does, when the process starts."""
    module, _, name = os.environ[HANDLER_VARIABLE].rpartition(".")
    vars(botocore.auth)["get_current_datetime"] = _real_now
    shipped = getattr(import_module(module), name)
    return SandboxTime(shipped, os.environ["AWS_ENDPOINT_URL_MARKETPLACE_METERING"])


if HANDLER_VARIABLE in os.environ:
    lambda_handler = _start()
