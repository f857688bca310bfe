"""The page of dead letters: what failed on every delivery, and may safely go its way once more."""

from loopback_console.forms import EntryError
from loopback_console.visits import Visit

from operations.console.confirming import check_seen, digest_of
from operations.console.stack import Stack
from operations.console.views import View
from operations.dead_letters import (
    AGREEMENTS,
    WAYS,
    AgreementDeadLetters,
    UsageDeadLetters,
    Way,
    letters_answer,
    send_letters,
)

DEAD_LETTERS_PATH = "/dead-letters"
# So many messages are looked at: each has to be received, and given back.
MESSAGES_MAX = 200


def show_dead_letters(stack: Stack, visit: Visit) -> View:
    """Show usage that failed on every delivery, and how much of AWS's events did."""
    del visit
    with stack.open(UsageDeadLetters).held(MESSAGES_MAX) as messages:
        usage = letters_answer(messages)
    with stack.open(AgreementDeadLetters).held(MESSAGES_MAX) as messages:
        agreements = [(one.id, one.sent_at) for one in messages]
    return View(
        "dead_letters.html",
        {
            "answer": usage,
            "safe": sum(one.is_safe for one in usage.messages),
            "agreements": agreements,
            "is_cut": MESSAGES_MAX in {len(usage.messages), len(agreements)},
        },
    )


def ask_redriving_letters(stack: Stack, visit: Visit) -> View:
    """Say which messages are sent again, and which are left."""
    name, way = _way(visit)
    with stack.open(way.source).held(MESSAGES_MAX) as messages:
        safe = way.safe(messages)
        shown = [(one.id, one.sent_at) for one in safe]
        left = len(messages) - len(safe)
    values = {"kind": name, "seen": digest_of(one.id for one in safe)}
    return View(
        "letters.html",
        {"safe": shown, "left": left, "is_usage": name != AGREEMENTS, "fields": values},
    )


def redrive_letters(stack: Stack, visit: Visit) -> str:
    """Send again what was shown, and leave the rest where it is."""
    _, way = _way(visit)
    queue = stack.open(way.source)
    with queue.held(MESSAGES_MAX) as messages:
        safe = way.safe(messages)
        check_seen(visit.form, digest_of(one.id for one in safe))
        send_letters(stack.open(way.target), queue, safe)
    return DEAD_LETTERS_PATH


def _way(visit: Visit) -> tuple[str, Way]:
    name = visit.form.required("kind")
    if name not in WAYS:
        raise EntryError(f"kind must be one of {', '.join(WAYS)}")
    return name, WAYS[name]
