"""The pages about records: lists of them, and one down to the events that it is made of."""

from dataclasses import dataclass

from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit
from starlette.responses import Response

from meterhouse.domain.calls.payload import product_code_to_send, usage_record
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.answers import RecordAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.console.downloads import download
from operations.console.runbook_words import Words, words_about
from operations.console.stack import Stack
from operations.console.subscription_pages import read_month
from operations.console.views import View
from operations.evidence import gather_evidence
from operations.reads import read_record
from operations.showing import silently, write_json

EVENTS_SHOWN_MAX = 500


@dataclass(frozen=True, slots=True)
class SentView:
    """What AWS is told of a record in every send, to the byte."""

    product_code: str | None
    payload: str


def show_record(stack: Stack, visit: Visit) -> View:
    """Show everything about one hour of one meter; only that hour is read."""
    key = read_key(visit.query)
    ledger = stack.open(CarefulUsageTable)
    answer = read_record(ledger, ledger.layout().shards, key, ledger.noted)
    status = answer.status
    reasons = [answer.hour_reason, *(one.reason for one in answer.not_carried)]
    if status is not None:
        reasons.append(status.reason)
    return View(
        "record.html",
        {
            "key": key,
            "answer": answer,
            "events": answer.events[:EVENTS_SHOWN_MAX],
            "events_hidden": max(0, len(answer.events) - EVENTS_SHOWN_MAX),
            "sent": view_sent(answer),
            "reasons": words_of_reasons(reasons),
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
            each=silently,
        )
    else:
        name = SubscriptionKey(query.required("subscription"))
        month = read_month(query.text("month"))
        document = gather_evidence(ledger, name, month=month, now=stack.now(), each=silently)
    return download("evidence.json", write_json(document) + "\n")


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


def view_sent(answer: RecordAnswer) -> SentView | None:
    """Return what AWS is told of a record; None of one of which nothing is ever sent."""
    if answer.frozen is None or answer.frozen.identity is None:
        return None
    return SentView(product_code_to_send(answer.frozen), write_json(usage_record(answer.frozen)))


def words_of_reasons(reasons: list[str | None]) -> list[tuple[str, tuple[Words, ...]]]:
    """Return each reason once, with what the runbook says of it."""
    return [(one, words_about(one)) for one in dict.fromkeys(reasons) if one is not None]
