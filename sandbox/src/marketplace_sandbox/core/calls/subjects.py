"""What a call is about, read from it however malformed it is: for faults and for the log."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from marketplace_sandbox.core.faults.dice import Arrival, Subject
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.calls import RecordOutcome
from marketplace_sandbox.core.model.instants import parse_epoch_seconds
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.usage_records import RECORDS_MAX
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.excerpts import cut

_TEXTS_SHARED_MAX = 4_096
_METERED_BY_RESOURCES = frozenset({Operation.METER_USAGE, Operation.REGISTER_USAGE})


def read_arrival(state: MarketplaceState, call: Call) -> Arrival:
    """Read what faults look at; position and subject of a record agree."""
    return Arrival(call.operation, call.caller.region, tuple(_subjects(state, call)))


def product_code_of(state: MarketplaceState, call: Call) -> str | None:
    """Return the product that a call names, itself or by the license of its first record."""
    code = _text(call.document, "ProductCode")
    if code is not None:
        return share(code)
    if call.operation is Operation.RESOLVE_CUSTOMER:
        agreement = _agreement_of_token(state, call.document)
        return None if agreement is None else agreement.product_code
    for record in _records(call.document):
        arn = _text(record, "LicenseArn")
        agreement = None if arn is None else state.agreements.of_license(arn)
        return None if agreement is None else agreement.product_code
    return None


def peek_outcomes(call: Call, status: str, *, result: Document | None) -> tuple[RecordOutcome, ...]:
    """List the records of a call of which all came out alike; at most as many as a call may have.

    Texts are cut to a length that the log can bear.
    """
    status = share(status)
    match call.operation:
        case Operation.BATCH_METER_USAGE:
            return tuple(_outcome(record, status) for record in _records(call.document))
        case Operation.METER_USAGE:
            return (_meter_usage_outcome(call, status, result or {}),)
        case _:
            return ()


def share(text: str) -> str:
    """Return a text, cut, and one object for equal texts: the log repeats few of them often."""
    return _one_of_equals(cut(text))


@lru_cache(maxsize=_TEXTS_SHARED_MAX)
def _one_of_equals(text: str) -> str:
    """Hold the last few thousand texts, a megabyte or so; longer ones must never come here."""
    return text


def _subjects(state: MarketplaceState, call: Call) -> Iterator[Subject]:
    document = call.document
    code = _text(document, "ProductCode")
    match call.operation:
        case Operation.BATCH_METER_USAGE:
            for record in _records(document):
                yield _subject_of_record(state, record, code)
        case Operation.RESOLVE_CUSTOMER:
            agreement = _agreement_of_token(state, document)
            yield Subject() if agreement is None else _subject_of(agreement)
        case Operation.METER_USAGE | Operation.REGISTER_USAGE:
            yield Subject(
                code,
                dimension=_text(document, "UsageDimension"),
                customer_aws_account_id=call.caller.account_id,
            )
        case Operation.GET_ENTITLEMENTS:
            yield Subject(code)
            yield from _subjects_of_filter(code, document.get("Filter"))


def _subject_of(agreement: Agreement) -> Subject:
    return Subject(
        agreement.product_code,
        license_arn=agreement.license_arn,
        customer_aws_account_id=agreement.customer_aws_account_id,
        customer_identifier=agreement.customer_identifier,
    )


def _subject_of_record(
    state: MarketplaceState, record: Mapping[str, object], code: str | None
) -> Subject:
    arn, account = _text(record, "LicenseArn"), _text(record, "CustomerAWSAccountId")
    agreement = None if arn is None else state.agreements.of_license(arn)
    if agreement is not None:
        code = code or agreement.product_code
        account = account or agreement.customer_aws_account_id
    return Subject(
        code,
        dimension=_text(record, "Dimension"),
        license_arn=arn,
        customer_aws_account_id=account,
        customer_identifier=_text(record, "CustomerIdentifier"),
    )


def _subjects_of_filter(code: str | None, chosen: object) -> Iterator[Subject]:
    """List a subject per value that GetEntitlements filters by."""
    if not isinstance(chosen, Mapping):
        return
    for name, values in chosen.items():
        for value in values if isinstance(values, list) else ():
            if not isinstance(value, str):
                continue
            match name:
                case "DIMENSION":
                    yield Subject(code, dimension=value)
                case "LICENSE_ARN":
                    yield Subject(code, license_arn=value)
                case "CUSTOMER_AWS_ACCOUNT_ID":
                    yield Subject(code, customer_aws_account_id=value)
                case "CUSTOMER_IDENTIFIER":
                    yield Subject(code, customer_identifier=value)
                case _:
                    pass


def _agreement_of_token(state: MarketplaceState, document: Document) -> Agreement | None:
    text = _text(document, "RegistrationToken")
    token = None if text is None else state.tokens.get(text)
    return None if token is None else state.agreements.by_id.get(token.agreement_id)


def _records(document: Document) -> Iterator[Mapping[str, object]]:
    items = document.get("UsageRecords")
    for item in items[:RECORDS_MAX] if isinstance(items, list) else ():
        yield item if isinstance(item, dict) else {}


def _outcome(record: Mapping[str, object], status: str) -> RecordOutcome:
    return RecordOutcome(
        status,
        _shared(record, "Dimension"),
        _shared(record, "LicenseArn"),
        _shared(record, "CustomerAWSAccountId") or _shared(record, "CustomerIdentifier"),
        _number(record.get("QuantityAsDecimal", record.get("Quantity"))),
        parse_epoch_seconds(at) if isinstance(at := record.get("Timestamp"), _NUMBERS) else None,
        None,
    )


def _meter_usage_outcome(call: Call, status: str, result: Document) -> RecordOutcome:
    document = call.document
    quantity = document.get("UsageQuantityAsDecimal", document.get("UsageQuantity"))
    return RecordOutcome(
        status,
        _shared(document, "UsageDimension"),
        None,
        share(call.caller.account_id),
        _number(quantity),
        parse_epoch_seconds(at) if isinstance(at := document.get("Timestamp"), _NUMBERS) else None,
        _text(result, "MeteringRecordId"),
    )


_NUMBERS = (int, Decimal)


def _number(value: object) -> str | None:
    return share(str(value)) if isinstance(value, int | Decimal | str) else None


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None


def _shared(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return share(value) if isinstance(value, str) else None
