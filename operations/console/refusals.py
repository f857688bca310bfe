"""What a console says of an error: how HTTP says it, and a sentence for a person."""

from http import HTTPStatus

import typer
from loopback_console.visits import Refusal

from meterhouse.errors import MeterhouseError
from operations.console.views import NotHereError
from operations.errors import OperationError
from operations.remedies import CALL_FAILURES, tell_failure

# What a person can do something about; all else is a fault of the console.
ERRORS = (
    NotHereError,
    typer.BadParameter,
    OperationError,
    MeterhouseError,
    *CALL_FAILURES,
)


def explain(error: Exception) -> Refusal:
    """Return what is to be said of one of these errors."""
    match error:
        case NotHereError():
            return Refusal(HTTPStatus.NOT_FOUND, str(error))
        case typer.BadParameter():
            return Refusal(HTTPStatus.BAD_REQUEST, error.message)
        case _:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, tell_failure(error).removesuffix("."))
