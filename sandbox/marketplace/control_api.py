"""The control API: what a test, a demo or a person does to the sandbox from outside."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.marketplace.core import control_requests, documents
from sandbox.marketplace.core.aws_json import to_jsonable
from sandbox.marketplace.core.errors import ControlError, ControlProblem
from sandbox.marketplace.hosted import HostedMarketplace

# Above AWS's limit of 1 MB, so that the core gets to refuse what is only a little too large.
BODY_SIZE_BYTES_MAX = 8_000_000


class Document(JSONResponse):
    """A JSON answer in which refused records may hold the exact numbers that were sent."""

    def render(self, content: object) -> bytes:
        """Encode without ever failing on a character that UTF-8 cannot hold."""
        return json.dumps(content, default=to_jsonable).encode("ascii")


def refuse(status: int, code: str, message: str) -> JSONResponse:
    """Write the control API's error answer."""
    return Document({"error": {"code": code, "message": message}}, status)


async def read_body(request: Request) -> bytes:
    """Read a request's body, but never more than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_SIZE_BYTES_MAX:
            raise ControlError(
                ControlProblem.TOO_LARGE,
                "RequestEntityTooLarge",
                f"the sandbox reads at most {BODY_SIZE_BYTES_MAX} bytes",
            )
    return bytes(body)


def control_routes(marketplace: HostedMarketplace) -> list[Route]:
    """List the control API's routes."""
    control = _ControlApi(marketplace)
    return [
        Route("/_sandbox/health", control.show_health, methods=["GET"]),
        Route("/_sandbox/products", control.list_products, methods=["GET"]),
        Route("/_sandbox/products", control.create_product, methods=["POST"]),
        Route("/_sandbox/agreements", control.list_agreements, methods=["GET"]),
        Route("/_sandbox/agreements", control.create_agreement, methods=["POST"]),
        Route("/_sandbox/agreements/{agreement_id}/end", control.end_agreement, methods=["POST"]),
        Route("/_sandbox/tokens", control.mint_token, methods=["POST"]),
        Route("/_sandbox/bill", control.list_bill, methods=["GET"]),
        Route("/_sandbox/refusals", control.list_refusals, methods=["GET"]),
        Route("/_sandbox/calls", control.list_calls, methods=["GET"]),
        Route("/_sandbox/faults", control.list_faults, methods=["GET"]),
        Route("/_sandbox/faults", control.inject_fault, methods=["POST"]),
        Route("/_sandbox/faults", control.clear_faults, methods=["DELETE"]),
        Route("/_sandbox/clock", control.show_clock, methods=["GET"]),
        Route("/_sandbox/clock", control.move_clock, methods=["PUT"]),
    ]


class _ControlApi:
    """One method per route: parse, one command or reading, write."""

    def __init__(self, marketplace: HostedMarketplace) -> None:
        self._marketplace = marketplace

    async def show_health(self, _: Request) -> Response:
        return Document({"status": "ok"})

    async def list_products(self, _: Request) -> Response:
        products = self._marketplace.sales.products()
        return Document({"products": [documents.product_document(one) for one in products]})

    async def create_product(self, request: Request) -> Response:
        new = control_requests.read_new_product(await read_body(request))
        return _created(documents.product_document(self._marketplace.sales.list_product(new)))

    async def list_agreements(self, _: Request) -> Response:
        agreements = self._marketplace.sales.agreements()
        return Document({"agreements": [documents.agreement_document(one) for one in agreements]})

    async def create_agreement(self, request: Request) -> Response:
        new = control_requests.read_new_agreement(await read_body(request))
        agreement = self._marketplace.sales.subscribe(new)
        return _created(documents.agreement_document(agreement))

    async def end_agreement(self, request: Request) -> Response:
        ends_at = control_requests.read_end(await read_body(request))
        agreement_id = request.path_params["agreement_id"]
        agreement = self._marketplace.sales.end(agreement_id, ends_at=ends_at)
        return Document(documents.agreement_document(agreement))

    async def mint_token(self, request: Request) -> Response:
        new = control_requests.read_new_token(await read_body(request))
        token = self._marketplace.sales.issue_token(new.agreement_id, lifetime=new.lifetime)
        return _created(documents.token_document(token))

    async def list_bill(self, _: Request) -> Response:
        lines = self._marketplace.books.bill()
        return Document({"records": [documents.billed_document(one) for one in lines]})

    async def list_refusals(self, _: Request) -> Response:
        refusals = self._marketplace.journal.refusals()
        return Document({"refusals": [documents.refusal_document(one) for one in refusals]})

    async def list_calls(self, _: Request) -> Response:
        calls = self._marketplace.journal.calls()
        return Document({"calls": [documents.call_document(one) for one in calls]})

    async def list_faults(self, _: Request) -> Response:
        faults = self._marketplace.mishaps.faults()
        return Document({"faults": [documents.fault_document(one) for one in faults]})

    async def inject_fault(self, request: Request) -> Response:
        new = control_requests.read_new_fault(await read_body(request))
        return _created(documents.fault_document(self._marketplace.mishaps.script(new)))

    async def clear_faults(self, _: Request) -> Response:
        self._marketplace.mishaps.clear()
        return Document({"faults": []})

    async def show_clock(self, _: Request) -> Response:
        return Document(self._clock())

    async def move_clock(self, request: Request) -> Response:
        offset_seconds = control_requests.read_clock_offset(await read_body(request))
        self._marketplace.time.set_offset(offset_seconds)
        return Document(self._clock())

    def _clock(self) -> Mapping[str, object]:
        offset_seconds = self._marketplace.time.offset_seconds()
        return documents.clock_document(self._marketplace.now(), offset_seconds=offset_seconds)


def _created(document: Mapping[str, object]) -> Response:
    return Document(document, HTTPStatus.CREATED)
