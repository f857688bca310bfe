"""The log of calls: what was asked, by whom, and what became of it and of each of its records.

Times are the sandbox's own; how long a call took is not known, because its clock may be frozen.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from marketplace_sandbox.core.model.callers import UNSIGNED
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.faults import FaultKind
from marketplace_sandbox.core.model.operation import about

# The oldest entries make room: a long test run must not fill the memory with its history.
CALLS_KEPT_MAX = 20_000
CALLS_LISTED_MAX = CALLS_KEPT_MAX
SUCCESS = "Success"
NO_ANSWER = None


class RecordOutcome(NamedTuple):
    """What became of one record of a call; a tuple, because a log holds half a million of them.

    Attributes:
        status: `Success` and the other statuses of BatchMeterUsage, `Unprocessed` for a record that
            came back in UnprocessedRecords, or the name of the error that refused the whole call.
        customer: the identity that was sent: the AWS account, or else the customer identifier.
        quantity: as a decimal; None if none was sent or it could not be read.
        used_at: UTC; None if it could not be read.

    """

    status: str
    dimension: str | None
    license_arn: str | None
    customer: str | None
    quantity: str | None
    used_at: datetime | None
    metering_record_id: str | None


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One call of the API.

    Attributes:
        operation: its name, as it was sent if nobody knows it.
        records: how many records it held.
        outcome: `Success` or the name of the error, as far as the service is concerned: the answer
            to a successful call can still have been lost on its way (see `fault`).
        fault: what was done to it on purpose.
        sequence: the number of the call, from 1; it grows with every call and never repeats.
        account_id: who called, with `resource_id` if that was something that runs in the account.
        access_key_id: what the call was signed with.
        http_status: None if no answer was sent at all.
        message: what AWS says about the error.

    """

    at: datetime
    operation: str
    records: int
    outcome: str
    fault: FaultKind | None
    sequence: int = 0
    request_id: str = ""
    account_id: str = ""
    region: str = ""
    resource_id: str | None = None
    product_code: str | None = None
    http_status: int | None = NO_ANSWER
    message: str | None = None
    fault_id: str | None = None
    record_outcomes: tuple[RecordOutcome, ...] = ()
    access_key_id: str = UNSIGNED

    @property
    def service(self) -> str:
        """Return the service as boto3 names its clients."""
        return about(self.operation).service


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to list: all that is said must hold, and what is None holds always.

    Attributes:
        outcome: of the call, or of at least one of its records.
        account: the caller's, or the buyer's of at least one record.
        since: the earliest time, included.
        until: the latest time, excluded.
        after: only calls with a greater sequence, for a reader who comes back for what is new.
        limit: at most so many: the latest, or with `after` the first ones that follow.

    """

    operation: str | None = None
    outcome: str | None = None
    account: str | None = None
    region: str | None = None
    product_code: str | None = None
    license_arn: str | None = None
    dimension: str | None = None
    fault: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    limit: int | None = None


def log_call(calls: deque[CallEntry], entry: CallEntry) -> None:
    """Append an entry whose sequence was taken from `next_sequence`."""
    assert entry.sequence == next_sequence(calls), "calls are counted one by one"
    calls.append(entry)


def next_sequence(calls: deque[CallEntry]) -> int:
    """Return the sequence of the call that is logged next; costs the same however long the log."""
    return calls[-1].sequence + 1 if calls else 1


def select_calls(calls: Iterable[CallEntry], chosen: CallFilter | None) -> tuple[CallEntry, ...]:
    """List the calls that a filter lets through, oldest first; raise ControlError if it is odd."""
    if chosen is None:
        return tuple(calls)
    _check(chosen)
    found = (entry for entry in calls if _fits(entry, chosen))
    if chosen.limit is None:
        return tuple(found)
    if chosen.after is not None:
        return tuple(islice(found, chosen.limit))
    return tuple(deque(found, maxlen=chosen.limit))


def _check(chosen: CallFilter) -> None:
    if chosen.limit is not None and not 1 <= chosen.limit <= CALLS_LISTED_MAX:
        raise invalid(f"limit must lie between 1 and {CALLS_LISTED_MAX}")
    if chosen.after is not None and chosen.after < 0:
        raise invalid("after must not be negative")
    for moment in (chosen.since, chosen.until):
        if moment is not None and moment.tzinfo is None:
            raise invalid("since and until need an offset from UTC")


def _fits(entry: CallEntry, chosen: CallFilter) -> bool:
    return (
        (chosen.after is None or entry.sequence > chosen.after)
        and (chosen.since is None or entry.at >= chosen.since)
        and (chosen.until is None or entry.at < chosen.until)
        and chosen.operation in {None, entry.operation}
        and chosen.region in {None, entry.region}
        and chosen.product_code in {None, entry.product_code}
        and chosen.fault in {None, entry.fault, entry.fault_id}
        and _names(chosen.outcome, entry.outcome, _statuses(entry))
        and _names(chosen.account, entry.account_id, (one.customer for one in _records(entry)))
        and _names(chosen.license_arn, None, (one.license_arn for one in _records(entry)))
        and _names(chosen.dimension, None, (one.dimension for one in _records(entry)))
    )


def _names(wanted: str | None, of_call: str | None, of_records: Iterable[str | None]) -> bool:
    return wanted is None or wanted == of_call or wanted in of_records


def _statuses(entry: CallEntry) -> Iterator[str]:
    return (one.status for one in entry.record_outcomes)


def _records(entry: CallEntry) -> tuple[RecordOutcome, ...]:
    return entry.record_outcomes
