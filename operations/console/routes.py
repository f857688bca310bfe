"""All addresses of the console: a row for each page, each file, and each form."""

from operations.console.attention import ATTENTION_PATH, ask_redrive, redrive, show_attention
from operations.console.dead_letter_pages import (
    DEAD_LETTERS_PATH,
    ask_redriving_letters,
    redrive_letters,
    show_dead_letters,
)
from operations.console.overview import show_overview
from operations.console.record_pages import RECORD_PATH, give_evidence, show_record, show_records
from operations.console.rejected_pages import (
    REJECTED_PATH,
    ask_discarding,
    ask_sending,
    discard,
    send_again,
    show_one_or_all_rejected,
    show_rejected,
    show_rejected_event,
)
from operations.console.runbook_pages import show_runbook
from operations.console.runbook_words import RUNBOOK_PATH
from operations.console.settling_pages import WAYS
from operations.console.spike_pages import DECISIONS
from operations.console.statement_pages import (
    give_statement_csv,
    give_statement_json,
    give_statement_page,
    show_statement,
)
from operations.console.status_page import STATUS_PATH, show_status
from operations.console.subscription_pages import show_subscription, show_subscriptions
from operations.console.views import Action, File, Page, Question

_ATTENTION = Page("attention", ATTENTION_PATH, show_attention, "Needs a person")
_DEAD_LETTERS = Page("rejected", DEAD_LETTERS_PATH, show_dead_letters)
_REJECTED = Page("rejected", REJECTED_PATH, show_one_or_all_rejected)

PAGES: tuple[Page, ...] = (
    Page("overview", "/", show_overview, "Overview"),
    Page("status", STATUS_PATH, show_status, "Status"),
    Page("subscriptions", "/subscriptions", show_subscriptions, "Subscriptions"),
    Page("subscriptions", "/subscription", show_subscription),
    Page("records", "/records", show_records, "Records"),
    Page("records", RECORD_PATH, show_record),
    _ATTENTION,
    Page("rejected", REJECTED_PATH, show_rejected, "Rejected events"),
    Page("rejected", f"{REJECTED_PATH}/event", show_rejected_event),
    _DEAD_LETTERS,
    Page("statements", "/statements", show_statement, "Statements"),
    Page("runbook", RUNBOOK_PATH, show_runbook, "Runbook"),
)
FILES = (
    File("/evidence.json", give_evidence),
    File("/statement.csv", give_statement_csv),
    File("/statement.json", give_statement_json),
    File("/statement.html", give_statement_page),
)
QUESTIONS: tuple[Question, ...] = (
    Question("/redrive/confirm", ask_redrive, _ATTENTION),
    *(Question(f"{one.path}/confirm", one.ask, _ATTENTION) for one in (*WAYS, *DECISIONS)),
    Question(f"{REJECTED_PATH}/send/confirm", ask_sending, _REJECTED),
    Question(f"{REJECTED_PATH}/discard/confirm", ask_discarding, _REJECTED),
    Question(f"{DEAD_LETTERS_PATH}/confirm", ask_redriving_letters, _DEAD_LETTERS),
)
ACTIONS: tuple[Action, ...] = (
    *(Action(one.path[1:], one.path, one.act, _ATTENTION, one.told) for one in (*WAYS, *DECISIONS)),
    Action(
        "redriven",
        "/redrive",
        redrive,
        _ATTENTION,
        "The records are redriven: they are sent again, or billed with the current hour.",
    ),
    Action(
        "sent",
        f"{REJECTED_PATH}/send",
        send_again,
        _REJECTED,
        "The events are sent again, and billed with their hours once they are drained.",
    ),
    Action("discarded", f"{REJECTED_PATH}/discard", discard, _REJECTED, "The events are deleted."),
    Action(
        "redriven-letters",
        f"{DEAD_LETTERS_PATH}/redrive",
        redrive_letters,
        _DEAD_LETTERS,
        "The messages are sent again.",
    ),
)
