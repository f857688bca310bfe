"""Decisions in the words of the API: result documents and journal entries."""

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.quantities import format_quantity
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.operations.batch_decision import (
    BatchDecision,
    Duplicate,
    Metered,
    NotSubscribed,
    RecordStatus,
    Unprocessed,
    Unrecognized,
)
from marketplace_sandbox.core.operations.usage_records import UsageRecord


def batch_result(decision: BatchDecision) -> dict[str, object]:
    """Write BatchMeterUsage's result: each record is in one of two lists (`outcome.one-list`)."""
    results: list[object] = []
    unprocessed: list[object] = []
    for outcome in decision.outcomes:
        match outcome:
            case Metered(record, billed):
                results.append(_entry(record, RecordStatus.SUCCESS, billed.metering_record_id))
            case Duplicate(record, billed):
                # A duplicate's entry carries a MeteringRecordId too (`key.duplicate-id`).
                results.append(
                    _entry(record, RecordStatus.DUPLICATE_RECORD, billed.metering_record_id)
                )
            case NotSubscribed(record):
                results.append(_entry(record, RecordStatus.CUSTOMER_NOT_SUBSCRIBED, None))
            case Unprocessed(record):
                unprocessed.append(record.as_sent)
            case Unrecognized(record, status):
                results.append(_entry(record, status, None))
            case _:
                assert_never(outcome)
    return {"Results": results, "UnprocessedRecords": unprocessed}


def refusals_of(
    decision: BatchDecision, *, at: datetime, request_id: str = ""
) -> Iterator[Refusal]:
    """Journal the records that were not honoured; unprocessed ones are not refused."""
    for outcome in decision.outcomes:
        match outcome:
            case Duplicate(record, billed):
                sent, kept = record.quantity.value, billed.quantity
                yield _refusal(
                    record,
                    RecordStatus.DUPLICATE_RECORD,
                    f"sent {format_quantity(sent)}, but {format_quantity(kept)} is billed",
                    at=at,
                    request_id=request_id,
                )
            case NotSubscribed(record):
                yield _refusal(
                    record,
                    RecordStatus.CUSTOMER_NOT_SUBSCRIBED,
                    "no active agreement pays for this usage",
                    at=at,
                    request_id=request_id,
                )
            case Metered() | Unprocessed() | Unrecognized():
                pass
            case _:
                assert_never(outcome)


def _entry(record: UsageRecord, status: str, metering_record_id: str | None) -> dict[str, object]:
    entry: dict[str, object] = {"UsageRecord": record.as_sent, "Status": str(status)}
    if metering_record_id is not None:
        entry["MeteringRecordId"] = metering_record_id
    return entry


def _refusal(
    record: UsageRecord, status: RecordStatus, message: str, *, at: datetime, request_id: str
) -> Refusal:
    return Refusal(
        at, Operation.BATCH_METER_USAGE, str(status), message, record.as_sent, request_id
    )
