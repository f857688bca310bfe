"""`refused`: records, and late usage, that ended without a bill."""

from datetime import datetime

from operations.answers import RefusedAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import answering
from operations.reads import read_refused


@answering
def refused(ledger: CarefulUsageTable, *, now: datetime) -> RefusedAnswer:
    """Show the records that AWS rejected, disputes or let expire; the oldest hour first.

    Beside them stands late usage that may be billed in no other hour, for its subscription was not
    on, or nobody knew it.
    """
    return read_refused(ledger, now, ledger.noted)
