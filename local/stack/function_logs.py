"""What the functions logged: fetched from the emulated CloudWatch Logs, in the order of time."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.stack.aws_clients import AwsAccess

# A bound for a development tool: more lines than anybody reads, few enough to hold in memory.
_PAGES_MAX = 1_000
# Lambda's own frame around every invocation says nothing about ours.
_FRAME_PREFIXES = ("START RequestId", "END RequestId")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of one function."""

    logged_at: datetime
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.logged_at.isoformat(timespec='milliseconds')} {self.function} {self.text}"


def read_function_logs(aws: AwsAccess, *, seconds_max: float = math.inf) -> list[LogLine]:
    """Read all functions' lines since the stack started.

    When time is up, what is left of each log group after its first page is left out.
    """
    logs = aws.client("logs")
    give_up_at = time.monotonic() + seconds_max
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    lines = [line for group in groups for line in _read_group(logs, group, give_up_at)]
    return sorted(lines, key=lambda line: line.logged_at)


def save_function_logs(aws: AwsAccess, path: Path, *, seconds_max: float = math.inf) -> int:
    """Write all functions' lines to a file and return how many there are."""
    lines = read_function_logs(aws, seconds_max=seconds_max)
    path.write_text("".join(f"{line}\n" for line in lines))
    return len(lines)


def _read_group(
    logs: Any,  # noqa: ANN401 - client without stubs
    group: str,
    give_up_at: float,
) -> Iterator[LogLine]:
    name = group.rpartition("/")[2].removesuffix("LogGroup")
    request: dict[str, Any] = {"logGroupName": group}
    for _ in range(_PAGES_MAX):
        page = logs.filter_log_events(**request)
        for event in page["events"]:
            text = event["message"].rstrip()
            if text and not text.startswith(_FRAME_PREFIXES):
                logged_at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield LogLine(logged_at, name, text)
        if not page.get("nextToken") or time.monotonic() > give_up_at:
            return
        request["nextToken"] = page["nextToken"]
