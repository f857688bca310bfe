"""What the functions logged: fetched from the emulated CloudWatch Logs, in the order of time."""

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


def read_function_logs(aws: AwsAccess) -> list[LogLine]:
    """Read all functions' lines since the stack started."""
    logs = aws.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    lines = [line for group in groups for line in _read_group(logs, group)]
    return sorted(lines, key=lambda line: line.logged_at)


def save_function_logs(aws: AwsAccess, path: Path) -> int:
    """Write all functions' lines to a file and return how many there are."""
    lines = read_function_logs(aws)
    path.write_text("".join(f"{line}\n" for line in lines))
    return len(lines)


def _read_group(logs: Any, group: str) -> Iterator[LogLine]:  # noqa: ANN401 - client without stubs
    name = group.rpartition("/")[2].removesuffix("LogGroup")
    request: dict[str, Any] = {"logGroupName": group}
    for _ in range(_PAGES_MAX):
        page = logs.filter_log_events(**request)
        for event in page["events"]:
            text = event["message"].rstrip()
            if text and not text.startswith(_FRAME_PREFIXES):
                logged_at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield LogLine(logged_at, name, text)
        if not page.get("nextToken"):
            return
        request["nextToken"] = page["nextToken"]
