"""What the control API answers: documents, and refusals in one envelope."""

import json
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypedDict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from marketplace_sandbox.control.documents import written
from marketplace_sandbox.core.answer_request import to_jsonable
from marketplace_sandbox.core.model.errors import ControlError

NOTHING_HERE = "the sandbox has nothing here under this method"

# How FastAPI takes the description of answers: by status.
type Answers = dict[int | str, dict[str, Any]]


class Problem(TypedDict):
    """What is wrong: a stable code, and a sentence for people."""

    code: str
    message: str


class ErrorDocument(TypedDict):
    """The answer to a command that was refused; it has changed nothing."""

    error: Problem


class Document(JSONResponse):
    """A JSON answer; what the sandbox knows is written as its document.

    Refused records may hold the exact numbers that were sent.
    """

    def render(self, content: object) -> bytes:
        """Encode without ever failing on a character that UTF-8 cannot hold."""
        return json.dumps(content, default=_written).encode("ascii")


def _written(value: object) -> object:
    return to_jsonable(value) if isinstance(value, Decimal) else written(value)


def created(content: object) -> Document:
    """Answer with what a command has made."""
    return Document(content, HTTPStatus.CREATED)


def refuse(status: int, code: str, message: str) -> Document:
    """Write the answer to a command that was refused."""
    document: ErrorDocument = {"error": {"code": code, "message": message}}
    return Document(document, status)


async def refuse_command(_: Request, error: Exception) -> Document:
    """Answer a ControlError, which is raised wherever a command cannot be carried out."""
    assert isinstance(error, ControlError)
    return refuse(error.problem.value, error.code, error.message)


async def refuse_address(_: Request, error: Exception) -> Document:
    """Answer an address or a method that there is not, saying which methods there are."""
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.replace(" ", "")
    answer = refuse(error.status_code, code, NOTHING_HERE)
    answer.headers.update(error.headers or {})  # such as Allow
    return answer


_REFUSALS = {
    HTTPStatus.BAD_REQUEST: "The command is malformed, or its fields do not fit together.",
    HTTPStatus.FORBIDDEN: "A page of another site asked, or the Host is a foreign name.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than the sandbox reads.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not said to be JSON.",
}
_REFUSALS_BY_STATE = {
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.CONFLICT: "The command does not fit what is there already.",
}


def refusals(*more: HTTPStatus) -> Answers:
    """Describe how a route can refuse: in the ways that all share, and in those given."""
    shown = _REFUSALS | {status: _REFUSALS_BY_STATE[status] for status in more}
    return {
        status.value: {"model": ErrorDocument, "description": description}
        for status, description in shown.items()
    }
