"""The requests and answers of the latest calls, word for word, for the CloudTrail export.

They are kept as JSON: a parsed call takes three times the memory, and text is saved as it is.
"""

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

DOCUMENTS_KEPT_MAX = 2_000
DOCUMENTS_KEPT_CHARACTERS_MAX = 32_000_000
# CloudTrail omits larger ones too: "maximum size of 100 KB" (DOC, CloudTrail record contents).
DOCUMENT_CHARACTERS_MAX = 102_400
# What CloudTrail writes in place of a secret.
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_SECRETS = frozenset({"RegistrationToken", "registrationToken", "acceptorContact"})
_NAME_OF_A_SECRET = re.compile(f'"(?:{"|".join(sorted(_SECRETS))})":')

type Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallDocuments:
    """One call's request and answer as JSON; None if there was none, or it was too large."""

    sequence: int
    request: str | None
    answer: str | None

    @property
    def characters(self) -> int:
        """Return how much of the room for documents this takes."""
        return len(self.request or "") + len(self.answer or "")


@dataclass(slots=True)
class KeptDocuments:
    """The latest documents, within both limits: the oldest make room."""

    entries: deque[CallDocuments] = field(default_factory=deque)
    characters: int = 0

    def keep(self, documents: CallDocuments) -> None:
        """Keep one more call's documents."""
        self.entries.append(documents)
        self.characters += documents.characters
        while (
            len(self.entries) > DOCUMENTS_KEPT_MAX
            or self.characters > DOCUMENTS_KEPT_CHARACTERS_MAX
        ):
            self.characters -= self.entries.popleft().characters

    def by_sequence(self) -> dict[int, CallDocuments]:
        """Return the documents by the sequence of their call."""
        return {documents.sequence: documents for documents in self.entries}


def copy_documents(
    sequence: int, request: Document | None, answer: Document | None
) -> CallDocuments:
    """Write a call's documents as JSON, without its secrets."""
    return CallDocuments(sequence, _write(request), _write(answer))


def _write(document: Document | None) -> str | None:
    if document is None:
        return None
    try:
        text = json.dumps(document, default=_plain)
    except (RecursionError, ValueError):  # nested without end: not worth a place in the log
        return None
    if len(text) > DOCUMENT_CHARACTERS_MAX:
        return None
    return json.dumps(_hide(json.loads(text))) if _NAME_OF_A_SECRET.search(text) else text


def _hide(value: object) -> object:
    match value:
        case dict():
            return {name: HIDDEN if name in _SECRETS else _hide(one) for name, one in value.items()}
        case list():
            return [_hide(one) for one in value]
        case _:
            return value


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.timestamp()
        case _:
            return str(value)
