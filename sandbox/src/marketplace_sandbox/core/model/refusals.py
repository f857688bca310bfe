"""What AWS refused, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

# The oldest entries make room: a long test run must not fill the memory with its history.
REFUSALS_KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS refused, by a rule and not by a scripted fault; `record` as far as it is known."""

    at: datetime
    operation: str
    code: str
    message: str
    record: Mapping[str, object] | None
    request_id: str = ""
