"""Rejections as bodies of the RejectedUsageQueue carry them, one by one."""

from collections.abc import Iterator
from typing import Any


def rejections_in(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each rejection of a body, whether it stands alone or with others of its faults."""
    for member in body["rejections"]:
        if "positions" not in member:
            yield member
            continue
        reason = {name: member[name] for name in ("code", "reason", "faults")}
        for position, content in zip(member["positions"], member["contents"], strict=True):
            yield {**reason, "position": position, "content": content}
