"""Between a form and its action: what is marked, and that what is done is what was shown before."""

import hashlib
from collections.abc import Iterable

from loopback_console.forms import EntryError, Form

from operations.errors import OperationError
from operations.record_orders import OrderAnswer
from operations.showing import write_json

MARKED_MAX = 200
_PICK = "pick-"


def marked(form: Form) -> list[str]:
    """Return what is marked on a form, each once; raises EntryError if nothing is, or too much."""
    names = [value for name, value in form.values.items() if name.startswith(_PICK)]
    if not names:
        raise EntryError("nothing is marked: mark what is meant")
    if len(names) > MARKED_MAX:
        raise EntryError(f"mark at most {MARKED_MAX} at once")
    return [*dict.fromkeys(names)]


def marks_of(names: Iterable[str]) -> dict[str, str]:
    """Return the fields of a form on which something is marked."""
    return {f"{_PICK}{number}": name for number, name in enumerate(names, 1)}


def digest_of(effects: Iterable[object]) -> str:
    """Return what stands for effects that a page shows, for the form that agrees to them."""
    return hashlib.sha256(write_json({"effects": [*effects]}).encode()).hexdigest()


def check_seen(form: Form, digest: str) -> None:
    """Raise EntryError unless a form agrees to exactly these effects."""
    if form.text("seen") != digest:
        raise EntryError(
            "that is not what was shown when it was agreed to, for something changed since: "
            "nothing was done; look at it once more"
        )


def check_done(answer: OrderAnswer, done: str) -> None:
    """Raise OperationError, which says what became of the others, unless all is `done`."""
    others = [f"{one.record}: {one.answer}" for one in answer.records if not one.is_done]
    if others:
        all_of_them = len(answer.records)
        raise OperationError(
            f"{all_of_them - len(others)} of {all_of_them} were {done}, and not {'; '.join(others)}"
        )
