"""`unfinished`: what AWS has not accepted yet, and how long it still will."""

from datetime import datetime

from operations.answers import UnfinishedAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import answering
from operations.reads import read_unfinished


@answering
def unfinished(ledger: CarefulUsageTable, *, now: datetime) -> UnfinishedAnswer:
    """Show the hours and records that are not finished, and why; the soonest deadline first."""
    return read_unfinished(ledger, now)
