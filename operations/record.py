"""`record`: one metering record, down to the events that it is made of."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from meterhouse.domain.keys import RecordKey
from operations.answers import RecordAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import SubscriptionName, answering
from operations.reads import read_record


@answering
def record(
    ledger: CarefulUsageTable,
    name: SubscriptionName,
    dimension: Annotated[str, typer.Argument(help="The dimension.")],
    hour: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%dT%H"], help="The UTC hour, as in log lines.")
    ],
) -> RecordAnswer:
    """Show one record: its events, what was frozen, its answer from AWS, and what was carried.

    A record is one dimension of one subscription in one hour. Only that hour is read.
    """
    key = RecordKey(name, dimension, hour.replace(tzinfo=UTC))
    return read_record(ledger, ledger.layout().shards, key, ledger.noted)
