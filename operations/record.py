"""`records show`: one metering record, down to the events that it is made of."""

from datetime import datetime
from typing import Annotated

import typer

from meterhouse.domain.keys import RecordKey
from operations.answers import RecordAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import answering, read_subscription_name
from operations.reads import read_record
from operations.record_orders import read_record_name
from operations.times import read_hour


def _read_name(text: str) -> str:
    """Check a record's whole name before anything is asked; a subscription's has no such bars."""
    return read_record_name(text) if "|" in text else text


@answering
def record(
    ledger: CarefulUsageTable,
    record_name: Annotated[
        str,
        typer.Argument(
            parser=_read_name,
            metavar="RECORD|NAME",
            help="The subscription, or a whole record, as a list or a log line has it.",
        ),
    ],
    dimension: Annotated[str | None, typer.Argument(help="The dimension.")] = None,
    hour: Annotated[
        datetime | None,
        typer.Argument(
            parser=read_hour, metavar="[hour]", help="The UTC hour, as in log lines: 2026-11-22T18."
        ),
    ] = None,
) -> RecordAnswer:
    """Show one record: its events, what was frozen, its answer from AWS, and what was carried.

    A record is one dimension of one subscription in one hour. Only that hour is read.
    """
    key = _key_of(record_name, dimension, hour)
    return read_record(ledger, ledger.layout().shards, key, ledger.noted)


def _key_of(name: str, dimension: str | None, hour: datetime | None) -> RecordKey:
    if dimension is None:
        return RecordKey.parse(read_record_name(name))
    if hour is None:
        raise typer.BadParameter("give the hour, too: NAME DIMENSION 2026-11-22T18")
    return RecordKey(read_subscription_name(name), dimension, hour)
