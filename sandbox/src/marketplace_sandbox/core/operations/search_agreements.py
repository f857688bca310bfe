"""SearchAgreements: the agreements of a proposer or an acceptor, a page at a time."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.model.instants import format_iso, parse_iso
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.agreement_filters import (
    CONTACT_TYPE,
    TIMES,
    Question,
    read_question,
)
from marketplace_sandbox.core.operations.agreement_views import (
    Party,
    contact_of,
    end_behavior_of,
    license_arns_of,
    proposer_of,
    trial_ends_at,
    write_outline,
    write_time,
)
from marketplace_sandbox.core.operations.listing import open_next_token, page_size_of, seal_place
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.peeking import peek_text

_NEVER_AT = datetime.max.replace(tzinfo=UTC)  # what has no end date ends after all others (INF)

type Place = tuple[datetime, str]


def search_agreements(state: MarketplaceState, call: Call) -> Document:
    """Answer one page of the agreements that fit all filters (`search.filters`), in order.

    A page goes on where the last one ended, whatever happened in between: what was updated since
    comes where its new time places it.
    """
    question = read_question(call)
    purpose = f"{call.caller.account_id}/{question}"
    token = open_next_token(call, purpose)
    after = None if token is None else _read_place(token)
    size = page_size_of(call)
    found = [
        (place, agreement)
        for agreement in _of_party(state, question.party, call.caller.account_id)
        if question.fits(state, agreement)
        and _comes_after(place := _place_of(state, agreement, question), after, question)
    ]
    pick = heapq.nlargest if question.is_descending else heapq.nsmallest
    page = pick(size + 1, found, key=lambda one: one[0])
    result: dict[str, object] = {
        "agreementViewSummaries": [_write_summary(state, one) for _, one in page[:size]]
    }
    if len(page) > size:
        result["nextToken"] = seal_place(_write_place(page[size - 1][0]), purpose)
    return result


def _of_party(state: MarketplaceState, party: Party, account_id: str) -> Iterable[Agreement]:
    """List what an account has proposed or accepted, and nothing else (`search.proposer`).

    Under a channel partner's offer the seller is the manufacturer, and sees nothing.
    """
    if party is Party.ACCEPTOR:
        return state.agreements.of_account(account_id)
    every = state.agreements.by_id.values()
    return (one for one in every if proposer_of(state, one) == account_id)


def _place_of(state: MarketplaceState, agreement: Agreement, question: Question) -> Place:
    at = TIMES[question.sorted_by](state, agreement)
    return (at or _NEVER_AT, agreement.agreement_id)


def _comes_after(place: Place, after: Place | None, question: Question) -> bool:
    if after is None:
        return True
    return place < after if question.is_descending else place > after


def _write_place(place: Place) -> str:
    at, agreement_id = place
    return f"{format_iso(at)}/{agreement_id}"


def _read_place(text: str) -> Place:
    at, _, agreement_id = text.partition("/")
    return (parse_iso(at) or _NEVER_AT, agreement_id)  # a year beyond the calendar is not read


def _write_summary(state: MarketplaceState, agreement: Agreement) -> dict[str, object]:
    """Write an agreement with its licenses (`search.licenses`)."""
    summary = write_outline(state, agreement) | {
        "entitlements": [{"licenseArn": arn} for arn in license_arns_of(agreement)]
    }
    summary |= write_time("lastUpdateTime", agreement.last_updated_at)
    summary |= write_time("freeTrialEndTime", trial_ends_at(agreement))
    if contact_of(agreement) is not None:
        summary["includesContactOfType"] = [CONTACT_TYPE]
    behavior = end_behavior_of(state, agreement)
    if behavior is not None:
        summary["endTimeBehaviorType"] = behavior.type
        if behavior.reason is not None:
            summary["endTimeBehaviorReasonCode"] = behavior.reason
    return summary


def _subjects(state: MarketplaceState, call: Call) -> Iterator[Subject]:
    """Say what is searched for, as far as filters name it."""
    filters = call.document.get("filters")
    values: dict[str | None, str] = {}
    for one in filters if isinstance(filters, list) else ():
        if isinstance(one, Mapping) and isinstance(held := one.get("values"), list):
            values |= {peek_text(one, "name"): text for text in held[:1] if isinstance(text, str)}
    product_id = values.get("ResourceIdentifier")
    products = state.products.values()
    found = next((one for one in products if one.product_id == product_id), None)
    yield Subject(
        product_code=None if found is None else found.product_code,
        license_arn=values.get("LicenseArn"),
        customer_aws_account_id=values.get("AcceptorAccountId"),
    )


PERFORMER = Performer(answering(search_agreements), _subjects)
