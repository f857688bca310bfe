"""Between a form and its deed: what is done must be what was shown before it was agreed to."""

import hashlib
from collections.abc import Iterable

from loopback_console.forms import EntryError, Form

from operations.showing import write_json


def digest_of(effects: Iterable[object]) -> str:
    """Return what stands for effects that a page shows, for the form that agrees to them."""
    return hashlib.sha256(write_json({"effects": [*effects]}).encode()).hexdigest()


def check_seen(form: Form, digest: str) -> None:
    """Raise EntryError unless a form agrees to exactly these effects."""
    if form.text("seen") != digest:
        raise EntryError(
            "that is not what was shown when it was agreed to, for something changed since: "
            "nothing was done, and this is how it stands now"
        )
