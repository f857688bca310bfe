"""What Lambda hands over of a table's stream."""

from collections.abc import Mapping
from typing import Any


def stream_record(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record that tells how an item was written, over the one before if there was."""
    old = {} if before is None else {"OldImage": before}
    return {
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_348_260.0,
            "Keys": {"pk": after["pk"], "sk": after["sk"]},
            "SequenceNumber": "7",
            "NewImage": after,
            **old,
        }
    }
