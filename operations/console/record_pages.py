"""The pages about records: lists of them, and one down to the events that it is made of."""

from dataclasses import dataclass

from loopback_console.drawing import write_query
from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit
from starlette.responses import Response

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from meterhouse.domain.records.reasons import read_why
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.careful_ledger import CarefulUsageTable
from operations.console.downloads import download
from operations.console.runbook_words import Words, words_about
from operations.console.stack import Stack
from operations.console.subscription_pages import read_month
from operations.console.views import View
from operations.errors import OperationError
from operations.evidence import gather_evidence, sent_of
from operations.options import read_subscription_name
from operations.reads import read_record
from operations.record_filter import RecordFilter
from operations.record_list import list_records
from operations.records import hours_of
from operations.showing import write_json

RECORD_PATH = "/record"
EVENTS_SHOWN_MAX = 500
SHOWN_MAX = 50
_FIELDS = ("subscription", "dimension", "since", "until", "state", "reason")


@dataclass(frozen=True, slots=True)
class SentView:
    """What AWS is told of a record in every send, to the byte."""

    product_code: str | None
    payload: str


def show_records(stack: Stack, visit: Visit) -> View:
    """Show a page of the records that are looked for, the latest hour first."""
    query = visit.query
    wanted, after = read_filter(query), query.text("after")
    ledger = stack.open(CarefulUsageTable)
    shards = ledger.layout().shards
    try:
        answer = list_records(
            ledger, shards, wanted, stack.now(), after=after, limit=SHOWN_MAX, noted=ledger.noted
        )
    except OperationError as error:
        raise EntryError(str(error)) from error
    return View(
        "records.html",
        {
            "filter": query,
            "states": [("", "any"), *((one.value, one.value) for one in RecordState)],
            "answer": answer,
            "following": {**{name: query.entered(name) for name in _FIELDS}, "after": answer.next},
        },
    )


def show_record(stack: Stack, visit: Visit) -> View:
    """Show everything about one hour of one meter; only that hour is read."""
    key = read_key(visit.query)
    ledger = stack.open(CarefulUsageTable)
    answer = read_record(ledger, ledger.layout().shards, key, ledger.noted)
    status, sent = answer.status, sent_of(answer)
    # Once it is frozen, what its hour waits for is another record's.
    why = answer.hour_reason if status is None else status.reason
    reasons = [why, *(one.reason for one in answer.not_carried)]
    return View(
        "record.html",
        {
            "key": key,
            "answer": answer,
            "events": answer.events[:EVENTS_SHOWN_MAX],
            "events_hidden": max(0, len(answer.events) - EVENTS_SHOWN_MAX),
            "sent": None if sent is None else SentView(sent.product_code, write_json(sent.payload)),
            "reasons": words_of_reasons(reasons),
            "settlement": None if status is None else status.settlement,
            "needs_person": status is not None
            and status.state in NOT_BILLED
            and bool(answer.frozen and answer.frozen.quantity),
            "is_rejected": status is not None and status.state is RecordState.REJECTED,
        },
    )


def give_evidence(stack: Stack, visit: Visit) -> Response:
    """Give a file with everything behind a record, or behind a subscription's month."""
    query = visit.query
    ledger = stack.open(CarefulUsageTable)
    if query.text("record") is not None:
        key = read_key(query, "record")
        document = gather_evidence(
            ledger,
            key.subscription,
            dimension=key.dimension,
            hour=key.hour_at,
            now=stack.now(),
        )
    else:
        name = SubscriptionKey(query.required("subscription"))
        month = read_month(query.text("month"))
        document = gather_evidence(ledger, name, month=month, now=stack.now())
    return download("evidence.json", write_json(document) + "\n")


def record_address(name: str) -> str:
    """Return the address of a record's page."""
    return f"{RECORD_PATH}{write_query(name=name)}"


def read_filter(query: Form) -> RecordFilter:
    """Read which records are looked for; raises EntryError."""
    first_at, last_at = hours_of(query.text("since"), query.text("until"), None)
    state = None if query.text("state") is None else query.choice("state", RecordState)
    subscription = query.text("subscription")
    return RecordFilter(
        subscription=None if subscription is None else read_name(subscription),
        dimension=query.text("dimension"),
        first_at=first_at,
        last_at=last_at,
        states=frozenset() if state is None else frozenset({state}),
        reason=read_why(query.text("reason")),
    )


def read_name(text: str) -> SubscriptionKey:
    """Read how a subscription is named, or a tenant as log lines do; raises BadParameter."""
    return SubscriptionKey(text) if "#" in text else read_subscription_name(text)


def read_key(query: Form, field: str = "name") -> RecordKey:
    """Read which record is meant; raises EntryError."""
    name = query.required(field)
    try:
        return RecordKey.parse(name)
    except ValueError as error:
        raise EntryError(
            "a record is named by its subscription, its dimension and its UTC hour, such as "
            "license#l-0123…|api_calls|2026-11-22T18"
        ) from error


def words_of_reasons(reasons: list[str | None]) -> list[tuple[str, tuple[Words, ...]]]:
    """Return each reason once, with what the runbook says of it."""
    return [(one, words_about(one)) for one in dict.fromkeys(reasons) if one is not None]
