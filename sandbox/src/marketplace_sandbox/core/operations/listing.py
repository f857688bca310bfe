"""Lists that come in pages, and NextToken: where a page ended."""

import base64
import hashlib
from collections.abc import Sequence

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.fields import read_text

AGREEMENT_PAGE_SIZE_MAX = 50
_CHECKSUM_LENGTH = 8


def seal_place(place: str, purpose: str) -> str:
    """Write a page's end so that it is good for nothing but the next page of one question."""
    sealed = _checksum(place, purpose) + place.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def open_place(token: str, purpose: str) -> str | None:
    """Read a page's end; None if the token was not given for this question."""
    try:
        sealed = base64.b64decode(token, altchars=b"-_", validate=True)
        place = sealed[_CHECKSUM_LENGTH:].decode("utf-8", "surrogatepass")
    except ValueError:
        return None
    return place if sealed[:_CHECKSUM_LENGTH] == _checksum(place, purpose) else None


def page_size_of(call: Call) -> int:
    """Return how much a page of the Agreement API holds (`search.page-size`)."""
    size = call.document.get("maxResults")
    return size if isinstance(size, int) else AGREEMENT_PAGE_SIZE_MAX


def open_next_token(call: Call, purpose: str) -> str | None:
    """Read the nextToken of a call of the Agreement API; None if it has none.

    Errors: ValidationException for a token that was not given for this question.
    """
    token = read_text(call.document, "nextToken")
    place = None if token is None else open_place(token, purpose)
    if token is not None and place is None:
        raise _bad_token()
    return place


def write_page(call: Call, name: str, items: Sequence[object]) -> Document:
    """Write the page of a short list for which a call of the Agreement API asks."""
    purpose = f"{call.operation}/{call.document.get('agreementId')}"
    place = open_next_token(call, purpose)
    if place is not None and not place.isdecimal():
        raise _bad_token()
    start = 0 if place is None else int(place)
    end = start + page_size_of(call)
    page: dict[str, object] = {name: list(items[start:end])}
    if end < len(items):
        page["nextToken"] = seal_place(str(end), purpose)
    return page


def _bad_token() -> ServiceError:
    return ServiceError(
        ErrorCode.VALIDATION,
        "nextToken is not one that an earlier page of the same question gave.",
        members={"reason": "INVALID_NEXT_TOKEN"},
    )


def _checksum(place: str, purpose: str) -> bytes:
    text = f"{purpose}\n{place}".encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).digest()[:_CHECKSUM_LENGTH]
