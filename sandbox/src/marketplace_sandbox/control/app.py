"""The control API as one application, its description and its page of documentation."""

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from marketplace_sandbox.control import (
    agreements,
    bill,
    calls,
    catalogue,
    clock,
    events,
    facts,
    faults,
    requests,
    resources,
    saved_state,
)
from marketplace_sandbox.control.addresses import Addresses, refuse_what_is_not_taken
from marketplace_sandbox.control.answers import refuse, refuse_command
from marketplace_sandbox.control.body_gate import BodyGate
from marketplace_sandbox.control.examples import add_examples
from marketplace_sandbox.control.marketplace_in_use import ForMarketplace
from marketplace_sandbox.control.validation import describe_first
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.hosted import HostedMarketplace

PREFIX = "/_sandbox"
_GROUPS = (
    saved_state,
    catalogue,
    agreements,
    requests,
    resources,
    clock,
    faults,
    bill,
    calls,
    facts,
    events,
)
_SECTION = re.compile(r"section ([0-9]+(\.[0-9]+)?)")
_LATER_CLAUSES = re.compile(r"[.;:\n].*", re.DOTALL)
_DESCRIPTION = """
What a test, a person or a program does to the sandbox: list products, let buyers subscribe, move
the clock, let calls go wrong, and read what AWS would bill. All of it is a development tool on
your own machine; nothing of it exists at AWS. A command that is refused has changed nothing.
"""


def control_app(marketplace: HostedMarketplace) -> ASGIApp:
    """Return the control API of one marketplace, to be mounted under PREFIX."""
    return ForMarketplace(BodyGate(_build_api()), marketplace)


def describe_api() -> dict[str, Any]:
    """Return the control API's OpenAPI description."""
    return _build_api().openapi()


@cache
def _build_api() -> FastAPI:
    """Build the routes once for all marketplaces of a process: that takes a moment."""
    api = FastAPIOffline(
        title="The Marketplace sandbox's control API",
        version="1",
        description=_DESCRIPTION,
        generate_unique_id_function=_name_operation,
        redoc_url=None,
        redirect_slashes=False,
        # The page must not ask a validator elsewhere about this description.
        swagger_ui_parameters={"validatorUrl": None},
        dependencies=[Depends(refuse_what_is_not_taken)],
    )
    for group in _GROUPS:
        api.include_router(group.router)
    addresses = Addresses(group.router for group in _GROUPS)
    api.include_router(addresses.underscored)
    api.add_exception_handler(ControlError, refuse_command)
    api.add_exception_handler(RequestValidationError, _on_validation_error)
    api.add_exception_handler(HTTPException, addresses.refuse)
    api.add_exception_handler(Exception, _on_unexpected_error)
    _correct_description(api)
    return api


def _name_operation(route: APIRoute) -> str:
    return route.name


def _correct_description(api: FastAPI) -> None:
    """Say what differs from FastAPI's habits.

    Bad input is answered with 400, not 422; a command without required fields needs no body; a
    summary is what the route does, not its function's name; and a section is one of RULES.md.
    """
    description = api.openapi()
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = _SECTION.sub(r"section \1 of RULES.md", schema["description"])
    for operations in description["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["summary"] = _LATER_CLAUSES.sub("", operation["description"])
            body = operation.get("requestBody")
            if body is not None and "required" not in schemas[_name_of_schema(body)]:
                body["required"] = False
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    add_examples(description)


def _name_of_schema(body: Mapping[str, Any]) -> str:
    reference: str = body["content"]["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]


async def _on_validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return refuse(HTTPStatus.BAD_REQUEST, "InvalidRequest", describe_first(error.errors()))


async def _on_unexpected_error(_: Request, error: Exception) -> Response:
    name = type(error).__name__
    return refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", f"a fault of ours: {name}")
