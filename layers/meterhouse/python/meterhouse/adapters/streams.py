"""Records of DynamoDB's streams: what those of any table have in common."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def moment_of(told: Mapping[str, Any]) -> datetime:
    """Return when a record was written, as Lambda says it, or as the aws CLI shows it."""
    written: float | str = told["ApproximateCreationDateTime"]
    if isinstance(written, str):
        return datetime.fromisoformat(written).astimezone(UTC)
    return datetime.fromtimestamp(written, UTC)
