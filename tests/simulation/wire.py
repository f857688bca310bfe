"""The in-process marketplace with a shorter way to it than through all of botocore."""

import itertools
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from marketplace_sandbox.testing import (
    TARGET_PREFIX,
    Clock,
    InProcessMarketplace,
    Operation,
    Readings,
)

from tests.simulation.tables import aws_error

_TARGET = TARGET_PREFIX + Operation.BATCH_METER_USAGE
# So many calls go the short way for one that botocore validates, serializes and parses.
_CALLS_PER_BOTOCORE_CALL = 16


class BriefMarketplace(InProcessMarketplace):
    """An InProcessMarketplace of which one metering call in many goes through botocore.

    botocore costs more than the call itself. Wrong types still surface, and in the other calls the
    request is the same JSON, so that the marketplace cannot tell the difference.
    """

    def __init__(self, *, clock: Clock, seed: str, readings: Readings) -> None:
        super().__init__(clock=clock, seed=seed, readings=readings)
        self._calls = itertools.count()

    def batch_meter_usage(self, **parameters: object) -> dict[str, Any]:
        """Meter usage records, as boto3's client does."""
        if next(self._calls) % _CALLS_PER_BOTOCORE_CALL == 0:
            return super().batch_meter_usage(**parameters)
        answer = self.answer(_TARGET, json.dumps(parameters, default=_epoch_seconds).encode())
        document: dict[str, Any] = json.loads(answer.body)
        if answer.status is not HTTPStatus.OK:
            raise aws_error(document["__type"], answer.status)
        for echo in (
            *(result["UsageRecord"] for result in document["Results"]),
            *document["UnprocessedRecords"],
        ):
            echo["Timestamp"] = datetime.fromtimestamp(echo["Timestamp"], UTC)
        return document


def _epoch_seconds(moment: object) -> float:
    assert isinstance(moment, datetime)
    return moment.timestamp()
