"""BatchMeterUsage: a seller meters up to 25 records of one product, each with its own answer."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from marketplace_sandbox.core.bill.booking import book_lines
from marketplace_sandbox.core.faults.dice import Arrival, strike_records
from marketplace_sandbox.core.model.calls import RecordOutcome
from marketplace_sandbox.core.model.faults import FaultKind, Subject
from marketplace_sandbox.core.model.quantities import format_quantity
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.access import check_region
from marketplace_sandbox.core.operations.batch_decision import (
    BatchDecision,
    Counter,
    Duplicate,
    Market,
    Metered,
    NotSubscribed,
    RecordStatus,
    Unprocessed,
    Unrecognized,
    check_batch,
    decide_batch,
)
from marketplace_sandbox.core.operations.batch_results import batch_result, refusals_of
from marketplace_sandbox.core.operations.lost_duplicates import note_lost_duplicates
from marketplace_sandbox.core.operations.performer import Applied, Performer
from marketplace_sandbox.core.operations.usage_records import (
    RECORDS_MAX,
    UsageRecord,
    check_size,
    count_records,
    read_batch_request,
)
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.peeking import (
    peek_number,
    peek_shared_text,
    peek_text,
    peek_time,
    share,
)

UNPROCESSED = "Unprocessed"


def _perform(state: MarketplaceState, call: Call, arrival: Arrival) -> Applied:
    request = read_batch_request(call.document)
    market = Market(state.products, state.agreements, state.readings, state.suspended_accounts)
    subscribers = check_batch(request, market, now=call.at)
    if subscribers:
        check_region(subscribers[0].product, call.caller.region)
    strikes = strike_records(state.faults, arrival)
    counter = Counter(state.bill, call.caller.region, state.readings)
    decision = decide_batch(
        request,
        subscribers,
        counter,
        unprocessed=strikes.positions(FaultKind.UNPROCESSED),
        unrecognized=strikes.positions(FaultKind.UNKNOWN_STATUS),
        request_id=call.request_id,
    )
    state.faults = strikes.faults
    book_lines(state, decision.new_lines)
    note_lost_duplicates(state, decision, at=call.at)
    refusals = tuple(refusals_of(decision, at=call.at, request_id=call.request_id))
    outcomes = tuple(_outcomes_of(decision))
    return Applied(batch_result(decision), outcomes, strikes.fault, refusals)


def _outcomes_of(decision: BatchDecision) -> Iterator[RecordOutcome]:
    """List what became of the records of a call that was applied."""
    for outcome in decision.outcomes:
        status: str
        record_id: str | None = None
        match outcome:
            case Metered(_, billed):
                status, record_id = RecordStatus.SUCCESS, billed.metering_record_id
            case Duplicate(_, billed):
                status, record_id = RecordStatus.DUPLICATE_RECORD, billed.metering_record_id
            case NotSubscribed():
                status = RecordStatus.CUSTOMER_NOT_SUBSCRIBED
            case Unprocessed():
                status = UNPROCESSED
            case Unrecognized(_, unknown):
                status = unknown
            case _:
                assert_never(outcome)
        yield _outcome_of(outcome.record, status, record_id)


def _outcome_of(record: UsageRecord, status: str, record_id: str | None) -> RecordOutcome:
    customer = record.customer_aws_account_id or record.customer_identifier
    return RecordOutcome(
        str(status),
        share(record.dimension),
        None if record.license_arn is None else share(record.license_arn),
        None if customer is None else share(customer),
        share(format_quantity(record.quantity.value)),
        record.used_at,
        record_id,
    )


def _subjects(state: MarketplaceState, call: Call) -> Iterator[Subject]:
    code = peek_text(call.document, "ProductCode")
    for record in _records(call.document):
        yield _subject_of(state, record, code)


def _subject_of(state: MarketplaceState, record: Mapping[str, object], code: str | None) -> Subject:
    arn, account = peek_text(record, "LicenseArn"), peek_text(record, "CustomerAWSAccountId")
    agreement = None if arn is None else state.agreements.of_license(arn)
    if agreement is not None:
        code = code or agreement.product_code
        account = account or agreement.customer_aws_account_id
    return Subject(
        product_code=code,
        dimension=peek_text(record, "Dimension"),
        license_arn=arn,
        customer_aws_account_id=account,
        customer_identifier=peek_text(record, "CustomerIdentifier"),
    )


def _outcomes(call: Call, status: str, _: Document) -> tuple[RecordOutcome, ...]:
    return tuple(
        RecordOutcome(
            status,
            peek_shared_text(record, "Dimension"),
            peek_shared_text(record, "LicenseArn"),
            peek_shared_text(record, "CustomerAWSAccountId")
            or peek_shared_text(record, "CustomerIdentifier"),
            peek_number(record.get("QuantityAsDecimal", record.get("Quantity"))),
            peek_time(record, "Timestamp"),
            None,
        )
        for record in _records(call.document)
    )


def _records(document: Document) -> Iterator[Mapping[str, object]]:
    items = document.get("UsageRecords")
    for item in items[:RECORDS_MAX] if isinstance(items, list) else ():
        yield item if isinstance(item, dict) else {}


PERFORMER = Performer(
    _perform,
    _subjects,
    _outcomes,
    count=lambda call: count_records(call.document),
    check_size=check_size,
)
