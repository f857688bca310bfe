"""MeterUsage: software in a buyer's account meters itself.

On EC2, ECS and EKS a dimension is metered once per hour and instance, task or pod
(`meter.once-an-hour`); on AgentCore as often as it is used, told apart by ClientToken
(`meter.agentcore-many`). The two are opposites: what is a repeat on the one is more usage on the
other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace_sandbox.core.bill.booking import book_lines
from marketplace_sandbox.core.faults.dice import Arrival
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import UsageKey
from marketplace_sandbox.core.model.callers import Caller, Platform, Resource
from marketplace_sandbox.core.model.calls import SUCCESS, RecordOutcome
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.model.instants import format_iso, hour_of
from marketplace_sandbox.core.model.quantities import format_quantity
from marketplace_sandbox.core.model.registrations import TokenUse
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.batch_decision import BatchDecision, Duplicate
from marketplace_sandbox.core.operations.billing import bill_record
from marketplace_sandbox.core.operations.lost_duplicates import note_lost_duplicates
from marketplace_sandbox.core.operations.meter_requests import (
    MeterRequest,
    fingerprint_of,
    read_meter_request,
)
from marketplace_sandbox.core.operations.performer import Applied, Performer
from marketplace_sandbox.core.operations.resources import current_agreements
from marketplace_sandbox.core.operations.usage_records import UsageRecord
from marketplace_sandbox.core.operations.windows import check_usage_time
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.peeking import (
    peek_number,
    peek_shared_text,
    peek_text,
    peek_time,
    share,
)

# `meter.window`: "up to six hours in the past", "more than six hours" is refused. So six hours to
# the microsecond, which is as exact as time is here, are accepted. This window is always shut when
# the month closes at 06:00 UTC on the 1st, so that MeterUsage needs no rule for the month's end.
AGE_REFUSED = timedelta(hours=6, microseconds=1)
# A limit of the sandbox: of more tokens than this, those that only repeat a line are not kept.
REPEATED_TOKENS_MAX = 1_000_000


def meter_usage(state: MarketplaceState, call: Call) -> Document:
    """Meter one record and return its MeteringRecordId, or raise ServiceError and bill nothing.

    The order in which AWS looks at a request is not documented. Here: its form, then who calls for
    what, then the dimension, the time, and last what has been metered before (INF).
    """
    try:
        request = read_meter_request(call.document, state.readings)
        if request.is_dry_run:
            raise _try_dry(state, call.caller, request, now=call.at)
        return {"MeteringRecordId": _bill_once(state, call, _check(state, call, request))}
    except ServiceError as error:
        raise ServiceError(error.code, error.detail, record=call.document) from error


def _try_dry(
    state: MarketplaceState, caller: Caller, request: MeterRequest, *, now: datetime
) -> ServiceError:
    """Return what DryRun answers: whether the caller might meter the product, never a result.

    Neither of the two names stands in the model's list of errors, only in its prose
    (`meter.dry-run`). Dimension and time are no question of permissions and are not looked at
    (INF).
    """
    try:
        _find_payers(state, caller, request, now=now)
    except ServiceError as error:
        return ServiceError(ErrorCode.UNAUTHORIZED, error.detail)
    return ServiceError(ErrorCode.DRY_RUN, "Request would have succeeded, but DryRun flag is set.")


@dataclass(frozen=True, slots=True)
class _Usage:
    """Usage that may be metered: whose it is, and what tells it from other usage.

    Attributes:
        record: as the bill takes it, with the time as the platform counts it.
        token_name: the ClientToken with the account and region to which it is known (INF).
        fingerprint: of all that must be the same when the token comes again.
        is_token_callers: the caller named the token, so it can come again.

    """

    resource: Resource
    agreement: Agreement
    record: UsageRecord
    key: UsageKey
    token_name: str
    fingerprint: str
    is_token_callers: bool


def _check(state: MarketplaceState, call: Call, request: MeterRequest) -> _Usage:
    """Find out what a request would meter; raise unless it may."""
    resource, agreements = _find_payers(state, call.caller, request, now=call.at)
    if request.dimension not in state.products[resource.product_code].metered_dimensions:
        raise ServiceError(
            ErrorCode.INVALID_USAGE_DIMENSION,
            f"Product {resource.product_code} has no metered dimension {request.dimension}.",
        )
    check_usage_time(request.used_at, now=call.at, readings=state.readings, age_max=AGE_REFUSED)
    agreement = _pick_payer(agreements, request.used_at)
    # MODEL: without a ClientToken AWS makes up a random one.
    token = request.client_token or call.request_id
    if resource.platform is Platform.AGENTCORE:
        used_at, holder = request.used_at, f"{agreement.holder}/{resource.resource_id}/{token}"
    else:
        used_at, holder = hour_of(request.used_at), f"{agreement.holder}/{resource.resource_id}"
    return _Usage(
        resource=resource,
        agreement=agreement,
        record=_record_of(request, resource, used_at, call.document),
        key=UsageKey(
            resource.product_code, holder, request.dimension, hour_of(used_at), resource.region
        ),
        token_name=f"{resource.account_id}/{resource.region}/{token}",
        fingerprint=fingerprint_of(request, used_at=used_at, resource_id=resource.resource_id),
        is_token_callers=request.client_token is not None,
    )


def _bill_once(state: MarketplaceState, call: Call, usage: _Usage) -> str:
    """Bill usage unless it is billed already; return its record's id either way.

    The same again has the id of the first (`meter.same-again`), another quantity is refused
    (`meter.other-quantity`). A ClientToken is kept with the id that answered it, also where that
    was a repeat: with other parameters it is refused from then on (MODEL).
    """
    known_id = _find_token(state, usage)
    if known_id is not None:
        return known_id
    billed = state.bill.get(usage.key)
    if billed is None:
        line = bill_record(usage.record, usage.agreement, usage.key, record_name=call.request_id)
        billed = replace(line, resource_id=usage.resource.resource_id)
        book_lines(state, {usage.key: billed})
        _keep_token(state, usage, billed.metering_record_id)
    elif billed.quantity != usage.record.quantity.value:
        lost = BatchDecision((Duplicate(usage.record, billed),), {})
        note_lost_duplicates(state, lost, at=call.at)
        raise ServiceError(
            ErrorCode.DUPLICATE_REQUEST,
            f"{usage.resource.resource_id} has metered {format_quantity(billed.quantity)} of "
            f"{usage.key.dimension} for the hour of {format_iso(usage.key.hour_at)} already.",
        )
    elif usage.is_token_callers and len(state.client_tokens) < REPEATED_TOKENS_MAX:
        _keep_token(state, usage, billed.metering_record_id)
    return billed.metering_record_id


def _keep_token(state: MarketplaceState, usage: _Usage, record_id: str) -> None:
    state.client_tokens[usage.token_name] = TokenUse(usage.fingerprint, record_id)


def _find_payers(
    state: MarketplaceState, caller: Caller, request: MeterRequest, *, now: datetime
) -> tuple[Resource, list[Agreement]]:
    """Find who runs and which agreements may pay for it; raise unless both are there.

    Only the role of a running instance, task, pod or session may call, no long-term keys
    (`meter.caller`), in its own region (`meter.region`), with a subscription (`meter.entitled`).
    AWS has no error of its own for whoever else calls, the seller first of all; the sandbox says
    that he holds no subscription (INF).
    """
    resource = caller.resource
    if resource is None:
        raise ServiceError(
            ErrorCode.CUSTOMER_NOT_ENTITLED,
            "MeterUsage is called with the role of an EC2 instance, ECS task, EKS pod or AgentCore "
            "session in the buyer's account.",
        )
    if request.product_code != resource.product_code:
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE,
            f"{resource.resource_id} does not run the product {request.product_code}.",
        )
    if caller.region != resource.region:
        raise ServiceError(
            ErrorCode.INVALID_ENDPOINT_REGION,
            f"{resource.resource_id} runs in {resource.region}: call the endpoint there.",
        )
    agreements = current_agreements(state, resource.product_code, resource.account_id, now=now)
    if not agreements:
        raise ServiceError(
            ErrorCode.CUSTOMER_NOT_ENTITLED,
            f"Account {resource.account_id} has no valid subscription for the product.",
        )
    return resource, agreements


def _pick_payer(agreements: list[Agreement], used_at: datetime) -> Agreement:
    """Pick the latest agreement that had begun when the usage happened.

    MODEL: the timestamp must not lie before the start of the software's usage. The model names no
    error for it; it is one of the time (INF). It is held against the subscription, not against the
    launch: a resource may meter what one before it left behind (INF).
    """
    for agreement in agreements:
        if agreement.starts_at <= used_at:
            return agreement
    raise ServiceError(
        ErrorCode.TIMESTAMP_OUT_OF_BOUNDS,
        f"Timestamp {format_iso(used_at)} lies before the start of the subscription.",
    )


def _find_token(state: MarketplaceState, usage: _Usage) -> str | None:
    """Return what a ClientToken's first use was answered; None if it is new.

    MODEL says so of every platform, though only AgentCore depends on it: the same token with other
    parameters is refused (`meter.agentcore-token`).
    """
    use = state.client_tokens.get(usage.token_name)
    if use is None:
        return None
    if use.fingerprint != usage.fingerprint:
        raise ServiceError(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "The ClientToken was used before, for a request with other parameters.",
        )
    return use.metering_record_id


def _record_of(
    request: MeterRequest, resource: Resource, used_at: datetime, document: Document
) -> UsageRecord:
    return UsageRecord(
        used_at=used_at,
        dimension=request.dimension,
        quantity=request.quantity,
        allocations=request.allocations,
        customer_identifier=None,
        customer_aws_account_id=resource.account_id,
        license_arn=None,
        as_sent=document,
    )


def _subjects(_: MarketplaceState, call: Call) -> Iterator[Subject]:
    yield Subject(
        product_code=peek_text(call.document, "ProductCode"),
        dimension=peek_text(call.document, "UsageDimension"),
        customer_aws_account_id=call.caller.account_id,
    )


def _outcomes(call: Call, status: str, result: Document) -> tuple[RecordOutcome, ...]:
    document = call.document
    outcome = RecordOutcome(
        status,
        peek_shared_text(document, "UsageDimension"),
        None,
        share(call.caller.account_id),
        peek_number(document.get("UsageQuantityAsDecimal", document.get("UsageQuantity"))),
        peek_time(document, "Timestamp"),
        peek_text(result, "MeteringRecordId"),
    )
    return (outcome,)


def _perform(state: MarketplaceState, call: Call, _: Arrival) -> Applied:
    result = meter_usage(state, call)
    return Applied(result, _outcomes(call, share(SUCCESS), result))


PERFORMER = Performer(_perform, _subjects, _outcomes, count=lambda _: 1)
